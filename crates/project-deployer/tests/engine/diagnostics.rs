use std::io::{Cursor, Read as _};

use project_deployer_client::{DeployerError, Failure, NodeErrorKind, Operation};
use project_deployer_core::Timestamp;
use project_deployer_core::status::UpdateStatus;
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::installation::{Installation, KEY, dana, parsed};

fn files(zip: Vec<u8>) -> Vec<(String, String)> {
    let mut zip = ZipArchive::new(Cursor::new(zip)).unwrap();
    let read = |index| {
        let mut file = zip.by_index(index).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        (file.name().unwrap().into_owned(), text)
    };
    (0..5).map(read).collect()
}

#[tokio::test(start_paused = true)]
async fn diagnostics_of_a_failed_update_explain_it_and_hold_no_secret() {
    // R13
    let installation = Installation::new().await.with_deployment().await;
    let variables = json!({"database": "canary-variable", "limit": 7});
    installation.change("churn-dev", |document| document["localVariables"] = variables).await;
    let refused = Failure::Before(NodeErrorKind::Forbidden("not allowed there".to_owned()));
    installation.dev.fail_next(Operation::ActivateBundle, refused);
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Failed);
    installation.dev.set_reachable(false);

    let (dana, id) = (installation.dana(), parsed("churn-dev"));
    let files = files(dana.diagnostics(&id, detail.start_timestamp).await.unwrap());
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    let expected = ["README.txt", "update.json", "deployment.json", "status.json", "program.json"];
    assert_eq!(names, expected);
    for (name, text) in &files {
        assert!(!text.contains(KEY) && !text.contains("canary-variable"), "{name}: {text}");
    }
    let update: Value = serde_json::from_str(&files[1].1).unwrap();
    assert!(update.to_string().contains("not allowed there"), "{update:#}");
    assert!(update["journal"].as_array().unwrap().len() > 4, "{update:#}");
    assert!(files[2].1.contains("database"), "the name of a variable stays: {}", files[2].1);
    assert!(files[3].1.contains("auto-dev"), "the dead node is named: {}", files[3].1);
}

#[tokio::test]
async fn diagnostics_are_for_those_who_may_update() {
    let installation = Installation::new().await.with_deployment().await;
    let start = installation.update("churn-dev").await.start_timestamp;
    let (stranger, id) = (installation.member("viewer", &[]), parsed("churn-dev"));
    let refused = stranger.diagnostics(&id, start).await.unwrap_err();
    assert!(matches!(refused, DeployerError::NotFound(_)), "{refused}");
    let absent = Timestamp::from_millis(1);
    let refused = installation.deployer.acting_as(dana()).diagnostics(&id, absent).await;
    assert!(matches!(refused, Err(DeployerError::NotFound(_))), "{refused:?}");
}
