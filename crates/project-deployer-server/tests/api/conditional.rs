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

/// A personal key of `zoe`, by its path and its ETag.
async fn key_of_zoe(installation: &Installation) -> (String, String) {
    installation.user("zoe", "askers").await;
    let keys = installation.get("/keys?user=zoe", &installation.key).await.json();
    let path = format!("/keys/{}", keys["items"][0]["id"].as_str().unwrap());
    let tag = installation.get(&path, &installation.key).await.header("etag").to_owned();
    (path, tag)
}

#[tokio::test]
async fn a_key_has_an_etag_that_its_change_and_deletion_may_expect() {
    // F21
    let installation = Installation::new().await;
    let (path, old) = key_of_zoe(&installation).await;
    let send = async |method: &str, headers: &[(&str, &str)], body: Value| {
        installation.send(method, &path, &installation.key, headers, body).await
    };
    let label = |text: &str| json!({ "label": text });
    let changed = send("PATCH", &[("if-match", &old)], label("laptop")).await;
    assert_eq!(changed.status.as_u16(), 200, "{}", changed.text());
    let current = changed.header("etag").to_owned();
    assert!(current.starts_with('"') && current != old, "{current}");
    let found = installation.get(&path, &installation.key).await;
    assert_eq!((found.header("etag"), found.json()), (current.as_str(), changed.json()));
    // Whoever saw the key before the change writes nothing, and learns what is current.
    for (method, body) in [("PATCH", label("lost")), ("DELETE", Value::Null)] {
        let lost = send(method, &[("if-match", &old)], body).await;
        assert_eq!(
            (lost.status.as_u16(), lost.code().as_str(), lost.header("etag")),
            (412, "etag-mismatch", current.as_str()),
            "{method}"
        );
    }
    assert_eq!(installation.get(&path, &installation.key).await.json(), found.json());
    // What is left out stays, so a change needs no ETag; it may be one of several, or anything.
    for headers in [&[][..], &[("if-match", "*")]] {
        let merged = send("PATCH", headers, json!({"description": "of zoe"})).await;
        assert_eq!(merged.status.as_u16(), 200, "{headers:?}: {}", merged.text());
        assert_eq!(merged.json()["label"], "laptop");
    }
    let current = installation.get(&path, &installation.key).await.header("etag").to_owned();
    let tags = format!("\"0\", {current}");
    assert_eq!(send("PATCH", &[("if-match", &tags)], label("desk")).await.status.as_u16(), 200);
    let current = installation.get(&path, &installation.key).await.header("etag").to_owned();
    assert_eq!(send("DELETE", &[("if-match", &current)], Value::Null).await.status.as_u16(), 204);
    // A key that is gone, or another one's, has no ETag to compare.
    for (method, body) in [("PATCH", label("gone")), ("DELETE", Value::Null)] {
        let gone = send(method, &[("if-match", &current)], body).await;
        assert_eq!((gone.status.as_u16(), gone.code().as_str()), (404, "not-found"), "{method}");
    }
}

#[tokio::test]
async fn an_etag_of_a_key_says_nothing_to_those_who_may_not_see_the_key() {
    // R-P2
    let installation = Installation::new().await;
    let (path, tag) = key_of_zoe(&installation).await;
    let lee = installation.user("lee", "askers").await;
    let answer = async |path: &str, tag: &str| {
        let headers = [("if-match", tag)];
        let answer = installation.send("PATCH", path, &lee, &headers, json!({"label": "x"})).await;
        assert_eq!((answer.status.as_u16(), answer.header("etag")), (404, ""), "{path}");
        answer.code()
    };
    assert_eq!(answer(&path, &tag).await, answer("/keys/0", &tag).await);
    answer(&path, "\"0\"").await;
}

#[tokio::test]
async fn a_key_that_gives_up_its_rights_gets_the_answer_to_its_change() {
    let installation = Installation::new().await;
    let new = json!({"global": true, "admin": true, "label": "robot"});
    let made = installation.send("POST", "/keys", &installation.key, &[], new).await.json();
    let path = format!("/keys/{}", made["key"]["id"].as_str().unwrap());
    let secret = made["secret"].as_str().unwrap();
    let changed = installation.send("PATCH", &path, secret, &[], json!({"admin": false})).await;
    assert_eq!((changed.status.as_u16(), &changed.json()["admin"]), (200, &json!(false)));
    let again = installation.send("PATCH", &path, secret, &[], json!({"admin": true})).await;
    assert_eq!(again.status.as_u16(), 404, "{}", again.text());
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
