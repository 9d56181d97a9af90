//! In which order projects are deployed that use objects of each other (E7). Pure.

mod existence;

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::{DeploymentId, InfraId, ProjectKey};

pub(crate) use self::existence::which_exist;

/// A deployment to be ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ordered {
    /// The deployment.
    pub deployment: DeploymentId,
    /// Its infrastructure: only projects on the same nodes share objects.
    pub infra: InfraId,
    /// Its project on the nodes.
    pub project: ProjectKey,
    /// The projects whose objects its bundle uses.
    pub uses: BTreeSet<ProjectKey>,
    /// The projects that its bundle shares objects with.
    pub shares_with: BTreeSet<ProjectKey>,
}

impl Ordered {
    /// A deployment that shares nothing.
    #[must_use]
    pub fn new(deployment: DeploymentId, infra: InfraId, project: ProjectKey) -> Self {
        let (uses, shares_with) = (BTreeSet::new(), BTreeSet::new());
        Self { deployment, infra, project, uses, shares_with }
    }

    fn is_before(&self, other: &Self) -> bool {
        self.infra == other.infra
            && self.project != other.project
            && (other.uses.contains(&self.project) || self.shares_with.contains(&other.project))
    }
}

/// The order of deployments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpstreamOrder {
    /// What may run together, one wave after the other. Within a wave deployments keep their order.
    pub waves: Vec<Vec<DeploymentId>>,
    /// What each deployment waits for, all of it in earlier waves. Those that wait for nothing are not in it.
    pub after: BTreeMap<DeploymentId, BTreeSet<DeploymentId>>,
    /// Deployments that wait for each other in a circle, each for the one before and the first for the last. No order
    /// suits them: the first one of each circle goes first.
    pub cycles: Vec<Vec<DeploymentId>>,
}

impl UpstreamOrder {
    /// One wave of deployments of which nobody knows what they share.
    #[must_use]
    pub fn all_at_once(deployments: Vec<DeploymentId>) -> Self {
        let waves = if deployments.is_empty() { Vec::new() } else { vec![deployments] };
        Self { waves, ..Self::default() }
    }
}

/// Orders deployments so that those whose objects others use come first.
#[must_use]
pub fn in_order(deployments: &[Ordered]) -> UpstreamOrder {
    let upstream = upstream(deployments);
    let mut waits = upstream.clone();
    let mut left: BTreeSet<usize> = (0..deployments.len()).collect();
    let mut order = UpstreamOrder::default();
    let id = |index: &usize| deployments.get(*index).map(|found| found.deployment.clone());
    while !left.is_empty() {
        let is_free = |index: &usize| waits.get(index).is_none_or(BTreeSet::is_empty);
        let mut wave: Vec<usize> = left.iter().copied().filter(is_free).collect();
        if wave.is_empty() {
            let cycle = circle(&waits, &left);
            wave.extend(cycle.iter().min());
            order.cycles.push(cycle.iter().filter_map(id).collect());
        }
        for index in &wave {
            // One of a circle does not wait for those that are left.
            let before = upstream.get(index).into_iter().flatten();
            let before: BTreeSet<_> =
                before.filter(|other| !left.contains(*other)).filter_map(id).collect();
            if let (false, Some(deployment)) = (before.is_empty(), id(index)) {
                order.after.insert(deployment, before);
            }
        }
        for index in &wave {
            left.remove(index);
            waits.remove(index);
        }
        for waiting in waits.values_mut() {
            waiting.retain(|index| left.contains(index));
        }
        order.waves.push(wave.iter().filter_map(id).collect());
    }
    order
}

/// By index, which others have to go before. Those that nothing has to go before are not in it.
fn upstream(deployments: &[Ordered]) -> BTreeMap<usize, BTreeSet<usize>> {
    let shares = |found: &Ordered| !found.uses.is_empty() || !found.shares_with.is_empty();
    let sharing: Vec<usize> = (0..deployments.len())
        .filter(|index| deployments.get(*index).is_some_and(shares))
        .collect();
    let mut by_project: BTreeMap<(&InfraId, &ProjectKey), Vec<usize>> = BTreeMap::new();
    for (index, found) in deployments.iter().enumerate() {
        by_project.entry((&found.infra, &found.project)).or_default().push(index);
    }
    let mut waits: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for index in sharing {
        let Some(found) = deployments.get(index) else { continue };
        let linked = found.uses.iter().chain(&found.shares_with);
        let linked = linked.filter_map(|key| by_project.get(&(&found.infra, key))).flatten();
        for other in linked {
            let Some(others) = deployments.get(*other) else { continue };
            if others.is_before(found) {
                waits.entry(index).or_default().insert(*other);
            }
            if found.is_before(others) {
                waits.entry(*other).or_default().insert(index);
            }
        }
    }
    waits
}

