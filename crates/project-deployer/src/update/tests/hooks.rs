use project_deployer_core::infra::HookPhase;

use super::*;
use crate::hooks::HookOutcome;

fn with_hooks(nodes: usize) -> UpdatePlan {
    let hook = |name: &str| {
        json!({"name": name, "timeoutSeconds": 60,
        "kind": {"type": "in-process", "hook": name}})
    };
    let mut plan = plan();
    plan.nodes = vec![plan.nodes[0].clone(); nodes];
    plan.hooks = serde_json::from_value(json!({
        "pre": [hook("a"), hook("b")], "post": [hook("c"), hook("d")], "onFailure": [hook("e")],
    }))
    .unwrap();
    plan
}

/// What happens to a hook: it has an outcome, or its process dies before that is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HookFate {
    Well,
    Warns,
    Fails,
    Dies,
    /// Somebody cancels while it runs.
    Cancelled,
}

#[derive(Debug, Default)]
struct Ran {
    hooks: Vec<(HookPhase, usize)>,
    /// What was written to nodes when a hook began.
    written_before: Vec<usize>,
}

/// Runs an update on well-behaved nodes, except that one step of one node fails. `fate` decides about each run of a
/// hook.
fn run(
    plan: &UpdatePlan,
    failing: Option<(usize, Step)>,
    mut fate: impl FnMut(HookPhase, usize, usize) -> HookFate,
) -> (UpdateStatus, Vec<UpdateEvent>, Ran) {
    let (mut events, mut ran) = (Vec::new(), Ran::default());
    let mut nodes = vec![Node::default(); plan.nodes.len()];
    let mut written = 0;
    for _ in 0..500 {
        match next(plan, &events) {
            Next::Close(status) => return (status, events, ran),
            Next::Take { node, step, .. } => {
                events.push(UpdateEvent::StepStarted { at: now(), node, step });
                let outcome = match failing {
                    Some(here) if here == (node, step) => refused("no"),
                    _ => nodes[node].take(step),
                };
                written += usize::from(!step.only_reads());
                events.push(UpdateEvent::StepFinished { at: now(), node, step, outcome });
            }
            Next::Hook { phase, index } => {
                ran.hooks.push((phase, index));
                ran.written_before.push(written);
                events.push(UpdateEvent::HookStarted { at: now(), phase, index });
                let earlier = ran.hooks.iter().filter(|it| **it == (phase, index)).count();
                let outcome = match fate(phase, index, earlier) {
                    HookFate::Dies => continue,
                    HookFate::Well => HookOutcome::success(""),
                    HookFate::Warns => HookOutcome::warning("late"),
                    HookFate::Fails => HookOutcome::error("frozen"),
                    HookFate::Cancelled => {
                        let by = "mina".parse().unwrap();
                        events.push(UpdateEvent::CancelRequested { at: now(), by });
                        HookOutcome::error("stopped")
                    }
                };
                events.push(UpdateEvent::HookFinished { at: now(), phase, index, outcome });
            }
        }
    }
    panic!("the update does not end: {events:?}");
}

#[test]
fn hooks_run_in_order_around_the_steps() {
    // H1
    let (status, _, ran) = run(&with_hooks(3), None, |_, _, _| HookFate::Well);
    use HookPhase::{Post, Pre};
    assert_eq!(status, UpdateStatus::Success);
    assert_eq!(ran.hooks, [(Pre, 0), (Pre, 1), (Post, 0), (Post, 1)]);
    assert_eq!(ran.written_before[..2], [0, 0]);
}

#[test]
fn every_step_and_every_hook_may_fail_on_one_and_on_three_nodes() {
    // H2, H4
    for nodes in [1, 3] {
        let plan = with_hooks(nodes);
        let steps = (0..nodes).flat_map(|node| Step::ALL.map(|step| Some((node, step))));
        for failing in steps.chain([None]) {
            for fate in [HookFate::Well, HookFate::Warns, HookFate::Fails, HookFate::Dies] {
                for at in [
                    (HookPhase::Pre, 0),
                    (HookPhase::Pre, 1),
                    (HookPhase::Post, 1),
                    (HookPhase::OnFailure, 0),
                ] {
                    holds(&plan, failing, at, fate);
                }
            }
        }
    }
}

