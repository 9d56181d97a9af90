use std::time::Duration;

use project_deployer_core::AddressRange;
use project_deployer_core::messages::InfoMessages;
use proptest::prelude::*;

use super::verdict::GiveUp;
use super::{FailedAttempt, Retries, RetryBudget, RetryPolicy, Verdict};
use crate::error::{NodeErrorKind, Retry, SideEffect};
use crate::tls_problem::TlsProblem;

const LONG: Duration = Duration::from_secs(3600);

/// A first attempt that failed, of a request that does no harm twice and has all the time there is.
fn failed(kind: &NodeErrorKind) -> FailedAttempt<'_> {
    FailedAttempt { kind, harmless: true, can_be_sent: true, number: 1, left: LONG }
}

fn harmful(kind: &NodeErrorKind) -> FailedAttempt<'_> {
    FailedAttempt { harmless: false, ..failed(kind) }
}

fn verdict(failed: &FailedAttempt<'_>) -> Verdict {
    Retries::new(RetryPolicy::default().seed(7)).decide(failed)
}

fn is_repeated(failed: &FailedAttempt<'_>) -> bool {
    matches!(verdict(failed), Verdict::RepeatAfter(_))
}

fn busy(seconds: u64) -> NodeErrorKind {
    NodeErrorKind::Busy(Some(Duration::from_secs(seconds)))
}

/// One of each kind.
fn kinds() -> Vec<NodeErrorKind> {
    let text = || "text".to_owned();
    vec![
        NodeErrorKind::Unreachable,
        NodeErrorKind::Tls(TlsProblem::Expired),
        NodeErrorKind::AddressRefused(AddressRange::Metadata),
        NodeErrorKind::TimedOut(LONG),
        NodeErrorKind::Interrupted,
        NodeErrorKind::Unauthorized(text()),
        NodeErrorKind::Forbidden(text()),
        NodeErrorKind::NotFound(text()),
        NodeErrorKind::Refused { status: 409, message: text() },
        NodeErrorKind::Busy(None),
        busy(3),
        NodeErrorKind::Failed { status: 500, message: text() },
        NodeErrorKind::Redirected(text()),
        NodeErrorKind::UnexpectedServer(text()),
        NodeErrorKind::Malformed(text()),
        NodeErrorKind::Empty,
        NodeErrorKind::TooLarge(1),
        NodeErrorKind::ErrorInSuccessResponse(text()),
        NodeErrorKind::Reported(InfoMessages::default()),
        NodeErrorKind::Aborted,
        NodeErrorKind::Lost,
        NodeErrorKind::Archive(text()),
        NodeErrorKind::InvalidRequest(text()),
    ]
}

fn any_kind() -> impl Strategy<Value = NodeErrorKind> {
    let asked = (0..100_000_u64)
        .prop_map(|millis| NodeErrorKind::Busy(Some(Duration::from_millis(millis))));
    prop_oneof![prop::sample::select(kinds()), asked]
}

#[test]
fn what_may_pass_is_repeated_and_nothing_else() {
    // R7
    let repeated: Vec<_> = kinds().into_iter().filter(|kind| is_repeated(&failed(kind))).collect();
    let failure = NodeErrorKind::Failed { status: 500, message: "text".to_owned() };
    let expected = [
        NodeErrorKind::Unreachable,
        NodeErrorKind::TimedOut(LONG),
        NodeErrorKind::Interrupted,
        NodeErrorKind::Busy(None),
        busy(3),
        failure,
    ];
    assert_eq!(repeated, expected);
}

#[test]
fn what_does_harm_twice_is_repeated_only_after_it_certainly_did_nothing() {
    // R7
    let repeated: Vec<_> = kinds().into_iter().filter(|kind| is_repeated(&harmful(kind))).collect();
    assert_eq!(repeated, [NodeErrorKind::Unreachable, NodeErrorKind::Busy(None), busy(3)]);
}

#[test]
fn a_lost_reply_to_what_does_harm_twice_is_ambiguous() {
    // R4, R7
    let verdict = verdict(&harmful(&NodeErrorKind::Interrupted));
    assert_eq!(verdict, Verdict::GiveUp(GiveUp::Ambiguous));
}

#[test]
fn an_archive_that_was_read_and_cannot_be_opened_again_is_not_sent_again() {
    let spent = FailedAttempt { can_be_sent: false, ..failed(&NodeErrorKind::Unreachable) };
    assert_eq!(verdict(&spent), Verdict::GiveUp(GiveUp::ArchiveSpent));
}

#[test]
fn the_third_attempt_is_the_last_whatever_is_asked_for() {
    // R7
    let policy = RetryPolicy::default().attempts(100).seed(7);
    let retries = Retries::new(policy);
    let numbered = |number| FailedAttempt { number, ..failed(&NodeErrorKind::Unreachable) };
    assert!(matches!(retries.decide(&numbered(2)), Verdict::RepeatAfter(_)));
    assert_eq!(retries.decide(&numbered(3)), Verdict::GiveUp(GiveUp::Attempts));
    assert_eq!(RetryPolicy::default().attempts(0), RetryPolicy::never());
}

#[test]
fn one_attempt_is_a_policy() {
    let verdict = Retries::new(RetryPolicy::never()).decide(&failed(&NodeErrorKind::Unreachable));
    assert_eq!(verdict, Verdict::GiveUp(GiveUp::Attempts));
}

