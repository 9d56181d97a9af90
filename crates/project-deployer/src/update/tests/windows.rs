//! B5: an update whose turn comes after windows have closed.

use project_deployer_core::infra::HookPhase;

use super::*;
use crate::update::broken_off;
use crate::update::windows::{asks_windows, refused_by_windows};

fn now() -> Timestamp {
    Timestamp::from_millis(1)
}

fn queued() -> UpdateEvent {
    UpdateEvent::Queued { at: now(), position: 1, node: None }
}

fn outside(break_glass: Option<&str>) -> UpdateEvent {
    let (refused, break_glass) = ("`nights` is over".to_owned(), break_glass.map(str::to_owned));
    UpdateEvent::OutsideWindow { at: now(), refused, break_glass }
}

fn resumed() -> UpdateEvent {
    UpdateEvent::Resumed { at: now(), holder: "next".to_owned() }
}

#[test]
fn windows_are_asked_once_more_only_where_an_update_has_waited_and_begun_nothing() {
    let step = UpdateEvent::StepStarted { at: now(), node: 0, step: Step::CheckNeeds };
    let hook = UpdateEvent::HookStarted { at: now(), phase: HookPhase::Pre, index: 0 };
    let cancel = UpdateEvent::CancelRequested { at: now(), by: "mina".parse().unwrap() };
    let plan = UpdatePlan { asks_windows: true, ..plan() };
    let asks = |events: &[UpdateEvent]| asks_windows(&plan, events);
    assert!(asks(&[queued()]));
    assert!(asks(&[queued(), resumed()]), "in the next process as well");
    assert!(asks(&[queued(), resumed(), queued()]));
    assert!(!asks(&[]), "windows allowed it a moment ago");
    assert!(!asks(&[resumed()]), "it ran, and goes to its end");
    for settled in [step, hook, cancel, outside(None), outside(Some("urgent"))] {
        assert!(!asks(&[queued(), settled.clone()]), "{settled:?}");
        assert!(!asks(&[queued(), settled.clone(), resumed()]), "{settled:?}");
    }
}

#[test]
fn windows_are_not_asked_once_more_of_an_update_that_an_earlier_version_began() {
    // B5: its plan does not say whether the glass was broken for it.
    let mut written = serde_json::to_value(plan()).unwrap();
    assert_eq!(written.get("asksWindows"), None);
    let earlier: UpdatePlan = serde_json::from_value(written.clone()).unwrap();
    assert!(!asks_windows(&earlier, &[queued(), resumed()]));
    written["asksWindows"] = true.into();
    let present: UpdatePlan = serde_json::from_value(written).unwrap();
    assert!(asks_windows(&present, &[queued(), resumed()]));
}

#[test]
fn an_update_outside_its_windows_ends_before_its_first_step_in_every_process() {
    let events = [queued(), outside(None)];
    let cancel = UpdateEvent::CancelRequested { at: now(), by: "mina".parse().unwrap() };
    let aborted = Next::Close(UpdateStatus::Aborted);
    for later in [vec![], vec![resumed()], vec![cancel], vec![resumed(), queued()]] {
        let events = [&events[..], &later].concat();
        assert_eq!(next(&full_plan(), &events), aborted, "{later:?}");
    }
    let reason = refused_by_windows(&events).unwrap();
    assert!(reason.starts_with("outside-window: ") && reason.ends_with("`nights` is over"));
    let results = node_results(&plan(), &events);
    assert_eq!(results[0].after, NodeAfter::NotReached);
}

#[test]
fn an_update_that_breaks_the_glass_goes_on_and_says_why() {
    let events = [queued(), outside(Some("urgent"))];
    assert_eq!(next(&plan(), &events), next(&plan(), &[]));
    assert_eq!(refused_by_windows(&events), None);
    let log = lines(&plan(), &events);
    assert!(log[1].ends_with("the glass is broken: urgent"), "{log:?}");
}

#[test]
fn an_update_that_nobody_goes_on_with_is_aborted_where_windows_refused_or_somebody_cancelled_it() {
    // B5, R6
    let started = UpdateEvent::Started { at: now(), plan: Box::new(plan()) };
    let cancel = UpdateEvent::CancelRequested { at: now(), by: "mina".parse().unwrap() };
    let end = |events: &[UpdateEvent], is_whole| {
        let events = [std::slice::from_ref(&started), events].concat();
        broken_off(&events, is_whole, "it panicked")
    };
    let failed = (UpdateStatus::Failed, "it panicked".to_owned());
    for is_whole in [true, false] {
        assert_eq!(end(&[queued()], is_whole), failed);
        assert_eq!(end(&[queued(), outside(Some("urgent"))], is_whole), failed);
        let (status, reason) = end(&[queued(), outside(None)], is_whole);
        assert_eq!(status, UpdateStatus::Aborted);
        assert!(reason.starts_with("outside-window: "), "{reason}");
        assert!(reason.ends_with("; it panicked"), "{reason}");
        let (status, reason) = end(std::slice::from_ref(&cancel), is_whole);
        assert_eq!(status, UpdateStatus::Aborted);
        assert!(reason.starts_with("it panicked; cancelled by mina"), "{reason}");
        assert_eq!(reason.contains("nothing was written"), is_whole, "{reason}");
    }
}

#[test]
fn the_entry_is_written_and_read_as_it_is() {
    let written = serde_json::to_value(outside(Some("urgent"))).unwrap();
    let expected = json!({
        "event": "outside-window", "at": now(), "refused": "`nights` is over", "breakGlass": "urgent"
    });
    assert_eq!(written, expected);
    assert_eq!(serde_json::from_value::<UpdateEvent>(written).unwrap(), outside(Some("urgent")));
}
