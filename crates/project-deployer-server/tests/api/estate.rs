//! The whole estate as one file, by the API alone.

use project_deployer::Clock as _;
use serde_json::{Value, json};

use crate::document::document;
use crate::installation::{Answer, Installation};
use crate::tasks::ended;

/// In milliseconds.
const HOUR: i64 = 3_600_000;

/// Sends a file, and returns the end of its task.
async fn sent(installation: &Installation, id: &str, path: &str, body: Value) -> Value {
    let key = &installation.key;
    let answer = installation.send("POST", path, key, &[], body).await;
    document().allows(id, &answer);
    assert_eq!(answer.status.as_u16(), 202, "{}", answer.text());
    let task = format!("/tasks/{}", answer.json()["id"].as_str().unwrap());
    assert_eq!(answer.header("location"), format!("..{task}"));
    ended(installation, &task, key).await
}

async fn planned(installation: &Installation, file: &Value) -> Value {
    let body = json!({"file": file.to_string(), "format": "json"});
    let task = sent(installation, "planEstate", "/estate/plan", body).await;
    assert_eq!(task["state"], "done", "{task}");
    task["result"].clone()
}

async fn applied(installation: &Installation, file: &Value, digest: &Value) -> Value {
    let body = json!({"file": file.to_string(), "format": "json", "digest": digest});
    sent(installation, "applyEstate", "/estate/apply", body).await
}

async fn refused(installation: &Installation, path: &str, body: Value) -> Answer {
    let answer = installation.send("POST", path, &installation.key, &[], body).await;
    document().allows("planEstate", &answer);
    answer
}

#[tokio::test]
async fn what_is_exported_has_no_difference_and_a_change_of_it_is_applied_once() {
    // J6, F9
    let installation = Installation::new().await;
    let exported = installation.get("/estate?format=json", &installation.key).await;
    document().allows("exportEstate", &exported);
    let exported = exported.json();
    assert!(exported["leftOut"].as_array().is_some(), "{exported}");
    let mut file: Value = serde_json::from_str(exported["file"].as_str().unwrap()).unwrap();
    let same = planned(&installation, &file).await;
    assert_eq!((&same["changes"], &same["blockers"]), (&json!([]), &json!(0)), "{same}");

    file["stages"].as_array_mut().unwrap().push(json!({"id": "Canary"}));
    let plan = planned(&installation, &file).await;
    assert_eq!(plan["changes"][0]["kind"], "stages", "{plan}");
    assert_eq!(plan["applied"], Value::Null);
    let stages = installation.get("/stages", &installation.key).await.text();
    assert!(!stages.contains("Canary"), "a plan writes nothing: {stages}");

    let other = applied(&installation, &file, &same["digest"]).await;
    assert_eq!(other["state"], "failed", "{other}");
    assert!(other["error"].as_str().unwrap().contains("nothing was written"), "{other}");
    let stages = installation.get("/stages", &installation.key).await.text();
    assert!(!stages.contains("Canary"), "{stages}");

    let done = applied(&installation, &file, &plan["digest"]).await;
    assert_eq!(done["result"]["applied"]["changes"], 1, "{done}");
    let stages = installation.get("/stages", &installation.key).await.text();
    assert!(stages.contains("Canary"), "{stages}");
    let again = applied(&installation, &file, &Value::Null).await;
    assert_eq!(again["result"]["applied"]["changes"], 0, "{again}");
}

#[tokio::test]
async fn all_mistakes_of_a_file_are_listed_at_once_and_nothing_is_written() {
    let installation = Installation::new().await;
    let file = "version: 1\nstages:\n- id: Canary\n  color: red\ninfrastructures:\n- id: prod\n  colour: red\n";
    let answer = refused(&installation, "/estate/apply", json!({"file": file})).await;
    let problem = answer.json();
    assert_eq!((answer.status.as_u16(), &problem["code"]), (422, &json!("document-invalid")));
    let fields = problem["fields"].as_array().unwrap();
    assert!(fields.len() >= 2, "{problem}");
    assert!(fields[0]["detail"].as_str().unwrap().starts_with("line 4: "), "{problem}");
    let stages = installation.get("/stages", &installation.key).await.text();
    assert!(!stages.contains("Canary"), "{stages}");

    let unknown = json!({"file": "{}", "format": "ini"});
    assert_eq!(refused(&installation, "/estate/plan", unknown).await.code(), "request-malformed");
    let unknown = json!({"file": "{}", "prune": ["nodes"]});
    assert_eq!(refused(&installation, "/estate/plan", unknown).await.code(), "request-malformed");
}

