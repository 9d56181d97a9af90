//! Updates and files of the estate that wait for their time.

use project_deployer::core::Timestamp;
use project_deployer::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::installation::Installation;

const SECRET: &str = "canary-of-a-scheduled-file";

pub(crate) fn tomorrow() -> String {
    let tomorrow = SystemClock.now().as_millis() + 24 * 3600 * 1000;
    Timestamp::from_millis(tomorrow).to_string()
}

/// A window that allows updates from noon of tomorrow on, and until then none; and that time.
async fn closed_until_tomorrow(it: &Installation) -> String {
    let tomorrow = tomorrow();
    let (month, day) = (&tomorrow[5..7], &tomorrow[8..10]);
    let cron = format!("0 12 {} {} *", number(day), number(month));
    let add = ["window", "add", "noon", "--infra", "prod", "--allow", "--cron", &*cron];
    let (code, _, errors) = it
        .http(&[&add[..], &["--for", "1h", "--reason", "few users", "-o", "json"]].concat())
        .await;
    assert_eq!(code, 0, "{errors}");
    assert_eq!(it.http(&["window", "list", "-o", "json"]).await.0, 0);
    format!("{}T12:00:00Z", &tomorrow[..10])
}

fn number(text: &str) -> u32 {
    text.parse().unwrap()
}

/// With a deployment `churn` of bundle `v1`, which has had no update.
async fn with_deployment() -> Installation {
    let it = Installation::start().await;
    it.fill().await;
    let create = ["deployment", "create", "churn", "--infra", "prod", "--project", "CHURN"];
    let (code, _, errors) = it.http(&[&create[..], &["--bundle", "v1"]].concat()).await;
    assert_eq!(code, 0, "{errors}");
    it
}

/// Over HTTP, or on the machine itself.
async fn ask(it: &Installation, way: &str, arguments: &[&str]) -> (i32, String, String) {
    match way {
        "http" => it.http(arguments).await,
        _ => it.local_with(arguments, "").await,
    }
}

fn objects(output: &str) -> Value {
    let shown: Value = serde_json::from_str(output).unwrap_or_default();
    shown["objects"].clone()
}

#[tokio::test]
async fn a_file_is_scheduled_over_http_with_its_secrets_and_seen_and_withdrawn_by_both_ways() {
    // M16, R13
    let it = Installation::start().await;
    it.fill().await;
    let (file, key) = (it.path("estate.yaml"), it.path("canary.key"));
    std::fs::write(&key, SECRET).unwrap();
    let text = "version: 1\ninfrastructures:\n  - {id: canary, stage: Test, nodes: [{url: \
                'https://canary.example:11200', adminApiKey: {file: canary.key}}]}\n";
    std::fs::write(&file, text).unwrap();
    let at = tomorrow();
    let apply = ["apply", &*file, "--at", &*at, "--output", "json"];
    let (code, output, errors) = it.http(&apply).await;
    assert_eq!(code, 0, "{output}{errors}");
    let made = objects(&output)[0].clone();
    assert_eq!((&made["at"], &made["state"]), (&json!(at), &json!("waiting")));
    assert_eq!(made["changes"], json!(["create infrastructure canary"]));
    let list = ["apply", "--scheduled", "--output", "json"];
    let (there, here) = (it.http(&list).await, it.local_with(&list, "").await);
    assert_eq!((there.0, objects(&there.1)), (0, objects(&here.1)), "{}{}", there.2, here.2);
    for shown in [&output, &there.1, &here.1] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
    let (_, table, _) = it.http(&["apply", "--scheduled"]).await;
    assert!(table.contains(&at) && table.contains("waiting"), "{table}");
    let id = made["id"].as_str().unwrap();
    let withdraw = ["apply", "--withdraw", id];
    assert_eq!(it.http(&withdraw).await.0, 0);
    let (code, _, errors) = it.http(&withdraw).await;
    assert!(code == 3 && errors.contains("waits for its time"), "{code} {errors}");
    assert!(!errors.contains("node") && !errors.contains("follow this"), "{errors}");
    assert!(errors.contains("look at the scheduled files"), "{errors}");
    // What the plan has against it is said at once.
    std::fs::write(&file, "version: 1\ninfrastructures: [{id: new}]\n").unwrap();
    let (code, _, errors) = it.http(&apply).await;
    assert!(code == 3 && errors.contains("it is new and has no stage"), "{code} {errors}");
}

#[tokio::test]
async fn a_time_is_written_as_everywhere_else() {
    // M16
    let it = with_deployment().await;
    let at = tomorrow();
    let (code, _, errors) = it.http(&["update", "start", "churn", "--at", &*at]).await;
    assert_eq!(code, 0, "{errors}");
    let (_, there, _) = it.http(&["update", "scheduled"]).await;
    let (_, here, _) = it.local_with(&["update", "scheduled"], "").await;
    assert!(there.contains(&at), "{there}");
    assert_eq!(there, here);
}

