//! A Deployer process is killed while it registers the nodes of a fleet, and another one goes on (I1, R1, R2).

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use futures::StreamExt as _;
use project_deployer::DeployerSession;
use project_deployer::fleets::{FleetSettings, FleetSync};
use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, NodeConnector as _};
use project_deployer_core::document::Document as _;
use project_deployer_core::{FleetId, NodeAddress};
use project_deployer_testkit::{
    Fault, FaultScript, Gate, MockFleetManager, MockInstance, MockNode,
};
use project_deployer_tests::connector;
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::process::Dying;
use super::{AT_ONCE, FINAL, Place, admin, quiet};
use crate::installation::parsed;

const NODES: usize = 3;

/// The commits of a registration: one for each node, and the state of the fleet.
const COMMITS: usize = NODES + 1;

/// The calls that a Fleet Manager needs, each with the number of earlier ones to the same path.
const CALLS: [(&str, usize); 4] = [
    ("/instances", 0),
    ("/virtual-networks", 0),
    ("/instances/*/status", 1),
    ("/instances/*/admin-api-key", NODES - 1),
];

/// When a process is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// `before` or `after` this commit, counted from 0.
    Commit(&'static str, usize),
    /// While the fleet answers this call.
    Call(usize),
}

impl Moment {
    fn drawn(random: &mut fastrand::Rng) -> Self {
        match random.u8(0..4) {
            0 => Self::Call(random.usize(..CALLS.len())),
            1 => Self::Commit("before", random.usize(..COMMITS)),
            _ => Self::Commit("after", random.usize(..COMMITS)),
        }
    }

    /// Runs a process until it is there, and kills it. False if it never got there.
    async fn dies(self, place: &Place, fleet: &MockFleetManager) -> bool {
        match self {
            Self::Commit(side, number) => {
                let mut dying = Dying::begin(place, &["sync", side, &number.to_string()]);
                let stood = dying.stands().await;
                dying.kill().await;
                stood
            }
            Self::Call(number) => {
                let (path, earlier) = CALLS[number];
                let gate = Gate::new();
                let script = FaultScript::on("GET", path);
                let script = (0..earlier).fold(script, |script, _| script.succeeds());
                fleet.follow(script.fails(Fault::held_by(&gate)));
                let mut dying = Dying::begin(place, &["sync"]);
                let was_called = dying.until(gate.reached_by(1)).await;
                dying.kill().await;
                gate.open();
                was_called
            }
        }
    }
}

fn cloud() -> FleetId {
    parsed("cloud")
}

async fn with_fleet(place: &Place, fleet: &MockFleetManager) {
    let settings = json!({
        "id": "cloud", "newInfras": {"stage": "Production"},
        "source": {
            "kind": "fleet-manager", "url": fleet.url(), "keyId": fleet.key_id(), "keySecret": fleet.key_secret(),
        },
    });
    let settings = FleetSettings::from_document(settings).unwrap();
    admin(&quiet(place).await).create_fleet(&settings).await.unwrap();
}

async fn round(moment: Moment) -> bool {
    let place = Place::in_a_file();
    let mut nodes = Vec::new();
    let mut builder = MockFleetManager::builder();
    for number in 0..NODES {
        let node = MockNode::start(format!("auto-{number}")).await;
        builder =
            builder.instance(MockInstance::automation(format!("auto-{number}")).serving(&node));
        nodes.push(node);
    }
    let fleet = builder.start().await;
    with_fleet(&place, &fleet).await;
    if !moment.dies(&place, &fleet).await {
        return false;
    }
    let admin = admin(&quiet(&place).await);
    let there = admin.infras().await.unwrap().len();
    let synchronized = timeout(FINAL, synchronized(&admin)).await;
    let sync = synchronized.unwrap_or_else(|_| panic!("{moment:?}: the fleet stays locked"));
    assert!(!sync.has_failed(), "{moment:?}: {sync:?}");
    assert_eq!(there + sync.changes.len(), NODES, "{moment:?}: what is registered stays: {sync:?}");
    registered_once(moment, &admin, &nodes).await;
    let again = admin.sync_fleet(&cloud()).await.unwrap();
    assert_eq!((again.changes.len(), again.unchanged), (0, NODES), "{moment:?}: {again:?}");
    true
}

/// Each node has one infrastructure, whose key opens it, and nothing was written to a node.
async fn registered_once(moment: Moment, admin: &DeployerSession, nodes: &[MockNode]) {
    let infras = admin.infras().await.unwrap();
    assert_eq!(infras.len(), NODES, "{moment:?}");
    assert_eq!(admin.managed_infras().await.unwrap().len(), NODES, "{moment:?}");
    let mut addresses = BTreeSet::new();
    for infra in infras {
        let settings = admin.infra_settings(&infra.infra_basic_info.id).await.unwrap();
        let entry = &settings.target.entries()[0];
        addresses.insert(entry.address.clone().unwrap());
        let node = connector().keys(&entry.settings().unwrap()).unwrap().unwrap();
        node.identity().await.unwrap_or_else(|error| panic!("{moment:?}: {error}"));
    }
    let expected: BTreeSet<NodeAddress> = nodes.iter().map(|node| parsed(node.url())).collect();
    assert_eq!(addresses, expected, "{moment:?}");
    let calls = nodes.iter().flat_map(MockNode::journal);
    assert!(calls.into_iter().all(|call| call.method == "GET"), "{moment:?}");
}

/// Synchronizes as soon as the lease of the dead process has run out.
async fn synchronized(admin: &DeployerSession) -> FleetSync {
    loop {
        match admin.sync_fleet(&cloud()).await {
            Ok(sync) => return sync,
            Err(error @ DeployerError::NotPossible { .. }) => {
                assert!(error.to_string().contains("synchronizes fleet"), "{error}");
            }
            Err(error) => panic!("{error}"),
        }
        sleep(Duration::from_millis(200)).await;
    }
}

async fn rounds(moments: impl IntoIterator<Item = Moment>) {
    let rounds = moments.into_iter().map(async |moment| {
        assert!(round(moment).await, "{moment:?}: a registration does not get there");
    });
    futures::stream::iter(rounds).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}

fn drawn(seeds: Range<u64>) -> impl Iterator<Item = Moment> {
    seeds.map(|seed| Moment::drawn(&mut fastrand::Rng::with_seed(seed)))
}

#[tokio::test]
async fn a_deployer_that_is_killed_while_it_registers_a_fleet_registers_no_node_twice() {
    // I1, R1, R2
    let commits = (0..COMMITS).map(|number| Moment::Commit("after", number));
    rounds(commits.chain([Moment::Commit("before", 1), Moment::Call(0)])).await;
}

#[tokio::test]
#[ignore = "a part of `cargo xtask ci --full`"]
async fn a_deployer_that_is_killed_a_hundred_times_while_it_registers_a_fleet_registers_no_node_twice()
 {
    rounds(drawn(0..100)).await;
}
