//! Fleets of a file, and infrastructures that they manage.

use std::collections::BTreeSet;

use super::carried_out::carried_out;
use super::plans::{blockers, having, plan, pruning, shown};
use super::random::with_bundles;
use super::{secrets_of, yaml};
use crate::estate::export::ExportOptions;
use crate::estate::observed::{ObservedEstate, Reserved};
use crate::estate::plan::{EstateKind, PlanOptions};
use crate::fleets::{ManagedField, ManagedInfra};
use project_deployer_core::Timestamp;
use project_deployer_core::messages::Severity;

const CLOUD: &str = "\
version: 1
fleets:
  - id: cloud
    source: {kind: fleet-manager, url: 'https://fm.example', keyId: id-1, keySecret: {env: FLEET_KEY}}
    newInfras: {stage: Production, permissions: [{group: ops, read: true, deploy: true}]}
    ignoredNodes: [auto-9]
";

fn usual() -> PlanOptions {
    PlanOptions::default()
}

/// An installation whose infrastructure `prod` is one of fleet `cloud`.
fn with_member() -> ObservedEstate {
    let text = CLOUD.to_owned()
        + "infrastructures:\n  - {id: prod, stage: Production, fromFleet: true, nodes: [{id: auto-1, url: 'https://auto-1.example', \
           externalUrl: 'https://front.example', adminApiKey: {env: KEY}}]}\n";
    let mut observed = having(&text);
    let marker = ManagedInfra {
        infra: super::parsed("prod"),
        fleet: super::parsed("cloud"),
        node: super::parsed("auto-1"),
        instance: None,
        fields: BTreeSet::from([
            ManagedField::Node,
            ManagedField::Address,
            ManagedField::TrustAllCertificates,
        ]),
        since: Timestamp::from_millis(1),
        quarantine: None,
    };
    observed.infras.values_mut().for_each(|seen| seen.managed = Some(marker.clone()));
    let Reserved::Seen(fleets) = &mut observed.fleets else { panic!("fleets are read") };
    fleets.values_mut().for_each(|seen| seen.members = vec![super::parsed("prod")]);
    observed
}

#[test]
fn a_fleet_is_planned_with_its_secret_by_place_and_planned_once() {
    // I1, J6, R13
    let (estate, observed) = (yaml(CLOUD), with_bundles());
    let first = plan(&estate, &observed, &usual());
    assert_eq!(
        shown(&first),
        ["create fleet cloud: source.kind: - -> fleet-manager, newInfras.stage: - -> Production, \
             source.keyId: - -> id-1, source.readAdminKeys: - -> true, source.tenant: - -> main, \
             source.trustAllCertificates: - -> false, source.url: - -> https://fm.example, \
             source.keySecret: - -> (withheld), \
             newInfras.permissions: - -> [{\"deploy\":true,\"group\":\"ops\",\"read\":true}], ignoredNodes: - -> auto-9"]
    );
    assert!(!format!("{first:?}").contains("canary-4711"), "R13");
    let after = carried_out(&observed, &first, &secrets_of(&estate));
    assert!(plan(&estate, &after, &usual()).is_empty());
    let renewed = plan(&yaml(&CLOUD.replace("FLEET_KEY", "NEW_KEY")), &after, &usual());
    assert_eq!(shown(&renewed), ["change fleet cloud: source.keySecret: (withheld) -> (withheld)"]);
    let exported = after.export(&ExportOptions::default());
    assert!(exported.left_out.contains(&"fleet `cloud`: its secrets".to_owned()));
    assert!(plan(&exported.estate, &after, &usual()).is_empty(), "a secret that is left out stays");
}

#[test]
fn a_secret_of_a_fleet_never_follows_an_address() {
    // R13
    let (estate, observed) = (yaml(CLOUD), with_bundles());
    let after = carried_out(&observed, &plan(&estate, &observed, &usual()), &secrets_of(&estate));
    let moved = CLOUD.replace("https://fm", "https://evil");
    assert!(blockers(&plan(&yaml(&moved), &after, &usual())).is_empty(), "the file names it again");
    let without = moved.replace(", keySecret: {env: FLEET_KEY}", "");
    let without = plan(&yaml(&without), &after, &usual());
    let what = "fleet cloud: the address changes, and its secret is not named";
    assert_eq!(blockers(&without), [what]);
}

