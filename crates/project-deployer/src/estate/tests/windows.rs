//! Windows of a file: planned, carried out, exported, and what prevents them.

use project_deployer_core::messages::Severity;

use super::carried_out::carried_out;
use super::plans::{blockers, having, plan, pruning, shown};
use super::random::with_bundles;
use super::{parsed, secrets_of, yaml};
use crate::estate::document::Estate;
use crate::estate::export::ExportOptions;
use crate::estate::observed::{ObservedEstate, Reserved, SeenWindows};
use crate::estate::plan::{EstateKind, PlanOptions};
use crate::estate::text::EstateFormat;

const WINDOWS: &str = "\
version: 1
infrastructures: [{id: prod, stage: Production}]
windows:
  - {scope: stage/Production, name: nights, effect: allow, cron: '0 22 * * MON-FRI', minutes: 480, zone: Europe/Berlin, reason: few users}
  - {scope: stage/Production, name: freeze, effect: deny, cron: 0 0 20 12 *, minutes: 20160, reason: annual accounts}
  - {scope: infrastructure/prod, name: days, effect: allow, cron: 0 8 * * *, minutes: 60, reason: ' they look at it '}
";

fn usual() -> PlanOptions {
    PlanOptions::default()
}

pub(super) fn seen(observed: &mut ObservedEstate) -> &mut SeenWindows {
    match &mut observed.windows {
        Reserved::Seen(seen) => seen,
        other => panic!("{other:?}"),
    }
}

/// What a file with these windows alone is refused for.
fn refused(windows: &str, observed: &ObservedEstate) -> Vec<String> {
    let text = format!("{{version: 1, windows: [{windows}]}}");
    blockers(&plan(&yaml(&text), observed, &usual()))
}

pub(super) const NEW: &str = "effect: deny, cron: 0 0 * * *, minutes: 60, reason: x";

#[test]
fn windows_are_planned_field_by_field_and_planned_once() {
    // B5, F7, J6
    let (estate, observed) = (yaml(WINDOWS), with_bundles());
    let first = plan(&estate, &observed, &usual());
    let windows: Vec<_> =
        shown(&first).into_iter().filter(|it| it.starts_with("create windows")).collect();
    assert_eq!(
        windows,
        [
            "create windows of stage/Production: nights.effect: - -> allow, nights.cron: - -> 0 22 * * MON-FRI, \
             nights.minutes: - -> 480, nights.zone: - -> Europe/Berlin, nights.reason: - -> few users, \
             freeze.effect: - -> deny, freeze.cron: - -> 0 0 20 12 *, freeze.minutes: - -> 20160, freeze.zone: - -> UTC, \
             freeze.reason: - -> annual accounts",
            "create windows of infrastructure/prod: days.effect: - -> allow, days.cron: - -> 0 8 * * *, \
             days.minutes: - -> 60, days.zone: - -> UTC, days.reason: - -> they look at it",
        ]
    );
    let after = carried_out(&observed, &first, &secrets_of(&estate));
    assert!(plan(&estate, &after, &usual()).is_empty());
    // Other spellings of the same.
    let same =
        WINDOWS.replace("0 22 * * MON-FRI", " 0  22 * * MON-FRI").replace("Berlin", "berlin");
    assert!(plan(&yaml(&same), &after, &usual()).is_empty());
    let other = WINDOWS.replace("minutes: 480", "minutes: 60").replace("annual", "yearly");
    let changed = plan(&yaml(&other), &after, &usual());
    let expected = "change windows of stage/Production: nights.minutes: 480 -> 60, \
                    freeze.reason: annual accounts -> yearly accounts";
    assert_eq!(shown(&changed), [expected]);
    assert_eq!(changed.windows_after(&parsed("stage/Production")).unwrap().windows.len(), 2);
}

