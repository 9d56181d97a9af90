//! A Deployer process is killed at random moments of an update, and another one ends the update. The node
//! outlives both.

mod fleets;
mod hooks;
mod process;
mod rotation;

use std::ops::Range;
use std::sync::LazyLock;
use std::time::Duration;

use futures::StreamExt as _;
use project_deployer::{Deployer, DeployerSession};
use project_deployer_client::prelude::*;
use project_deployer_client::{InfraCreation, Upload, Warnings};
use project_deployer_core::deployment::DeploymentCreation;
use project_deployer_core::rights::Caller;
use project_deployer_core::status::{UpdateDetail, UpdateStatus};
use project_deployer_testkit::MockNode;
use project_deployer_testkit::servers::{PostgresServer, ServerError};
use project_deployer_tests::{open_quiet, open_short_lived};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use self::process::Dying;
use crate::installation::{ACTIVATE, CREATE, active, archive, node_of_dana, parsed};

/// The lines of the log of a whole update, about.
const LINES: usize = 10;

/// How many rounds run at the same time.
const AT_ONCE: usize = 5;

/// An update has to be final within this time of the restart.
const FINAL: Duration = Duration::from_secs(60);

/// Where the state of a Deployer is.
struct Place {
    url: String,
    folder: TempDir,
}

impl Place {
    fn in_a_file() -> Self {
        let folder = TempDir::new().unwrap();
        Self { url: format!("sqlite:{}", folder.path().join("deployer.db").display()), folder }
    }

    /// A schema of its own on the server of this process; none if it is to be left out.
    fn in_postgres(schema: u64) -> Option<Self> {
        static SERVER: LazyLock<Option<PostgresServer>> = LazyLock::new(started);
        let url = format!("{}?schema=s{schema}", SERVER.as_ref()?.url("postgres"));
        Some(Self { url, folder: TempDir::new().unwrap() })
    }
}

fn started() -> Option<PostgresServer> {
    #[expect(clippy::disallowed_methods, reason = "the environment configures tests")]
    let offline = std::env::var("PROJECT_DEPLOYER_OFFLINE").is_ok_and(|value| value == "1");
    match PostgresServer::start() {
        Err(ServerError::NotInstalled { .. }) if offline => None,
        other => Some(other.unwrap_or_else(|error| panic!("{error}"))),
    }
}

async fn open(place: &Place) -> Deployer {
    open_short_lived(&place.url, place.folder.path()).await.unwrap()
}

/// Without anything that runs beside calls.
async fn quiet(place: &Place) -> Deployer {
    open_quiet(&place.url, place.folder.path()).await.unwrap()
}

fn admin(deployer: &Deployer) -> DeployerSession {
    deployer.acting_as(Caller::administrator(parsed("dana")))
}

/// Writes an infrastructure with a node.
async fn register(admin: &DeployerSession, node: &MockNode) {
    let infra = InfraCreation::new(parsed("dev"), parsed("Development"))
        .with_node(parsed(node.url()), parsed(&node.admin_api_key()));
    admin.create_infra(&infra).await.unwrap();
}

/// Writes an infrastructure, a bundle and a deployment, and closes the Deployer.
async fn prepare(place: &Place, node: &MockNode) {
    let deployer = open(place).await;
    let admin = admin(&deployer);
    register(&admin, node).await;
    admin.upload_bundle(Upload::from_bytes("v1.zip", archive("v1")), None).await.unwrap();
    let creation = DeploymentCreation::parse("churn", "CHURN", "dev", "v1").unwrap();
    admin.create_deployment(&creation, Warnings::AsErrors).await.unwrap();
}

/// Runs a Deployer process, and kills it after so many lines of the log.
async fn run_and_kill(place: &Place, action: &str, lines: usize) {
    let mut dying = Dying::begin(place, &[action]);
    for _ in 0..lines {
        if dying.line().await.is_none() {
            break;
        }
    }
    dying.kill().await;
}