#[tokio::test]
async fn a_secret_comes_with_the_request_and_from_nowhere_else() {
    let installation = Installation::new().await;
    let infra = json!({"id": "canary", "stage": "Test", "nodes": [
        {"url": "https://canary.example:11200", "adminApiKey": {"env": "PATH"}}]});
    let file = json!({"version": 1, "infrastructures": [infra]}).to_string();
    let body = json!({"file": file, "format": "json"});
    let answer = refused(&installation, "/estate/plan", body.clone()).await;
    let problem = answer.json();
    assert_eq!(problem["code"], "document-invalid", "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("`PATH`"), "{problem}");

    let mut with_secret = body;
    with_secret["secrets"] = json!({"env": {"PATH": "key-of-canary"}});
    let task = sent(&installation, "applyEstate", "/estate/apply", with_secret).await;
    assert_eq!(task["result"]["applied"]["changes"], 1, "{task}");
    assert!(!task.to_string().contains("key-of-canary"), "{task}");
}

#[tokio::test]
async fn what_a_plan_withholds_is_part_of_what_is_applied() {
    // F8: the changes look the same, and are not.
    let installation = Installation::new().await;
    let file = |hook: &str, place: &str| {
        let hook = json!({"name": "gate", "type": "in-process", "hook": hook});
        let infra = json!({"id": "canary", "stage": "Test", "hooks": {"pre": [hook]}, "nodes": [
            {"url": "https://canary.example:11200", "adminApiKey": {"env": place}}]});
        json!({"version": 1, "infrastructures": [infra]}).to_string()
    };
    let body = |hook: &str, key: &str| json!({"file": file(hook, "KEY"), "format": "json", "secrets": {"env": {"KEY": key}}});
    let planned = sent(&installation, "planEstate", "/estate/plan", body("a", "key-1")).await;
    let digest = &planned["result"]["digest"];
    assert!(digest.is_string(), "{planned}");
    for (hook, key) in [("b", "key-1"), ("a", "key-2")] {
        let mut other = body(hook, key);
        let again = sent(&installation, "planEstate", "/estate/plan", other.clone()).await;
        assert_eq!(again["result"]["changes"], planned["result"]["changes"]);
        other["digest"] = digest.clone();
        let refused = sent(&installation, "applyEstate", "/estate/apply", other).await;
        assert_eq!(refused["state"], "failed", "{refused}");
    }
    let mut same = body("a", "key-1");
    same["digest"] = digest.clone();
    let done = sent(&installation, "applyEstate", "/estate/apply", same).await;
    assert_eq!(done["result"]["applied"]["changes"], 1, "{done}");
}

#[tokio::test]
async fn only_an_administrator_plans_the_estate() {
    let installation = Installation::new().await;
    let key = installation.user("zoe", "askers").await;
    for path in ["/estate/plan", "/estate/apply"] {
        // Rights come before mistakes: an answer says nothing about the file.
        let answer = installation.send("POST", path, &key, &[], json!({"file": "}"})).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "forbidden"), "{path}");
    }
    let body = json!({"at": 1, "estate": {"file": "}"}});
    let answer = installation.send("POST", "/estate/scheduled", &key, &[], body).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "forbidden"));
    assert_eq!(installation.get("/estate/scheduled", &key).await.code(), "forbidden");
}

async fn schedule(installation: &Installation, file: &Value, at: i64, digest: &Value) -> Value {
    let secrets = json!({"env": {"KEY": "key-of-canary"}});
    let estate =
        json!({"file": file.to_string(), "format": "json", "secrets": secrets, "digest": digest});
    let body = json!({"at": at, "estate": estate});
    sent(installation, "scheduleEstate", "/estate/scheduled", body).await
}

async fn scheduled(installation: &Installation) -> Value {
    let answer = installation.get("/estate/scheduled", &installation.key).await;
    document().allows("listScheduledEstates", &answer);
    answer.json()["items"].clone()
}

#[tokio::test]
async fn a_file_is_scheduled_listed_and_withdrawn() {
    // M16, R13
    let installation = Installation::new().await;
    let infra = json!({"id": "canary", "stage": "Test", "nodes": [
        {"url": "https://canary.example:11200", "adminApiKey": {"env": "KEY"}}]});
    let file = json!({"version": 1, "infrastructures": [infra]});
    let late = 4_102_444_800_000_i64;
    let late = schedule(&installation, &file, late, &Value::Null).await;
    assert_eq!(late["state"], "failed", "more than a year away: {late}");
    let at = installation.clock.now().as_millis() + HOUR;
    let other = schedule(&installation, &file, at, &json!("other")).await;
    assert!(other["error"].as_str().unwrap().contains("nothing was written"), "{other}");
    let blocked = json!({"version": 1, "infrastructures": [{"id": "canary"}]});
    let blocked = schedule(&installation, &blocked, at, &Value::Null).await;
    assert!(blocked["error"].as_str().unwrap().contains("it is new and has no stage"), "{blocked}");
    assert_eq!(scheduled(&installation).await, json!([]));

    let done = schedule(&installation, &file, at, &Value::Null).await;
    let made = &done["result"];
    assert_eq!((&made["state"], &made["at"]), (&json!("waiting"), &json!(at)), "{done}");
    assert_eq!(made["requester"], "admin");
    assert_eq!(made["changes"], json!(["create infrastructure canary"]));
    let all = scheduled(&installation).await;
    assert_eq!(all, json!([made]));
    assert!(!format!("{done}{all}").contains("key-of-canary"));
    let infras = installation.get("/infrastructures", &installation.key).await.text();
    assert!(!infras.contains("canary"), "{infras}");
    let path = format!("/estate/scheduled/{}", made["id"].as_str().unwrap());
    for expected in [204, 422] {
        let answer = installation.send("DELETE", &path, &installation.key, &[], Value::Null).await;
        document().allows("withdrawEstate", &answer);
        assert_eq!(answer.status.as_u16(), expected, "{}", answer.text());
    }
    let all = scheduled(&installation).await;
    assert_eq!((&all[0]["id"], &all[0]["state"]), (&made["id"], &json!("withdrawn")), "{all}");
    assert_eq!(all[0]["reason"], "`admin` withdrew it", "{all}");
}

