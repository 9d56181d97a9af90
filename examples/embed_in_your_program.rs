//! What a program needs to register a node, deploy a bundle there and wait for the end: at most 20 lines.
#![expect(clippy::print_stdout, reason = "an example")]
use project_deployer::prelude::*;
use project_deployer_testkit::{BundleBuilder, MockNode};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Something to deploy, and to deploy to: in your program this is an Automation node of yours.
    let node = MockNode::start("auto").await;
    let bundle = Upload::from_bytes("v1.zip", BundleBuilder::new("CHURN", "v1").build()?);

    let deployer = Deployer::builder(HttpConnector::builder().build()?).build();
    let admin = deployer.acting_as(Caller::administrator("admin".parse()?));
    let prod = InfraCreation::new("prod".parse()?, "Production".parse()?)
        .with_node(node.url().parse()?, node.admin_api_key().parse()?)
        .granting("ops".parse()?, InfraRight::Deploy);
    admin.create_infra(&prod).await?;
    admin.upload_bundle(bundle, None).await?;
    let churn = DeploymentCreation::parse("churn-prod", "CHURN", "prod", "v1")?;
    admin.create_deployment(&churn, Warnings::Heed).await?;
    let task = admin.start_update(&churn.deployment_id).await?;
    // An update that failed is no error here: its status says so, and its log says why.
    println!("the update ended: {}", admin.wait(&task).await?.status);
    Ok(())
}
