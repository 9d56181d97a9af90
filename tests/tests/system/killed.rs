//! A Deployer process is killed at random moments of an update, and another one ends the update. The node
//! outlives both.

use std::process::Stdio;
use std::time::Duration;

use futures::StreamExt as _;
use project_deployer::{Deployer, DeployerSession};
use project_deployer_client::prelude::*;
use project_deployer_client::{InfraCreation, Upload, Warnings};
use project_deployer_core::deployment::DeploymentCreation;
use project_deployer_core::rights::Caller;
use project_deployer_core::status::{UpdateDetail, UpdateStatus};
use project_deployer_testkit::MockNode;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use crate::installation::{ACTIVATE, CREATE, active, archive, node_of_dana, parsed, usual};

/// The lines of the log of a whole update, about.
const LINES: usize = 10;

/// How many rounds run at the same time.
const AT_ONCE: usize = 5;

/// An update has to be final within this time of the restart.
const FINAL: Duration = Duration::from_secs(60);

async fn open(url: &str) -> Deployer {
    let builder = Deployer::builder(usual()).lease_ttl(Duration::from_secs(3));
    builder.open(url).await.unwrap()
}

fn admin(deployer: &Deployer) -> DeployerSession {
    deployer.acting_as(Caller::administrator(parsed("dana")))
}

/// Writes an infrastructure, a bundle and a deployment, and closes the Deployer.
async fn prepare(url: &str, node: &MockNode) {
    let deployer = open(url).await;
    let admin = admin(&deployer);
    let infra = InfraCreation::new(parsed("dev"), parsed("Development"))
        .with_node(parsed(node.url()), parsed(&node.admin_api_key()));
    admin.create_infra(&infra).await.unwrap();
    admin.upload_bundle(Upload::from_bytes("v1.zip", archive("v1")), None).await.unwrap();
    let creation = DeploymentCreation::parse("churn", "CHURN", "dev", "v1").unwrap();
    admin.create_deployment(&creation, Warnings::AsErrors).await.unwrap();
}

/// Runs a Deployer process, and kills it after so many lines of the log.
async fn run_and_kill(url: &str, action: &str, lines: usize) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_deployer-that-dies"))
        .args([url, action])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut printed = BufReader::new(process.stdout.take().unwrap()).lines();
    for _ in 0..lines {
        if printed.next_line().await.unwrap().is_none() {
            break;
        }
    }
    process.kill().await.unwrap();
}

async fn final_update(url: &str) -> Option<UpdateDetail> {
    let deployer = open(url).await;
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

async fn round(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let directory = TempDir::new().unwrap();
    let url = format!("sqlite:{}", directory.path().join("deployer.db").display());
    let node = node_of_dana("dev").start().await;
    prepare(&url, &node).await;
    run_and_kill(&url, "update", random.usize(0..LINES)).await;
    let begun = !admin(&open(&url).await).updates(&parsed("churn")).await.unwrap().is_empty();
    if begun && random.bool() {
        run_and_kill(&url, "resume", random.usize(0..LINES)).await;
    }
    let ended = timeout(FINAL, final_update(&url)).await;
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

async fn rounds(seeds: std::ops::Range<u64>) {
    let rounds = futures::stream::iter(seeds.map(round));
    rounds.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
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
#[ignore = "a part of `cargo xtask ci --full`"]
async fn a_deployer_that_is_killed_a_thousand_times_loses_and_doubles_no_update() {
    rounds(100..1_100).await;
}