/// A circle of deployments of which each waits for the next. All that are left wait for one that is left.
fn circle(waits: &BTreeMap<usize, BTreeSet<usize>>, left: &BTreeSet<usize>) -> Vec<usize> {
    let mut path: Vec<usize> = left.first().copied().into_iter().collect();
    while let Some(next) = path.last().and_then(|last| waits.get(last)?.first()).copied() {
        if let Some(start) = path.iter().position(|index| *index == next) {
            // From upstream to downstream.
            return path.split_off(start).into_iter().rev().collect();
        }
        path.push(next);
    }
    path
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn deployment(infra: &str, project: &str, uses: &[&str]) -> Ordered {
        let id = format!("{project}-{infra}").to_lowercase();
        let mut made =
            Ordered::new(id.parse().unwrap(), infra.parse().unwrap(), project.parse().unwrap());
        made.uses = uses.iter().map(|key| key.parse().unwrap()).collect();
        made
    }

    fn texts(lists: &[Vec<DeploymentId>]) -> Vec<Vec<&str>> {
        lists.iter().map(|list| list.iter().map(DeploymentId::as_str).collect()).collect()
    }

    #[test]
    fn what_others_use_goes_first_on_each_infrastructure() {
        // E7
        let mut base = deployment("dev", "BASE", &[]);
        base.shares_with = ["BOARD".parse().unwrap()].into();
        let order = in_order(&[
            deployment("dev", "BOARD", &["SALES"]),
            deployment("dev", "SALES", &["BASE", "ABSENT"]),
            deployment("prod", "SALES", &["BASE"]),
            base,
            deployment("dev", "ALONE", &[]),
        ]);
        let waves = [&["sales-prod", "base-dev", "alone-dev"][..], &["sales-dev"], &["board-dev"]];
        assert_eq!(texts(&order.waves), waves);
        assert!(order.cycles.is_empty());
    }

    #[test]
    fn a_circle_is_named_and_broken_at_its_first_deployment() {
        // E7
        let order = in_order(&[
            deployment("dev", "LAST", &["A"]),
            deployment("dev", "A", &["B"]),
            deployment("dev", "B", &["C"]),
            deployment("dev", "C", &["A"]),
        ]);
        assert_eq!(texts(&order.cycles), [["c-dev", "b-dev", "a-dev"]]);
        assert_eq!(texts(&order.waves), [&["a-dev"][..], &["last-dev", "c-dev"], &["b-dev"]]);
    }

    proptest! {
        #[test]
        fn every_deployment_is_in_one_wave_and_after_what_it_uses(
            uses in proptest::collection::vec(proptest::collection::btree_set(0..12_usize, 0..4), 0..12),
        ) {
            let key = |index: usize| format!("P{index}");
            let deployments: Vec<_> = uses.iter().enumerate().map(|(index, uses)| {
                let uses: Vec<_> = uses.iter().map(|index| key(*index)).collect();
                let uses: Vec<_> = uses.iter().map(String::as_str).collect();
                deployment("dev", &key(index), &uses)
            }).collect();
            let order = in_order(&deployments);
            let flat: Vec<_> = order.waves.concat();
            let all: BTreeSet<_> = deployments.iter().map(|found| found.deployment.clone()).collect();
            prop_assert_eq!(flat.len(), deployments.len());
            prop_assert_eq!(flat.iter().cloned().collect::<BTreeSet<_>>(), all);
            let wave = |id: &DeploymentId| order.waves.iter().position(|wave| wave.contains(id));
            for one in &deployments {
                for other in order.after.get(&one.deployment).into_iter().flatten() {
                    prop_assert!(wave(other) < wave(&one.deployment));
                }
                for other in deployments.iter().filter(|other| other.is_before(one)) {
                    let waits = order.after.get(&one.deployment);
                    let waits = waits.is_some_and(|after| after.contains(&other.deployment));
                    prop_assert!(waits || !order.cycles.is_empty());
                    let before = wave(&other.deployment) < wave(&one.deployment);
                    prop_assert!(before || !order.cycles.is_empty());
                }
            }
        }
    }
}
