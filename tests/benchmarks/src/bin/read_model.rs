//! Reads of an engine with 10,000 deployments on 500 infrastructures and of 1,000 published projects with three
//! bundles each, on a store in memory: for an administrator, and for a user with 50 groups.

use std::error::Error;
use std::future::Future;
use std::io;
use std::time::Instant;

use project_deployer::store::{MemoryArchive, MemoryStore};
use project_deployer::{Deployer, DeployerError, DeployerSession};
use project_deployer_benchmarks::installation::{DEPLOYMENTS, FEW, Installation, MANY, deployment};
use project_deployer_benchmarks::rounds::{Contender, medians};
use project_deployer_benchmarks::table::Row;
use project_deployer_client::FakeFleet;
use project_deployer_client::prelude::*;
use tokio::runtime::Runtime;

/// How often one deployment is read in a lap.
const READS: usize = 2_000;

/// What one deployment took at most before there was a read model, divided by the factor that is promised.
const LISTED: f64 = 15.0 / 20.0;
const ON_THE_BOARD: f64 = 73.0 / 10.0;

type Answer<T> = Result<T, Box<dyn Error>>;

fn main() -> Answer<()> {
    let runtime = Runtime::new()?;
    let big = runtime.block_on(installation(DEPLOYMENTS, FEW))?;
    let granted = runtime.block_on(installation(DEPLOYMENTS, MANY))?;
    let small = runtime.block_on(installation(DEPLOYMENTS / 100, FEW))?;
    let lists = [
        Contender::new(|| runtime.block_on(deployments(big.admin()))),
        Contender::new(|| runtime.block_on(deployments(big.user()))),
        Contender::new(|| runtime.block_on(deployments(granted.admin()))),
        Contender::new(|| runtime.block_on(deployments(granted.user()))),
        Contender::new(|| runtime.block_on(board(big.admin()))),
    ];
    let [admin, user, granted_admin, granted_user, board] = medians(lists)?;
    let each = |seconds: f64| seconds * 1e6 / DEPLOYMENTS as f64;
    let what = "`deployments()` of 10,000, for an administrator, each";
    println!("{}", Row::at_most(what, each(admin), LISTED, "µs"));
    let administrator = "an administrator";
    let what = "`deployments()` of 10,000, for a user with 50 groups";
    println!("{}", Row::ratio(what, user, administrator, admin, Some(2.0)));
    let what = "the same, 200 entries of rights on each infrastructure";
    println!("{}", Row::ratio(what, granted_user, administrator, granted_admin, Some(2.0)));
    println!("{}", Row::at_most("the board of 10,000, each", each(board), ON_THE_BOARD, "µs"));

    let ones = [
        Contender::new(|| runtime.block_on(one_deployment(big.user()))),
        Contender::new(|| runtime.block_on(one_deployment(small.user()))),
    ];
    let [among_many, among_few] = medians(ones)?;
    let each = |seconds: f64| seconds / READS as f64;
    let what = "one deployment among 10,000";
    println!("{}", Row::ratio(what, each(among_many), "among 100", each(among_few), Some(1.3)));
    Ok(())
}

async fn installation(deployments: usize, grants: usize) -> Answer<Installation> {
    let deployer = Deployer::builder(FakeFleet::new()).on(MemoryStore::new(), MemoryArchive::new());
    Installation::make(deployer, deployments, grants).await
}

async fn deployments(session: DeployerSession) -> io::Result<f64> {
    timed(session.deployments(), |found| found.len() == DEPLOYMENTS).await
}

async fn board(session: DeployerSession) -> io::Result<f64> {
    let is_full = |board: &project_deployer::board::Board| {
        board.stages.iter().map(|column| column.rows.len()).sum::<usize>() == DEPLOYMENTS
    };
    timed(session.board(), is_full).await
}

async fn one_deployment(session: DeployerSession) -> io::Result<f64> {
    let id = deployment(42).map_err(io::Error::other)?;
    let start = Instant::now();
    for _ in 0..READS {
        session.deployment(&id).await.map_err(io::Error::other)?;
    }
    Ok(start.elapsed().as_secs_f64())
}

async fn timed<T>(
    reading: impl Future<Output = Result<T, DeployerError>>,
    is_right: impl Fn(&T) -> bool,
) -> io::Result<f64> {
    let start = Instant::now();
    let found = reading.await.map_err(io::Error::other)?;
    let seconds = start.elapsed().as_secs_f64();
    match is_right(&found) {
        true => Ok(seconds),
        false => Err(io::Error::other("not all deployments were read")),
    }
}
