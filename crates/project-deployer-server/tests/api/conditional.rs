//! ETags, and changes that expect one.

use serde_json::{Value, json};

use crate::installation::Installation;

type Change = fn(&mut Value);

/// Documents with a revision, and a change of each.
fn documents() -> [(&'static str, Change); 5] {
    [
        ("/infrastructures/prod/settings", |settings| settings["govern"] = json!("x")),
        ("/projects/CHURN/settings", |settings| settings["name"] = json!("Churn rate")),
        ("/deployments/churn-prod/settings", |settings| settings["tags"] = json!(["t"])),
        ("/users/admin", |user| user["displayName"] = json!("The administrator")),
        ("/groups/administrators", |group| group["description"] = json!("All")),
    ]
}

#[tokio::test]
async fn a_change_without_an_etag_overwrites_nothing() {
    let installation = Installation::new().await;
    for (path, _) in documents() {
        let found = installation.get(path, &installation.key).await;
        let body = without_read_only(found.json());
        let refused = installation.send("PUT", path, &installation.key, &[], body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code().as_str()),
            (428, "etag-missing"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_change_of_what_somebody_else_changed_is_refused_with_the_current_etag() {
    let installation = Installation::new().await;
    for (path, change) in documents() {
        let found = installation.get(path, &installation.key).await;
        let old = found.header("etag").to_owned();
        let mut body = without_read_only(found.json());
        change(&mut body);
        let put = async |tag: &str| {
            let headers = [("if-match", tag)];
            installation.send("PUT", path, &installation.key, &headers, body.clone()).await
        };
        let saved = put(&old).await;
        assert_eq!(saved.status.as_u16(), 200, "{path}: {}", saved.text());
        let current = saved.header("etag").to_owned();
        assert_ne!(current, old, "{path}");
        let lost = put(&old).await;
        assert_eq!((lost.status.as_u16(), lost.code().as_str()), (412, "etag-mismatch"), "{path}");
        assert_eq!(lost.header("etag"), current, "{path}");
        // One of several, and whatever is there.
        for tags in [format!("\"0\", {current}"), "*".to_owned()] {
            let saved = put(&tags).await;
            assert_eq!(saved.status.as_u16(), 200, "{path} {tags}: {}", saved.text());
        }
        let again = installation.get(path, &installation.key).await;
        let mut expected = again.json();
        change(&mut expected);
        assert_eq!(again.json(), expected, "{path}");
    }
}

#[tokio::test]
async fn a_deletion_may_expect_an_etag() {
    let installation = Installation::new().await;
    installation.user("zoe", "askers").await;
    for (path, settings) in [
        ("/deployments/churn-prod", "/deployments/churn-prod/settings"),
        ("/infrastructures/prod", "/infrastructures/prod/settings"),
        ("/projects/CHURN", "/projects/CHURN/settings"),
        ("/users/zoe", "/users/zoe"),
        ("/groups/askers", "/groups/askers"),
    ] {
        let tag = installation.get(settings, &installation.key).await.header("etag").to_owned();
        let delete = async |tag: &str| {
            let headers = [("if-match", tag)];
            installation.send("DELETE", path, &installation.key, &headers, Value::Null).await
        };
        assert_eq!(delete("\"0\"").await.status.as_u16(), 412, "{path}");
        let deleted = delete(&tag).await;
        assert_eq!(deleted.status.as_u16(), 204, "{path}: {}", deleted.text());
    }
}

#[tokio::test]
async fn a_reader_who_has_the_current_answer_gets_no_other() {
    let installation = Installation::new().await;
    for path in ["/me", "/stages", "/board", "/deployments", "/deployments/churn-prod/settings"] {
        let found = installation.get(path, &installation.key).await;
        let tag = found.header("etag").to_owned();
        assert!(!tag.is_empty(), "{path}");
        let headers = [("if-none-match", tag.as_str())];
        let same = installation.send("GET", path, &installation.key, &headers, Value::Null).await;
        assert_eq!(same.status.as_u16(), 304, "{path}");
        assert!(same.body.is_empty() && same.header("etag") == tag, "{path}");
    }
    let tag = installation.get("/deployments", &installation.key).await.header("etag").to_owned();
    let deleted = "/deployments/churn-prod";
    installation.send("DELETE", deleted, &installation.key, &[], Value::Null).await;
    let headers = [("if-none-match", tag.as_str())];
    let other = installation.send("GET", "/deployments", &installation.key, &headers, Value::Null);
    assert_eq!(other.await.status.as_u16(), 200);
}

/// A document as clients send it back.
fn without_read_only(mut document: Value) -> Value {
    document.as_object_mut().unwrap().remove("passwordSetOn");
    document
}