fn holds(
    plan: &UpdatePlan,
    failing: Option<(usize, Step)>,
    at: (HookPhase, usize),
    fate: HookFate,
) {
    let case = format!("{failing:?} {at:?} {fate:?} {} nodes", plan.nodes.len());
    let (status, events, ran) =
        run(
            plan,
            failing,
            |phase, index, _| {
                if (phase, index) == at { fate } else { HookFate::Well }
            },
        );
    let count = |phase, index| ran.hooks.iter().filter(|it| **it == (phase, index)).count();
    let step_failed = events.iter().any(|event| {
        matches!(event, UpdateEvent::StepFinished { outcome: StepOutcome::Failed { .. }, .. })
    });
    let is_bad = matches!(fate, HookFate::Fails | HookFate::Dies);
    let pre_failed = at.0 == HookPhase::Pre && is_bad;
    if pre_failed {
        let began = events.iter().any(|event| matches!(event, UpdateEvent::StepStarted { .. }));
        assert!(!began, "a node was asked: {case}");
    }
    let failed = pre_failed || step_failed;
    assert_eq!(status == UpdateStatus::Failed, failed, "{case}: {status}");
    assert_eq!(count(HookPhase::OnFailure, 0), usize::from(failed), "{case}");
    assert_eq!(count(HookPhase::Post, 0), usize::from(!failed), "{case}");
    // A hook that died is run again with its key, except one after a failure.
    let again = if fate == HookFate::Dies && at.0 != HookPhase::OnFailure { 3 } else { 1 };
    if count(at.0, at.1) > 0 {
        assert_eq!(count(at.0, at.1), again, "{case}");
    }
    let reached = at.0 != HookPhase::OnFailure && count(at.0, at.1) > 0;
    if !failed {
        let warned = reached && fate != HookFate::Well;
        let expected = if warned { UpdateStatus::Warning } else { UpdateStatus::Success };
        assert_eq!(status, expected, "{case}");
    }
}

#[test]
fn a_hook_whose_end_is_recorded_never_runs_again() {
    // H5: it died twice, and the third run ended.
    let (status, events, ran) = run(&with_hooks(1), None, |phase, index, run| {
        let dies = (phase, index) == (HookPhase::Pre, 1) && run < 3;
        if dies { HookFate::Dies } else { HookFate::Well }
    });
    assert_eq!(status, UpdateStatus::Success);
    assert_eq!(ran.hooks.iter().filter(|it| **it == (HookPhase::Pre, 1)).count(), 3);
    assert_eq!(hook_failures(&with_hooks(1), &events), Vec::<String>::new());
}

#[test]
fn a_cancel_in_a_hook_ends_the_update_without_further_hooks() {
    // R-D14
    let cancel = |at| {
        move |phase, index, _| {
            if (phase, index) == at { HookFate::Cancelled } else { HookFate::Well }
        }
    };
    let plan = with_hooks(1);
    let (status, events, ran) = run(&plan, None, cancel((HookPhase::Pre, 0)));
    assert_eq!((status, ran.hooks.len()), (UpdateStatus::Aborted, 1));
    assert!(after_cancel(&plan, &events).unwrap().contains("nothing was written"));
    let (status, _, ran) = run(&plan, None, cancel((HookPhase::Post, 0)));
    assert_eq!(status, UpdateStatus::Warning, "every node was updated");
    assert!(!ran.hooks.contains(&(HookPhase::Post, 1)));
}

