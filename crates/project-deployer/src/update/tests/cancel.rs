//! An update that is cancelled before, during and after each of its steps.

use super::*;

/// When the cancel arrives, relative to a step.
#[derive(Debug, Clone, Copy)]
enum When {
    Before,
    During,
    /// The process dies right after the cancel, and another one goes on.
    DuringAndDies,
}

/// What the node makes of the step that runs when the cancel arrives.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Well,
    /// Its reply is lost, and it had its effect.
    Landed,
    /// Its reply is lost, and it had none.
    Lost,
    /// The node is silent from now on; the step had its effect.
    SilentLanded,
    /// The node is silent from now on; the step had no effect.
    Silent,
}

impl Fate {
    fn has_effect(self) -> bool {
        matches!(self, Self::Well | Self::Landed | Self::SilentLanded)
    }

    fn is_silent(self) -> bool {
        matches!(self, Self::Silent | Self::SilentLanded)
    }
}

fn cancelled() -> UpdateEvent {
    UpdateEvent::CancelRequested { at: now(), by: "mina".parse().unwrap() }
}

fn no_answer(step: Step) -> StepOutcome {
    let reason = "cancelled".to_owned();
    match step.only_reads() {
        true => StepOutcome::Failed { reason, retry_after_ms: None },
        false => StepOutcome::Ambiguous { reason, retry_after_ms: None },
    }
}

/// Runs an update that is cancelled at its step of this number. Returns its status and its journal; the steps after
/// the cancel are those behind its entry.
fn run_cancelled(
    plan: &UpdatePlan,
    node: &mut Node,
    number: usize,
    when: When,
    fate: Fate,
) -> (UpdateStatus, Vec<UpdateEvent>) {
    let mut events = vec![UpdateEvent::Started { at: now(), plan: Box::new(plan.clone()) }];
    let mut silent = false;
    for count in 0..100 {
        if count == number && matches!(when, When::Before) {
            events.push(cancelled());
            silent = fate.is_silent();
        }
        let step = match next(plan, &events) {
            Next::Close(status) => return (status, events),
            Next::Take { step, .. } => step,
            hook @ Next::Hook { .. } => panic!("the plan has no {hook:?}"),
        };
        events.push(UpdateEvent::StepStarted { at: now(), node: 0, step });
        let hit = count == number && !matches!(when, When::Before);
        if hit {
            events.push(cancelled());
        }
        let outcome = match hit {
            true => {
                let done = if fate.has_effect() { Some(node.take(step)) } else { None };
                silent = fate.is_silent();
                match (fate, done) {
                    (Fate::Well, Some(done)) => done,
                    _ => no_answer(step),
                }
            }
            false if silent => no_answer(step),
            false => node.take(step),
        };
        if !(hit && matches!(when, When::DuringAndDies)) {
            events.push(finished(step, outcome));
        }
    }
    panic!("the update does not end: {:?}", lines(plan, &events));
}

fn each_case(mut check: impl FnMut(&UpdatePlan, &Node, usize, When, Fate)) {
    let other_key = UpdatePlan { project_key: "CHURN_PROD".parse().unwrap(), ..plan() };
    for plan in [plan(), other_key] {
        for start in [Node::default(), Node::with_project()] {
            for number in 0..11 {
                for when in [When::Before, When::During, When::DuringAndDies] {
                    for fate in
                        [Fate::Well, Fate::Landed, Fate::Lost, Fate::SilentLanded, Fate::Silent]
                    {
                        check(&plan, &start, number, when, fate);
                    }
                }
            }
        }
    }
}

