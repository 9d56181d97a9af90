//! What is asked of nodes before the first write, and what is set up after an activation.

use project_deployer_core::ProjectKey;
use project_deployer_core::bundle::{BundleContents, PublishedBundle};
use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::infra::InfraSettings;

use super::*;

fn has(known: &[CodeEnv]) -> NodeHas {
    NodeHas::new(Ok(known.to_vec()))
}

fn unknown() -> NodeHas {
    NodeHas::new(Err("the node does not report them".to_owned()))
}

#[test]
fn every_node_is_asked_for_what_the_bundle_needs_before_the_first_is_written_to() {
    // F6
    let node = |name: &str| PlannedNode { name: name.to_owned(), address: None };
    let plan = UpdatePlan { nodes: vec![node("a"), node("b")], ..full_plan() };
    let check = |node| Next::Take { node, step: Step::CheckNeeds, pause: Duration::ZERO };
    assert_eq!(next(&plan, &[]), check(0));
    let ended = |node, outcome| UpdateEvent::StepFinished {
        at: now(),
        node,
        step: Step::CheckNeeds,
        outcome,
    };
    let known = has(&[CodeEnv::new("py-prod", "PYTHON")]);
    let mut events = vec![ended(0, check_needs(&plan, &known))];
    assert_eq!(next(&plan, &events), check(1));
    events.push(UpdateEvent::StepStarted { at: now(), node: 1, step: Step::CheckNeeds });
    let asked = node_results(&plan, &events);
    assert!(asked.iter().all(|node| node.after == NodeAfter::NotReached), "{asked:?}");
    let mut passed = events.clone();
    passed.push(ended(1, check_needs(&plan, &unknown())));
    assert!(matches!(next(&plan, &passed), Next::Take { node: 0, step: Step::Inspect, .. }));
    events.push(ended(1, refused("there is no environment")));
    assert_eq!(next(&plan, &events), Next::Close(UpdateStatus::Failed));
    let cancel = UpdateEvent::CancelRequested { at: now(), by: "mina".parse().unwrap() };
    let after: Vec<_> = events.iter().cloned().chain([cancel.clone()]).collect();
    assert_eq!(next(&plan, &after), Next::Close(UpdateStatus::Failed), "it had failed before");
    events.insert(events.len() - 1, cancel);
    assert_eq!(next(&plan, &events), Next::Close(UpdateStatus::Aborted));
}

#[test]
fn what_a_missing_environment_means_is_said_by_the_settings() {
    // F6, R-A3
    let with = |mode: &str| {
        let mut plan = full_plan();
        let settings = json!({"codeEnvsBehavior": {"importTimeMode": mode}});
        plan.desired.container_settings = serde_json::from_value(settings).unwrap();
        plan
    };
    // The same name in another language is another environment.
    let known = has(&[CodeEnv::new("py-prod", "R")]);
    let outcome = |mode: &str| check_needs(&with(mode), &known);
    let text = "there is no PYTHON environment `py-prod`, which bundle v2 needs";
    for (mode, severity) in [("INSTALL_IF_MISS", Severity::Info), ("DO_NOTHING", Severity::Warning)]
    {
        let StepOutcome::Needs { missing_code_envs, messages } = outcome(mode) else { panic!() };
        assert_eq!(missing_code_envs, with(mode).needed_code_envs);
        assert_eq!(messages.max_severity(), Some(severity));
        assert!(messages.0[0].message.starts_with(text), "{messages:?}");
    }
    let failed = outcome("FAIL_IF_MISS");
    let StepOutcome::Failed { reason, retry_after_ms: None } = failed else { panic!("{failed:?}") };
    assert!(reason.starts_with(text), "{reason}");
}

#[test]
fn an_environment_that_the_manifest_does_not_list_stops_no_update() {
    // F6: its language and its use are guessed.
    let mut plan = full_plan();
    let settings = json!({"codeEnvsBehavior": {"importTimeMode": "FAIL_IF_MISS"}});
    plan.desired.container_settings = serde_json::from_value(settings).unwrap();
    plan.guessed_code_envs = plan.needed_code_envs.iter().cloned().collect();
    let StepOutcome::Needs { messages, .. } = check_needs(&plan, &has(&[])) else { panic!() };
    assert_eq!(messages.max_severity(), Some(Severity::Warning));
    let text =
        "there is no PYTHON environment `py-prod`, which bundle v2 may need: create it there";
    assert!(messages.0[0].message.starts_with(text), "{messages:?}");
    let listed = CodeEnv::new("listed", "PYTHON");
    plan.needed_code_envs.push(listed);
    let StepOutcome::Failed { reason, .. } = check_needs(&plan, &has(&[])) else { panic!() };
    assert!(reason.contains("`listed`") && !reason.contains("`py-prod`"), "{reason}");
}

#[test]
fn a_plan_of_an_earlier_version_lists_what_it_needs() {
    let mut document = serde_json::to_value(full_plan()).unwrap();
    assert!(document.get("guessedCodeEnvs").is_none());
    document["bundle"].as_object_mut().unwrap().remove("webapps");
    let plan: UpdatePlan = serde_json::from_value(document).unwrap();
    assert!(plan.guessed_code_envs.is_empty() && plan.bundle.webapps.is_none());
}

