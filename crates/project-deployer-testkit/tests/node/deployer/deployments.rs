use serde_json::json;

use super::{ROOT, as_login, create, deployer};

#[tokio::test]
async fn a_new_deployment_was_never_sent() {
    // R-D3, R-D4, R-D15
    let deployer = deployer().await;
    assert_eq!(create(&deployer, "prod").await, 200);
    let mina = as_login(&deployer, "mina");
    let one = format!("{ROOT}/deployments/churn-prod");
    let (_, light) = mina.get(&one).await;
    assert_eq!(light["neverEverDeployed"], true);
    assert_eq!(light["deploymentBasicInfo"]["deployedProjectKey"], "CHURN");
    assert_eq!(mina.get(&format!("{one}/status")).await.1["health"], "UNKNOWN");
    assert_eq!(mina.get(&format!("{one}/last-update")).await.0, 404);
    assert_eq!(deployer.deployment("churn-prod").unwrap().applied, None);
    assert_eq!(create(&deployer, "prod").await, 400, "the id is taken");
}

#[tokio::test]
async fn a_deployment_needs_its_infrastructure_its_project_and_its_bundle() {
    // R-P8
    let deployer = deployer().await;
    let all = format!("{ROOT}/deployments");
    for (infra, key, bundle, expected) in
        [("hidden", "CHURN", "v1", 404), ("prod", "SALES", "v1", 404), ("prod", "CHURN", "v9", 404)]
    {
        let wanted = json!({"deploymentId": "d", "publishedProjectKey": key, "infraId": infra,
            "bundleId": bundle});
        let (status, refused) = as_login(&deployer, "mina").post(&all, &wanted).await;
        assert_eq!(status, expected, "{refused}");
    }
    let wanted = json!({"deploymentId": "d", "publishedProjectKey": "CHURN", "infraId": "prod"});
    assert_eq!(as_login(&deployer, "mina").post(&all, &wanted).await.0, 400);
    let wanted = json!({"deploymentId": "d", "publishedProjectKey": "CHURN", "infraId": "prod",
        "bundleId": "v1"});
    assert_eq!(as_login(&deployer, "ann").post(&all, &wanted).await.0, 403);
}

#[tokio::test]
async fn settings_change_nothing_until_an_update() {
    // R-D5
    let deployer = deployer().await;
    assert_eq!(create(&deployer, "prod").await, 200);
    let mina = as_login(&deployer, "mina");
    let one = format!("{ROOT}/deployments/churn-prod");
    mina.post(&format!("{one}/actions/update"), &json!({})).await;
    assert_eq!(mina.get(&format!("{one}/status")).await.1["health"], "HEALTHY");
    let (_, mut settings) = mina.get(&format!("{one}/settings")).await;
    settings["bundleId"] = json!("v2");
    let saved = mina.put(&format!("{one}/settings?ignoreWarnings=False"), &settings).await;
    assert_eq!(saved.0, 200);
    assert_eq!(mina.get(&format!("{one}/status")).await.1["health"], "OUT_OF_SYNC");
    assert_eq!(deployer.deployment("churn-prod").unwrap().applied.unwrap()["bundleId"], "v1");
    mina.post(&format!("{one}/actions/update"), &json!({})).await;
    assert_eq!(mina.get(&format!("{one}/status")).await.1["health"], "HEALTHY");
    for fixed in ["id", "infraId", "publishedProjectKey", "deployedProjectKey"] {
        let mut other = settings.clone();
        other[fixed] = json!("OTHER");
        assert_eq!(mina.put(&format!("{one}/settings"), &other).await.0, 400, "{fixed}");
    }
    settings["bundleId"] = json!("v9");
    assert_eq!(mina.put(&format!("{one}/settings"), &settings).await.0, 404);
}

#[tokio::test]
async fn a_health_that_a_test_chooses_is_told_with_its_message() {
    // wire-facts 2.10
    let deployer = deployer().await;
    assert_eq!(create(&deployer, "prod").await, 200);
    deployer.set_health("churn-prod", "ERROR", "the node is down");
    let path = format!("{ROOT}/deployments/churn-prod/status");
    let (_, status) = as_login(&deployer, "ann").get(&path).await;
    assert_eq!(status["health"], "ERROR");
    assert_eq!(status["healthMessages"]["messages"][0]["message"], "the node is down");
}

#[tokio::test]
async fn a_bundle_that_is_not_approved_wants_a_confirmation() {
    // R-G1, R-G2, row 24
    let deployer = deployer().await;
    assert_eq!(create(&deployer, "strict").await, 400);
    let wanted = json!({"deploymentId": "churn-prod", "publishedProjectKey": "CHURN",
        "infraId": "strict", "bundleId": "v1"});
    let mina = as_login(&deployer, "mina");
    let ignoring = format!("{ROOT}/deployments?ignoreWarnings=True");
    assert_eq!(mina.post(&ignoring, &wanted).await.0, 200);
    let status = format!("{ROOT}/deployments/churn-prod/governance-status?bundleId=");
    let (_, reported) = mina.get(&status).await;
    assert_eq!((&reported["warning"], &reported["error"]), (&json!(true), &json!(false)));
    deployer.approve("CHURN", "v1");
    assert_eq!(mina.get(&status).await.1["anyMessage"], false);
    assert_eq!(mina.get(&format!("{status}v2")).await.1["anyMessage"], true);
}

#[tokio::test]
async fn of_two_deployments_of_one_project_key_the_newest_owns_the_project() {
    // wire-facts 9.4
    let deployer = deployer().await;
    assert_eq!(create(&deployer, "prod").await, 200);
    let mina = as_login(&deployer, "mina");
    let wanted = json!({"deploymentId": "newer", "publishedProjectKey": "CHURN", "infraId": "prod",
        "bundleId": "v2"});
    assert_eq!(mina.post(&format!("{ROOT}/deployments"), &wanted).await.0, 200);
    let one = format!("{ROOT}/deployments/churn-prod");
    let newer = format!("{ROOT}/deployments/newer");
    let superseded = async |path: &str| mina.get(path).await.1.get("superseded").cloned();
    assert_eq!((superseded(&one).await, superseded(&newer).await), (Some(json!(true)), None));
    let (status, refused) = mina.post(&format!("{one}/actions/update"), &json!({})).await;
    assert_eq!(status, 400);
    assert!(refused.to_string().contains("superseded: newer owns project CHURN"), "{refused}");
    assert_eq!(mina.post(&format!("{newer}/actions/update"), &json!({})).await.0, 200);
    let (_, heavy) = mina.get(&format!("{one}/status")).await;
    assert_eq!(heavy["healthMessages"]["messages"][0]["code"], "WARN_DEPLOYMENT_SUPERSEDED");
    let (_, settings) = mina.get(&format!("{one}/settings")).await;
    for (ignored, expected) in [("False", 400), ("True", 200)] {
        let saved = mina.put(&format!("{one}/settings?ignoreWarnings={ignored}"), &settings).await;
        assert_eq!(saved.0, 200);
        let updated = mina.post(&format!("{one}/actions/update"), &json!({})).await;
        assert_eq!(updated.0, expected, "{ignored}");
    }
    assert_eq!(superseded(&newer).await, Some(json!(true)));
    assert_eq!(mina.delete(&one).await.0, 200);
    assert_eq!(superseded(&newer).await, None);
}