async fn final_update(place: &Place) -> Option<UpdateDetail> {
    let deployer = open(place).await;
    let admin = admin(&deployer);
    let id = parsed("churn");
    if admin.updates(&id).await.unwrap().is_empty() {
        return None;
    }
    loop {
        let update = admin.last_update(&id).await.unwrap();
        if update.status != UpdateStatus::Running {
            assert_eq!(admin.updates(&id).await.unwrap().len(), 1, "no second update");
            return Some(update);
        }
        sleep(Duration::from_millis(50)).await;
    }
}

async fn round(seed: u64, place: Place) {
    let mut random = fastrand::Rng::with_seed(seed);
    let node = node_of_dana("dev").start().await;
    prepare(&place, &node).await;
    run_and_kill(&place, "update", random.usize(0..LINES)).await;
    let begun = !admin(&open(&place).await).updates(&parsed("churn")).await.unwrap().is_empty();
    if begun && random.bool() {
        run_and_kill(&place, "resume", random.usize(0..LINES)).await;
    }
    let ended = timeout(FINAL, final_update(&place)).await;
    let Some(update) = ended.unwrap_or_else(|_| panic!("seed {seed}: the update is not final"))
    else {
        // It died before it began.
        assert_eq!(node.calls_to("POST", ACTIVATE).len(), 0, "seed {seed}");
        return;
    };
    let seen = format!("seed {seed}: {:?}", update.logs);
    assert_eq!(update.status, UpdateStatus::Success, "{seen}");
    assert_eq!(active(&node).as_deref(), Some("v1"), "{seen}");
    let done = |path| node.calls_to("POST", path).iter().filter(|call| call.reached).count();
    assert_eq!((done(CREATE), done(ACTIVATE)), (1, 1), "{seen}");
}

async fn rounds(seeds: Range<u64>) {
    all(seeds.map(|seed| round(seed, Place::in_a_file()))).await;
}

async fn rounds_in_postgres(seeds: Range<u64>) {
    all(seeds.filter_map(|seed| Some(round(seed, Place::in_postgres(seed)?)))).await;
}

async fn all(rounds: impl Iterator<Item = impl Future<Output = ()>>) {
    futures::stream::iter(rounds).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}

// R1, R2, R-D6: no lost update, no second activation, no half state.

#[tokio::test]
async fn a_killed_deployer_loses_and_doubles_no_update_1() {
    rounds(0..25).await;
}

#[tokio::test]
async fn a_killed_deployer_loses_and_doubles_no_update_2() {
    rounds(25..50).await;
}

#[tokio::test]
async fn a_killed_deployer_loses_and_doubles_no_update_3() {
    rounds(50..75).await;
}

#[tokio::test]
async fn a_killed_deployer_loses_and_doubles_no_update_4() {
    rounds(75..100).await;
}

#[tokio::test]
async fn a_killed_deployer_in_postgres_loses_and_doubles_no_update_1() {
    rounds_in_postgres(0..25).await;
}

#[tokio::test]
async fn a_killed_deployer_in_postgres_loses_and_doubles_no_update_2() {
    rounds_in_postgres(25..50).await;
}

#[tokio::test]
async fn a_killed_deployer_in_postgres_loses_and_doubles_no_update_3() {
    rounds_in_postgres(50..75).await;
}

#[tokio::test]
async fn a_killed_deployer_in_postgres_loses_and_doubles_no_update_4() {
    rounds_in_postgres(75..100).await;
}

#[tokio::test]
#[ignore = "a part of `cargo xtask ci --full`"]
async fn a_deployer_in_postgres_that_is_killed_a_thousand_times_loses_and_doubles_no_update() {
    rounds_in_postgres(100..1_100).await;
}

#[tokio::test]
#[ignore = "a part of `cargo xtask ci --full`"]
async fn a_deployer_that_is_killed_a_thousand_times_loses_and_doubles_no_update() {
    rounds(100..1_100).await;
}
