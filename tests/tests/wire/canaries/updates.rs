use project_deployer::{Deployer, DeployerSession};
use project_deployer_client::prelude::*;
use project_deployer_client::{InfraCreation, Upload, Warnings};
use project_deployer_core::deployment::DeploymentCreation;
use project_deployer_core::infra::{NodeEntry, Target};
use project_deployer_core::rights::Caller;
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{ApiKeySecret, NodeAddress};
use project_deployer_testkit::{BundleBuilder, Fault, MockNode};
use project_deployer_tests::single_attempts;
use serde_json::json;

use super::Heard;

fn parsed<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().unwrap()
}

/// A deployment `churn` to a node, by an administrator.
async fn deployment(deployer: &DeployerSession, node: &MockNode, heard: &mut Heard) {
    deployer.create_infra(&InfraCreation::new(parsed("prod"), parsed("Production"))).await.unwrap();
    let mut infra = deployer.infra_settings(&parsed("prod")).await.unwrap();
    infra.target = Target::SingleNode(NodeEntry::new(
        NodeAddress::parse(node.url()).unwrap(),
        ApiKeySecret::new(node.admin_api_key()).unwrap(),
    ));
    deployer.save_infra_settings(&infra).await.unwrap();
    heard.show(&deployer.infra_settings(&parsed("prod")).await.unwrap());
    let bundle = BundleBuilder::new("CHURN", "v1").build().unwrap();
    deployer.upload_bundle(Upload::from_bytes("v1.zip", bundle), None).await.unwrap();
    let creation =
        DeploymentCreation::new(parsed("churn"), parsed("CHURN"), parsed("prod"), parsed("v1"));
    deployer.create_deployment(&creation, Warnings::Ignore).await.unwrap();
}

async fn update(deployer: &DeployerSession, heard: &mut Heard) -> UpdateStatus {
    let task = deployer.start_update(&parsed("churn")).await.unwrap();
    let detail = deployer.wait(&task).await.unwrap();
    heard.show(&detail);
    for line in detail.logs.iter().flat_map(|logs| &logs.lines) {
        heard.shown.push_str(line);
        heard.shown.push('\n');
    }
    heard.show_outcome(&deployer.deployment_status(&parsed("churn")).await);
    heard.show_outcome(&deployer.updates(&parsed("churn")).await);
    detail.status
}

#[tokio::test]
async fn no_update_gives_the_key_of_its_node_away() {
    // R13
    let mut heard = Heard::listening();
    let mut ended = Vec::new();
    let reported = |key: &str| json!({"errorType": "X", "message": format!("you sent {key}")});
    for number in 0..8 {
        let key = heard.secret();
        let node = MockNode::builder("auto").admin_api_key(&key).start().await;
        let deployer = Deployer::builder(single_attempts().build().unwrap()).in_memory();
        heard.show(&deployer);
        let deployer = deployer.acting_as(Caller::administrator(parsed("admin")));
        deployment(&deployer, &node, &mut heard).await;
        let fault = match number {
            0 => None,
            1 => Some(Fault::json(400, &reported(&key))),
            2 => Some(Fault::json(403, &reported(&key))),
            3 => Some(Fault::json(200, &reported(&key))),
            4 => Some(Fault::status(401)),
            5 => Some(Fault::half_json()),
            6 => Some(Fault::html_page(200)),
            _ => Some(Fault::redirect(format!("https://elsewhere.example.test/{key}"))),
        };
        fault.into_iter().for_each(|fault| node.fault(fault.on("POST", "/projectsFromBundle")));
        ended.push(update(&deployer, &mut heard).await);
    }
    assert_eq!(ended[0], UpdateStatus::Success);
    // What had its effect behind half an answer was found done.
    assert_eq!(ended[5], UpdateStatus::Success);
    let failed = ended.iter().filter(|status| **status == UpdateStatus::Failed);
    assert_eq!(failed.count(), 6, "{ended:?}");
    heard.assert_nothing_given_away(8);
}
