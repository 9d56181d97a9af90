use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, Upload};
use project_deployer_core::document::Document as _;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_testkit::BundleBuilder;
use serde_json::json;

use super::{archive, bundle, by, by_key, deployed, deployer, key};

fn upload(bundle: &BundleBuilder) -> Upload {
    Upload::from_bytes("bundle.zip", bundle.build().unwrap())
}

#[tokio::test]
async fn projects_are_read_with_their_bundles_and_deployments() {
    // Rows 9 and 11
    let (deployer, mina) = deployed("prod").await;
    let all = mina.projects().await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].project_basic_info.name, "Customer churn");
    assert_eq!(all[0].infras[0].id.as_str(), "prod");
    let churn = mina.project(&key("CHURN")).await.unwrap();
    assert!(churn.can_deploy && !churn.can_write && !churn.is_admin);
    assert_eq!(churn.packages[1].id, bundle("v2"));
    assert_eq!(churn.packages[0].published_by.as_ref().unwrap().as_str(), "admin");
    assert_eq!(churn.deployments[0].bundle_id, bundle("v1"));
    assert!(by(&deployer, "kit").projects().await.unwrap().is_empty());
}

#[tokio::test]
async fn projects_are_created_once_and_deleted_unless_they_are_used() {
    // Rows 10 and 12, R-D2
    let (deployer, mina) = deployed("prod").await;
    let admin = by_key(&deployer);
    let denied = mina.create_project(&key("SALES")).await.unwrap_err();
    assert!(matches!(denied, DeployerError::Denied(_)), "{denied}");
    admin.create_project(&key("SALES")).await.unwrap();
    let taken = admin.create_project(&key("SALES")).await.unwrap_err();
    assert!(matches!(taken, DeployerError::AlreadyExists(_)), "{taken}");
    let used = by(&deployer, "amy").delete_project(&key("CHURN")).await.unwrap_err();
    assert!(matches!(used, DeployerError::Refused { status: 400, .. }), "{used}");
    admin.delete_project(&key("SALES")).await.unwrap();
    assert!(deployer.project_settings("SALES").is_none());
}

#[tokio::test]
async fn settings_come_back_with_what_we_do_not_know() {
    // Rows 13 and 14
    let deployer = deployer().await;
    let amy = by(&deployer, "amy");
    let mut document = amy.project_settings(&key("CHURN")).await.unwrap().to_document();
    document["name"] = json!("Churn");
    document["addedIn16"] = json!({"a": 1});
    let settings = PublishedProjectSettings::from_document(document).unwrap();
    amy.save_project_settings(&settings).await.unwrap();
    let saved = deployer.project_settings("CHURN").unwrap();
    assert_eq!((&saved["name"], &saved["addedIn16"]["a"]), (&json!("Churn"), &json!(1)));
    assert_eq!(saved["permissions"].as_array().unwrap().len(), 2);
    assert_eq!(amy.project_settings(&key("CHURN")).await.unwrap(), settings);
}

#[tokio::test]
async fn bundles_are_published_downloaded_and_deleted() {
    // Rows 15 to 17, R-D10
    let (deployer, mina) = deployed("prod").await;
    let amy = by(&deployer, "amy");
    amy.upload_bundle(upload(&archive("v3")), None).await.unwrap();
    assert_eq!(deployer.bundles("CHURN"), ["v1", "v2", "v3"]);
    let taken = amy.upload_bundle(upload(&archive("v3")), Some(&key("CHURN"))).await.unwrap_err();
    assert!(matches!(taken, DeployerError::AlreadyExists(_)), "{taken}");
    let denied = mina.upload_bundle(upload(&archive("v4")), None).await.unwrap_err();
    assert!(matches!(denied, DeployerError::Denied(_)), "{denied}");
    let got = mina.download_bundle(&key("CHURN"), &bundle("v3")).await.unwrap();
    assert_eq!(got.collect().await.unwrap(), archive("v3").build().unwrap());
    amy.delete_bundle(&key("CHURN"), &bundle("v3")).await.unwrap();
    let gone = mina.download_bundle(&key("CHURN"), &bundle("v3")).await.unwrap_err();
    assert!(matches!(gone, DeployerError::NotFound(_)), "{gone}");
    let used = amy.delete_bundle(&key("CHURN"), &bundle("v1")).await.unwrap_err();
    assert!(matches!(used, DeployerError::Refused { status: 400, .. }), "{used}");
}

#[tokio::test]
async fn no_report_is_not_an_error() {
    // Row 18
    let deployer = deployer().await;
    let ann = by(&deployer, "ann");
    assert_eq!(ann.standards_report(&key("CHURN"), &bundle("v1")).await.unwrap(), None);
    let report = json!({"projectKey": "CHURN", "bundleChecksRunInfo": {}});
    deployer.set_standards_report("CHURN", "v1", report.clone());
    assert_eq!(ann.standards_report(&key("CHURN"), &bundle("v1")).await.unwrap(), Some(report));
    let unknown = ann.standards_report(&key("CHURN"), &bundle("v9")).await.unwrap_err();
    assert!(matches!(unknown, DeployerError::NotFound(_)), "{unknown}");
}
