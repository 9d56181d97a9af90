//! Windows of a file that moves protection from one place to another.

use project_deployer_core::InfraId;

use super::carried_out::step_of;
use super::plans::{blockers, having, plan, pruning};
use super::windows::{NEW, seen};
use super::{parsed, secrets_of, yaml};
use crate::estate::observed::{ObservedEstate, Reserved};
use crate::estate::plan::{EstateKind, EstatePlan, PlanOptions};
use crate::maintenance::MaintenanceScope;
use crate::windows::decide;

fn actions(plan: &EstatePlan) -> String {
    let changes = plan.changes().map(|it| format!("{} {}", it.action, it.id));
    changes.collect::<Vec<_>>().join(", ")
}

/// An infrastructure `prod` of a stage, and windows.
fn prod(stage: &str, windows: &str) -> String {
    format!("{{version: 1, infrastructures: [{{id: prod, stage: {stage}}}], windows: [{windows}]}}")
}

/// Whether windows refuse updates of `prod`.
fn is_shut(observed: &ObservedEstate) -> bool {
    let Reserved::Seen(seen) = &observed.windows else { panic!("windows are read") };
    let id: InfraId = parsed("prod");
    let infra = &observed.infras[&id].settings.as_ref().unwrap().value;
    let scopes = MaintenanceScope::all_of(infra).into_iter();
    let sets: Vec<_> =
        scopes.filter_map(|scope| seen.sets.get(&scope)).map(|set| &set.value).collect();
    decide(sets, seen.now).refusal().is_some()
}

#[test]
fn a_file_that_moves_protection_leaves_no_moment_without_it() {
    // B5, J6: wherever its application stops.
    let freeze = |scope: &str| format!("{{scope: {scope}, name: freeze, {NEW}}}");
    let other = |scope: &str| format!("{{scope: {scope}, name: other, {NEW}}}");
    let noon = |scope: &str, name: &str| {
        format!(
            "{{scope: {scope}, name: {name}, effect: allow, cron: 0 12 * * *, minutes: 60, reason: x}}"
        )
    };
    let denies = |scope: &str, name: &str, cron: &str, minutes: u32| {
        format!(
            "{{scope: {scope}, name: {name}, effect: deny, cron: {cron}, minutes: {minutes}, reason: x}}"
        )
    };
    let late = |scope: &str, minutes| denies(scope, "freeze", "0 23 * * *", minutes);
    let early = |scope: &str| denies(scope, "freeze", "0 5 * * *", 60);
    let many = |scope: &str, count: usize| {
        let names = (0..count).map(|number| format!("w{number}"));
        names.map(|name| denies(scope, &name, "0 5 * * *", 60)).collect::<Vec<_>>().join(", ")
    };
    let (all, own) = ("everything", "infrastructure/prod");
    let (old, new) = ("stage/Production", "stage/Test");
    for (before, after, expected) in [
        (
            prod("Production", &freeze(all)),
            prod("Production", &freeze(old)),
            "create stage/Production, delete everything",
        ),
        (
            prod("Production", &freeze(old)),
            prod("Test", &freeze(new)),
            "create stage/Test, change prod, delete stage/Production",
        ),
        (
            prod("Production", &format!("{}, {}", freeze(old), noon(new, "a"))),
            prod("Test", &noon(new, "b")),
            "change prod, change stage/Test, delete stage/Production",
        ),
        (
            prod("Production", &noon(own, "a")),
            prod("Production", &noon(all, "a")),
            "create everything, delete infrastructure/prod",
        ),
        (
            prod("Production", &noon(all, "a")),
            prod("Production", &noon(all, "b")),
            "change everything",
        ),
        (
            prod("Production", &format!("{}, {}", noon(all, "a"), noon(all, "b"))),
            prod("Test", &noon(all, "a")),
            "change everything, change prod",
        ),
        (
            prod("Production", &freeze(old)),
            prod("Test", &format!("{}, {}", other(old), freeze(new))),
            "change stage/Production, create stage/Test, change prod, change stage/Production",
        ),
        (
            prod("Production", &format!("{}, {}", freeze(all), early(old))),
            prod("Production", &freeze(old)),
            "change stage/Production, delete everything",
        ),
        (
            prod("Production", &format!("{}, {}", late(all, 120), late(old, 30))),
            prod("Production", &format!("{}, {}", late(all, 30), late(old, 120))),
            "change stage/Production, change everything",
        ),
        (
            prod("Production", &format!("{}, {}", freeze(old), late(new, 30))),
            prod("Test", &late(new, 120)),
            "change stage/Test, change prod, delete stage/Production",
        ),
        (
            prod(
                "Production",
                &format!("{}, {}", noon(all, "a"), noon(old, "a").replace("0 12", "0 0")),
            ),
            prod("Production", &noon(old, "a")),
            "change stage/Production, delete everything",
        ),
        (
            prod("Production", &format!("{}, {}", freeze(all), many(old, 20))),
            prod("Production", &format!("{}, {}", freeze(old), many(old, 19))),
            "change stage/Production, delete everything",
        ),
    ] {
        let (mut observed, wanted) = (having(&before), yaml(&after));
        let moved = plan(&wanted, &observed, &pruning(&[EstateKind::Windows]));
        assert_eq!(actions(&moved), expected, "{before} -> {after}");
        for (number, step) in moved.steps.iter().enumerate() {
            assert!(is_shut(&observed), "{before} -> {after}: before step {number}");
            step_of(&mut observed, &step.work, &secrets_of(&wanted), 1_000 + number as u64);
        }
        assert!(is_shut(&observed), "{before} -> {after}");
        assert!(plan(&wanted, &observed, &pruning(&[EstateKind::Windows])).is_empty());
    }
    let text = prod("Test", &format!("{}, {}", freeze("infrastructure/new"), freeze(new)));
    let text = text.replace("[{id: prod", "[{id: new, stage: Test}, {id: prod");
    let made = plan(&yaml(&text), &having(&prod("Production", "")), &PlanOptions::default());
    let expected = "create stage/Test, create new, create infrastructure/new, change prod";
    assert_eq!(actions(&made), expected);
}

#[test]
fn a_file_that_takes_the_right_of_who_applies_it_changes_no_windows_after_that() {
    // B5, R-P5
    let own = format!("{{scope: infrastructure/prod, name: w, {NEW}}}");
    let granting = |text: &str, rights: &str| {
        let granted = format!("stage: Production, rights: {{{rights}}}}}]");
        text.replace("stage: Production}]", &granted)
    };
    let mut observed = having(&granting(&prod("Production", &own), "ops: admin"));
    seen(&mut observed).is_administrator = false;
    let found = |windows: &str, rights: &str| {
        let text = granting(&prod("Production", windows), rights);
        blockers(&plan(&yaml(&text), &observed, &PlanOptions::default()))
    };
    let shorter = own.replace("minutes: 60", "minutes: 5");
    let lost = found(&shorter, "devs: admin");
    assert!(matches!(&lost[..], [one] if one.contains("the file takes your right")), "{lost:?}");
    assert_eq!(found(&shorter, "ops: admin, devs: view"), [""; 0]);
    let more = format!("{own}, {}", own.replace("name: w", "name: v"));
    assert_eq!(found(&more, "devs: admin"), [""; 0], "they change before");
}
