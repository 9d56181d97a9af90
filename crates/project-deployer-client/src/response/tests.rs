use project_deployer_core::node::InstanceInfo;

use super::*;
use crate::error::SideEffect;

fn answer(status: u16, body: &str) -> NodeResponse {
    NodeResponse { status, body: body.as_bytes().to_vec(), ..NodeResponse::default() }
}

fn kind(status: u16, body: &str) -> NodeErrorKind {
    answer(status, body).into_json::<InstanceInfo>().unwrap_err()
}

#[test]
fn html_in_the_place_of_an_answer_is_something_else_and_no_success() {
    // R6
    let page = "<html><body>Log in</body></html>";
    assert!(
        matches!(kind(200, page), NodeErrorKind::UnexpectedServer(text) if text.contains("Log in"))
    );
    assert!(matches!(answer(200, page).into_nothing(), Err(NodeErrorKind::UnexpectedServer(_))));
    assert!(matches!(kind(502, page), NodeErrorKind::Failed { status: 502, .. }));
}

#[test]
fn half_a_json_and_nothing_are_told_apart() {
    assert!(
        matches!(kind(200, "{\"nodeId\": \"au"), NodeErrorKind::Malformed(text) if text.contains("ends after"))
    );
    assert_eq!(kind(200, " \n"), NodeErrorKind::Empty);
    assert_eq!(answer(200, "").into_nothing(), Ok(()));
}

#[test]
fn an_error_inside_a_success_is_an_error() {
    let body = r#"{"errorType": "IllegalStateException", "message": "no space left"}"#;
    assert_eq!(kind(200, body), NodeErrorKind::ErrorInSuccessResponse("no space left".to_owned()));
    assert!(answer(200, body).into_nothing().is_err());
}

#[test]
fn the_error_type_decides_what_is_not_found() {
    // wire-facts 1.7: some missing objects come as 500.
    let body = r#"{"errorType": "com.dataiku.dip.server.controllers.NotFoundException",
        "message": "short", "detailedMessage": "Project not found: CHURN"}"#;
    assert_eq!(kind(500, body), NodeErrorKind::NotFound("Project not found: CHURN".to_owned()));
}

#[test]
fn a_problem_of_our_service_says_what_it_is_about_and_another_one_does_not() {
    let body =
        r#"{"type": "urn:project-deployer:problem:not-found", "detail": "there is no CHURN"}"#;
    assert_eq!(kind(404, body), NodeErrorKind::NotFound("there is no CHURN".to_owned()));
    let other = r#"{"type": "about:blank", "detail": "there is no CHURN"}"#;
    assert!(matches!(kind(404, other), NodeErrorKind::UnexpectedServer(_)));
    assert!(matches!(kind(404, r#"{"type": 7}"#), NodeErrorKind::UnexpectedServer(_)));
}

#[test]
fn a_problem_of_our_service_says_what_to_do() {
    let problem = |fix: &str| {
        let urn = "urn:project-deployer:problem:not-possible";
        serde_json::json!({"type": urn, "detail": "no file waits", "fix": fix}).to_string()
    };
    let refused =
        |message: &str| NodeErrorKind::Refused { status: 422, message: message.to_owned() };
    let fix = "look at the scheduled files";
    assert_eq!(kind(422, &problem(fix)), refused("no file waits; look at the scheduled files"));
    assert_eq!(kind(422, &problem("follow the message")), refused("no file waits"));
    let other = problem(fix).replace("urn:project-deployer:problem:", "urn:other:");
    assert!(!format!("{:?}", kind(422, &other)).contains(fix));
}

#[test]
fn a_page_of_a_proxy_never_reads_as_absent_or_forbidden() {
    // R6: an update would go on to create what is there.
    let page = "<html><h1>404 Not Found</h1></html>";
    for status in [401, 403, 404] {
        let kind = kind(status, page);
        assert!(matches!(kind, NodeErrorKind::UnexpectedServer(_)), "{status}: {kind:?}");
    }
    for body in ["", "no such page", "{}"] {
        assert!(matches!(kind(404, body), NodeErrorKind::UnexpectedServer(_)), "{body}");
    }
    let body = r#"{"message": "Project not found"}"#;
    assert!(matches!(kind(404, body), NodeErrorKind::NotFound(_)));
}

#[test]
fn half_an_answer_is_no_success_even_where_the_answer_means_nothing() {
    // R6
    let cut = answer(200, r#"{"errorType": "IOException", "mess"#).into_nothing();
    assert!(matches!(cut, Err(NodeErrorKind::Malformed(_))), "{cut:?}");
    assert_eq!(answer(200, "Project created").into_nothing(), Ok(()));
    assert_eq!(answer(200, "").into_report(), Ok(InfoMessages::default()));
    let fatal = r#"{"fatal": true, "messages": [{"severity": "ERROR", "isFatal": true}]}"#;
    assert!(matches!(answer(200, fatal).into_report(), Err(NodeErrorKind::Reported(_))));
}

#[test]
fn an_answer_shows_neither_body_nor_location() {
    // R13
    let secret = NodeResponse { location: Some("/x?t=canary".to_owned()), ..answer(200, "canary") };
    assert!(!format!("{secret:?}").contains("canary"));
}

#[test]
fn statuses_have_their_meaning() {
    assert!(matches!(kind(401, "{}"), NodeErrorKind::Unauthorized(_)));
    assert!(matches!(kind(403, "{}"), NodeErrorKind::Forbidden(_)));
    assert!(
        matches!(kind(409, "taken"), NodeErrorKind::Refused { status: 409, message } if message == "taken")
    );
    let busy = NodeResponse { retry_after: Some(Duration::from_secs(7)), ..answer(429, "") };
    assert_eq!(busy.into_nothing(), Err(NodeErrorKind::Busy(Some(Duration::from_secs(7)))));
}

#[test]
fn redirects_are_not_followed_and_their_query_is_not_shown() {
    // R17
    let moved = NodeResponse {
        location: Some("https://elsewhere.example/login?ticket=canary".to_owned()),
        ..answer(302, "")
    };
    let error = moved.into_nothing().unwrap_err();
    assert_eq!(error, NodeErrorKind::Redirected("https://elsewhere.example/login".to_owned()));
    assert_eq!(error.side_effect(), SideEffect::None);
}

#[test]
fn a_value_of_another_type_is_not_repeated() {
    // R13
    for value in ["canary", "a\"canary", "`canary`", "x, expected canary, expected"] {
        let error = decode::<Vec<u32>>(serde_json::json!([value])).unwrap_err();
        assert!(!error.to_string().contains("canary"), "{error}");
        let error = decode::<InstanceInfo>(serde_json::json!({"nodeId": {"a": value}}));
        assert!(!error.unwrap_err().to_string().contains("canary"));
    }
    let error = decode::<InstanceInfo>(serde_json::json!({"nodeId": "a/canary"})).unwrap_err();
    assert!(!error.to_string().contains("canary"), "{error}");
}

#[test]
fn fatal_messages_in_a_report_are_an_error() {
    let value =
        serde_json::json!({"messages": [{"severity": "ERROR", "isFatal": true, "code": "ERR_X"}]});
    assert!(matches!(report(value), Err(NodeErrorKind::Reported(_))));
    assert_eq!(report(Value::Null), Ok(InfoMessages::default()));
}
