use project_deployer_testkit::BundleBuilder;
use serde_json::json;

use super::{ROOT, as_login, bundle, create, deployer, ids};
use crate::client::admin;

#[tokio::test]
async fn whoever_creates_a_project_owns_it() {
    // R-P10, row 10
    let deployer = deployer().await;
    let all = format!("{ROOT}/projects");
    let wanted = json!({"publishedProjectKey": "SALES"});
    assert_eq!(as_login(&deployer, "mina").post(&all, &wanted).await.0, 403);
    assert_eq!(as_login(&deployer, "amy").post(&all, &wanted).await.0, 200);
    assert_eq!(deployer.project_settings("SALES").unwrap()["owner"], "amy");
    assert_eq!(as_login(&deployer, "amy").post(&all, &wanted).await.0, 400, "it is there");
    let old = json!({"projectKey": "OLD"});
    assert_eq!(as_login(&deployer, "amy").post(&all, &old).await.0, 200);
    assert!(deployer.project_settings("OLD").is_some());
}

#[tokio::test]
async fn an_upload_makes_the_project_and_a_name_is_there_once() {
    // Row 15, R-D1, R-D10
    let deployer = deployer().await;
    let upload = format!("{ROOT}/projects/bundles");
    let amy = as_login(&deployer, "amy");
    assert_eq!(amy.upload(&upload, &BundleBuilder::new("SALES", "s1")).await.0, 200);
    assert_eq!(deployer.bundles("SALES"), ["s1"]);
    let renamed = format!("{upload}?projectKey=SALES_EU");
    assert_eq!(amy.upload(&renamed, &BundleBuilder::new("SALES", "s1")).await.0, 200);
    assert_eq!(deployer.bundles("SALES_EU"), ["s1"]);
    assert_eq!(amy.upload(&upload, &BundleBuilder::new("SALES", "s1")).await.0, 400);
    assert_eq!(amy.upload_bytes(&upload, b"no zip".to_vec()).await.0, 400);
    let mina = as_login(&deployer, "mina");
    assert_eq!(mina.upload(&upload, &bundle("v3")).await.0, 403, "deploy is not write");
    assert_eq!(mina.upload(&upload, &BundleBuilder::new("NEW", "n1")).await.0, 403);
}

#[tokio::test]
async fn a_project_tells_its_bundles_deployments_and_infrastructures() {
    // wire-facts 2.6
    let deployer = deployer().await;
    assert_eq!(create(&deployer, "prod").await, 200);
    let (_, project) = as_login(&deployer, "amy").get(&format!("{ROOT}/projects/CHURN")).await;
    assert_eq!(ids(&project["packages"], "/id"), ["v1", "v2"]);
    assert_eq!(project["packages"][0]["designNodeInfo"]["projectKey"], "CHURN");
    assert_eq!(project["deployments"], json!([]), "amy does not see the infrastructure");
    let (_, project) = as_login(&deployer, "ann").get(&format!("{ROOT}/projects/CHURN")).await;
    assert_eq!(ids(&project["deployments"], "/id"), ["churn-prod"]);
    assert_eq!(ids(&project["infras"], "/id"), ["prod"]);
}

#[tokio::test]
async fn bundles_come_back_as_they_were_sent_and_reports_as_they_were_set() {
    // Rows 16 to 18
    let deployer = deployer().await;
    let one = format!("{ROOT}/projects/CHURN/bundles/v1");
    let ann = as_login(&deployer, "ann");
    let sent = ann.request(reqwest::Method::GET, &one).send().await.unwrap();
    assert_eq!(sent.bytes().await.unwrap(), bundle("v1").build().unwrap());
    let report = format!("{one}/project-standards-report");
    assert_eq!(ann.get(&report).await, (reqwest::StatusCode::OK, json!(null)));
    deployer.set_standards_report("CHURN", "v1", json!({"projectKey": "CHURN"}));
    assert_eq!(ann.get(&report).await.1, json!({"projectKey": "CHURN"}));
    assert_eq!(ann.delete(&one).await.0, 403);
    assert_eq!(create(&deployer, "prod").await, 200);
    assert_eq!(as_login(&deployer, "amy").delete(&one).await.0, 400, "a deployment pushes it");
    let other = format!("{ROOT}/projects/CHURN/bundles/v2");
    assert_eq!(as_login(&deployer, "amy").delete(&other).await.0, 200);
    assert_eq!(deployer.bundles("CHURN"), ["v1"]);
    assert_eq!(ann.get(&other).await.0, 404);
}

#[tokio::test]
async fn settings_are_saved_whole_and_a_project_in_use_stays() {
    // wire-facts 2.7, R-D2
    let deployer = deployer().await;
    let one = format!("{ROOT}/projects/CHURN");
    let amy = as_login(&deployer, "amy");
    let (_, mut settings) = amy.get(&format!("{one}/settings")).await;
    settings["name"] = json!("Customer churn");
    settings["mood"] = json!("good");
    assert_eq!(amy.put(&format!("{one}/settings"), &settings).await.0, 200);
    assert_eq!(deployer.project_settings("CHURN"), Some(settings));
    assert_eq!(create(&deployer, "prod").await, 200);
    assert_eq!(amy.delete(&one).await.0, 400);
    assert_eq!(
        admin(deployer.node()).delete(&format!("{ROOT}/deployments/churn-prod")).await.0,
        200
    );
    assert_eq!(amy.delete(&one).await.0, 200);
    assert_eq!(amy.get(&one).await.0, 404);
}
