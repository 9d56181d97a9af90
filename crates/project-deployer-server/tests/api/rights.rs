//! The API allows what the engine's matrix of rights allows, and nothing else.

use std::collections::BTreeSet;

use axum::Router;
use axum::http::StatusCode;
use project_deployer::core::infra::InfraSettings;
use project_deployer::core::published_project::PublishedProjectSettings;
use project_deployer::core::rights::{
    Caller, InfraGrant, InfraRight, Operation, Outcome, ProjectGrant, ProjectRight, Scope,
    authorize,
};
use project_deployer_server::DeployerService;

use crate::document::document;
use crate::installation::{
    Answer, Installation, OneCaller, answer_of, asker, parsed, without_request_id,
};
use crate::routes::{FOR_ALL, Route, Target, routes};

const INFRA_RIGHTS: [Option<InfraRight>; 4] =
    [None, Some(InfraRight::View), Some(InfraRight::Deploy), Some(InfraRight::Admin)];

const PROJECT_RIGHTS: [Option<ProjectRight>; 5] = [
    None,
    Some(ProjectRight::Read),
    Some(ProjectRight::Write),
    Some(ProjectRight::Deploy),
    Some(ProjectRight::Admin),
];

/// What the engine decides.
fn expected(
    route: &Route,
    infra_right: Option<InfraRight>,
    project_right: Option<ProjectRight>,
    creator: bool,
) -> Outcome {
    let mut infra = InfraSettings::new(parsed("prod"), parsed("Production"));
    infra.permissions.extend(infra_right.map(|right| InfraGrant::new(parsed("askers"), right)));
    let mut project = PublishedProjectSettings::new(parsed("CHURN"), parsed("admin"));
    project
        .permissions
        .extend(project_right.map(|right| ProjectGrant::new(parsed("askers"), &[right])));
    let scope = match route.target {
        Target::Deployer => Scope::deployer(),
        Target::Infra => Scope::infra(&infra),
        Target::Project => Scope::project(&project),
        Target::Deployment => Scope::deployment(&infra, &project),
    };
    match authorize(&asker(creator), route.operation, scope) {
        Ok(()) => Outcome::Allowed,
        // A hidden project is as absent, and an absent one would be created by the upload.
        Err(_)
            if route.operation == Operation::UploadBundle
                && project_right.is_none()
                && !creator =>
        {
            Outcome::Forbidden
        }
        Err(refusal) => refusal.outcome,
    }
}

/// What the API decided.
fn decided(answer: &Answer) -> Outcome {
    match answer.status {
        StatusCode::FORBIDDEN => Outcome::Forbidden,
        // An update and a maintenance may be absent, too.
        StatusCode::NOT_FOUND
            if !["update", "maintenance", "window `", "fleet", "infrastructure of a fleet"]
                .iter()
                .any(|it| answer.text().contains(&format!("there is no {it}"))) =>
        {
            Outcome::Hidden
        }
        // Who may create a project learns that its key is in use.
        _ if answer.code() == "already-exists" => Outcome::Hidden,
        _ => Outcome::Allowed,
    }
}

#[test]
fn every_operation_is_in_the_matrix_or_open_to_all() {
    let described: BTreeSet<_> =
        document().operations.iter().map(|operation| operation.id.clone()).collect();
    let listed = routes().into_iter().map(|route| route.id).chain(FOR_ALL);
    let listed: BTreeSet<_> = listed.map(str::to_owned).collect();
    assert_eq!(described, listed);
}

/// An installation that takes everybody for this caller, whose groups have these rights.
async fn router_for(
    caller: &Caller,
    infra: Option<InfraRight>,
    project: Option<ProjectRight>,
) -> Router {
    let installation = Installation::new().await;
    installation.grant(infra, project).await;
    let service = DeployerService::new(installation.deployer.clone());
    service.authenticator(OneCaller(caller.clone())).into_router()
}

/// Asks as somebody with these rights for each route, and counts what was allowed.
///
/// What is only read or refused is asked of one installation: it must change nothing.
async fn ask_for_every_route(
    infra: Option<InfraRight>,
    project: Option<ProjectRight>,
    creator: bool,
) -> usize {
    let mut allowed = 0;
    let shared = router_for(&asker(creator), infra, project).await;
    for route in routes() {
        let expected = expected(&route, infra, project, creator);
        let router = if expected == Outcome::Allowed && route.method != "GET" {
            router_for(&asker(creator), infra, project).await
        } else {
            shared.clone()
        };
        let answer = answer_of(router, route.request(route.path, "")).await;
        let what = format!("{route:?} {infra:?} {project:?}: {}", answer.text());
        assert_eq!(decided(&answer), expected, "{what}");
        document().allows(route.id, &answer);
        allowed += usize::from(expected == Outcome::Allowed);
    }
    allowed
}

