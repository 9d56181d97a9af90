//! A unit test of your own code with mockall: which calls your code makes, and how it takes their failure.
//! No server and no node in memory; use `FakeNode` where the answers have to follow from the calls.

use std::error::Error;

use project_deployer::client::{AutomationNode, MockAutomationNode, NodeError, NodeErrorKind};
use project_deployer::core::messages::InfoMessages;
use project_deployer::core::{BundleId, ProjectKey};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut node = MockAutomationNode::new();
    node.expect_activate_bundle().once().returning(|_, bundle, _| match bundle.as_str() {
        "v1" => Ok(InfoMessages::default()),
        _ => Err(NodeError::new("auto-1", "activate bundle", NodeErrorKind::Interrupted)),
    });
    node.expect_preload_bundle().once().returning(|_, _| Ok(InfoMessages::default()));
    your_code(&node, "v1").await?;

    let mut silent = MockAutomationNode::new();
    let unreachable = || NodeError::new("auto-2", "preload bundle", NodeErrorKind::Unreachable);
    silent.expect_preload_bundle().once().returning(move |_, _| Err(unreachable()));
    silent.expect_activate_bundle().never();
    assert!(your_code(&silent, "v1").await.is_err(), "nothing is activated without a preload");
    Ok(())
}

/// Whatever works with the trait of a node.
async fn your_code(node: &dyn AutomationNode, bundle: &str) -> Result<(), Box<dyn Error>> {
    let (key, bundle) = (ProjectKey::parse("CHURN")?, BundleId::parse(bundle)?);
    node.preload_bundle(&key, &bundle).await?;
    node.activate_bundle(&key, &bundle, &Default::default()).await?;
    Ok(())
}
