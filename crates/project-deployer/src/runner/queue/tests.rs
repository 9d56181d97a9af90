use std::sync::Arc;

use futures::FutureExt as _;
use project_deployer_core::{NodeAddress, Timestamp};
use proptest::prelude::*;

use super::{Place, UpdateLimits, UpdateQueue, WaitsFor, turns};
use crate::update::PlannedNode;

fn node(name: &str) -> PlannedNode {
    let address = format!("https://{name}.example.test:11200").parse::<NodeAddress>().unwrap();
    PlannedNode { name: name.to_owned(), address: Some(address) }
}

fn queue(in_total: usize, per_node: usize) -> Arc<UpdateQueue> {
    Arc::new(UpdateQueue::new(UpdateLimits::new(in_total, per_node)))
}

fn join(queue: &Arc<UpdateQueue>, id: &str, nodes: &[&str]) -> Place {
    let nodes = nodes.iter().map(|name| node(name)).collect();
    queue.join(id.parse().unwrap(), Timestamp::from_millis(1), nodes)
}

fn runs(place: &mut Place) -> bool {
    place.turn().now_or_never().is_some()
}

#[test]
fn an_update_waits_for_its_node_and_starts_when_the_other_ends() {
    let queue = queue(10, 1);
    let mut first = join(&queue, "a", &["one"]);
    let mut second = join(&queue, "b", &["two", "one"]);
    assert!(runs(&mut first) && !runs(&mut second));
    let waiting = queue.waiting();
    assert_eq!(waiting.len(), 1);
    assert_eq!((waiting[0].deployment.as_str(), waiting[0].position), ("b", 1));
    assert_eq!(waiting[0].waits_for, WaitsFor::Node("one".to_owned()));
    drop(first);
    assert!(runs(&mut second) && queue.waiting().is_empty());
}

#[test]
fn another_node_is_not_delayed_and_a_later_update_does_not_pass_on_the_same_node() {
    let queue = queue(10, 1);
    let first = join(&queue, "a", &["one"]);
    let mut second = join(&queue, "b", &["one", "two"]);
    let mut third = join(&queue, "c", &["two"]);
    let mut fourth = join(&queue, "d", &["three"]);
    assert!(!runs(&mut second) && !runs(&mut third) && runs(&mut fourth));
    drop(first);
    assert!(runs(&mut second) && !runs(&mut third));
}

#[test]
fn a_waiting_update_that_is_dropped_leaves_the_queue() {
    let queue = queue(1, 1);
    let first = join(&queue, "a", &["one"]);
    let second = join(&queue, "b", &["two"]);
    let mut third = join(&queue, "c", &["three"]);
    assert_eq!(third.queued().unwrap().position, 2);
    assert_eq!(third.queued().unwrap().waits_for, WaitsFor::AnyUpdate);
    drop(second);
    assert_eq!(third.queued().unwrap().position, 1);
    drop(first);
    assert!(runs(&mut third) && third.queued().is_none());
}

#[test]
fn limits_of_zero_let_one_update_run() {
    let queue = queue(0, 0);
    assert!(runs(&mut join(&queue, "a", &["one"])));
}

proptest! {
    // Joins and ends in any order: limits hold, nobody is left behind, and the order on a node is kept.
    #[test]
    fn limits_hold_and_every_update_runs_in_the_end(
        in_total in 1..4_usize,
        per_node in 1..3_usize,
        moves in proptest::collection::vec((0..8_usize, proptest::collection::btree_set(0..4_usize, 1..3)), 1..40),
    ) {
        let queue = queue(in_total, per_node);
        let names = ["one", "two", "three", "four"];
        let mut places: Vec<(Place, Vec<&str>)> = Vec::new();
        for (choice, nodes) in moves {
            let running: Vec<usize> =
                (0..places.len()).filter(|index| runs(&mut places[*index].0)).collect();
            prop_assert!(running.len() <= in_total);
            for name in names {
                let busy = running.iter().filter(|index| places[**index].1.contains(&name));
                prop_assert!(busy.count() <= per_node);
            }
            match running.get(choice) {
                Some(index) => drop(places.remove(*index)),
                None => {
                    let nodes: Vec<&str> = nodes.into_iter().map(|index| names[index]).collect();
                    places.push((join(&queue, "d", &nodes), nodes));
                }
            }
        }
        while !places.is_empty() {
            let index = (0..places.len()).find(|index| runs(&mut places[*index].0));
            prop_assert!(index.is_some(), "none of {} runs", places.len());
            places.remove(index.unwrap());
        }
    }
}

#[test]
fn the_first_that_waits_keeps_its_place_on_all_its_nodes() {
    let (one, both, two) = ([node("one")], [node("one"), node("two")], [node("two")]);
    let limits = UpdateLimits::new(10, 1);
    let reasons = turns(limits, [one.as_slice()].into_iter(), [&both[..], &two[..]].into_iter());
    let names: Vec<_> = reasons.into_iter().map(Option::unwrap).collect();
    assert_eq!(names, [WaitsFor::Node("one".into()), WaitsFor::Node("two".into())]);
}