#[test]
fn what_a_file_leaves_out_of_windows_stays() {
    // B5, J6
    let observed = having(WINDOWS);
    for windows in ["", "{scope: stage/Production, name: nights}", "{scope: everything, name: x, "]
    {
        let windows = match windows.ends_with(", ") {
            true => format!("{windows}{NEW}}}"),
            false => windows.to_owned(),
        };
        let text = format!("{{version: 1, windows: [{windows}]}}");
        let plan = plan(&yaml(&text), &observed, &usual());
        let after = carried_out(&observed, &plan, &secrets_of(&yaml(&text)));
        let Reserved::Seen(after) = after.windows else { panic!("windows are read") };
        assert_eq!(after.sets[&parsed("stage/Production")].value.windows.len(), 2, "{windows}");
        assert_eq!(plan.changes().len(), usize::from(windows.contains("everything")), "{windows}");
    }
    // Of those that stay, also who added them.
    let owner = |observed: &ObservedEstate| {
        let Reserved::Seen(seen) = &observed.windows else { panic!("windows are read") };
        let set = &seen.sets[&parsed("stage/Production")].value;
        set.windows.iter().map(|window| window.owner.to_string()).collect::<Vec<_>>()
    };
    let mut later = observed;
    seen(&mut later).caller = parsed("amy");
    let one = yaml("{version: 1, windows: [{scope: stage/Production, name: nights, minutes: 5}]}");
    let after = carried_out(&later, &plan(&one, &later, &usual()), &secrets_of(&one));
    assert_eq!(owner(&after), ["root", "amy"], "freeze, nights");
}

