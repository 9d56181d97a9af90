//! How a program registers a node, deploys a bundle there and waits for the end.
#![expect(clippy::print_stdout, reason = "an example")]

use std::error::Error;

use project_deployer::core::deployment::DeploymentCreation;
use project_deployer::core::infra::{NodeEntry, Target};
use project_deployer::core::rights::Caller;
use project_deployer::core::status::UpdateDetail;
use project_deployer::core::{ApiKeySecret, InfraId, NodeAddress};
use project_deployer::{
    Deployer, HttpConnector, InfraCreation, ProjectDeployer as _, Upload, Warnings,
};

async fn release(url: &str, key: &str, bundle: Vec<u8>) -> Result<UpdateDetail, Box<dyn Error>> {
    let deployer = Deployer::builder(HttpConnector::builder().build()?).build();
    let admin = deployer.acting_as(Caller::administrator("admin".parse()?));

    let prod: InfraId = "prod".parse()?;
    admin.create_infra(&InfraCreation::new(prod.clone(), "Production".parse()?)).await?;
    let mut settings = admin.infra_settings(&prod).await?;
    let node = NodeEntry::new(NodeAddress::parse(url)?, ApiKeySecret::new(key)?);
    settings.target = Target::SingleNode(NodeEntry { node_id: "auto-prod".parse().ok(), ..node });
    admin.save_infra_settings(&settings).await?;

    admin.upload_bundle(Upload::from_bytes("churn.zip", bundle), None).await?;
    let churn =
        DeploymentCreation::new("churn-prod".parse()?, "CHURN".parse()?, prod, "v1".parse()?);
    admin.create_deployment(&churn, Warnings::Heed).await?;
    let task = admin.start_update(&churn.deployment_id).await?;
    // A failed update is no error here: its status shows it, and its log has the reason.
    Ok(admin.wait(&task).await?)
}

/// The target of the deployment: in your program, this is your own Automation node.
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    use project_deployer_testkit::{BundleBuilder, MockNode};
    let node = MockNode::builder("auto-prod").start().await;
    let bundle = BundleBuilder::new("CHURN", "v1").build()?;
    let detail = release(node.url(), &node.admin_api_key(), bundle).await?;
    println!("the update ended: {}", detail.status);
    for line in detail.logs.map(|logs| logs.lines).unwrap_or_default() {
        println!("  {line}");
    }
    Ok(())
}
