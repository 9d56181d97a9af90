use std::collections::BTreeSet;
use std::time::Duration;

use project_deployer_core::infra::PermissionsPropagationPolicy;
use project_deployer_core::messages::{InfoMessage, InfoMessages, Severity};
use project_deployer_core::node::{AuthorizedObjects, CodeEnv, Dropped, Scenario};
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::sync::FieldDifference;
use project_deployer_core::{BundleId, Timestamp};
use serde_json::json;

use super::*;

mod cancel;
mod failures;
mod hooks;
mod needs;
mod random;
mod stalled;
mod windows;

fn plan() -> UpdatePlan {
    serde_json::from_value(json!({
        "deployment": "churn-prod", "infra": "prod", "nodes": [{"name": "auto-1", "address": null}],
        "bundle": {"id": "v2", "digest": "0".repeat(64), "projectKey": "CHURN",
            "projectName": null, "scenarios": ["NIGHTLY", "ADHOC"], "permissions": []},
        "projectKey": "CHURN", "folder": null,
        "desired": {"bundleId": "v2", "containerSettings": {}, "localVariables": {"a": 1},
            "scenarios": {"NIGHTLY": true}, "allTriggersOff": false, "scenariosRunAs": null},
        "permissionsPropagation": "ALL", "requester": "mina", "acting": "mina", "findings": {"messages": []}
    }))
    .unwrap()
}

/// A simplified node: only what the order of steps depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    view: NodeView,
    creations: u32,
    imports: u32,
    activations: u32,
    others: Vec<Step>,
    running_webapps: BTreeSet<String>,
    /// Running steps, each with the number of inspections before its effect is visible.
    late: Vec<(Step, u32)>,
}

impl Node {
    fn with_project() -> Self {
        let active = Some(BundleId::parse("v1").unwrap());
        Self { view: NodeView { exists: true, imported: false, active }, ..Self::default() }
    }

    fn land(&mut self) {
        for (step, inspections) in std::mem::take(&mut self.late) {
            match inspections.checked_sub(1) {
                Some(inspections) => self.late.push((step, inspections)),
                None => {
                    self.take(step);
                }
            }
        }
    }

    fn take(&mut self, step: Step) -> StepOutcome {
        match step {
            Step::Inspect => {
                self.land();
                return StepOutcome::Seen { view: self.view.clone() };
            }
            Step::CheckNeeds => {
                let (missing_code_envs, messages) = (Vec::new(), InfoMessages::default());
                return StepOutcome::Needs { missing_code_envs, messages };
            }
            Step::InspectWebapps => {
                return StepOutcome::Webapps {
                    running: self.running_webapps.clone(),
                    down: BTreeSet::new(),
                    messages: InfoMessages::default(),
                };
            }
            Step::Verify => {
                return StepOutcome::Compared { differences: Vec::new(), unknown: None };
            }
            Step::CreateFromBundle | Step::CreateEmpty if self.view.exists => {
                return refused("it exists");
            }
            Step::CreateFromBundle => {
                (self.view.exists, self.view.imported) = (true, true);
                self.creations += 1;
            }
            Step::CreateEmpty => {
                self.view.exists = true;
                self.creations += 1;
            }
            Step::Import if self.view.imported => return refused("it is imported"),
            Step::Import => {
                self.view.imported = true;
                self.imports += 1;
            }
            Step::Activate => {
                self.view.active = Some(BundleId::parse("v2").unwrap());
                self.activations += 1;
            }
            other => self.others.push(other),
        }
        StepOutcome::done()
    }
}

fn refused(reason: &str) -> StepOutcome {
    StepOutcome::Failed { reason: reason.to_owned(), retry_after_ms: None }
}

/// The fate of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Well,
    /// No effect, may be retried.
    Busy,
    /// No effect, and the reply is lost.
    LostBefore,
    /// The effect is there, and the reply is lost.
    LostAfter,
    /// The reply is lost, and the effect is visible after two inspections.
    LandsLate,
    /// The process dies before the call; another one resumes.
    DiesBefore,
    /// The process dies after the call; another one resumes.
    DiesAfter,
}

