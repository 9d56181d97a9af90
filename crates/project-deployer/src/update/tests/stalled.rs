use std::time::Duration;

use super::*;

fn started(at: i64, step: Step) -> UpdateEvent {
    UpdateEvent::StepStarted { at: Timestamp::from_millis(at), node: 0, step }
}

#[test]
fn a_step_is_stalled_only_after_its_expected_time_and_while_it_runs() {
    for step in Step::ALL {
        let limit = i64::try_from(step.expected_time().as_millis()).unwrap();
        let events = [started(5, step)];
        let at = |millis| stalled(&plan(), &events, Timestamp::from_millis(millis));
        assert_eq!(at(5), None, "{step}");
        assert_eq!(at(5 + limit), None, "{step}");
        assert_eq!(at(0), None, "{step}: a clock that went back");
        let found = at(6 + limit).unwrap();
        assert_eq!((found.step, found.since.as_millis()), (step, 5));
        assert_eq!(found.runs_for, step.expected_time() + Duration::from_millis(1));
        assert!(found.to_string().starts_with("auto-1: stalled: "), "{found}");
    }
}

#[test]
fn logs_of_a_step_that_still_runs_do_not_hide_that_it_is_stalled() {
    // Earlier versions wrote them before the end of the step.
    let (of, name, text) = ("py".to_owned(), "a".to_owned(), "x".to_owned());
    let log = StepLog { of, name, text, cut: false };
    let at = Timestamp::from_millis(2);
    let log = UpdateEvent::StepLog { at, node: 0, step: Step::Preload, log };
    let late = Timestamp::from_millis(i64::MAX);
    assert!(stalled(&plan(), &[started(1, Step::Preload), log], late).is_some());
}

#[test]
fn an_update_that_waits_or_has_ended_is_not_stalled() {
    let late = Timestamp::from_millis(i64::MAX);
    let at = Timestamp::from_millis(1);
    let ended = UpdateEvent::Closed { at, status: UpdateStatus::Failed, reason: None };
    let queued = UpdateEvent::Queued { at, position: 1, node: None };
    for last in [ended, queued] {
        assert_eq!(stalled(&plan(), &[started(1, Step::Inspect), last], late), None);
    }
    assert_eq!(stalled(&plan(), &[], late), None);
}
