//! B5, M16: windows over HTTP, updates that they refuse, and updates that start anyway.

use project_deployer::audit::AuditFilter;
use project_deployer::store::{Collection, Commit, Expected, Store as _};
use serde_json::{Value, json};

use crate::document::document;
use crate::installation::{Installation, without_request_id};

const UPDATES: &str = "/deployments/churn-prod/updates";
const SCHEDULE: &str = "/deployments/churn-prod/schedule";
const OF_PROD: &str = "/infrastructures/prod/windows";
const FREEZE: &str = "/windows?scope=infrastructure%2Fprod&name=freeze";

/// Always closed.
fn freeze() -> Value {
    json!({"effect": "deny", "cron": "0 0 * * *", "minutes": 1440, "zone": "etc/utc", "reason": "audit week"})
}

#[tokio::test]
async fn a_window_is_added_seen_heeded_and_removed() {
    let it = Installation::new().await;
    let key = &it.key;
    let before = it.get(OF_PROD, key).await.json();
    assert_eq!((&before["items"], &before["allowed"]), (&json!([]), &json!(true)));
    let added = it.send("PUT", FREEZE, key, &[], freeze()).await;
    assert_eq!(added.status, 200, "{}", added.text());
    assert_eq!(added.json()["zone"], "Etc/UTC");
    let text = "`freeze` denies updates for 1d from `0 0 * * *` in Etc/UTC: audit week";
    assert_eq!(added.json()["text"], text);
    let all = it.get("/windows", key).await.json();
    assert_eq!(all["items"][0]["scope"], "infrastructure/prod");
    let seen = it.get(OF_PROD, key).await.json();
    assert_eq!((&seen["items"], &seen["allowed"]), (&all["items"], &json!(false)));
    assert_eq!(seen["opens"], Value::Null, "{seen}");
    assert!(seen["reason"].as_str().unwrap().contains("`freeze`"), "{seen}");
    let refused = it.send("POST", UPDATES, key, &[], json!({})).await;
    assert_eq!((refused.status.as_u16(), &*refused.code()), (409, "outside-window"));
    let in_window = it.send("PUT", SCHEDULE, key, &[], json!({"nextWindow": true})).await;
    assert_eq!(in_window.status, 422, "{}", in_window.text());
    assert_eq!(it.send("DELETE", FREEZE, key, &[], Value::Null).await.status, 204);
    assert_eq!(it.get("/windows", key).await.json(), json!({"items": []}));
    let again = it.send("DELETE", FREEZE, key, &[], Value::Null).await;
    assert_eq!(again.status, 404, "{}", again.text());
}

#[tokio::test]
async fn the_plan_of_an_update_has_the_window_that_refuses_it() {
    // B5, F7
    let it = Installation::new().await;
    let plan = async || it.get("/deployments/churn-prod/plan", &it.key).await.json();
    let open = plan().await;
    assert_eq!(open["outsideWindow"], Value::Null, "{open}");
    it.send("PUT", FREEZE, &it.key, &[], freeze()).await;
    let shut = plan().await;
    let outside = &shut["outsideWindow"];
    assert_eq!(outside["scope"], "infrastructure/prod", "{shut}");
    assert_eq!((&outside["window"], &outside["opens"]), (&json!("freeze"), &Value::Null));
    assert_eq!(shut["plan"]["outsideWindow"]["reason"], outside["reason"]);
    assert!(shut["text"].as_str().unwrap().contains("\noutside windows: "), "{shut}");
    assert_eq!(shut["plan"]["digest"], open["plan"]["digest"]);
}

