//! Nodes over TLS, as in production.

use project_deployer::Deployer;
use project_deployer_client::HttpConnector;
use project_deployer_core::infra::Target;
use project_deployer_core::status::UpdateStatus;
use project_deployer_testkit::{MockNode, TestTls};
use project_deployer_tests::quick;

use crate::installation::{Installation, active, node_of_dana};

/// A installation where the node of `secure` uses TLS, with deployment `churn` on it.
async fn installation(tls: TestTls) -> (Installation, MockNode) {
    let node = node_of_dana("secure").tls(tls).start().await;
    let trusting = HttpConnector::builder().timeouts(quick());
    let trusting = trusting.certificate_authority(node.ca_pem().unwrap()).build().unwrap();
    let deployer = Deployer::builder(trusting).in_memory();
    let installation = Installation { deployer, ..Installation::new().await };
    installation.register("secure", "Production", &[("secure", &node)]).await;
    installation.publish("v1").await;
    installation.deploy("churn", "secure").await;
    (installation, node)
}

#[tokio::test]
async fn a_bundle_goes_to_a_node_whose_authority_is_trusted() {
    let (installation, node) = installation(TestTls::Valid).await;
    installation.update_well("churn").await;
    assert_eq!(active(&node).as_deref(), Some("v1"));
}

#[tokio::test]
async fn nothing_goes_to_a_node_with_a_bad_certificate_until_somebody_says_that_any_will_do() {
    // R15
    let (installation, node) = installation(TestTls::Expired).await;
    let (status, log) = installation.update("churn").await;
    assert_eq!(status, UpdateStatus::Failed);
    assert!(log.contains("its certificate was not accepted"), "{log}");
    assert!(node.journal().is_empty());
    installation
        .change_infra("secure", |infra| {
            let Target::SingleNode(entry) = &mut infra.target else { panic!("one node") };
            entry.trust_all_certificates = true;
        })
        .await;
    installation.update_well("churn").await;
}
