//! A Deployer whose state is in PostgreSQL.

use project_deployer::prelude::*;
use project_deployer::store::{ArchiveLocation, Keyring, SecretsAtRest};
use project_deployer::{DeployerBuilder, DeployerOpenError};
use project_deployer_tests::quick;

use crate::servers::{database, sealed};

fn builder() -> DeployerBuilder {
    Deployer::builder(HttpConnector::builder().timeouts(quick()).build().unwrap())
}

fn archives(folder: &tempfile::TempDir) -> ArchiveLocation {
    ArchiveLocation::Directory(folder.path().join("bundles"))
}

fn admin(deployer: &Deployer) -> DeployerSession {
    deployer.acting_as(Caller::administrator("dana".parse().unwrap()))
}

#[tokio::test]
async fn what_one_deployer_writes_another_one_reads() {
    let Some(url) = database().await else { return };
    let (secrets, folder) = (sealed(), tempfile::tempdir().unwrap());
    let open = async || {
        let builder = builder().secrets(secrets.clone()).archives(archives(&folder));
        builder.open(&url).await.unwrap()
    };
    let (one, other) = (open().await, open().await);
    let infra = InfraCreation::new("dev".parse().unwrap(), "Development".parse().unwrap());
    admin(&one).create_infra(&infra).await.unwrap();
    admin(&other).infra(&"dev".parse().unwrap()).await.unwrap();
    drop((one, other));
    admin(&open().await).infra(&"dev".parse().unwrap()).await.unwrap();
}

#[tokio::test]
async fn what_its_processes_share_has_to_be_given() {
    // Before the database is asked.
    let url = "postgres://ann:canary-5f2e@%2Fabsent/db";
    let folder = tempfile::tempdir().unwrap();
    let keyless = builder().archives(archives(&folder)).open(url).await.unwrap_err();
    let DeployerOpenError::Incomplete { what, .. } = keyless else { panic!("{keyless:?}") };
    assert!(what.contains("key"), "{what}");
    let key = Keyring::parse(&Keyring::new_key().unwrap()).unwrap();
    let secrets = SecretsAtRest::Sealed(key);
    let bare = builder().secrets(secrets.clone()).open(url).await.unwrap_err();
    assert!(bare.to_string().contains("bundle archives"), "{bare}");
    let whole = builder().secrets(secrets).archives(archives(&folder)).open(url).await.unwrap_err();
    assert!(matches!(whole, DeployerOpenError::Postgres(_)), "{whole:?}");
    assert!(!format!("{whole} {whole:?}").contains("canary"), "{whole:?}");
}

#[tokio::test]
async fn a_url_of_another_kind_is_refused_without_its_password() {
    let refused = builder().open("mysql://ann:canary-5f2e@host/db").await.unwrap_err();
    assert!(matches!(refused, DeployerOpenError::Url { .. }), "{refused:?}");
    assert!(!format!("{refused} {refused:?}").contains("canary"), "{refused}");
    assert!(refused.to_string().contains("mysql:"), "{refused}");
}