#[tokio::test]
async fn what_cannot_be_read_is_listed_apart_and_removed() {
    // B5, M3, M7
    let it = Installation::new().await;
    let user = it.user("uma", "users").await;
    for (kind, route) in [("windows", "/windows"), ("maintenance", "/maintenance")] {
        let key = Collection::new(kind).key("stage/Test");
        let broken = Commit::new().put(key, Expected::Any, json!({"format": 9}));
        it.store.commit(broken).await.unwrap();
        let listed = it.get(route, &it.key).await;
        assert_eq!(listed.status, 200, "{}", listed.text());
        document().allows(
            &format!("list{}", if kind == "windows" { "Windows" } else { "Maintenance" }),
            &listed,
        );
        let listed = listed.json();
        assert_eq!(listed["items"], json!([]));
        assert_eq!(listed["unreadable"][0]["scope"], "stage/Test", "{listed}");
        let text = listed["unreadable"][0]["text"].as_str().unwrap();
        assert!(text.contains("of stage `Test` cannot be read"), "{text}");
        assert_eq!(it.get(route, &user).await.json(), json!({"items": []}), "it may not remove it");
        let every = if kind == "windows" { "&all=true" } else { "" };
        let all = format!("{route}?scope=stage%2FTest{every}");
        assert_eq!(it.send("DELETE", &all, &it.key, &[], Value::Null).await.status, 204);
        assert_eq!(it.get(route, &it.key).await.json(), json!({"items": []}));
        assert_eq!(it.send("DELETE", &all, &it.key, &[], Value::Null).await.status, 404);
    }
}

#[tokio::test]
async fn all_windows_of_a_scope_are_removed_only_by_those_who_say_so() {
    // B5
    let it = Installation::new().await;
    for name in ["freeze", "nights"] {
        let window = format!("/windows?scope=everything&name={name}");
        assert_eq!(it.send("PUT", &window, &it.key, &[], freeze()).await.status, 200);
    }
    for (query, part) in [
        ("", "`name`"),
        ("&all=false", "`name`"),
        ("&name=freeze&all=true", "`all`"),
        ("&nmae=freeze", "nmae"),
        ("&all=true&nmae=freeze", "nmae"),
    ] {
        let route = format!("/windows?scope=everything{query}");
        let refused = it.send("DELETE", &route, &it.key, &[], Value::Null).await;
        let (text, code) = (refused.text(), refused.code());
        assert_eq!((refused.status.as_u16(), &*code), (400, "request-malformed"), "{text}");
        assert!(text.contains(part), "{query}: {text}");
    }
    assert_eq!(it.get("/windows", &it.key).await.json()["items"].as_array().unwrap().len(), 2);
    let all = "/windows?scope=everything&all=true";
    assert_eq!(it.send("DELETE", all, &it.key, &[], Value::Null).await.status, 204);
    assert_eq!(it.get("/windows", &it.key).await.json(), json!({"items": []}));
}

#[tokio::test]
async fn the_glass_is_broken_with_a_reason_that_the_audit_has() {
    let it = Installation::new().await;
    it.send("PUT", FREEZE, &it.key, &[], freeze()).await;
    let broken = json!({"breakGlass": "customers are harmed"});
    let user = it.user("uma", "users").await;
    let hidden = it.send("POST", UPDATES, &user, &[], broken.clone()).await;
    assert_eq!(hidden.status, 404, "{}", hidden.text());
    let started = it.send("POST", UPDATES, &it.key, &[], broken).await;
    assert_eq!(started.status, 202, "{}", started.text());
    let filter = AuditFilter::default().with_action(Some("update".to_owned()));
    let page = it.admin().audit(&filter, None, 1).await.unwrap();
    let after = page.entries[0].record.after.clone().unwrap();
    assert_eq!(after["breakGlass"]["reason"], "customers are harmed");
}

#[tokio::test]
async fn what_is_wrong_with_a_window_is_named_by_its_field() {
    let it = Installation::new().await;
    let cases =
        [("cron", json!("every night")), ("minutes", json!(0)), ("zone", json!("Europe/Atlantis"))];
    for (field, value) in cases {
        let mut window = freeze();
        window[field] = value;
        let refused = it.send("PUT", FREEZE, &it.key, &[], window).await;
        assert_eq!(refused.status, 400, "{}", refused.text());
        let problem = without_request_id(refused).json();
        assert_eq!(problem["field"], field, "{problem}");
        assert!(problem["fix"].as_str().unwrap().starts_with("write"), "{problem}");
    }
    let mut never = freeze();
    never["cron"] = json!("0 0 30 2 *");
    let refused = it.send("PUT", FREEZE, &it.key, &[], never).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    for body in [json!({}), json!({"at": 1, "nextWindow": true})] {
        let refused = it.send("PUT", SCHEDULE, &it.key, &[], body).await;
        assert_eq!(refused.status, 400, "{}", refused.text());
        assert_eq!(refused.json()["field"], "at");
    }
    assert_eq!(it.get("/windows", &it.key).await.json(), json!({"items": []}));
}
