//! R6: whatever chance does to calls, each ends in time, with a clear error or with a success that is
//! true. `PROJECT_DEPLOYER_SEED` repeats a run that failed; `PROJECT_DEPLOYER_FAULTED_CALLS` says how
//! many calls are made.

mod calls;

use std::collections::HashSet;
use std::mem::discriminant;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use project_deployer_client::{HttpNode, Identity, NodeError};
use project_deployer_testkit::{Fault, FaultSeed, MockLdapSettings, MockNode};
use project_deployer_tests::{quick, settings, single_attempts};

use crate::asking::node;
use calls::{CALLS, Occasion};

const SEED: u64 = 20_260_101;
const FAULTED_CALLS: u64 = 2_000;
const CALL: Duration = Duration::from_millis(150);
const TASK: Duration = Duration::from_millis(300);
const LONGER_THAN_ANY_DEADLINE: Duration = Duration::from_millis(500);
/// A hundred times what any call here may take.
const HANG: Duration = Duration::from_secs(30);

#[expect(clippy::disallowed_methods, reason = "where this test reads the environment")]
fn number(variable: &str, usual: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) if !text.is_empty() => text.parse().unwrap(),
        _ => usual,
    }
}

/// About half of all requests go wrong. Missing are lies that no client can distinguish from the truth: a success
/// that did nothing, and a 404 for what is there.
fn chance(seed: u64) -> FaultSeed {
    FaultSeed::new(seed)
        .rate(4, Fault::status(500))
        .rate(4, Fault::status(503))
        .rate(4, Fault::status(503).after_effect())
        .rate(2, Fault::status(401))
        .rate(2, Fault::status(403))
        .rate(3, Fault::status(409))
        .rate(3, Fault::busy(7))
        .rate(3, Fault::connection_reset())
        .rate(4, Fault::reply_lost())
        .rate(4, Fault::truncated())
        .rate(4, Fault::half_json())
        .rate(3, Fault::empty_body())
        .rate(3, Fault::error_inside("no space left on the device"))
        .rate(2, Fault::html_page(200))
        .rate(2, Fault::html_page(502))
        .rate(2, Fault::garbage())
        .rate(2, Fault::redirect("https://elsewhere.example.test/"))
        .rate(2, Fault::delay(LONGER_THAN_ANY_DEADLINE))
        .rate(1, Fault::dripping(CALL))
}

fn impatient(mock: &MockNode) -> HttpNode {
    let timeouts = quick().with_call(CALL).with_task(TASK);
    let connector = single_attempts().timeouts(timeouts).build().unwrap();
    connector.node(&settings(mock), &Identity::ApiKey).unwrap()
}

/// What came of a call: whether what it says is so. A panic and a hang are failures of the test.
async fn outcome(
    node: &HttpNode,
    occasion: &Occasion<'_>,
) -> Result<Result<(), NodeError>, String> {
    let call = AssertUnwindSafe(occasion.call(node)).catch_unwind();
    match tokio::time::timeout(HANG, call).await {
        Err(_) => Err("it hangs".to_owned()),
        Ok(Err(_)) => Err("it panics".to_owned()),
        Ok(Ok(Ok(false))) => Err("it reports a success that is none".to_owned()),
        Ok(Ok(Ok(true))) => Ok(Ok(())),
        Ok(Ok(Err(error))) if error.kind.hint().is_empty() => Err(format!("no hint: {error}")),
        Ok(Ok(Err(error))) => Ok(Err(error)),
    }
}

async fn mock() -> MockNode {
    let builder = MockNode::builder("auto").connection("sql", "PostgreSQL");
    builder.ldap(MockLdapSettings::on().on_demand(), &Default::default()).start().await
}

#[tokio::test]
async fn seeded_faults_end_in_clear_errors_or_true_successes() {
    // R6
    let seed = number("PROJECT_DEPLOYER_SEED", SEED);
    let calls = number("PROJECT_DEPLOYER_FAULTED_CALLS", FAULTED_CALLS);
    let mock = mock().await;
    let (patient, impatient) = (node(&mock), impatient(&mock));
    let (mut successes, mut kinds) = (0, HashSet::new());
    for (number, call) in (0..calls).zip(CALLS.into_iter().cycle()) {
        let occasion = Occasion::prepare(&mock, &patient, call, number).await;
        mock.draw_faults_from(chance(seed.wrapping_add(number)));
        let outcome = outcome(&impatient, &occasion).await;
        mock.clear_faults();
        match outcome {
            Ok(Ok(())) => successes += 1,
            Ok(Err(error)) => drop(kinds.insert(discriminant(&error.kind))),
            Err(why) => panic!("{call:?}, call {number}: {why}; PROJECT_DEPLOYER_SEED={seed}"),
        }
    }
    // Else nothing was shown.
    assert!(successes > calls / 10, "{successes} successes; PROJECT_DEPLOYER_SEED={seed}");
    assert!(calls < 1_000 || kinds.len() >= 10, "{kinds:?}; PROJECT_DEPLOYER_SEED={seed}");
}

#[tokio::test]
async fn seeded_calls_are_all_true_successes_when_nothing_goes_wrong() {
    // What fails above fails reason of its fault.
    let mock = mock().await;
    let patient = node(&mock);
    for (number, call) in (0..).zip(CALLS) {
        let occasion = Occasion::prepare(&mock, &patient, call, number).await;
        assert!(outcome(&patient, &occasion).await.unwrap().is_ok(), "{call:?}");
    }
}