fn now() -> Timestamp {
    Timestamp::from_millis(0)
}

/// Runs an update to its end, each step under the next fate.
fn run(
    plan: &UpdatePlan,
    node: &mut Node,
    fates: impl IntoIterator<Item = Fate>,
) -> (UpdateStatus, Vec<UpdateEvent>) {
    let mut fates = fates.into_iter();
    let mut events = vec![UpdateEvent::Started { at: now(), plan: Box::new(plan.clone()) }];
    for _ in 0..200 {
        let step = match next(plan, &events) {
            Next::Close(status) => return (status, events),
            Next::Take { node: 0, step, .. } => step,
            other => panic!("the plan has one node and no hook: {other:?}"),
        };
        events.push(UpdateEvent::StepStarted { at: now(), node: 0, step });
        let lost = || StepOutcome::Ambiguous { reason: "lost".to_owned(), retry_after_ms: Some(5) };
        let busy = StepOutcome::Failed { reason: "busy".to_owned(), retry_after_ms: Some(5) };
        let outcome = match fates.next().unwrap_or(Fate::Well) {
            Fate::Well => Some(node.take(step)),
            // A step that only reads has no unknown effect.
            Fate::Busy => Some(busy),
            Fate::LostBefore | Fate::LostAfter | Fate::LandsLate if step.only_reads() => Some(busy),
            Fate::LandsLate => {
                node.late.push((step, 2));
                Some(lost())
            }
            Fate::LostBefore => Some(lost()),
            Fate::LostAfter => {
                node.take(step);
                Some(lost())
            }
            Fate::DiesBefore => None,
            Fate::DiesAfter => {
                node.take(step);
                None
            }
        };
        events.extend(outcome.map(|outcome| finished(step, outcome)));
    }
    panic!("the update does not end: {:?}", lines(plan, &events));
}

fn finished(step: Step, outcome: StepOutcome) -> UpdateEvent {
    UpdateEvent::StepFinished { at: now(), node: 0, step, outcome }
}

fn steps(events: &[UpdateEvent]) -> Vec<Step> {
    let step = |event: &UpdateEvent| match event {
        UpdateEvent::StepStarted { step, .. } => Some(*step),
        _ => None,
    };
    events.iter().filter_map(step).collect()
}

#[test]
fn a_first_update_creates_the_project_from_the_bundle() {
    let mut node = Node::default();
    let (status, events) = run(&plan(), &mut node, []);
    assert_eq!(status, UpdateStatus::Success);
    assert_eq!(
        steps(&events),
        [
            Step::Inspect,
            Step::CreateFromBundle,
            Step::ApplyPermissions,
            Step::WriteContainerSettings,
            Step::Preload,
            Step::Activate,
            Step::WriteVariables,
            Step::SetUpScenarios,
            Step::Verify
        ]
    );
}

/// A plan with every step that a plan can have.
fn full_plan() -> UpdatePlan {
    let mut plan = plan();
    plan.desired.webapps_run_as = Some("runner".parse().unwrap());
    plan.desired.authorized_objects = Some(AuthorizedObjects::new(vec![json!({"objectId": "a"})]));
    plan.needed_code_envs = vec![CodeEnv::new("py-prod", "PYTHON")];
    plan
}

#[test]
fn another_key_takes_an_empty_project_and_an_import() {
    // No public call sets the key when a project is created from a bundle.
    let plan = UpdatePlan { project_key: "CHURN_PROD".parse().unwrap(), ..plan() };
    let (status, events) = run(&plan, &mut Node::default(), []);
    assert_eq!(status, UpdateStatus::Success);
    let first = [Step::Inspect, Step::CreateEmpty, Step::ApplyPermissions, Step::Import];
    assert_eq!(steps(&events)[..4], first);
}

