mod people;

use serde_json::{Value, json};

use super::*;
use crate::Fault;

async fn search(launchpad: &MockLaunchpad, space: &str, body: &Value) -> (u16, Value) {
    let client = reqwest::Client::builder().build().unwrap();
    let asked = client
        .post(format!("{}/spaces/{space}/nodes/search", launchpad.url()))
        .basic_auth(launchpad.key_id(), Some(launchpad.key_secret()))
        .header("content-type", "application/json")
        .body(body.to_string());
    let answer = asked.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

async fn launchpad() -> MockLaunchpad {
    let builder = MockLaunchpad::builder().node("design-0", "design");
    builder.node("automation-0", "automation").start().await
}

#[tokio::test]
async fn nodes_are_names_and_types_and_nothing_else() {
    // wire-facts 6.2
    let launchpad = launchpad().await;
    let (_, all) = search(&launchpad, "space-1", &json!({"type": null})).await;
    let design = json!({"name": "design-0", "type": "design"});
    let automation = json!({"name": "automation-0", "type": "automation"});
    assert_eq!(all, json!([design, automation]));
    let (_, some) = search(&launchpad, "space-1", &json!({"type": "automation"})).await;
    assert_eq!(some, json!([automation]));
    launchpad.remove_node("automation-0");
    launchpad.put_node("govern-0", "govern");
    let (_, all) = search(&launchpad, "space-1", &json!({"type": null})).await;
    assert_eq!(all, json!([design, {"name": "govern-0", "type": "govern"}]));
}

#[tokio::test]
async fn a_wrong_search_is_answered_by_field() {
    let launchpad = launchpad().await;
    for body in [json!({}), json!({"type": 7}), json!([])] {
        let (status, error) = search(&launchpad, "space-1", &body).await;
        assert_eq!(status, 422, "{body}");
        assert!(error["errors"]["json"]["type"].is_array(), "{error}");
    }
}

#[tokio::test]
async fn another_space_and_another_key_find_nothing() {
    let launchpad = launchpad().await;
    let all = json!({"type": null});
    assert_eq!(search(&launchpad, "space-2", &all).await.0, 404);
    let client = reqwest::Client::builder().build().unwrap();
    let url = format!("{}/spaces/space-1/nodes/search", launchpad.url());
    let asked = client.post(url).basic_auth("launchpad-key", Some("wrong")).body(all.to_string());
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.text().await.unwrap(), r#"{"errors":{},"message":"unknown key"}"#);
}

#[tokio::test]
async fn faults_and_the_journal_work_as_on_a_node() {
    let launchpad = launchpad().await;
    launchpad.fault(Fault::busy(7).on("POST", "/nodes/search").once());
    let all = json!({"type": null});
    assert_eq!(search(&launchpad, "space-1", &all).await.0, 429);
    assert_eq!(search(&launchpad, "space-1", &all).await.0, 200);
    let calls = launchpad.calls_to("POST", "/nodes/*");
    assert_eq!(calls.iter().map(|call| call.reached).collect::<Vec<_>>(), [false, true]);
    assert_eq!(calls[1].body, Some(all));
    launchpad.fault(Fault::status(500));
    launchpad.clear_faults();
    assert_eq!(search(&launchpad, "space-1", &json!({"type": "x"})).await.1, json!([]));
}