#[tokio::test]
async fn an_update_waits_for_the_next_window_by_both_ways() {
    // M16, B5
    let it = with_deployment().await;
    let opens = closed_until_tomorrow(&it).await;
    let (start, list) = (["update", "start", "churn"], ["update", "scheduled", "-o", "json"]);
    let next = [&start[..], &["--next-window", "-o", "json"]].concat();
    for way in ["http", "local"] {
        let (code, _, errors) = ask(&it, way, &start).await;
        assert_eq!(code, 3, "{way}: {errors}");
        assert!(errors.contains(&opens) && errors.contains("`noon`"), "{way}: {errors}");
        let (code, output, errors) = ask(&it, way, &next).await;
        assert_eq!(code, 0, "{way}: {output}{errors}");
        let made = objects(&output)[0].clone();
        assert_eq!((&made["at"], &made["bundle"]), (&json!(opens), &json!("v1")), "{way}");
        assert_eq!((&made["requester"], &made["outcome"]), (&json!("admin"), &Value::Null));
        for other in ["http", "local"] {
            let (code, listed, errors) = ask(&it, other, &list).await;
            assert_eq!((code, objects(&listed)), (0, json!([made])), "{way}, {other}: {errors}");
        }
        let (code, _, errors) = ask(&it, way, &next).await;
        assert_eq!(code, 3, "one waits already: {errors}");
        let (code, _, errors) = ask(&it, way, &["update", "unschedule", "churn"]).await;
        assert_eq!(code, 0, "{way}: {errors}");
    }
    // While windows allow it, now is the next time.
    let (code, _, errors) = it.http(&["window", "remove", "noon", "--infra", "prod"]).await;
    assert_eq!(code, 0, "{errors}");
    let (code, output, errors) = it.http(&next).await;
    assert_eq!(code, 0, "{errors}");
    let at = Timestamp::parse(objects(&output)[0]["at"].as_str().unwrap()).unwrap();
    assert!(at <= SystemClock.now(), "{output}");
    for conflict in ["--at=2099-01-01", "--wait", "--break-glass=x"] {
        let (code, _, errors) = it.http(&[&start[..], &["--next-window", conflict]].concat()).await;
        assert_eq!(code, 2, "{conflict}: {errors}");
    }
}

#[tokio::test]
async fn a_file_waits_for_the_next_window_of_its_updates_by_both_ways() {
    // M16, B5
    let it = with_deployment().await;
    let opens = closed_until_tomorrow(&it).await;
    let file = it.path("estate.yaml");
    let text = "version: 1\ndeployments: [{id: churn, project: CHURN, infrastructure: prod, bundle: v2}]\n";
    std::fs::write(&file, text).unwrap();
    let apply = ["apply", &*file];
    let deploy = [&apply[..], &["--deploy"]].concat();
    let next = [&deploy[..], &["--next-window", "-o", "json"]].concat();
    for way in ["http", "local"] {
        let (code, _, errors) = ask(&it, way, &[&apply[..], &["--next-window"]].concat()).await;
        assert!(code == 3 && errors.contains("starts no updates"), "{way}: {code} {errors}");
        let (code, output, errors) = ask(&it, way, &next).await;
        assert_eq!(code, 0, "{way}: {output}{errors}");
        let made = objects(&output)[0].clone();
        assert_eq!((&made["at"], &made["state"]), (&json!(opens), &json!("waiting")), "{way}");
        let changes = json!(["change deployment churn", "update deployment churn"]);
        assert_eq!(made["changes"], changes, "{way}");
        let list = ["apply", "--scheduled", "-o", "json"];
        for other in ["http", "local"] {
            let (code, listed, errors) = ask(&it, other, &list).await;
            let listed = objects(&listed);
            let waits = listed.as_array().unwrap().iter().filter(|it| it["state"] == "waiting");
            let waits: Vec<_> = waits.collect();
            assert_eq!((code, json!(waits)), (0, json!([made])), "{way}, {other}: {errors}");
        }
        let id = made["id"].as_str().unwrap();
        let (code, _, errors) = ask(&it, way, &["apply", "--withdraw", id]).await;
        assert_eq!(code, 0, "{way}: {errors}");
    }
    // On the state, the plan says when it may be applied. Over HTTP the public API has no windows: the updates are refused.
    let (code, output, errors) = it.local_with(&deploy, "").await;
    assert_eq!(code, 1, "{output}{errors}");
    assert!(output.contains(&opens) && output.contains("break the glass"), "{output}");
    let (_, settings, _) = it.http(&["deployment", "settings", "churn"]).await;
    assert!(settings.contains("bundleId: v1"), "nothing was written: {settings}");
}