#[test]
fn a_project_that_is_there_keeps_its_permissions() {
    // R-S1
    let (_, events) = run(&plan(), &mut Node::with_project(), []);
    assert_eq!(steps(&events)[..2], [Step::Inspect, Step::Import]);
    assert!(!steps(&events).contains(&Step::ApplyPermissions));
}

#[test]
fn nothing_is_written_that_was_not_asked_for() {
    let mut plan = plan();
    plan.desired.local_variables = Default::default();
    plan.desired.scenarios.clear();
    plan.permissions_propagation = PermissionsPropagationPolicy::None;
    let (_, events) = run(&plan, &mut Node::default(), []);
    for step in [Step::WriteVariables, Step::SetUpScenarios, Step::ApplyPermissions] {
        assert!(!steps(&events).contains(&step), "{step}");
    }
}

#[test]
fn a_refused_step_ends_the_update_and_leaves_later_nodes_alone() {
    let node = |name: &str| PlannedNode { name: name.to_owned(), address: None };
    let plan = UpdatePlan { nodes: vec![node("a"), node("b")], ..plan() };
    let mut events = vec![finished(Step::Inspect, StepOutcome::Seen { view: NodeView::default() })];
    events.push(UpdateEvent::StepStarted { at: now(), node: 0, step: Step::CreateFromBundle });
    events.push(finished(Step::CreateFromBundle, refused("no right")));
    assert_eq!(next(&plan, &events), Next::Close(UpdateStatus::Failed));
}

#[test]
fn a_busy_node_is_asked_again_after_the_pause_it_wants_and_three_times_at_most() {
    // R7
    let busy = StepOutcome::Failed { reason: "busy".to_owned(), retry_after_ms: Some(1500) };
    let mut events = Vec::new();
    for try_number in 1..=3 {
        events.push(UpdateEvent::StepStarted { at: now(), node: 0, step: Step::Inspect });
        events.push(finished(Step::Inspect, busy.clone()));
        let expected = match try_number {
            3 => Next::Close(UpdateStatus::Failed),
            _ => Next::Take { node: 0, step: Step::Inspect, pause: Duration::from_millis(1500) },
        };
        assert_eq!(next(&plan(), &events), expected);
    }
}

#[test]
fn what_may_not_be_repeated_is_not_repeated_but_counts_when_it_got_through() {
    // R7: a user on the node stopped it, or its end is unknown.
    for (lands, expected) in [(false, UpdateStatus::Failed), (true, UpdateStatus::Success)] {
        let mut node = Node::default();
        let mut events = Vec::new();
        let status = loop {
            let step = match next(&plan(), &events) {
                Next::Close(status) => break status,
                Next::Take { step, .. } => step,
                hook @ Next::Hook { .. } => panic!("the plan has no {hook:?}"),
            };
            events.push(UpdateEvent::StepStarted { at: now(), node: 0, step });
            let outcome = if step == Step::Activate {
                if lands {
                    node.take(step);
                }
                StepOutcome::Ambiguous { reason: "stopped".to_owned(), retry_after_ms: None }
            } else {
                node.take(step)
            };
            events.push(finished(step, outcome));
        };
        assert_eq!(status, expected);
        assert_eq!(steps(&events).iter().filter(|step| **step == Step::Activate).count(), 1);
    }
}

#[test]
fn a_project_that_was_made_without_its_bundle_gets_the_bundle() {
    // The node created the project, and its import failed before either was reported.
    let lost = StepOutcome::Ambiguous { reason: "lost".to_owned(), retry_after_ms: Some(0) };
    let half = NodeView { exists: true, ..NodeView::default() };
    let mut events = vec![finished(Step::Inspect, StepOutcome::Seen { view: NodeView::default() })];
    events.push(finished(Step::CreateFromBundle, lost));
    let inspected = finished(Step::Inspect, StepOutcome::Seen { view: half });
    events.extend(vec![inspected; 4]);
    let next_step = next(&plan(), &events);
    assert!(matches!(next_step, Next::Take { step: Step::ApplyPermissions, .. }), "{next_step:?}");
    events.push(finished(Step::ApplyPermissions, StepOutcome::done()));
    let next_step = next(&plan(), &events);
    assert!(matches!(next_step, Next::Take { step: Step::Import, .. }), "{next_step:?}");
}

