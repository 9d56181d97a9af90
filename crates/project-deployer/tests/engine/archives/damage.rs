use std::fs;
use std::path::PathBuf;

use project_deployer::{Deployer, DeployerSession};
use project_deployer_client::prelude::*;
use project_deployer_client::{AutomationNode as _, DeployerError, Operation, Warnings};
use project_deployer_core::status::{UpdateDetail, UpdateStatus};
use project_deployer_store::ObjectArchive;
use tempfile::TempDir;

use super::{bytes, publish};
use crate::installation::{Installation, churn, dana, deployment, parsed};

/// An installation whose archives are files, with bundle `v1` and deployment `churn-dev`.
struct OnDisk {
    installation: Installation,
    directory: TempDir,
    archive: ObjectArchive,
    dana: DeployerSession,
}

impl OnDisk {
    async fn new() -> Self {
        let installation = Installation::new().await.with_infras().await;
        let directory = TempDir::new().unwrap();
        let archive = ObjectArchive::in_directory(directory.path()).unwrap();
        let deployer = Deployer::builder(installation.fleet.clone())
            .on(installation.store.clone(), archive.clone());
        let dana = deployer.acting_as(dana());
        publish(&dana, "CHURN").await.unwrap();
        let creation = deployment("churn-dev", "dev", "v1");
        dana.create_deployment(&creation, Warnings::AsErrors).await.unwrap();
        Self { installation, directory, archive, dana }
    }

    async fn file(&self) -> PathBuf {
        let digest = super::only_digest(&self.archive).await;
        self.directory.path().join("sha256").join(digest.as_str())
    }

    async fn update(&self) -> UpdateDetail {
        let task = self.dana.start_update(&parsed("churn-dev")).await.unwrap();
        self.dana.wait(&task).await.unwrap()
    }
}

/// Ways in which a file differs from what was stored, and what is reported.
fn damages() -> Vec<(Vec<u8>, &'static str)> {
    let whole = bytes();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        bytes
    };
    vec![
        (flipped(0), "it is damaged: its digest is "),
        (flipped(whole.len() / 2), "it is damaged: its digest is "),
        (flipped(whole.len() - 1), "it is damaged: its digest is "),
        (whole[..whole.len() - 1].to_vec(), " bytes instead of "),
        (Vec::new(), "it is damaged: it has 0 bytes instead of "),
        ([&whole[..], b"x"].concat(), " bytes instead of "),
    ]
}

#[tokio::test]
async fn a_damaged_archive_is_not_deployed_and_publishing_the_same_bundle_replaces_it() {
    for (damaged, reported) in damages() {
        let on_disk = OnDisk::new().await;
        let file = on_disk.file().await;
        fs::write(&file, &damaged).unwrap();
        let detail = on_disk.update().await;
        assert_eq!(detail.status, UpdateStatus::Failed, "{detail:?}");
        let log = detail.logs.unwrap().lines.join("\n");
        assert!(log.contains(reported), "{reported}: {log}");
        assert!(log.contains("; publish the bundle again"), "{log}");
        let node = &on_disk.installation.dev;
        assert!(node.project(&churn()).await.unwrap().is_none(), "{log}");

        publish(&on_disk.dana, "CHURN").await.unwrap();
        assert_eq!(fs::read(&file).unwrap(), bytes());
        assert_eq!(on_disk.update().await.status, UpdateStatus::Success);
        let imports = node.calls().into_iter();
        let imports = imports.filter(|call| call.operation == Operation::CreateProjectFromBundle);
        assert!(imports.count() <= 2);
    }
}

#[tokio::test]
async fn an_archive_that_is_missing_is_replaced_by_publishing_the_same_bundle() {
    let on_disk = OnDisk::new().await;
    let file = on_disk.file().await;
    fs::remove_file(&file).unwrap();
    let (key, id) = (churn(), parsed("v1"));
    let error = on_disk.dana.download_bundle(&key, &id).await.unwrap_err().to_string();
    assert!(error.contains("is missing; publish the same bundle again"), "{error}");
    assert_eq!(on_disk.update().await.status, UpdateStatus::Failed);
    publish(&on_disk.dana, "CHURN").await.unwrap();
    assert_eq!(on_disk.update().await.status, UpdateStatus::Success);
}

#[tokio::test]
async fn a_whole_archive_is_not_published_again() {
    let on_disk = OnDisk::new().await;
    let again = publish(&on_disk.dana, "CHURN").await.unwrap_err();
    assert!(matches!(again, DeployerError::AlreadyExists(_)), "{again}");
    assert_eq!(fs::read(on_disk.file().await).unwrap(), bytes());
}

#[tokio::test]
async fn a_bundle_of_another_project_does_not_refer_to_damaged_bytes() {
    for (damaged, _) in damages() {
        let on_disk = OnDisk::new().await;
        let file = on_disk.file().await;
        fs::write(&file, damaged).unwrap();
        publish(&on_disk.dana, "OTHER").await.unwrap();
        assert_eq!(fs::read(&file).unwrap(), bytes());
        assert_eq!(on_disk.update().await.status, UpdateStatus::Success);
    }
}

#[tokio::test]
async fn a_damaged_archive_is_no_download() {
    for (damaged, _) in damages() {
        let on_disk = OnDisk::new().await;
        let is_as_long = damaged.len() == bytes().len();
        fs::write(on_disk.file().await, damaged).unwrap();
        let (key, id) = (churn(), parsed("v1"));
        match on_disk.dana.download_bundle(&key, &id).await {
            Ok(upload) => {
                assert!(is_as_long);
                let error = upload.collect().await.unwrap_err().to_string();
                assert!(error.contains("is damaged: its digest is "), "{error}");
            }
            Err(error) => {
                assert_eq!(error.code(), "bundle-archive-damaged");
                let text = error.to_string();
                let expected =
                    "the archive of bundle `v1 of CHURN` is damaged; publish the same bundle again";
                assert_eq!(text, expected);
            }
        }
    }
}
