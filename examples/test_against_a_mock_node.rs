//! A test of your own code against a mock Automation node: ten lines up to the first assertion.

use std::error::Error;

use project_deployer::HttpConnector;
use project_deployer::client::{BundleProjectOptions, Identity, NodeConnector as _, Upload};
use project_deployer::core::infra::NodeSettings;
use project_deployer::core::{ApiKeySecret, NodeAddress};
use project_deployer_testkit::{BundleBuilder, MockNode};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let node = MockNode::builder("auto-1").connection("sql", "PostgreSQL").start().await;
    let bundle = BundleBuilder::new("CHURN", "v1").connection("sql", "PostgreSQL").build()?;
    your_code(node.url(), &node.admin_api_key(), bundle).await?;
    assert_eq!(
        node.project("CHURN").and_then(|project| project.active_bundle),
        Some("v1".to_owned())
    );
    assert_eq!(node.calls_to("POST", "/projectsFromBundle").len(), 1);
    Ok(())
}

/// The code under test, which calls a node over HTTP; here it is the client of this workspace.
async fn your_code(url: &str, key: &str, bundle: Vec<u8>) -> Result<(), Box<dyn Error>> {
    let settings = NodeSettings {
        node_id: None,
        address: NodeAddress::parse(url)?,
        admin_api_key: ApiKeySecret::new(key)?,
        trust_all_certificates: false,
    };
    let node = HttpConnector::builder().build()?.connect(&settings, Identity::ApiKey)?;
    let upload = Upload::from_bytes("v1.zip", bundle);
    let key = node.create_project_from_bundle(upload, &BundleProjectOptions::default()).await?;
    node.activate_bundle(&key, &"v1".parse()?, &Default::default()).await?;
    Ok(())
}
