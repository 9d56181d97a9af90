//! A fleet of 500 nodes is registered from nothing: the calls to its service, and the writes of a second run.

use std::error::Error;
use std::io;
use std::time::Instant;

use project_deployer::fleets::{FleetSettings, FleetSync};
use project_deployer::prelude::*;
use project_deployer::store::{MemoryArchive, MemoryStore, Store as _};
use project_deployer_benchmarks::node::connector;
use project_deployer_benchmarks::rounds::{ROUNDS, median};
use project_deployer_benchmarks::table::Row;
use project_deployer_core::FleetId;
use project_deployer_core::document::Document as _;
use project_deployer_testkit::{MockFleetManager, MockInstance};
use serde_json::json;

/// The nodes of the fleet.
const NODES: usize = 500;

/// What the API of a Fleet Manager needs: the list, the networks, and status and key of each node.
const NEEDED: usize = 2 + 2 * NODES;

type Answer<T> = Result<T, Box<dyn Error>>;

/// One registration from nothing, and the same fleet once more.
#[derive(Debug, Clone, Copy)]
struct Lap {
    first: f64,
    calls: usize,
    second: f64,
    writes: u64,
}

#[tokio::main]
async fn main() -> Answer<()> {
    // The first one is not counted.
    lap().await?;
    let mut laps = Vec::new();
    for _ in 0..ROUNDS {
        laps.push(lap().await?);
    }
    let most = laps.iter().map(|lap| lap.calls).max().unwrap_or_default();
    let what = format!("calls to the service for {NODES} new nodes; its API needs {NEEDED}");
    println!("{}", Row::at_most(what, most as f64 / NEEDED as f64, 1.2, "times that"));
    let writes = laps.iter().map(|lap| lap.writes).max().unwrap_or_default();
    println!(
        "{}",
        Row::at_most("commits and writing calls of a second run", writes as f64, 0.0, "writes")
    );
    let took =
        |of: fn(&Lap) -> f64| format!("{:.0} ms", 1e3 * median(laps.iter().map(of).collect()));
    println!(
        "{}",
        Row::said(format!("{NODES} nodes registered from nothing"), took(|lap| lap.first))
    );
    println!("{}", Row::said("the second run", took(|lap| lap.second)));
    Ok(())
}

async fn lap() -> Answer<Lap> {
    let mut builder = MockFleetManager::builder();
    for number in 0..NODES {
        builder = builder.instance(MockInstance::automation(format!("auto-{number:03}")));
    }
    let fleet = builder.try_start().await?;
    let store = MemoryStore::new();
    let deployer = Deployer::builder(connector()?).on(store.clone(), MemoryArchive::new());
    let admin = deployer.acting_as(Caller::administrator("root".parse()?));
    admin.create_fleet(&settings(&fleet)?).await?;
    let cloud: FleetId = "cloud".parse()?;

    let start = Instant::now();
    let sync = admin.sync_fleet(&cloud).await?;
    let first = start.elapsed().as_secs_f64();
    let calls = fleet.journal().len();
    right(&sync, NODES, 0)?;
    if admin.infras().await?.len() != NODES {
        return Err("not every node has an infrastructure".into());
    }

    let before = store.status().await?.revision.0;
    let start = Instant::now();
    let again = admin.sync_fleet(&cloud).await?;
    let second = start.elapsed().as_secs_f64();
    right(&again, 0, NODES)?;
    let commits = store.status().await?.revision.0 - before;
    let all = fleet.journal();
    let sent = all.iter().filter(|call| call.method != "GET").count();
    Ok(Lap { first, calls, second, writes: commits + u64::try_from(sent)? })
}

fn settings(fleet: &MockFleetManager) -> Answer<FleetSettings> {
    let document = json!({
        "id": "cloud", "newInfras": {"stage": "Production"},
        "source": {
            "kind": "fleet-manager", "url": fleet.url(), "keyId": fleet.key_id(), "keySecret": fleet.key_secret(),
        },
    });
    FleetSettings::from_document(document).map_err(|problems| format!("{problems:?}").into())
}

fn right(sync: &FleetSync, changes: usize, unchanged: usize) -> io::Result<()> {
    match !sync.has_failed() && (sync.changes.len(), sync.unchanged) == (changes, unchanged) {
        true => Ok(()),
        false => Err(io::Error::other(format!(
            "{} changes and {} unchanged instead of {changes} and {unchanged}",
            sync.changes.len(),
            sync.unchanged
        ))),
    }
}