#[tokio::test]
async fn what_became_of_a_scheduled_file_is_said_with_the_reason() {
    // M16
    let installation = Installation::new().await;
    let project = |name: &str| json!({"version": 1, "projects": [{"key": "CHURN", "name": name}]});
    let infra = json!({"version": 1, "infrastructures": [{"id": "prod", "deployAsUser": "robot"}]});
    let at = installation.clock.now().as_millis() + HOUR;
    for file in [project("First"), project("Second"), infra] {
        let done = schedule(&installation, &file, at, &Value::Null).await;
        assert_eq!(done["state"], "done", "{done}");
    }
    installation.clock.advance(HOUR);
    installation.deployer.apply_scheduled().await.unwrap();
    let all = scheduled(&installation).await;
    let states: Vec<_> = all.as_array().unwrap().iter().map(|it| &it["state"]).collect();
    assert_eq!(states, ["applied", "refused", "applied"], "{all}");
    assert_eq!((&all[0]["changed"], &all[0]["reason"]), (&json!(1), &Value::Null), "{all}");
    let reason = all[1]["reason"].as_str().unwrap();
    assert!(
        reason.contains("these have changed since it was requested: project CHURN"),
        "{reason}"
    );
    assert!(all[1]["ended"].as_i64().unwrap() >= at, "{all}");
    let gone =
        installation.send("DELETE", "/estate/scheduled/2", &installation.key, &[], Value::Null);
    assert_eq!(gone.await.status.as_u16(), 422, "it does not wait any more");
}

#[tokio::test]
async fn a_file_waits_for_the_next_window_although_its_updates_are_refused_now() {
    // M16, B5
    let installation = Installation::new().await;
    let key = &installation.key;
    let nights = json!({"effect": "allow", "cron": "0 22 * * *", "minutes": 60, "zone": "UTC", "reason": "few users"});
    let window = "/windows?scope=infrastructure%2Fprod&name=nights";
    assert_eq!(installation.send("PUT", window, key, &[], nights).await.status, 200);
    let file = json!({"version": 1, "deployments": [
        {"id": "churn-prod", "project": "CHURN", "infrastructure": "prod", "bundle": "v1"}]});
    let estate = json!({"file": file.to_string(), "format": "json", "deploy": true});
    let task = sent(&installation, "planEstate", "/estate/plan", estate.clone()).await;
    let plan = &task["result"];
    assert_eq!((&plan["blockers"], &plan["blockersByWindows"]), (&json!(1), &json!(1)), "{task}");
    let note = plan["notes"].as_array().unwrap().iter().find(|note| note["severity"] == "ERROR");
    let hint = note.unwrap()["hint"].as_str().unwrap();
    assert!(hint.contains("in the next window") && hint.contains("break the glass"), "{hint}");

    let body = json!({"nextWindow": true, "estate": estate.clone()});
    let done = sent(&installation, "scheduleEstate", "/estate/scheduled", body).await;
    let opens = project_deployer::core::Timestamp::parse("2027-01-15T22:00:00Z").unwrap();
    assert_eq!(done["result"]["at"], opens.as_millis(), "{done}");
    let at = installation.clock.now().as_millis() + HOUR;
    let early = json!({"at": at, "estate": estate});
    let early = sent(&installation, "scheduleEstate", "/estate/scheduled", early).await;
    assert!(early["error"].as_str().unwrap().contains("updates may not start at"), "{early}");
    installation.clock.advance(opens.as_millis() - installation.clock.now().as_millis());
    installation.deployer.apply_scheduled().await.unwrap();
    let all = scheduled(&installation).await;
    assert_eq!((&all[0]["state"], &all[0]["updates"]), (&json!("applied"), &json!(1)), "{all}");
}