#[test]
fn what_an_earlier_version_did_not_read_of_a_bundle_is_unknown_and_not_absent() {
    // wire-facts 9.4, E7
    let mut infra = InfraSettings::new("prod".parse().unwrap(), "Production".parse().unwrap());
    let (id, key): (_, ProjectKey) = ("churn".parse().unwrap(), "CHURN".parse().unwrap());
    let creation =
        DeploymentCreation::new(id, key.clone(), infra.id.clone(), "v1".parse().unwrap());
    let deployment = DeploymentSettings::for_new(&creation, &infra);
    let contents = BundleContents::empty(key.clone(), "v1".parse().unwrap());
    let digest = serde_json::from_value(json!("0".repeat(64))).unwrap();
    let mut bundle =
        PublishedBundle::new(key, now(), "mina".parse().unwrap(), (digest, 1), contents);
    infra.merge_authorized_objects = true;
    let plan = |infra: &_, bundle: &_| {
        UpdatePlan::new(&deployment, infra, bundle, "mina".parse().unwrap()).findings
    };
    assert!(plan(&infra, &bundle).0.is_empty());
    bundle.contents.authorized_objects_unreadable = true;
    assert_eq!(plan(&infra, &bundle).max_severity(), Some(Severity::Warning));
    let mut document = serde_json::to_value(&bundle).unwrap();
    document["contents"].as_object_mut().unwrap().remove("contentsVersion");
    document["contents"].as_object_mut().unwrap().remove("authorizedObjectsUnreadable");
    let bundle: PublishedBundle = serde_json::from_value(document).unwrap();
    let found = plan(&infra, &bundle);
    assert_eq!(found.max_severity(), Some(Severity::Warning));
    assert!(found.0[0].message.contains("publish it again"), "{found:?}");
    infra.merge_authorized_objects = false;
    assert_eq!(plan(&infra, &bundle).max_severity(), Some(Severity::Info), "no update warns of it");
}

#[test]
fn a_project_that_has_to_be_deployed_first_is_a_warning_that_names_it() {
    // E7
    let mut plan = plan();
    plan.needed_projects = ["SALES".parse().unwrap()].into();
    let absent = vec!["SALES".parse().unwrap()];
    let outcome = check_needs(&plan, &has(&[]).without(absent.clone()));
    let events = [finished(Step::CheckNeeds, outcome)];
    assert!(matches!(next(&plan, &events), Next::Take { step: Step::Inspect, .. }), "it goes on");
    let log = lines(&plan, &events).join("\n");
    assert!(log.contains("there is no project SALES, whose objects bundle v2 uses"), "{log}");
    let StepOutcome::Needs { messages, .. } = check_needs(&plan, &unknown().without(absent)) else {
        panic!()
    };
    assert_eq!((messages.0.len(), messages.max_severity()), (2, Some(Severity::Warning)));
}

#[test]
fn webapps_get_their_user_after_the_activation_and_those_that_ran_restart() {
    // C7, R-S8: what ran is noted before the activation, so that a backend that does not come up is not forgotten.
    let mut node = Node::with_project();
    let (_, events) = run(&full_plan(), &mut node, []);
    assert!(!steps(&events).contains(&Step::RestartWebapps), "none ran");
    node.running_webapps = ["board".to_owned()].into();
    let (status, events) = run(&full_plan(), &mut node, []);
    assert_eq!(status, UpdateStatus::Success);
    let taken = steps(&events);
    let webapps =
        [Step::InspectWebapps, Step::Activate, Step::WriteVariables, Step::SetUpScenarios]
            .into_iter()
            .chain([Step::SetUpWebapps, Step::RestartWebapps, Step::MergeAuthorizedObjects])
            .chain([Step::Verify]);
    assert_eq!(taken[taken.len() - 8..], webapps.collect::<Vec<_>>());
    let log = lines(&full_plan(), &events).join("\n");
    assert!(log.contains("note which webapps run: to be restarted afterwards: board"), "{log}");
    let (_, events) = run(&plan(), &mut node, []);
    assert!(!steps(&events).contains(&Step::InspectWebapps), "nobody is imposed on them");
}

#[test]
fn a_restart_in_a_journal_of_an_earlier_version_left_no_webapp_down() {
    // R-S8: it ended as a step that is done, and said nothing of what runs.
    let mut node = Node::with_project();
    node.running_webapps = ["board".to_owned()].into();
    let plan = full_plan();
    let (_, events) = run(&plan, &mut node, []);
    let restart = |event: &UpdateEvent| match event {
        UpdateEvent::StepFinished { step, .. } => *step == Step::RestartWebapps,
        _ => false,
    };
    let end = events.iter().position(restart).unwrap();
    let done =
        matches!(&events[end], UpdateEvent::StepFinished { outcome: StepOutcome::Done { .. }, .. });
    assert!(done, "{:?}", events[end]);
    assert!(webapps_left_down(&events, &plan).is_empty());
    // One that was not done left them down.
    assert_eq!(webapps_left_down(&events[..end], &plan), [node.running_webapps]);
}
