//! Two Deployers on one store and three nodes, while calls and answers are lost, late and doubled, processes stand
//! still past their lease, and processes die. A seed decides what happens, and the same seed has the same log.
//! `PROJECT_DEPLOYER_SEED` says where to begin, `PROJECT_DEPLOYER_SEEDS` how many seeds to run: one seed prints its log.

mod checks;
mod journal;
mod network;
mod nodes;
mod process;
mod set_up;
mod state;
mod world;

use std::ops::Range;
use std::sync::Arc;

use project_deployer_store::{MemoryStore, Store};

use self::world::{Outcome, run};

const FIRST: u64 = 20_260_101;

#[expect(clippy::disallowed_methods, reason = "where this test reads the environment")]
fn number(variable: &str, usual: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) if !text.is_empty() => text.parse().unwrap(),
        _ => usual,
    }
}

/// The seeds of a test that runs so many of them, after those of other tests.
fn seeds(skipped: u64, usual: u64) -> Range<u64> {
    let first = number("PROJECT_DEPLOYER_SEED", FIRST + skipped);
    first..first + number("PROJECT_DEPLOYER_SEEDS", usual)
}

/// Runs seeds, and proves that they disturbed something.
#[expect(clippy::print_stdout, reason = "counts, and the log of a seed that failed")]
fn run_all(test: &str, seeds: Range<u64>, on: impl Fn(u64) -> Outcome) {
    let (mut updates, mut succeeded, mut resumed) = (0, 0, 0);
    let is_one = seeds.end - seeds.start == 1;
    for seed in seeds.clone() {
        let outcome = on(seed);
        if is_one || !outcome.violations.is_empty() {
            println!("{}", outcome.lines.join("\n"));
        }
        assert!(
            outcome.violations.is_empty(),
            "seed {seed}: {:#?}\nits log is above; repeat it with PROJECT_DEPLOYER_SEED={seed} \
             PROJECT_DEPLOYER_SEEDS=1 and the test {test}",
            outcome.violations
        );
        updates += outcome.updates.len();
        succeeded += outcome.updates.iter().filter(|update| update.succeeded()).count();
        resumed += outcome.updates.iter().filter(|update| update.was_resumed()).count();
    }
    println!(
        "{} seeds: {updates} updates, {succeeded} successes, {resumed} resumed",
        seeds.count()
    );
    assert!(is_one || (succeeded * 4 > updates && resumed * 20 > updates), "too little happened");
}

fn in_memory(seed: u64) -> Outcome {
    let store = MemoryStore::new();
    let stores: [Arc<dyn Store>; 2] = [Arc::new(store.clone()), Arc::new(store)];
    run(seed, stores)
}

/// In one file, which each Deployer has open for itself.
#[cfg(feature = "sqlite")]
fn in_a_file(seed: u64) -> Outcome {
    use project_deployer_store::{SecretsAtRest, SqliteStore};
    let folder = tempfile::TempDir::new().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    // Outside of every process, the test reads the store with the threads of this one.
    let _entered = runtime.enter();
    let open = || -> Arc<dyn Store> {
        let file = folder.path().join("deployer.db");
        let opening = SqliteStore::open(file, SecretsAtRest::Plain);
        Arc::new(runtime.block_on(opening).unwrap())
    };
    run(seed, [open(), open()])
}

// R1, R2, R5, R6: one update at a time, no second activation, nothing by a holder that was superseded, every update
// final, and nodes that have what the records say.

#[test]
fn two_deployers_on_a_store_in_memory_keep_every_promise_1() {
    run_all("two_deployers_on_a_store_in_memory_keep_every_promise_1", seeds(0, 50), in_memory);
}

#[test]
fn two_deployers_on_a_store_in_memory_keep_every_promise_2() {
    run_all("two_deployers_on_a_store_in_memory_keep_every_promise_2", seeds(50, 50), in_memory);
}

#[test]
#[cfg(feature = "sqlite")]
fn two_deployers_on_a_store_in_a_file_keep_every_promise() {
    run_all("two_deployers_on_a_store_in_a_file_keep_every_promise", seeds(0, 12), in_a_file);
}

#[test]
fn a_seed_has_the_same_log_each_time() {
    for seed in seeds(0, 10) {
        assert_same(seed, &in_memory(seed).lines, &in_memory(seed).lines);
    }
}

#[test]
#[cfg(feature = "sqlite")]
fn a_seed_has_the_same_log_on_each_store() {
    for seed in seeds(0, 3) {
        assert_same(seed, &in_memory(seed).lines, &in_a_file(seed).lines);
    }
}

fn assert_same(seed: u64, once: &[String], again: &[String]) {
    let differs = once.iter().zip(again).position(|(one, other)| one != other);
    let around = differs.map(|at| (&once[at.saturating_sub(3)..=at], &again[at]));
    assert!(differs.is_none() && once.len() == again.len(), "seed {seed}: {around:#?}");
}