#[test]
fn every_mistake_in_windows_is_reported_at_once_with_its_place() {
    // B5, J6
    let text = "\
version: 1
windows:
  - {scope: production, name: a, effect: allow}
  - {scope: everything, name: a/b, effect: maybe}
  - {scope: everything, name: a, cron: '0 25 * * *', minutes: 0, zone: Europe/Atlantis, reason: ' '}
  - {scope: everything, name: b, minutes: 129601, until: 2027}
  - {scope: stage/Test, name: a}
  - {scope: everything, name: c}
  - {scope: everything, name: c}
";
    let problems = Estate::parse(text, EstateFormat::Yaml).unwrap_err();
    let found: Vec<_> =
        problems.iter().map(|it| format!("{} {}", it.line.unwrap(), it.path)).collect();
    assert_eq!(
        found,
        [
            "3 windows[0].scope",
            "4 windows[1].name",
            "4 windows[1].effect",
            "5 windows[2].cron",
            "5 windows[2].minutes",
            "5 windows[2].zone",
            "5 windows[2].reason",
            "6 windows[3].minutes",
            "6 windows[3].until",
            "9 windows[6].name",
        ],
        "{problems}"
    );
    let text = problems.to_string();
    for part in [
        "`production` is no stage",
        "`25` is no hour; write minute, hour",
        "there is no time zone `Europe/Atlantis`; write a name of the IANA",
        "`c of everything` is also `windows[5]`",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn windows_that_the_deployer_would_refuse_are_blockers_each_with_its_place() {
    // B5
    let observed = with_bundles();
    let all = format!(
        "{{scope: stage/Nowhere, name: a, {NEW}}}, {{scope: infrastructure/none, name: a, {NEW}}}, \
         {{scope: everything, name: new}}, {{scope: stage/Test, name: never, effect: deny, cron: 0 0 30 2 *, minutes: 1, reason: x}}"
    );
    let found = refused(&all, &observed);
    let parts = [
        "windows of everything: `new`: it is new and has no `effect`",
        "windows of stage/Nowhere: there is no such stage",
        "windows of stage/Test: `0 0 30 2 *` never opens",
        "windows of infrastructure/none: there is no such infrastructure",
    ];
    assert_eq!(found.len(), parts.len(), "{found:?}");
    for part in parts {
        assert!(found.iter().any(|it| it.starts_with(part)), "{part} in {found:?}");
    }
    for (field, left) in [
        ("cron", "effect: deny, minutes: 1, reason: x"),
        ("minutes", "effect: deny, cron: 0 0 * * *, reason: x"),
        ("reason", "effect: deny, cron: 0 0 * * *, minutes: 1"),
    ] {
        let found = refused(&format!("{{scope: everything, name: w, {left}}}"), &observed);
        assert_eq!(found, [format!("windows of everything: `w`: it is new and has no `{field}`")]);
    }
    let many: Vec<_> =
        (0..21).map(|number| format!("{{scope: everything, name: w{number}, {NEW}}}")).collect();
    assert_eq!(refused(&many[1..].join(", "), &observed), [""; 0], "twenty");
    let found = refused(&many.join(", "), &observed);
    assert!(found[0].contains("everything has 20 windows"), "{found:?}");
}

#[test]
fn whoever_may_not_change_windows_has_a_blocker_and_may_name_them() {
    // B5, R-P2
    let mut observed = having(WINDOWS);
    seen(&mut observed).is_administrator = false;
    let of = |scope: &str, fields: &str| {
        refused(&format!("{{scope: {scope}, name: days, {fields}}}"), &observed)
    };
    for scope in ["everything", "stage/Production"] {
        assert_eq!(of(scope, NEW), [format!("windows of {scope}: you may not change them")]);
    }
    assert_eq!(of("infrastructure/prod", NEW), [""; 0], "it administers the infrastructure");
    let named = "{scope: stage/Production, name: nights, minutes: 480}";
    assert_eq!(refused(named, &observed), [""; 0], "without a difference");
    observed.infras.values_mut().for_each(|seen| seen.settings = None);
    let own = refused(&format!("{{scope: infrastructure/prod, name: days, {NEW}}}"), &observed);
    assert_eq!(own, ["windows of infrastructure/prod: you may not change them"]);
    observed.windows = Reserved::NotRead;
    let other = refused(&format!("{{scope: everything, name: days, {NEW}}}"), &observed);
    assert!(
        other[0].contains("a file changes no `windows` over the API of the product"),
        "{other:?}"
    );
    assert_eq!(refused("", &observed), [""; 0]);
    assert_eq!(observed.export(&ExportOptions::default()).estate.windows, None);
}

#[test]
fn only_pruned_windows_are_deleted_and_those_of_what_is_deleted_go_with_it() {
    // B5, J6
    let observed = having(WINDOWS);
    let named = "{version: 1, windows: [{scope: stage/Production, name: nights}]}";
    assert!(plan(&yaml(named), &observed, &usual()).is_empty());
    let pruned = plan(&yaml(named), &observed, &pruning(&[EstateKind::Windows]));
    assert_eq!(
        shown(&pruned),
        [
            "change windows of stage/Production: freeze: deny for 14d from `0 0 20 12 *` in UTC -> -",
            "delete windows of infrastructure/prod: days: allow for 1h from `0 8 * * *` in UTC -> -",
        ]
    );
    let after = carried_out(&observed, &pruned, &secrets_of(&yaml(named)));
    assert!(plan(&yaml(named), &after, &pruning(&[EstateKind::Windows])).is_empty());
    let without = plan(&yaml("version: 1"), &observed, &pruning(&[EstateKind::Windows]));
    assert!(blockers(&without)[0].contains("the file has no `windows`"));

    let all = [EstateKind::Windows, EstateKind::Infrastructures];
    let nothing = yaml(
        "{version: 1, infrastructures: [], windows: [{scope: stage/Production, name: nights}]}",
    );
    let both = plan(&nothing, &observed, &pruning(&all));
    let actions: Vec<_> = both.changes().map(|it| format!("{} {}", it.action, it.id)).collect();
    assert_eq!(actions, ["change stage/Production", "delete prod"]);
    let after = carried_out(&observed, &both, &secrets_of(&nothing));
    assert!(plan(&nothing, &after, &pruning(&all)).is_empty());
    let kept =
        "{version: 1, infrastructures: [], windows: [{scope: infrastructure/prod, name: days}]}";
    let kept = plan(&yaml(kept), &observed, &pruning(&[EstateKind::Infrastructures]));
    assert_eq!(
        blockers(&kept),
        ["windows of infrastructure/prod: there is no such infrastructure"]
    );
    let stages =
        "{version: 1, stages: [{id: Production}], windows: [{scope: stage/Test, name: a}]}";
    let stages = plan(&yaml(stages), &observed, &pruning(&[EstateKind::Stages]));
    assert_eq!(blockers(&stages), ["windows of stage/Test: there is no such stage"]);
}

#[test]
fn a_plan_relies_on_the_windows_of_its_scopes_and_on_no_others() {
    // B5, F8
    let mut observed = having(WINDOWS);
    let text = "{version: 1, windows: [{scope: stage/Production, name: nights, minutes: 5}]}";
    let first = plan(&yaml(text), &observed, &usual());
    let elsewhere = yaml(&format!(
        "{{version: 1, windows: [{{scope: infrastructure/prod, name: days, {NEW}}}]}}"
    ));
    let planned = plan(&elsewhere, &observed, &usual());
    let later = carried_out(&observed, &planned, &secrets_of(&elsewhere));
    let same = plan(&yaml(text), &later, &usual());
    assert_eq!((first.basis().moved(same.basis()), first.digest()), (Vec::new(), same.digest()));
    seen(&mut observed).sets.remove(&parsed("stage/Production"));
    let gone = plan(&yaml(text), &observed, &usual());
    assert_eq!(first.basis().moved(gone.basis()), ["windows of stage/Production"]);
    assert_ne!(first.digest(), gone.digest());
}

#[test]
fn windows_that_cannot_be_read_block_only_their_scope() {
    // B5, M3, R-I9
    let mut observed = having(WINDOWS);
    let place = parsed("stage/Production");
    seen(&mut observed).sets.remove(&place);
    seen(&mut observed).unread.insert(place, "it has no format".to_owned());
    let both =
        format!("{{scope: stage/Production, name: nights}}, {{scope: everything, name: x, {NEW}}}");
    let what = "windows of stage/Production: they cannot be read: it has no format";
    assert_eq!(refused(&both, &observed), [what]);
    let nothing = yaml("{version: 1, windows: []}");
    let pruned = plan(&nothing, &observed, &pruning(&[EstateKind::Windows]));
    assert_eq!(pruned.changes().len(), 1, "those of `prod`");
    let warned = pruned.notes().iter().find(|note| note.severity == Severity::Warning).unwrap();
    assert!(warned.what.contains("not deleted, since they cannot be read"), "{warned:?}");
    let exported = observed.export(&ExportOptions::default());
    assert!(exported.left_out.iter().any(|it| it.contains("windows of `stage/Production`")));
    assert_eq!(exported.estate.windows.unwrap().len(), 1);
}

#[test]
fn windows_wait_for_an_infrastructure_that_its_fleet_registers() {
    // B5, I1
    let text = format!(
        "{{version: 1, fleets: [{{id: cloud, source: {{kind: list, nodes: []}}, newInfras: {{stage: Test}}}}], \
         infrastructures: [{{id: auto-1, fleet: cloud}}], windows: [{{scope: infrastructure/auto-1, name: a, {NEW}}}]}}"
    );
    let waits = plan(&yaml(&text), &with_bundles(), &usual());
    assert_eq!(blockers(&waits), [""; 0]);
    assert_eq!(waits.changes().map(|it| it.kind).collect::<Vec<_>>(), [EstateKind::Fleets]);
    let note = waits.notes().iter().find(|note| note.kind == EstateKind::Windows).unwrap();
    assert_eq!((note.severity, &*note.id), (Severity::Info, "infrastructure/auto-1"));
}
