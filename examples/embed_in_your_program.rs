//! What a program needs to register a node, deploy a bundle there and wait for the end: at most 25 lines. Its
//! state stays: run it twice.
#![expect(clippy::print_stdout, reason = "an example")]
use project_deployer::prelude::*;
use project_deployer_testkit::{BundleBuilder, MockNode};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Something to deploy to: in your program this is an Automation node of yours.
    let node = MockNode::start("auto").await;

    let connector = HttpConnector::builder().build()?;
    let deployer = Deployer::builder(connector).open("sqlite:target/embed/deployer.db").await?;
    let admin = deployer.acting_as(Caller::administrator("admin".parse()?));
    let run = admin.deployments().await?.len() + 1;
    let infra = format!("run-{run}");
    let prod = InfraCreation::new(infra.parse()?, "Production".parse()?)
        .with_node(node.url().parse()?, node.admin_api_key().parse()?)
        .granting("ops".parse()?, InfraRight::Deploy);
    admin.create_infra(&prod).await?;
    let bundle = BundleBuilder::new("CHURN", format!("v{run}")).build()?;
    admin.upload_bundle(Upload::from_bytes("churn.zip", bundle), None).await?;
    let churn = DeploymentCreation::parse(&infra, "CHURN", &infra, &format!("v{run}"))?;
    admin.create_deployment(&churn, Warnings::AsErrors).await?;
    let task = admin.start_update(&churn.deployment_id).await?;
    // An update that failed is no error here: its status says so, and its log says why.
    println!("update {run} ended: {}", admin.wait(&task).await?.status);
    Ok(())
}