#[test]
fn a_cancel_after_a_failure_was_reported_leaves_it_failed() {
    // R-D14, H2
    let mut plan = with_hooks(1);
    plan.hooks.on_failure.push(plan.hooks.pre[0].clone());
    for failing in [Some((0, Step::Activate)), None] {
        let (status, events, ran) = run(&plan, failing, |phase, index, _| match (phase, index) {
            (HookPhase::OnFailure, 0) => HookFate::Cancelled,
            (HookPhase::Pre, 1) if failing.is_none() => HookFate::Fails,
            _ => HookFate::Well,
        });
        assert_eq!(status, UpdateStatus::Failed);
        assert!(!ran.hooks.contains(&(HookPhase::OnFailure, 1)), "no further hook");
        let text = after_cancel(&plan, &events).unwrap();
        assert!(text.contains("mina cancelled it after it had failed"), "{text}");
    }
}

#[test]
fn a_cancel_before_the_hook_after_a_failure_has_begun_leaves_it_failed() {
    // R-D14, H2: it waited for a slot. The journal says whether the failure or the cancel came first.
    let plan = with_hooks(1);
    for failing in [Some((0, Step::Activate)), None] {
        let (_, events, _) = run(&plan, failing, |phase, index, _| {
            let fails = failing.is_none() && (phase, index) == (HookPhase::Pre, 1);
            if fails { HookFate::Fails } else { HookFate::Well }
        });
        let is_hook = |event: &UpdateEvent| {
            matches!(event, UpdateEvent::HookStarted { phase: HookPhase::OnFailure, .. })
        };
        let waits = events.iter().position(is_hook).unwrap();
        let cancel = UpdateEvent::CancelRequested { at: now(), by: "mina".parse().unwrap() };
        let mut after = events[..waits].to_vec();
        after.push(cancel.clone());
        assert_eq!(next(&plan, &after), Next::Close(UpdateStatus::Failed), "{failing:?}");
        let text = after_cancel(&plan, &after).unwrap();
        assert!(text.contains("mina cancelled it after it had failed"), "{text}");
        // What ran at the cancel had not failed.
        let mut before = events[..waits - 1].to_vec();
        before.extend([cancel, events[waits - 1].clone()]);
        assert_eq!(next(&plan, &before), Next::Close(UpdateStatus::Aborted), "{failing:?}");
        assert!(after_cancel(&plan, &before).unwrap().contains("cancelled by mina"));
    }
}

#[test]
fn a_cancel_in_the_last_attempt_of_a_step_aborts_it_and_one_after_its_death_does_not() {
    // R-D14, R1
    let plan = with_hooks(1);
    let (step, node) = (Step::Inspect, 0);
    let mut events = Vec::new();
    for index in 0..2 {
        events.push(UpdateEvent::HookStarted { at: now(), phase: HookPhase::Pre, index });
        let outcome = HookOutcome::success("");
        events.push(UpdateEvent::HookFinished { at: now(), phase: HookPhase::Pre, index, outcome });
    }
    for attempt in 0..3 {
        if attempt > 0 {
            events.push(UpdateEvent::Resumed { at: now(), holder: "next".to_owned() });
        }
        events.push(UpdateEvent::StepStarted { at: now(), node, step });
    }
    let cancel = UpdateEvent::CancelRequested { at: now(), by: "mina".parse().unwrap() };
    let running: Vec<_> = events.iter().cloned().chain([cancel.clone()]).collect();
    assert_eq!(next(&plan, &running), Next::Close(UpdateStatus::Aborted));
    events.push(UpdateEvent::Resumed { at: now(), holder: "last".to_owned() });
    assert_eq!(next(&plan, &events), Next::Hook { phase: HookPhase::OnFailure, index: 0 });
    events.push(cancel);
    assert_eq!(next(&plan, &events), Next::Close(UpdateStatus::Failed));
}

#[test]
fn the_log_names_each_hook_and_what_it_said() {
    let plan = with_hooks(1);
    let (_, events, _) = run(&plan, None, |phase, index, _| {
        if (phase, index) == (HookPhase::Pre, 1) { HookFate::Fails } else { HookFate::Well }
    });
    let text = lines(&plan, &events).join("\n");
    assert!(text.contains("pre hook `a`: done"), "{text}");
    assert!(text.contains("pre hook `b`: failed: frozen"), "{text}");
    let failures = hook_failures(&plan, &events);
    assert_eq!(failures, ["pre hook `b` failed, and nothing was written to a node: frozen"]);
}
