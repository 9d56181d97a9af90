//! Groups and users that a file names and nobody here has.

use super::plans::{having, plan, pruning};
use super::{parsed, yaml};
use crate::estate::observed::{ObservedEstate, Reserved, SeenNames};
use crate::estate::plan::{EstateKind, PlanOptions};

/// Group `ops` with rights, and a user.
const OPS: &str = "\
version: 1
groups: [{name: ops}, {name: chiefs, admin: true}]
users: [{login: amy, groups: [chiefs]}]
infrastructures:
  - {id: prod, stage: Production, rights: {ops: deploy}}
  - {id: qa, stage: Test, rights: {chiefs: view}}
projects:
  - {key: CHURN, rights: {ops: [write]}}
";

/// Each note as `severity kind id: what`.
fn notes(text: &str, observed: &ObservedEstate, options: &PlanOptions) -> Vec<String> {
    let plan = plan(&yaml(text), observed, options);
    let notes = plan.notes().iter();
    notes.map(|it| format!("{} {} {}: {}", it.severity, it.kind.noun(), it.id, it.what)).collect()
}

#[test]
fn a_group_that_is_deleted_and_has_rights_is_named_with_its_objects() {
    let observed = having(OPS);
    let kept = "groups: [{name: administrators}, {name: chiefs}]";
    let pruned = |text: &str| {
        let text = format!("{{version: 1, {kept}, {text}}}");
        notes(&text, &observed, &pruning(&[EstateKind::Groups]))
    };
    let left = |on: &str| format!("warning group ops: it is to be deleted, and has rights on {on}");
    let all = left("infrastructure `prod`, project `CHURN`");
    assert_eq!(pruned("infrastructures: []"), [all]);
    assert_eq!(pruned("projects: [{key: CHURN, rights: {}}]"), [left("infrastructure `prod`")]);
    let without = "infrastructures: [{id: prod, rights: {}}], projects: [{key: CHURN, rights: {}}]";
    assert_eq!(pruned(without), [""; 0]);
}

#[test]
fn a_name_that_nobody_has_is_a_warning_for_each_object() {
    let observed = having(OPS);
    let found = notes(
        "{version: 1, groups: [], infrastructures: [{id: prod, rights: {ops: deploy, x: view, y: view}, deployAsUser: bo}, \
         {id: qa, deployAsUser: amy}], projects: [{key: CHURN, owner: bo}, {key: RISK, owner: amy, rights: {z: [read]}}]}",
        &observed,
        &PlanOptions::default(),
    );
    assert_eq!(
        found,
        [
            "warning infrastructure prod: there are no groups `x`, `y`, so their rights count for nobody",
            "info infrastructure prod: `deployAsUser`: there is no user `bo` here",
            "warning project CHURN: `owner`: there is no user `bo` here",
            "warning project RISK: there is no group `z`, so its right counts for nobody",
        ]
    );
}

#[test]
fn new_infrastructures_of_a_fleet_name_groups_and_users_as_well() {
    // I2
    let with = |permissions: &str| {
        format!(
            "{OPS}fleets: [{{id: cloud, source: {{kind: list, nodes: []}}, newInfras: {{stage: Test, \
             permissions: {permissions}, deployAsUser: bo}}}}]\n"
        )
    };
    let ops = "[{group: ops, read: true}]";
    let both = "[{group: x, read: true}, {group: ops, read: true}, {group: y}]";
    let found = |text: &str, observed: &ObservedEstate, options: &PlanOptions| {
        let all = notes(text, observed, options).into_iter();
        all.filter(|it| it.contains("fleet")).collect::<Vec<_>>()
    };
    let new = found(&with(both), &having(OPS), &PlanOptions::default());
    let expected = [
        "warning fleet cloud: there is no group `x`, so its right counts for nobody",
        "info fleet cloud: `newInfras.deployAsUser`: there is no user `bo` here",
    ];
    assert_eq!(new, expected);
    let observed = having(&with(ops));
    let pruned = |text: &str| found(text, &observed, &pruning(&[EstateKind::Groups]));
    let kept = "{version: 1, groups: [{name: administrators}, {name: chiefs}]}";
    let left = "warning group ops: it is to be deleted, and has rights on infrastructure `prod`, \
                new infrastructures of fleet `cloud`, project `CHURN`";
    assert_eq!(pruned(kept), [left]);
}

#[test]
fn names_are_known_without_accounts_in_the_file_and_never_those_of_the_host() {
    let mut observed = having(OPS);
    observed.accounts = Reserved::NotRead;
    let text = "{version: 1, infrastructures: [{id: qa, rights: {ops: view, x: view}}]}";
    let found = |observed: &ObservedEstate| notes(text, observed, &PlanOptions::default());
    assert_eq!(found(&observed), [""; 0], "nothing is known of them");
    let names = |groups: &[&str]| SeenNames {
        groups: groups.iter().map(|name| parsed(name)).collect(),
        ..SeenNames::default()
    };
    observed.set_names(names(&[]));
    assert_eq!(found(&observed), [""; 0], "the host has the groups");
    observed.set_names(names(&["ops"]));
    let expected =
        "warning infrastructure qa: there is no group `x`, so its right counts for nobody";
    assert_eq!(found(&observed), [expected]);
}

#[test]
fn many_names_are_one_short_note() {
    let names: Vec<String> = (0..25).map(|number| format!("g{number:02}: view")).collect();
    let text =
        format!("{{version: 1, infrastructures: [{{id: qa, rights: {{{}}}}}]}}", names.join(", "));
    let found = notes(&text, &having(OPS), &PlanOptions::default());
    assert!(matches!(&*found, [one] if one.contains("`g09` and 15 more")), "{found:?}");
}
