//! An archive that was damaged on disk is not deployed: the node never gets its last bytes.

use std::fs;
use std::path::Path;

use project_deployer::Deployer;
use project_deployer_client::prelude::*;
use project_deployer_client::{InfraCreation, Upload, Warnings};
use project_deployer_core::deployment::DeploymentCreation;
use project_deployer_core::rights::Caller;
use project_deployer_core::status::{UpdateDetail, UpdateStatus};
use project_deployer_testkit::BundleBuilder;
use tempfile::TempDir;

use crate::installation::{ACTIVATE, CREATE, active, node_of_dana, parsed, usual};

/// An archive of several pieces.
fn large_archive(folder: &Path) -> Vec<u8> {
    let path = folder.join("v1.zip");
    let noise: String = std::iter::repeat_with(fastrand::alphanumeric).take(4 << 20).collect();
    BundleBuilder::new("CHURN", "v1").variable("noise", noise.as_str()).write_to(&path).unwrap();
    fs::read(path).unwrap()
}

#[tokio::test]
async fn a_node_never_gets_the_last_bytes_of_a_damaged_archive() {
    let directory = TempDir::new().unwrap();
    let bytes = large_archive(directory.path());
    assert!(bytes.len() > 2 << 20);
    let node = node_of_dana("dev").start().await;
    let url = format!("sqlite:{}", directory.path().join("deployer.db").display());
    let deployer = Deployer::builder(usual()).open(&url).await.unwrap();
    let admin = deployer.acting_as(Caller::administrator(parsed("dana")));
    let infra = InfraCreation::new(parsed("dev"), parsed("Development"))
        .with_node(parsed(node.url()), parsed(&node.admin_api_key()));
    admin.create_infra(&infra).await.unwrap();
    let publish = || admin.upload_bundle(Upload::from_bytes("v1.zip", bytes.clone()), None);
    publish().await.unwrap();
    let creation = DeploymentCreation::parse("churn", "CHURN", "dev", "v1").unwrap();
    admin.create_deployment(&creation, Warnings::AsErrors).await.unwrap();
    let update = || async {
        let task = admin.start_update(&parsed("churn")).await.unwrap();
        let detail: UpdateDetail = admin.wait(&task).await.unwrap();
        (detail.status, detail.logs.unwrap().lines.join("\n"))
    };

    let mut archives = fs::read_dir(directory.path().join("deployer.db.bundles/sha256")).unwrap();
    let file = archives.next().unwrap().unwrap().path();
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for damaged in [&flipped[..], &bytes[..bytes.len() - 1], &[&bytes[..], b"x"].concat()] {
        fs::write(&file, damaged).unwrap();
        let (status, log) = update().await;
        assert_eq!(status, UpdateStatus::Failed, "{log}");
        assert!(log.contains("the archive cannot be read: it is damaged: "), "{log}");
        let calls = node.calls_to("POST", CREATE);
        assert!(!calls.iter().any(|call| call.succeeded()), "{log}");
        assert_eq!(active(&node), None, "{log}");
        assert_eq!(node.calls_to("POST", ACTIVATE).len(), 0);
        publish().await.unwrap();
    }
    let (status, log) = update().await;
    assert_eq!(status, UpdateStatus::Success, "{log}");
    assert_eq!(active(&node).as_deref(), Some("v1"));
}