#[test]
fn settings_of_a_fleet_that_the_engine_refuses_are_blockers() {
    let cases = [
        ("newInfras: {stage: Nowhere}", "there is no stage `Nowhere`"),
        ("newInfras: {stage: Test, nodeId: x}", "do not begin with this field"),
        ("newInfras: {stage: Test}, infraId: x", "the id would be the same for every node"),
        ("enabled: true", "it is new and has no source or no stage"),
    ];
    for (fields, expected) in cases {
        let source = "source: {kind: launchpad, space: s, keyId: k}";
        let text = format!("{{version: 1, fleets: [{{id: space, {source}, {fields}}}]}}");
        let plan = plan(&yaml(&text), &with_bundles(), &usual());
        let blockers = blockers(&plan);
        assert!(blockers.first().is_some_and(|it| it.contains(expected)), "{fields}: {blockers:?}");
    }
    let refused = |source: &str| {
        let text = format!("{{version: 1, fleets: [{{id: a, source: {source}}}]}}");
        let format = crate::estate::EstateFormat::Yaml;
        crate::estate::Estate::parse(&text, format).unwrap_err().to_string()
    };
    assert!(refused("{kind: cloud}").contains("this kind is unknown"));
    assert!(refused("{url: 'https://a.example'}").contains("`kind` is missing"));
    assert!(
        refused("{kind: launchpad, space: s, keyId: k, tenant: t}").contains("field is unknown")
    );
    let secret = refused("{kind: launchpad, space: s, keyId: k, keySecret: canary-4711}");
    assert!(secret.contains("a secret does not belong") && !secret.contains("4711"), "{secret}");
}

#[test]
fn an_infrastructure_waits_for_its_fleet_and_so_do_its_deployments() {
    // I1, I2
    let text = CLOUD.to_owned()
        + "infrastructures: [{id: auto-1, fleet: cloud, deployAsUser: robot}]\n\
           deployments: [{id: churn, project: CHURN, infrastructure: auto-1, bundle: v1}]\n";
    let (estate, observed) = (yaml(&text), with_bundles());
    let first = plan(&estate, &observed, &usual());
    let changes: Vec<_> = first.changes().map(|it| format!("{} {}", it.action, it.id)).collect();
    assert_eq!(changes, ["create cloud"]);
    let notes = first.notes().iter().filter(|it| it.severity == Severity::Info);
    let notes: Vec<_> = notes.map(|it| it.what.as_str()).collect();
    assert_eq!(
        notes,
        [
            "it is not there yet: fleet `cloud` registers it",
            "it waits until infrastructure `auto-1` is there",
        ]
    );
    let after = carried_out(&observed, &first, &secrets_of(&estate));
    assert!(plan(&estate, &after, &usual()).is_empty());
    let unknown = "{version: 1, infrastructures: [{id: auto-1, fleet: nowhere}]}";
    let unknown = plan(&yaml(unknown), &observed, &usual());
    assert_eq!(blockers(&unknown), ["infrastructure auto-1: there is no fleet `nowhere`"]);
}

#[test]
fn what_a_fleet_manages_is_marked_in_an_export_and_not_repeated() {
    // I2
    let observed = with_member();
    let exported = observed.export(&ExportOptions::default());
    let infras = exported.estate.infrastructures.clone().unwrap();
    assert_eq!(infras[0].fleet, Some(super::parsed("cloud")));
    let node = &infras[0].nodes.as_ref().unwrap()[0];
    assert_eq!((&node.id, &node.url, node.trust_all_certificates), (&None, &None, None));
    assert_eq!(
        node.external_url.as_ref().unwrap().value().unwrap().to_string(),
        "https://front.example"
    );
    let what = "infrastructure `prod`: its node, which fleet `cloud` manages";
    assert!(exported.left_out.iter().any(|it| it == what), "{:?}", exported.left_out);
    let again = plan(&exported.estate, &observed, &usual());
    assert!(again.is_empty() && blockers(&again).is_empty(), "{:?}", again.notes());
}

#[test]
fn a_file_never_fights_with_a_fleet() {
    // I2
    let observed = with_member();
    let with = |fields: &str| {
        let text = format!("{{version: 1, infrastructures: [{{id: prod, {fields}}}]}}");
        plan(&yaml(&text), &observed, &usual())
    };
    let moved = with("nodes: [{url: 'https://auto-2.example', adminApiKey: {env: KEY}}]");
    let what = "infrastructure prod: the address is managed by fleet `cloud`";
    assert_eq!(blockers(&moved), [what]);
    assert_eq!(shown(&with("fleet: cloud, deployAsUser: robot")).len(), 1);
    assert!(blockers(&with("fleet: cloud")).is_empty());
    let other = with("fleet: other");
    assert!(blockers(&other)[0].contains("fleet `cloud` manages it, and not `other`"));
    let mut released = with_member();
    released.infras.values_mut().for_each(|seen| seen.managed = None);
    let text = yaml("{version: 1, infrastructures: [{id: prod, fleet: cloud}]}");
    let (before, after) = (plan(&text, &observed, &usual()), plan(&text, &released, &usual()));
    assert!(blockers(&after)[0].contains("fleet `cloud` does not manage it"));
    assert_eq!(before.basis().moved(after.basis()), ["fleet of infrastructure prod"], "F8");
}

