//! Stages.

use project_deployer::audit::AuditFilter;
use serde_json::{Value, json};

use crate::installation::Installation;

async fn records(installation: &Installation) -> usize {
    let page = installation.admin().audit(&AuditFilter::default(), None, 1_000).await.unwrap();
    page.entries.len()
}

#[tokio::test]
async fn a_change_of_stages_that_were_changed_meanwhile_is_refused() {
    let installation = Installation::new().await;
    let key = &installation.key;
    let seen = installation.get("/stages", key).await.header("etag").to_owned();
    installation.send("POST", "/stages", key, &[], json!({"id": "Staging"})).await;
    let order = json!({"ids": ["Staging", "Trial", "Development", "Production"]});
    let changes = [
        ("PATCH", "/stages/Test", json!({"description": "x"})),
        ("PATCH", "/stages/Test", json!({"id": "Trial"})),
        ("PUT", "/stage-order", order),
        ("DELETE", "/stages/Trial", Value::Null),
    ];
    for (method, path, body) in changes {
        let now = installation.get("/stages", key).await;
        let headers = [("if-match", seen.as_str())];
        let refused = installation.send(method, path, key, &headers, body.clone()).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (412, "etag-mismatch"));
        assert_eq!(refused.header("etag"), now.header("etag"), "{method} {path}");
        assert_eq!(installation.get("/stages", key).await.json(), now.json(), "{method} {path}");
        let headers = [("if-match", now.header("etag"))];
        let done = installation.send(method, path, key, &headers, body).await;
        assert_eq!(done.status.as_u16(), 204, "{method} {path}: {}", done.text());
    }
}

#[tokio::test]
async fn a_name_and_a_description_change_in_one_commit() {
    let installation = Installation::new().await;
    let key = &installation.key;
    let before = records(&installation).await;
    let both = json!({"id": "Live", "description": "for customers"});
    let changed = installation.send("PATCH", "/stages/Production", key, &[], both).await;
    assert_eq!(changed.status.as_u16(), 204, "{}", changed.text());
    assert_eq!(records(&installation).await, before + 1);
    let stages = installation.get("/stages", key).await.json();
    assert_eq!(stages["items"][2], json!({"id": "Live", "description": "for customers"}));
    let infra = installation.get("/infrastructures/prod", key).await.json();
    assert_eq!(infra["stage"], "Live", "{infra}");
    // A name that is in use: nothing changes.
    let both = json!({"id": "Test", "description": "lost"});
    let refused = installation.send("PATCH", "/stages/Live", key, &[], both).await;
    assert_eq!(refused.code(), "stage-exists");
    assert_eq!(installation.get("/stages", key).await.json(), stages);
}