#[test]
fn a_cancel_at_any_step_ends_the_update_and_an_aborted_one_left_the_old_bundle_active() {
    // R4
    let mut statuses = std::collections::BTreeSet::new();
    each_case(|plan, start, number, when, fate| {
        let mut node = start.clone();
        let (status, events) = run_cancelled(plan, &mut node, number, when, fate);
        let case = format!("{number} {when:?} {fate:?}");
        statuses.insert(status);
        let seen_to_the_end = !fate.is_silent();
        if status == UpdateStatus::Aborted && seen_to_the_end {
            assert_eq!(node.activations, 0, "{case} {:#?}", lines(plan, &events));
            assert_eq!(node.view.active, start.view.active, "{case}");
        }
        if status == UpdateStatus::Success {
            assert_eq!(node.activations, 1, "{case}");
            assert!(node.others.contains(&Step::SetUpScenarios), "{case}: a half configured node");
        }
        assert!(node.creations + node.imports <= 2 && node.activations <= 1, "{case}: done twice");
    });
    use UpdateStatus::{Aborted, Failed, Success};
    assert_eq!(statuses, [Success, Aborted, Failed].into());
}

#[test]
fn after_a_cancel_no_write_begins_unless_it_is_too_late_or_a_new_project_lacks_its_permissions() {
    each_case(|plan, start, number, when, fate| {
        let mut node = start.clone();
        let (_, events) = run_cancelled(plan, &mut node, number, when, fate);
        let after = events.iter().position(|it| matches!(it, UpdateEvent::CancelRequested { .. }));
        let Some(after) = after else { return };
        let has_activated = NodeProgress::read(plan, &events, 0).has_activated();
        let written = steps(&events[after..]).into_iter().filter(|step| !step.only_reads());
        for step in written.filter(|_| !has_activated) {
            assert_eq!(step, Step::ApplyPermissions, "{number} {when:?} {fate:?}");
            assert_ne!(plan.project_key, plan.bundle.project_key, "the node has granted them");
        }
    });
}

#[test]
fn the_text_of_a_cancel_tells_what_the_node_has() {
    // R6
    each_case(|plan, start, number, when, fate| {
        let mut node = start.clone();
        let (status, events) = run_cancelled(plan, &mut node, number, when, fate);
        let Some(text) = after_cancel(plan, &events) else {
            assert_eq!(status, UpdateStatus::Success, "it had ended before");
            return;
        };
        let case = format!("{number} {when:?} {fate:?}: {text}");
        let is_unchanged = (node.creations, node.imports, node.activations) == (0, 0, 0);
        match status {
            UpdateStatus::Success => assert!(text.contains("too late"), "{case}"),
            _ if text.contains("unknown on node") => assert!(fate.is_silent(), "{case}"),
            UpdateStatus::Failed => assert!(text.contains("set-up is incomplete"), "{case}"),
            _ if text.contains("nothing was written") => {
                assert!(is_unchanged && node.others.is_empty(), "{case}");
            }
            _ => assert!(text.contains("done: ") && text.contains("not done: activate"), "{case}"),
        }
        if status == UpdateStatus::Aborted && start.view.exists && !fate.is_silent() && number > 0 {
            let shows_old = text.contains("v1 is still active");
            assert!(shows_old || events.len() < 4, "{case}");
        }
    });
}

#[test]
fn later_nodes_are_not_begun_and_the_text_names_each() {
    let node = |name: &str| PlannedNode { name: name.to_owned(), address: None };
    let both = UpdatePlan { nodes: vec![node("a"), node("b")], ..plan() };
    let (_, mut events) = run(&plan(), &mut Node::default(), []);
    assert!(matches!(next(&both, &events), Next::Take { node: 1, .. }));
    events.push(cancelled());
    assert_eq!(next(&both, &events), Next::Close(UpdateStatus::Aborted));
    let text = after_cancel(&both, &events).unwrap();
    let expected = "cancelled by mina; a: updated, bundle v2 is active; b: nothing was written";
    assert_eq!(text, expected);
}

#[test]
fn a_cancel_is_written_into_the_journal_as_other_entries_are() {
    let events = vec![cancelled(), cancelled()];
    let written = serde_json::to_value(&events).unwrap();
    assert_eq!(written[0]["event"], "cancel-requested");
    assert_eq!(serde_json::from_value::<Vec<UpdateEvent>>(written).unwrap(), events);
    assert_eq!(cancelled_by(&events).unwrap().as_str(), "mina");
}
