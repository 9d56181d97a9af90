//! I3, I4: random fleets with every fault, several thousand in every run.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::*;

const SEEDS: u64 = 3000;
const STEPS: usize = 6;

/// A fleet that changes at random, as its Fleet Manager knows it.
struct World {
    rng: Rng,
    nodes: Vec<FleetNode>,
    names: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self { rng: Rng::with_seed(seed), nodes: Vec::new(), names: 0 };
        for _ in 0..world.rng.usize(0..8) {
            world.add();
        }
        world
    }

    fn add(&mut self) {
        self.names += 1;
        self.nodes.push(node(&format!("auto-{}", self.names)));
    }

    fn any(&mut self) -> Option<usize> {
        (!self.nodes.is_empty()).then(|| self.rng.usize(0..self.nodes.len()))
    }

    /// Something happens in the fleet.
    fn happens(&mut self) {
        match (self.rng.u8(0..6), self.any()) {
            (0, _) => self.add(),
            (1, Some(at)) => drop(self.nodes.remove(at)),
            (2, Some(at)) => {
                self.names += 1;
                self.nodes[at].node_id = format!("renamed-{}", self.names).parse().unwrap();
                // Some services do not say which instance it is.
                if self.rng.bool() {
                    self.nodes[at].instance = None;
                }
            }
            (3, Some(at)) => {
                self.names += 1;
                self.nodes[at].url = FleetUrl::Known(address(&format!("moved-{}", self.names)));
            }
            (4, Some(at)) => {
                let other = self.rng.usize(0..self.nodes.len());
                self.nodes[at].url = self.nodes[other].url.clone();
            }
            (5, Some(at)) => {
                let other = self.rng.usize(0..self.nodes.len());
                let (one, two) = (self.nodes[at].url.clone(), self.nodes[other].url.clone());
                (self.nodes[at].url, self.nodes[other].url) = (two, one);
            }
            _ => {}
        }
    }

    /// What the fleet answers: sometimes nothing, a part, or something twice.
    fn answers(&mut self) -> Discovery {
        let mut nodes = self.nodes.clone();
        match (self.rng.u8(0..8), self.any()) {
            (0, _) => nodes.clear(),
            (1, _) => {
                let most = self.rng.usize(0..=nodes.len());
                self.rng.shuffle(&mut nodes);
                nodes.truncate(most);
            }
            (2, Some(at)) => nodes.push(nodes[at].clone()),
            (3, Some(at)) => {
                nodes[at].url =
                    FleetUrl::NotPublished(project_deployer_client::fleet::Unknown::Absent)
            }
            _ => self.rng.shuffle(&mut nodes),
        }
        answer(nodes)
    }
}

/// What holds of a plan, whatever the fleet answers.
fn check(members: &[Member], found: &Discovery, plan: &FleetPlan, seed: u64) {
    let after = carried_out(&fleet(), members, plan);
    // Nothing is removed, and nothing is registered twice.
    let ids = |members: &[Member]| -> BTreeSet<_> {
        members.iter().map(|member| member.infra.id.clone()).collect()
    };
    assert!(ids(&after).is_superset(&ids(members)), "seed {seed}");
    assert_eq!(ids(&after).len(), after.len(), "seed {seed}");
    let nodes: BTreeSet<_> = after.iter().map(|member| &member.marker.node).collect();
    assert_eq!(nodes.len(), after.len(), "seed {seed}: one node, two infrastructures");
    let mut addresses: BTreeMap<String, usize> = BTreeMap::new();
    for member in &after {
        if let Some(address) = &member.infra.target.entries()[0].address {
            *addresses.entry(address.to_string()).or_default() += 1;
        }
    }
    assert!(addresses.values().all(|count| *count == 1), "seed {seed}: {addresses:?}");
    // Each node that no infrastructure has is said, and each infrastructure without its node as well.
    let is_said = |of: &dyn Fn(&FleetNote) -> bool| plan.notes.iter().any(of);
    if plan.shrunken.is_none() {
        for node in &found.nodes {
            let is_there = nodes.contains(&node.node_id);
            let note = |note: &FleetNote| note.node.as_ref() == Some(&node.node_id);
            assert!(is_there || is_said(&note), "seed {seed}: {} is lost", node.node_id);
        }
        for member in &after {
            let is_listed = found.nodes_of(&member.marker.node).next().is_some();
            let note = |note: &FleetNote| note.infra.as_ref() == Some(&member.infra.id);
            let is_known = member.marker.quarantine.is_some() || is_said(&note);
            assert!(
                is_listed || is_known,
                "seed {seed}: nobody says that {} is gone",
                member.infra.id
            );
        }
    }
    // Only what is no longer listed goes into quarantine.
    for action in plan.actions.iter().filter(|it| it.kind == FleetActionKind::Quarantine) {
        assert!(found.nodes_of(&action.node).next().is_none(), "seed {seed}");
    }
    // The next synchronization finds nothing to do.
    let again = plan_of(&fleet(), &after, &[], found, None);
    if plan.shrunken.is_none() {
        assert_eq!(again.actions, [], "seed {seed}");
    } else {
        assert_eq!(again, *plan, "seed {seed}");
    }
}

#[test]
fn random_faults_of_a_fleet_remove_nothing_and_register_nothing_twice() {
    let (mut held, mut quarantined, mut lifted) = (0, 0, 0);
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        let mut members = Vec::new();
        for _ in 0..STEPS {
            let found = world.answers();
            let plan = plan(&members, &found);
            check(&members, &found, &plan, seed);
            held += usize::from(plan.shrunken.is_some());
            let plan = match plan.shrunken {
                // Now and then somebody confirms the answer that waits.
                Some(_) if world.rng.u8(0..3) == 0 => {
                    let digest = plan.answer.clone();
                    let confirmed = plan_of(&fleet(), &members, &[], &found, Some(&digest));
                    assert_eq!(confirmed.shrunken, None, "seed {seed}");
                    confirmed
                }
                _ => plan,
            };
            let before = members.len();
            if plan.shrunken.is_none() {
                let count = |kind| plan.actions.iter().filter(|it| it.kind == kind).count();
                quarantined += count(FleetActionKind::Quarantine);
                lifted += count(FleetActionKind::Lift);
            }
            members = carried_out(&fleet(), &members, &plan);
            assert!(members.len() >= before, "seed {seed}");
            world.happens();
        }
    }
    // The test does test it.
    assert!(held > 500 && quarantined > 500 && lifted > 100, "{held} {quarantined} {lifted}");
}
