//! Two Deployers, one store, three nodes, and a seed that decides what happens to them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt as _;
use project_deployer_client::{AutomationNode as _, FakeFleet, FakeNode};
use project_deployer_core::ApiKeySecret;
use project_deployer_store::{MemoryArchive, Store};
use serde_json::Value;

use super::checks::{Recorded, Watch, recorded};
use super::journal::Chronicle;
use super::network::Network;
use super::process::{LEASE, Outside, Process};
use crate::in_step::Shared;
use crate::installation::{KEY, address, node, parsed};

/// How long things go wrong, and how long all goes well afterwards.
const DISTURBED: Duration = Duration::from_secs(360);
const HEALED: Duration = Duration::from_secs(900);

/// Which nodes an infrastructure has.
const NODES: [(&str, &str); 3] = [("dev", "dev"), ("left", "pair"), ("right", "pair")];

pub(super) const BUNDLES: [&str; 2] = ["v1", "v2"];

/// A deployment, and the project that it writes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub(super) deployment: &'static str,
    pub(super) infra: &'static str,
    pub(super) key: &'static str,
}

pub(super) const TARGETS: [Target; 3] = [
    Target { deployment: "churn-dev", infra: "dev", key: "CHURN" },
    // Created empty, since the key is not that of the bundle.
    Target { deployment: "other-dev", infra: "dev", key: "CHURN_B" },
    Target { deployment: "churn-pair", infra: "pair", key: "CHURN" },
];

impl Target {
    pub(super) fn of(infra: &str, key: &str) -> Self {
        let found = TARGETS.into_iter().find(|target| target.infra == infra && target.key == key);
        found.unwrap_or_else(|| panic!("nothing deploys {key} on {infra}"))
    }
}

/// The infrastructure of a node, by its address.
pub(super) fn infra_of(address: &str) -> &'static str {
    let found = NODES.into_iter().find(|(name, _)| address.contains(&format!("//{name}.")));
    found.unwrap_or_else(|| panic!("{address} is no node")).1
}

/// What came of a seed.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) lines: Vec<String>,
    pub(super) violations: Vec<String>,
    pub(super) updates: Vec<Recorded>,
}

struct World {
    outside: Outside,
    nodes: Vec<(&'static str, FakeNode)>,
    random: fastrand::Rng,
    places: [Place; 2],
    births: u64,
    values: u64,
}

/// Where a process runs, and until when it does not.
struct Place {
    shared: Shared,
    process: Option<Process>,
    still_until: Duration,
}

/// Runs a seed on an empty store, to which both places have a connection of their own.
pub(super) fn run(seed: u64, stores: [Arc<dyn Store>; 2]) -> Outcome {
    let mut world = World::new(seed, stores);
    world.disturb();
    world.heal();
    let updates = recorded(&world.places[0].shared);
    world.check(&updates);
    let chronicle = &world.outside.chronicle;
    Outcome { lines: chronicle.lines(), violations: chronicle.violations(), updates }
}

impl World {
    fn new(seed: u64, [store, other]: [Arc<dyn Store>; 2]) -> Self {
        let nodes = NODES.map(|(name, _)| (name, node(&format!("auto-{name}"))));
        let mut fleet = FakeFleet::new();
        for (name, node) in &nodes {
            let key = ApiKeySecret::new(KEY).unwrap();
            fleet = fleet.with_node(address(name), key, node.clone());
        }
        let (chronicle, shared) = (Chronicle::default(), Shared::new(store));
        let watch = Watch::new(chronicle.clone(), shared.clone());
        let (network, archive) = (Network::default(), MemoryArchive::new());
        let outside = Outside { chronicle, network, watch, fleet, archive };
        let places = [shared.clone(), shared.through(other)].map(|shared| Place {
            shared,
            process: None,
            still_until: Duration::ZERO,
        });
        let random = fastrand::Rng::with_seed(seed);
        let mut world = Self { outside, nodes: nodes.into(), random, places, births: 0, values: 0 };
        world.prepare();
        world
    }

    fn prepare(&mut self) {
        self.go_well(true);
        let shared = self.places[0].shared.clone();
        let process = Process::start(&self.outside, shared, "set-up".to_owned(), 0);
        let ended = process.prepare();
        self.outside.chronicle.set(ended);
        process.kill();
        self.go_well(false);
    }

    fn go_well(&self, well: bool) {
        for well_now in [&self.outside.network.heals, &self.places[0].shared.heals] {
            well_now.store(well, Ordering::SeqCst);
        }
    }

    fn now(&self) -> Duration {
        self.outside.chronicle.now()
    }