#[test]
fn a_pause_that_leads_past_the_deadline_is_not_begun_and_costs_nothing() {
    let retries = Retries::new(RetryPolicy::default());
    let kind = busy(10);
    let late = FailedAttempt { left: Duration::from_secs(10), ..failed(&kind) };
    for _ in 0..100 {
        assert_eq!(retries.decide(&late), Verdict::GiveUp(GiveUp::Deadline));
    }
    assert!(matches!(retries.decide(&failed(&kind)), Verdict::RepeatAfter(_)));
}

#[test]
fn a_node_has_the_time_that_it_asks_for_up_to_the_longest_pause() {
    // R7
    let pause = |seconds| match verdict(&failed(&busy(seconds))) {
        Verdict::RepeatAfter(pause) => pause,
        Verdict::GiveUp(reason) => panic!("{reason:?}"),
    };
    let asked = Duration::from_secs(7);
    assert!(pause(7) >= asked && pause(7) <= asked + Duration::from_millis(500), "{:?}", pause(7));
    assert_eq!(pause(3600), Retry::LONGEST_PAUSE);
    assert_eq!(pause(u64::MAX), Retry::LONGEST_PAUSE);
}

#[test]
fn pauses_are_spread_from_nothing_to_a_limit_that_doubles() {
    // R7: full jitter. Each tenth of the range gets its share of a thousand draws.
    let policy = RetryPolicy::default().pauses(Duration::from_secs(1), LONG);
    let mut dice = fastrand::Rng::with_seed(7);
    for (number, limit) in [(1, 1.0), (2, 2.0)] {
        let mut tenths = [0; 10];
        for _ in 0..1000 {
            let kind = NodeErrorKind::Unreachable;
            let attempt = FailedAttempt { number, ..failed(&kind) };
            let verdict = policy.decide(&attempt, &mut RetryBudget::full(), &mut dice);
            let Verdict::RepeatAfter(pause) = verdict else { panic!("{verdict:?}") };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 9")]
            let tenth = (pause.as_secs_f64() / limit * 10.0) as usize;
            tenths[tenth] += 1;
        }
        assert!(tenths.iter().all(|share| (60..140).contains(share)), "{tenths:?}");
    }
}

#[test]
fn the_same_seed_draws_the_same_pauses() {
    // R27
    let draws = |seed| {
        let retries = Retries::new(RetryPolicy::default().seed(seed));
        [(); 8].map(|()| retries.decide(&failed(&NodeErrorKind::Unreachable)))
    };
    assert_eq!(draws(1), draws(1));
    assert_ne!(draws(1), draws(2));
}

#[test]
fn an_outage_of_100_nodes_costs_less_than_a_fifth_more() {
    // R7: one call to each node, all of which fail as often as they are made.
    let retries = Retries::new(RetryPolicy::default());
    let mut sent = 0;
    for _ in 0..100 {
        retries.note_call();
        sent += 1;
        let mut number = 1;
        let kind = NodeErrorKind::Unreachable;
        while matches!(
            retries.decide(&FailedAttempt { number, ..failed(&kind) }),
            Verdict::RepeatAfter(_)
        ) {
            sent += 1;
            number += 1;
        }
    }
    assert!(sent > 100 && sent < 120, "{sent}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// R7: in every stretch of a history, not only from its beginning.
    #[test]
    fn repetitions_are_a_tenth_of_the_calls_and_a_reserve(
        history in prop::collection::vec(prop::bool::weighted(0.4), 0..600),
        skipped in 0..300_usize,
    ) {
        let mut budget = RetryBudget::full();
        let (mut calls, mut repetitions) = (0_u32, 0_u32);
        for (place, is_call) in history.into_iter().enumerate() {
            let counted = u32::from(place >= skipped);
            if is_call {
                budget.earn();
                calls += counted;
            } else if budget.pay() {
                repetitions += counted;
            }
        }
        prop_assert!(repetitions <= RetryBudget::RESERVE + calls / 10);
        // 1.2 times as much is not reached by a caller that makes 100 calls or more.
        prop_assert!(calls < 100 || (calls + repetitions) * 10 < calls * 12);
    }

    /// R7, whatever failed.
    #[test]
    fn no_repetition_does_harm_comes_late_or_is_one_too_many(
        kind in any_kind(),
        harmless: bool,
        can_be_sent: bool,
        number in 1..10_u32,
        left in 0..120_000_u64,
        seed: u64,
    ) {
        let left = Duration::from_millis(left);
        let attempt = FailedAttempt { kind: &kind, harmless, can_be_sent, number, left };
        let verdict = Retries::new(RetryPolicy::default().seed(seed)).decide(&attempt);
        if let Verdict::RepeatAfter(pause) = verdict {
            prop_assert!(harmless || kind.side_effect() == SideEffect::None);
            prop_assert!(can_be_sent && number < Retry::MOST_ATTEMPTS);
            prop_assert!(pause < left && pause <= Retry::LONGEST_PAUSE);
            match kind.retry() {
                Retry::Never => prop_assert!(false, "{kind} does not pass"),
                Retry::After(asked) => {
                    prop_assert!(pause >= asked.min(Retry::LONGEST_PAUSE));
                }
                Retry::Backoff => {}
            }
        }
    }
}
