use serde_json::json;

use super::{ROOT, as_login, create, deployer};
use crate::client::admin;

#[tokio::test]
async fn administrators_create_infrastructures_that_nobody_else_sees() {
    // R-P9, row 3
    let deployer = deployer().await;
    let all = format!("{ROOT}/infras");
    let wanted = json!({"id": "lab", "stage": "Test", "governCheckPolicy": "NO_CHECK"});
    assert_eq!(as_login(&deployer, "kit").post(&all, &wanted).await.0, 403);
    assert_eq!(admin(deployer.node()).post(&all, &wanted).await.0, 200);
    let settings = deployer.infra_settings("lab").unwrap();
    assert_eq!((&settings["stage"], &settings["permissions"]), (&json!("Test"), &json!([])));
    assert_eq!(as_login(&deployer, "mina").get(&format!("{all}/lab")).await.0, 404);
    let (status, refused) = admin(deployer.node()).post(&all, &wanted).await;
    assert_eq!(status, 400);
    assert!(refused["message"].as_str().unwrap().contains("already exists"));
    let elsewhere = json!({"id": "moon", "stage": "Moon"});
    assert_eq!(admin(deployer.node()).post(&all, &elsewhere).await.0, 400, "an unknown stage");
}

#[tokio::test]
async fn keys_are_masked_for_whoever_is_no_global_administrator_and_a_mask_changes_nothing() {
    // wire-facts 8.2, item 7
    let deployer = deployer().await;
    let path = format!("{ROOT}/infras/prod/settings");
    assert_eq!(admin(deployer.node()).get(&path).await.1["adminApiKey"], "key-of-auto");
    let kit = as_login(&deployer, "kit");
    let (_, mut settings) = kit.get(&path).await;
    assert_eq!(settings["adminApiKey"], "********");
    settings["automationNodeUrl"] = json!("https://other.example");
    assert_eq!(kit.put(&path, &settings).await.0, 200);
    settings.as_object_mut().unwrap().remove("adminApiKey");
    assert_eq!(kit.put(&path, &settings).await.0, 200);
    let saved = deployer.infra_settings("prod").unwrap();
    assert_eq!(saved["adminApiKey"], "key-of-auto");
    assert_eq!(saved["automationNodeUrl"], "https://other.example");
    settings["adminApiKey"] = json!("new-key");
    assert_eq!(kit.put(&path, &settings).await.0, 200);
    assert_eq!(deployer.infra_settings("prod").unwrap()["adminApiKey"], "new-key");
}

#[tokio::test]
async fn keys_of_several_nodes_are_kept_by_node() {
    let deployer = deployer().await;
    let path = format!("{ROOT}/infras/both/settings");
    let (_, mut settings) = admin(deployer.node()).get(&path).await;
    let nodes = settings["automationNodes"].as_array_mut().unwrap();
    nodes.reverse();
    nodes.iter_mut().for_each(|node| node["adminApiKey"] = json!("********"));
    assert_eq!(admin(deployer.node()).put(&path, &settings).await.0, 200);
    let saved = deployer.infra_settings("both").unwrap();
    assert_eq!(saved["automationNodes"][0]["nodeId"], "auto-2");
    assert_eq!(saved["automationNodes"][0]["adminApiKey"], "key-2");
}

#[tokio::test]
async fn an_id_never_changes_and_what_is_used_is_not_deleted() {
    // R-I5
    let deployer = deployer().await;
    let path = format!("{ROOT}/infras/prod");
    let (_, mut settings) = admin(deployer.node()).get(&format!("{path}/settings")).await;
    settings["id"] = json!("other");
    assert_eq!(admin(deployer.node()).put(&format!("{path}/settings"), &settings).await.0, 400);
    assert_eq!(create(&deployer, "prod").await, 200);
    assert_eq!(as_login(&deployer, "kit").delete(&path).await.0, 400);
    assert_eq!(
        as_login(&deployer, "mina").delete(&format!("{ROOT}/deployments/churn-prod")).await.0,
        200
    );
    assert_eq!(as_login(&deployer, "kit").delete(&path).await.0, 200);
    assert!(deployer.infra_settings("prod").is_none());
}

#[tokio::test]
async fn personal_keys_are_made_on_the_nodes_that_know_the_login() {
    // wire-facts 2.5, R-I7
    let deployer = deployer().await;
    let path = |infra: &str| {
        format!("{ROOT}/infras/{infra}/generate-personal-api-key?label=ci&description=")
    };
    let mina = as_login(&deployer, "mina");
    let (status, key) = mina.post(&path("both"), &json!({})).await;
    assert_eq!((status.as_u16(), &key["createdOnAllNodes"]), (200, &json!(false)));
    assert_eq!(
        (&key["user"], &key["nodesAndKeys"][0]["nodeId"]),
        (&json!("mina"), &json!("auto-1"))
    );
    assert_eq!(key["nodesWhereUserDoesNotExist"], json!([{"nodeId": "auto-2"}]));
    let (_, key) =
        admin(deployer.node()).post(&format!("{}&forUser=ann", path("both")), &json!({})).await;
    assert_eq!((&key["createdOnAllNodes"], &key["error"]), (&json!(true), &json!(null)));
    assert!(key["secret"].is_string());
    let for_ann = format!("{}&forUser=ann", path("both"));
    assert_eq!(mina.post(&for_ann, &json!({})).await.0, 403);
    assert_eq!(mina.post(&path("prod"), &json!({})).await.0, 400, "a single node");
}