    /// Lets time pass for every process that runs, one after the other.
    fn pass(&mut self, time: Duration) {
        let (from, until) = (self.now(), self.now() + time);
        let first = self.random.usize(..2);
        for number in [first, 1 - first] {
            if self.places[number].still_until > from {
                continue;
            }
            if self.places[number].process.is_none() {
                self.births += 1;
                let name = format!("{}.{}", ["a", "b"][number], self.births);
                let (shared, seed) = (self.places[number].shared.clone(), self.random.u64(..));
                let process = Process::start(&self.outside, shared, name, seed);
                self.places[number].process = Some(process);
            }
            if let Some(process) = &self.places[number].process {
                process.run(from, until);
            }
        }
        self.outside.chronicle.set(until);
        self.outside.network.deliver(until);
    }

    fn disturb(&mut self) {
        let end = self.now() + DISTURBED;
        while self.now() < end {
            let time = Duration::from_millis(self.random.u64(20..1_500));
            self.pass(time);
            match self.random.u32(..100) {
                0..=7 => self.redeploy(),
                8 => self.stop(),
                9 => self.kill(),
                _ => {}
            }
        }
    }

    fn redeploy(&mut self) {
        let target = TARGETS[self.random.usize(..TARGETS.len())];
        let bundle = BUNDLES[self.random.usize(..BUNDLES.len())];
        self.values += 1;
        let place = &self.places[self.random.usize(..2)];
        let runs = place.still_until <= self.now();
        if let Some(process) = place.process.as_ref().filter(|_| runs) {
            process.redeploy(target.deployment, bundle, self.values);
        }
    }

    /// A process stands still, often for longer than its lease.
    fn stop(&mut self) {
        let still = LEASE.mul_f64(0.3 + 2.0 * self.random.f64());
        let still_until = self.now() + still;
        let place = &mut self.places[self.random.usize(..2)];
        place.still_until = place.still_until.max(still_until);
        if let Some(process) = &place.process {
            let chronicle = &self.outside.chronicle;
            chronicle.note(chronicle.now(), format_args!("{} stands still", process.name()));
        }
    }

    fn kill(&mut self) {
        let until = self.now() + Duration::from_millis(self.random.u64(..90_000));
        let place = &mut self.places[self.random.usize(..2)];
        if let Some(process) = place.process.take() {
            process.kill();
        }
        place.still_until = until;
    }

    fn heal(&mut self) {
        self.outside.chronicle.note(self.now(), "from now on all goes well");
        self.go_well(true);
        for place in &mut self.places {
            place.still_until = Duration::ZERO;
        }
        let end = self.now() + HEALED;
        while self.now() < end {
            self.pass(Duration::from_secs(2));
        }
    }

    /// R1, R2, R6: every update is final, and its record says what its nodes have.
    fn check(&self, updates: &[Recorded]) {
        let chronicle = &self.outside.chronicle;
        let mut faults: Vec<String> = updates.iter().flat_map(Recorded::faults).collect();
        for target in TARGETS {
            let own = updates.iter().filter(|update| update.deployment == target.deployment);
            let own: Vec<&Recorded> = own.collect();
            let statuses: Vec<&str> = own.iter().rev().map(|update| &*update.status).collect();
            for process in self.places.iter().filter_map(|place| place.process.as_ref()) {
                if process.statuses(target.deployment) != statuses {
                    faults.push(format!("{} shows other updates than it has", process.name()));
                }
            }
            for (name, node) in &self.nodes {
                if infra_of(&address(name).to_string()) == target.infra {
                    faults.extend(node_faults(target, name, node, &own));
                }
            }
        }
        for fault in faults {
            chronicle.violation(chronicle.now(), fault);
        }
    }
}

/// What a node has otherwise than the records of the updates say.
fn node_faults(target: Target, name: &str, node: &FakeNode, updates: &[&Recorded]) -> Vec<String> {
    let key = parsed(target.key);
    let project = node.project(&key).now_or_never().unwrap().unwrap();
    let active = project.and_then(|project| project.active_bundle);
    let active = active.as_ref().map(|bundle| bundle.as_str());
    let mut possible: BTreeSet<Option<&str>> = BTreeSet::from([None]);
    for update in updates {
        let bundle = update.plan()["bundle"]["id"].as_str();
        if update.succeeded() {
            possible.clear();
        }
        if update.succeeded() || update.may_have_activated() {
            possible.insert(bundle);
        }
    }
    let mut faults = Vec::new();
    if !possible.contains(&active) {
        faults.push(format!("{} has {active:?} on {name}, not of {possible:?}", target.key));
    }
    if let Some(last) = updates.last().filter(|last| last.succeeded()) {
        let wanted = &last.plan()["desired"]["localVariables"]["run"];
        let found = node.project_configuration(&key).now_or_never().unwrap().unwrap();
        let found = found.variables.local.get("run").cloned().unwrap_or(Value::Null);
        if found != *wanted {
            let key = target.key;
            faults.push(format!("{key} has variable {found} on {name}, not {wanted}"));
        }
    }
    faults
}