#[test]
fn an_infrastructure_of_which_the_fleet_cannot_be_read_is_reported_and_stays_as_it_is() {
    // I2, R-I9
    let mut observed = with_member();
    for seen in observed.infras.values_mut() {
        seen.managed = None;
        seen.unread_fleet = Some("it has no format".to_owned());
    }
    let with = |fields: &str| {
        let text = format!("{{version: 1, infrastructures: [{{id: prod, {fields}}}]}}");
        plan(&yaml(&text), &observed, &usual())
    };
    let what = "infrastructure prod: whether a fleet manages it cannot be read: it has no format";
    assert_eq!(blockers(&with("deployAsUser: robot")), [what]);
    let same = with("fleet: cloud");
    assert!(same.is_empty() && blockers(&same).is_empty(), "{:?}", same.notes());
    assert!(same.notes()[0].what.contains("cannot be read"), "{:?}", same.notes());
    let nothing = yaml("version: 1\ninfrastructures: []\n");
    let pruned = plan(&nothing, &observed, &pruning(&[EstateKind::Infrastructures]));
    assert!(pruned.is_empty() && pruned.notes()[0].what.contains("cannot be read"));
    let exported = observed.export(&ExportOptions::default());
    assert!(exported.left_out.iter().any(|it| it.contains("its fleet, which cannot be read")));
}

#[test]
fn a_fleet_that_cannot_be_read_blocks_only_itself() {
    // I2, R-I9
    let mut observed = having(CLOUD);
    observed.unread_fleets.insert(super::parsed("edge"), "it has no format".to_owned());
    let text = "{version: 1, fleets: [{id: cloud, enabled: false}, {id: edge, enabled: false}]}";
    let planned = plan(&yaml(text), &observed, &usual());
    assert_eq!(blockers(&planned), ["fleet edge: it cannot be read: it has no format"]);
    assert_eq!(shown(&planned).len(), 1, "the other one is planned");
    let nothing = yaml("{version: 1, fleets: []}");
    let pruned = plan(&nothing, &observed, &pruning(&[EstateKind::Fleets]));
    assert_eq!(shown(&pruned), ["delete fleet cloud: "]);
    assert!(pruned.notes()[0].what.contains("cannot be read"), "{:?}", pruned.notes());
    let awaited = yaml("{version: 1, infrastructures: [{id: new, fleet: edge}]}");
    assert!(blockers(&plan(&awaited, &observed, &usual())).is_empty(), "it may register it");
}

#[test]
fn a_pruned_fleet_is_deleted_unless_it_manages_something() {
    let nothing = yaml("{version: 1, fleets: []}");
    let pruned = plan(&nothing, &with_member(), &pruning(&[EstateKind::Fleets]));
    assert_eq!(blockers(&pruned), ["fleet cloud: it is to be deleted, and manages `prod`"]);
    let without = having(CLOUD);
    assert!(plan(&nothing, &without, &usual()).is_empty());
    let deleted = plan(&nothing, &without, &pruning(&[EstateKind::Fleets]));
    assert_eq!(shown(&deleted), ["delete fleet cloud: "]);
    let mut grown = without.clone();
    let Reserved::Seen(fleets) = &mut grown.fleets else { panic!("fleets are read") };
    fleets.values_mut().for_each(|seen| seen.members = vec![super::parsed("prod")]);
    let later = plan(&nothing, &grown, &pruning(&[EstateKind::Fleets]));
    let moved = deleted.basis().moved(later.basis());
    assert_eq!(moved, ["infrastructures of fleet cloud"], "F8");
}

#[test]
fn the_key_of_a_listed_node_is_named_beside_its_address() {
    // R13
    let list = "{version: 1, fleets: [{id: edge, newInfras: {stage: Test}, source: {kind: list, nodes: \
                [{nodeId: auto-1, url: 'https://auto-1.example', adminKey: {env: KEY}}]}}]}";
    let planned = plan(&yaml(list), &having("version: 1"), &usual());
    let shown = shown(&planned).join("");
    let expected = "source.nodes.auto-1: - -> https://auto-1.example, source.nodes.auto-1.adminKey: - -> (withheld)";
    assert!(shown.contains(expected), "{shown}");
}
