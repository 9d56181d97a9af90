//! A5: rotations of admin keys, and what they left on the nodes.

use project_deployer_testkit::Fault;
use serde_json::{Value, json};

use super::installation::Installation;

/// The last rotations, which are the same by both ways, with the exit code.
async fn last(it: &Installation) -> (i32, Value) {
    let list = ["infra", "rotations", "prod", "-o", "json"];
    let ((code, there, errors), (here_code, here, _)) =
        tokio::join!(it.http(&list), it.local_with(&list, ""));
    let objects = |output: &str| {
        let shown: Value = serde_json::from_str(output).unwrap_or_default();
        shown["objects"].clone()
    };
    assert_eq!((code, objects(&there)), (here_code, objects(&here)), "{errors}");
    (code, objects(&there))
}

#[tokio::test]
async fn what_rotations_left_is_listed_by_both_ways() {
    let it = Installation::start().await;
    it.fill().await;
    assert_eq!(last(&it).await, (0, json!([])));
    let (code, output, _) = it.http(&["infra", "rotations", "prod"]).await;
    assert_eq!((code, output.as_str()), (0, "no rotation\n"));
    let rotate = ["infra", "rotate-key", "prod"];
    let (code, output, errors) = it.http(&rotate).await;
    assert_eq!(code, 0, "{output}{errors}");
    let (code, done) = last(&it).await;
    assert_eq!((code, &done[0]["end"]), (0, &json!("rotated")), "{done}");
    assert_eq!((&done[0]["requester"], &done[0]["orphans"]), (&json!("admin"), &json!([])));
    assert!(done[0]["ended"].as_str().unwrap().ends_with('Z'), "{done}");

    it.node.fault(Fault::status(403).on("DELETE", "/admin/global-api-keys/**"));
    let (code, output, errors) = it.local_with(&rotate, "").await;
    assert_eq!(code, 1, "{output}{errors}");
    let (code, left) = last(&it).await;
    assert_eq!((code, &left[0]["end"]), (1, &json!("old-key-stays")), "{left}");
    assert_eq!(left[0]["oldKey"], done[0]["newKey"]);
    let (_, table, _) = it.http(&["infra", "rotations", "prod"]).await;
    let key = left[0]["newKey"].as_str().unwrap();
    assert!(table.contains("old-key-stays") && table.contains(key), "{table}");
    let (code, _, errors) = it.http(&["infra", "rotations", "prod", "--as", "dana"]).await;
    assert_eq!(code, 3, "{errors}");
}
