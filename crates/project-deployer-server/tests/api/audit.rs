//! The audit, for administrators.

use serde_json::{Value, json};

use crate::installation::Installation;
use crate::tasks::ended;

async fn list(installation: &Installation, query: &str) -> Value {
    let answer = installation.get(&format!("/audit{query}"), &installation.key).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn pages_of_the_audit_have_every_record_once_while_others_are_written() {
    let installation = Installation::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        installation.send("POST", "/groups", &installation.key, &[], json!({"name": name})).await;
    }
    let mut seen = Vec::new();
    let mut query = "?limit=2&kind=group&action=create".to_owned();
    loop {
        let page = list(&installation, &query).await;
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|record| record["object"].as_str().unwrap().to_owned()));
        let other = json!({"name": format!("later-{}", seen.len())});
        installation.send("POST", "/groups", &installation.key, &[], other).await;
        match page["next"].as_str() {
            Some(next) => query = format!("?limit=2&kind=group&action=create&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen[..5], ["e", "d", "c", "b", "a"]);
    seen.sort_unstable();
    seen.dedup();
    assert!(!seen.iter().any(|name| name.starts_with("later")), "{seen:?}");
}

#[tokio::test]
async fn filters_choose_by_object_actor_outcome_and_time() {
    let installation = Installation::new().await;
    let zoe = installation.user("zoe", "askers").await;
    installation.clock.advance(60_000);
    installation
        .send("POST", "/groups", &zoe, &[("x-request-id", "r-1")], json!({"name": "x"}))
        .await;
    let refused = list(&installation, "?outcome=refused&actor=zoe").await;
    let record = &refused["items"][0];
    let shown = (&record["action"], &record["kind"], &record["object"], &record["code"]);
    assert_eq!(shown, (&json!("create"), &json!("group"), &json!("x"), &json!("forbidden")));
    assert_eq!((&record["requestId"], &record["outcome"]), (&json!("r-1"), &json!("refused")));
    let time = record["time"].as_i64().unwrap();
    for (query, found) in [
        (format!("?from={time}"), 1),
        (format!("?from={}", time + 1), 0),
        (format!("?until={time}&object=zoe&kind=user"), 1),
        ("?object=none".to_owned(), 0),
        ("?outcome=done&actor=zoe".to_owned(), 0),
    ] {
        let page = list(&installation, &query).await;
        assert_eq!(page["items"].as_array().unwrap().len(), found, "{query}: {page}");
    }
    // One record has the same as the list.
    let path = format!("/audit/{}", record["id"].as_str().unwrap());
    assert_eq!(installation.get(&path, &installation.key).await.json(), *record);
    let (day, _) = path.rsplit_once('/').unwrap();
    for absent in [format!("{day}/99"), format!("{day}/0"), "/audit/x/y".to_owned()] {
        assert_eq!(
            installation.get(&absent, &installation.key).await.code(),
            "not-found",
            "{absent}"
        );
        assert_eq!(installation.get(&absent, &zoe).await.code(), "forbidden", "{absent}");
    }
    let other = installation.get("/audit?outcome=other", &installation.key).await;
    assert_eq!(other.code(), "request-malformed");
}

#[tokio::test]
async fn a_check_of_the_audit_is_a_task() {
    let installation = Installation::new().await;
    let key = &installation.key;
    let ask =
        async |body: Value| installation.send("POST", "/audit/verification", key, &[], body).await;
    let started = ask(json!({})).await;
    assert_eq!(started.status.as_u16(), 202, "{}", started.text());
    let path = format!("/tasks/{}", started.json()["id"].as_str().unwrap());
    assert_eq!(started.header("location"), format!("..{path}"));
    let task = ended(&installation, &path, key).await;
    assert_eq!(task["result"]["faults"], json!([]), "{task}");
    assert!(task["result"]["unsealed"].as_u64().unwrap() > 3, "{task}");
    let expected = json!({"expect": format!("7:{}", "a".repeat(64))});
    let started = ask(expected).await.json();
    let path = format!("/tasks/{}", started["id"].as_str().unwrap());
    let task = ended(&installation, &path, key).await;
    assert_eq!(task["result"]["faults"].as_array().unwrap().len(), 1, "{task}");
    assert_eq!(ask(json!({"expect": "x"})).await.code(), "request-malformed");
}