#[tokio::test]
async fn every_route_with_every_right_decides_as_the_engine() {
    // R-P2 to R-P10
    let mut allowed = 0;
    for infra in INFRA_RIGHTS {
        for project in PROJECT_RIGHTS {
            for creator in [false, true] {
                allowed += ask_for_every_route(infra, project, creator).await;
            }
        }
    }
    assert!(allowed > 400, "{allowed}");
}

#[tokio::test]
async fn an_administrator_may_do_everything() {
    for route in routes() {
        let installation = Installation::new().await;
        let answer = installation.ask(route.request(route.path, &installation.key)).await;
        document().allows(route.id, &answer);
        let is_absent_update = answer.text().contains("there is no update");
        let is_absent_maintenance = answer.text().contains("there is no maintenance");
        let is_absent_window = answer.text().contains("there is no window");
        let is_absent_watch = answer.text().contains("there is no watch");
        let is_absent_rule = answer.text().contains("there is no rule");
        let is_absent_webhook = answer.text().contains("there is no webhook");
        let is_absent_fleet = ["there is no fleet", "there is no infrastructure of a fleet"]
            .iter()
            .any(|text| answer.text().contains(text));
        let is_last_administrator = answer.code() == "not-possible";
        let is_in_use = answer.code() == "in-use";
        assert!(
            answer.status.is_success()
                || is_absent_update
                || is_absent_maintenance
                || is_absent_window
                || is_absent_watch
                || is_absent_rule
                || is_absent_webhook
                || is_absent_fleet
                || is_last_administrator
                || is_in_use,
            "{route:?}: {} {}",
            answer.status,
            answer.text()
        );
    }
}

#[tokio::test]
async fn a_hidden_object_answers_like_an_absent_one() {
    // R-P2: the same status, headers and body, except for the id that the caller sent
    for route in routes().iter().filter(|route| route.target != Target::Deployer) {
        let installation = Installation::new().await;
        let key = installation.user("zoe", "askers").await;
        let hidden = installation.ask(route.request(route.path, &key)).await;
        let path = route.absent_path();
        let absent = installation.ask(route.request(&path, &key)).await;
        let named = |text: String| {
            text.replace("none", "prod").replace("NOONE", "CHURN").replace("nothi-", "churn-")
        };
        // An upload to an absent project would create it.
        if route.operation != Operation::UploadBundle {
            assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{route:?}: {}", hidden.text());
        }
        let (hidden, absent) = (without_request_id(hidden), without_request_id(absent));
        assert_eq!(absent.status, hidden.status, "{route:?}");
        assert_eq!(named(absent.text()), hidden.text(), "{route:?}");
        assert_eq!(absent.headers, hidden.headers, "{route:?}");
    }
}

#[tokio::test]
async fn a_task_on_a_hidden_infrastructure_answers_like_on_an_absent_one() {
    // R-P2
    let installation = Installation::new().await;
    let key = installation.user("zoe", "askers").await;
    for task in ["parity", "remedies"] {
        let ask = async |infra: &str| {
            let path = format!("/infrastructures/{infra}/{task}");
            installation.send("POST", &path, &key, &[], serde_json::json!({})).await
        };
        let (hidden, absent) = (ask("prod").await, ask("none").await);
        assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{task}");
        assert_eq!(absent.text().len(), hidden.text().len(), "{task}");
    }
    installation.grant(Some(InfraRight::Admin), None).await;
    let path = "/infrastructures/prod/parity";
    let seen = installation.send("POST", path, &key, &[], serde_json::json!({})).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN, "{}", seen.text());
}

#[tokio::test]
async fn lists_show_what_the_caller_may_see() {
    let installation = Installation::new().await;
    let key = installation.user("zoe", "askers").await;
    for list in ["infrastructures", "projects", "deployments"] {
        let listed = installation.get(&format!("/{list}"), &key).await.json();
        assert_eq!(listed["items"], serde_json::json!([]), "{list}");
    }
    installation.grant(Some(InfraRight::View), Some(ProjectRight::Read)).await;
    for list in ["infrastructures", "projects", "deployments"] {
        let listed = installation.get(&format!("/{list}"), &key).await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{list}: {listed}");
    }
}

#[tokio::test]
async fn the_key_of_a_node_is_never_shown() {
    // R-P5, R13
    let installation = Installation::new().await;
    let path = "/infrastructures/prod/settings";
    let settings = installation.get(path, &installation.key).await;
    assert_eq!(settings.status, StatusCode::OK);
    assert!(!settings.text().contains("key-of-the-node"), "{}", settings.text());
    // Saved as it was read, the node keeps its key.
    let tag = settings.header("etag").to_owned();
    let headers = [("if-match", tag.as_str())];
    let saved = installation.send("PUT", path, &installation.key, &headers, settings.json()).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    use project_deployer::InfraOperations as _;
    let kept = installation.admin().infra_settings(&parsed("prod")).await.unwrap();
    assert!(kept.to_document_with_keys().to_string().contains("key-of-the-node"));
}
