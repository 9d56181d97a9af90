//! Many users in one call.

use serde_json::{Value, json};

use crate::installation::{Installation, parsed};

const BULK: &str = "/public/api/admin/users/actions/bulk";

async fn ask(installation: &Installation, method: &str, body: Value) -> Value {
    let answer = installation.send(method, BULK, &installation.key, body.to_string()).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    answer.json()
}

/// The login and the status of each outcome; a failure says why.
fn statuses(outcomes: &Value) -> Vec<(&str, &str)> {
    let outcomes = outcomes.as_array().unwrap().iter();
    outcomes
        .map(|outcome| {
            let is_failure = outcome["status"] == "FAILURE";
            assert_eq!(is_failure, outcome["error"] != "", "{outcome}");
            (outcome["login"].as_str().unwrap(), outcome["status"].as_str().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn each_user_has_an_outcome_of_its_own() {
    // wire-facts 5.2
    let installation = Installation::empty().await;
    let user = |login: &str| {
        json!({"login": login, "displayName": "", "sourceType": "LOCAL", "groups": [],
            "userProfile": "DATA_SCIENTIST", "email": null, "password": "canary-4711"})
    };
    let made = ask(&installation, "POST", json!([user("a"), user("admin"), user(""), user("b")]));
    let made = made.await;
    let expected = [("a", "SUCCESS"), ("admin", "FAILURE"), ("", "FAILURE"), ("b", "SUCCESS")];
    assert_eq!(statuses(&made), expected, "{made}");
    let changes = json!([
        {"login": "a", "groups": ["administrators"], "ours": 1},
        {"login": "none", "groups": []},
        {"login": "admin", "enabled": "x"},
        7,
    ]);
    let changed = ask(&installation, "PUT", changes).await;
    let expected = [("a", "SUCCESS"), ("none", "FAILURE"), ("admin", "FAILURE"), ("", "FAILURE")];
    assert_eq!(statuses(&changed), expected, "{changed}");
    let a = installation.get("/public/api/admin/users/a", &installation.key).await;
    let shown = a.json();
    assert_eq!((&shown["groups"], &shown["ours"]), (&json!(["administrators"]), &json!(1)));
    assert_eq!(shown["userProfile"], "DATA_SCIENTIST", "what was not named stays");
    assert!(!a.text().contains("canary-4711"));
    let gone = ask(&installation, "DELETE", json!(["b", "admin", "none", 7])).await;
    let expected = [("b", "SUCCESS"), ("admin", "FAILURE"), ("none", "FAILURE"), ("", "FAILURE")];
    assert_eq!(statuses(&gone), expected, "{gone}");
    assert!(installation.admin().user_settings(&parsed("admin")).await.is_ok());
}

#[tokio::test]
async fn only_administrators_change_many_users() {
    let installation = Installation::empty().await;
    let zoe = installation.user("zoe", "askers").await;
    for method in ["POST", "PUT", "DELETE"] {
        let refused = installation.send(method, BULK, &zoe, "[]").await;
        assert_eq!(refused.status.as_u16(), 403, "{method}: {}", refused.text());
        let other = installation.send(method, BULK, &installation.key, "{}").await;
        assert_eq!(other.status.as_u16(), 400, "{method}: {}", other.text());
    }
}
