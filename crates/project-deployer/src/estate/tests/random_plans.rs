//! Random estates: what a plan says, what comes of it, and what the next plan says.

use fastrand::Rng;

use super::carried_out::carried_out;
use super::random::{document, estate, options, runs, with_bundles};
use super::secrets_of;
use crate::estate::document::Estate;
use crate::estate::export::ExportOptions;
use crate::estate::observed::{ObservedEstate, Reserved, Version};
use crate::estate::plan::{EstatePlan, PlanOptions};
use crate::estate::text::EstateFormat;
use project_deployer_store::Revision;

/// One run: three random files, one after the other, on one installation.
fn run(seed: u64) -> usize {
    let mut rng = Rng::with_seed(seed);
    let mut observed = with_bundles();
    let mut applied = 0;
    for _ in 0..3 {
        let estate = estate(&document(&mut rng));
        let (secrets, options) = (secrets_of(&estate), options(&mut rng));
        let plan = EstatePlan::of(&estate, &observed, &secrets, &options);
        if seed.is_multiple_of(8) {
            let shown = format!("{:?} {plan:?}", plan.changes().collect::<Vec<_>>());
            assert!(!shown.contains("canary"), "seed {seed}: R13: {shown}");
        }
        if plan.blockers().next().is_some() {
            continue;
        }
        applied += 1;
        let after = carried_out(&observed, &plan, &secrets);
        let again = EstatePlan::of(&estate, &after, &secrets, &options);
        let left: Vec<_> = again.changes().collect();
        assert!(
            left.is_empty(),
            "seed {seed}: {left:?}\nafter {:?}",
            plan.changes().collect::<Vec<_>>()
        );
        outdated(seed, &observed, &plan, |now| EstatePlan::of(&estate, now, &secrets, &options));
        observed = after;
    }
    // Formats are slow where nothing is optimized.
    if seed.is_multiple_of(8) {
        exported(seed, &observed);
    }
    applied
}

/// A plan notices that a document that it changes has another revision.
fn outdated(
    seed: u64,
    observed: &ObservedEstate,
    plan: &EstatePlan,
    plan_again: impl Fn(&ObservedEstate) -> EstatePlan,
) {
    let mut moved = observed.clone();
    let touch = |version: &mut Version| *version = Version::Revision(Revision(777));
    for step in plan.steps.iter().filter(|step| step.based_on.is_some()) {
        let id = &step.change.id;
        for seen in moved.infras.values_mut().filter_map(|seen| seen.settings.as_mut()) {
            if seen.value.id.as_str() == id {
                touch(&mut seen.version);
            }
        }
        for (_, seen) in moved.deployments.iter_mut().filter(|(known, _)| known.as_str() == id) {
            touch(&mut seen.settings.version);
        }
        let projects = moved.projects.iter_mut().filter(|(known, _)| known.as_str() == id);
        for seen in projects.filter_map(|(_, seen)| seen.settings.as_mut()) {
            touch(&mut seen.version);
        }
        if let Reserved::Seen(accounts) = &mut moved.accounts {
            let groups = accounts.groups.iter_mut().filter(|(known, _)| known.as_str() == id);
            groups.for_each(|(_, seen)| touch(&mut seen.version));
            let users = accounts.users.iter_mut().filter(|(known, _)| known.as_str() == id);
            users.for_each(|(_, seen)| touch(&mut seen.version));
        }
        if let Reserved::Seen(fleets) = &mut moved.fleets {
            let fleets = fleets.iter_mut().filter(|(known, _)| known.as_str() == id);
            fleets.for_each(|(_, seen)| touch(&mut seen.settings.version));
        }
        if let Reserved::Seen(windows) = &mut moved.windows {
            let sets = windows.sets.iter_mut().filter(|(known, _)| known.to_string() == *id);
            sets.for_each(|(_, seen)| touch(&mut seen.version));
        }
        if id.is_empty() {
            touch(&mut moved.stages.version);
        }
    }
    let again = plan_again(&moved);
    let rests_on_something = plan.steps.iter().any(|step| step.based_on.is_some());
    assert_eq!(!plan.basis.moved(&again.basis).is_empty(), rests_on_something, "seed {seed}");
    assert_eq!(plan.digest() != again.digest(), rests_on_something, "seed {seed}");
}

/// An export shows no difference, in any format.
fn exported(seed: u64, observed: &ObservedEstate) {
    let options = ExportOptions::default().with_hooks(true).with_variables(true).with_users(true);
    let estate = observed.export(&options).estate;
    let secrets = secrets_of(&estate);
    let plan = EstatePlan::of(&estate, observed, &secrets, &PlanOptions::default());
    let left: Vec<_> = plan.changes().collect();
    assert!(
        left.is_empty() && plan.blockers().next().is_none(),
        "seed {seed}: {left:?} {:?}",
        plan.notes
    );
    for format in [EstateFormat::Yaml, EstateFormat::Json, EstateFormat::Toml] {
        let text = estate.to_text(format).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let read = Estate::parse(&text, format);
        assert_eq!(read.as_ref(), Ok(&estate), "seed {seed}: {format:?}\n{text}");
    }
    let usual = observed.export(&ExportOptions::default()).estate;
    let text = usual.to_text(EstateFormat::Yaml).unwrap();
    assert!(!text.contains("canary"), "seed {seed}: R13: {text}");
}

#[test]
fn a_plan_that_was_carried_out_leaves_nothing_to_plan() {
    // F7, J6
    let applied: usize = (0..runs() / 3).map(run).sum();
    assert!(applied > 1_000, "only {applied} plans had no blockers");
}