#[test]
fn a_difference_after_the_update_is_no_success() {
    // R6: a node may drop a change and answer 200.
    let mut node = Node::default();
    let (_, mut events) = run(&plan(), &mut node, []);
    events.pop();
    let difference = FieldDifference::new("bundleId", "v2", "v1");
    let outcome = StepOutcome::Compared { differences: vec![difference], unknown: None };
    events.push(finished(Step::Verify, outcome));
    assert_eq!(next(&plan(), &events), Next::Close(UpdateStatus::Failed));
}

#[test]
fn what_a_node_does_not_tell_is_no_plain_success() {
    // R6: this is the result of an activation without effect.
    let (_, mut events) = run(&plan(), &mut Node::default(), []);
    events.pop();
    let unknown = Some("the node does not report which bundle is active".to_owned());
    let outcome = StepOutcome::Compared { differences: Vec::new(), unknown };
    events.push(finished(Step::Verify, outcome));
    assert_eq!(next(&plan(), &events), Next::Close(UpdateStatus::Warning));
}

#[test]
fn warnings_and_dropped_users_make_a_warning() {
    // R-S4
    let message = InfoMessage::new(Severity::Warning, "WARN_ENV", "Env", "old packages");
    let warned =
        StepOutcome::Done { messages: InfoMessages(vec![message]), dropped: Dropped::default() };
    let dropped = Dropped::default()
        .with_users(["ghost".parse().unwrap()].into())
        .with_groups(Default::default());
    let ignored = StepOutcome::Done { messages: InfoMessages::default(), dropped };
    for (step, outcome) in [(Step::Preload, warned), (Step::ApplyPermissions, ignored)] {
        let (_, mut events) = run(&plan(), &mut Node::default(), []);
        for event in &mut events {
            if let UpdateEvent::StepFinished { step: found, outcome: old, .. } = event
                && *found == step
            {
                *old = outcome.clone();
            }
        }
        assert_eq!(next(&plan(), &events), Next::Close(UpdateStatus::Warning), "{step}");
        let log = lines(&plan(), &events).join("\n");
        assert!(log.contains("old packages") || log.contains("ignored: ghost"), "{log}");
    }
}

#[test]
fn triggers_stay_off_until_the_run_as_user_is_set() {
    // R-S8
    let mut plan = plan();
    assert_eq!(plan.triggers_at_activation(), [("NIGHTLY".to_owned(), true)].into());
    plan.desired.scenarios_run_as = Some("runner".parse().unwrap());
    assert!(plan.triggers_at_activation().is_empty());
    plan.desired.all_triggers_off = true;
    let off = [("ADHOC".to_owned(), false), ("NIGHTLY".to_owned(), false)];
    assert_eq!(plan.triggers_at_activation(), off.into());
}

#[test]
fn only_what_differs_of_a_scenario_is_changed() {
    // R-D8, R-S8
    let mut plan = plan();
    let scenario = |id: &str, active| Scenario::new(id, "").with_active(active);
    assert_eq!(plan.change_of(&scenario("NIGHTLY", true)), None);
    assert_eq!(plan.change_of(&scenario("ADHOC", true)), None, "left alone");
    assert_eq!(plan.change_of(&scenario("NIGHTLY", false)).unwrap().active, Some(true));
    plan.desired.scenarios_run_as = Some("runner".parse().unwrap());
    let change = plan.change_of(&scenario("ADHOC", true)).unwrap();
    assert_eq!((change.active, change.run_as_user.unwrap().as_str()), (None, "runner"));
    let set = scenario("ADHOC", true).with_run_as_user(Some("runner".to_owned()));
    assert_eq!(plan.change_of(&set), None);
}
