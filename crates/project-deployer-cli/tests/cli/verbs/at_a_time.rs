//! Updates and files of the estate that wait for their time.

use project_deployer::core::Timestamp;
use project_deployer::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::installation::Installation;

const SECRET: &str = "canary-of-a-scheduled-file";

fn tomorrow() -> String {
    let tomorrow = SystemClock.now().as_millis() + 24 * 3600 * 1000;
    Timestamp::from_millis(tomorrow).to_string()
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
    assert!(!errors.contains("node"), "{errors}");
    // What the plan has against it is said at once.
    std::fs::write(&file, "version: 1\ninfrastructures: [{id: new}]\n").unwrap();
    let (code, _, errors) = it.http(&apply).await;
    assert!(code == 3 && errors.contains("it is new and has no stage"), "{code} {errors}");
}

#[tokio::test]
async fn a_time_is_written_as_everywhere_else() {
    // M16
    let it = Installation::start().await;
    it.fill().await;
    let create = ["deployment", "create", "churn", "--infra", "prod", "--project", "CHURN"];
    let (code, _, errors) = it.http(&[&create[..], &["--bundle", "v1"]].concat()).await;
    assert_eq!(code, 0, "{errors}");
    let at = tomorrow();
    let (code, _, errors) = it.http(&["update", "start", "churn", "--at", &*at]).await;
    assert_eq!(code, 0, "{errors}");
    let (_, there, _) = it.http(&["update", "scheduled"]).await;
    let (_, here, _) = it.local_with(&["update", "scheduled"], "").await;
    assert!(there.contains(&at), "{there}");
    assert_eq!(there, here);
}
