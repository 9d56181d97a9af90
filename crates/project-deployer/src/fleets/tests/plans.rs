use project_deployer_client::fleet::{Gap, Unknown};

use super::*;

#[test]
fn nodes_register_themselves_once_with_what_their_infrastructures_begin_with() {
    // I1
    let found = plan(&[], &listing(&["auto-1", "auto-2"]));
    assert_eq!(shown(&found), ["Register auto-1 auto-1", "Register auto-2 auto-2"]);
    let members = carried_out(&fleet(), &[], &found);
    let infra = &members[0].infra;
    assert_eq!(infra.stage.as_str(), "Production");
    assert_eq!(infra.permissions[0].group.as_str(), "ops");
    let [entry] = infra.target.entries() else { panic!("{infra:?}") };
    assert_eq!(entry.address, Some(address("auto-1")));
    assert_eq!(entry.admin_api_key, Some(key("auto-1")));
    let again = plan(&members, &listing(&["auto-1", "auto-2"]));
    assert!(again.is_empty() && again.notes.is_empty(), "{again:?}");
    assert_eq!(again.unchanged, 2);
}

#[test]
fn the_id_of_an_infrastructure_follows_the_pattern_of_its_fleet() {
    // I1
    let fleet = FleetSettings { infra_id: "cloud-{node}".to_owned(), ..fleet() };
    let found = plan_of(&fleet, &[], &[], &listing(&["auto-1"]), None);
    assert_eq!(shown(&found), ["Register cloud-auto-1 auto-1"]);
}

#[test]
fn a_moved_node_changes_what_the_fleet_manages_and_nothing_else() {
    // I1, I2
    let mut members = registered(&["auto-1"]);
    members[0].infra.deploy_as_user = Some("deployer".parse().unwrap());
    let mut moved = node("auto-1");
    moved.url = FleetUrl::Known(address("elsewhere"));
    let found = plan(&members, &answer(vec![moved]));
    assert_eq!(shown(&found), ["Update auto-1 auto-1"]);
    assert_eq!(found.actions[0].fields, BTreeSet::from([ManagedField::Address]));
    let reason = &found.actions[0].reason;
    assert!(reason.contains("https://elsewhere.example:11200"), "{reason}");
    let members = carried_out(&fleet(), &members, &found);
    assert_eq!(members[0].infra.target.entries()[0].address, Some(address("elsewhere")));
    assert!(members[0].infra.deploy_as_user.is_some());
}

#[test]
fn a_vanished_node_is_put_into_quarantine_and_lifted_when_it_is_back() {
    // I3
    let names = ["a", "b", "c", "d", "e", "f"];
    let members = registered(&names);
    let gone = plan(&members, &listing(&names[1..]));
    assert_eq!(shown(&gone), ["Quarantine a a"]);
    assert_eq!(gone.shrunken, None, "one of six is below the share");
    let members = carried_out(&fleet(), &members, &gone);
    assert!(members[0].marker.refused_update().is_some());
    assert!(plan(&members, &listing(&names[1..])).is_empty(), "it is there already");
    let back = plan(&members, &listing(&names));
    assert_eq!(shown(&back), ["Lift a a"]);
    let members = carried_out(&fleet(), &members, &back);
    assert!(members[0].marker.refused_update().is_none());
}

#[test]
fn an_empty_or_shrunken_answer_waits_until_exactly_it_is_confirmed() {
    // I4
    let members = registered(&["a", "b", "c"]);
    for names in [&[][..], &["a"], &["b", "new"]] {
        let held = plan(&members, &listing(names));
        assert!(held.shrunken.is_some(), "{names:?}");
        assert_eq!(carried_out(&fleet(), &members, &held), members);
        let other = plan_of(&fleet(), &members, &[], &listing(names), Some("another"));
        assert!(other.shrunken.is_some(), "{names:?}");
        let digest = Some(held.answer.as_str());
        let confirmed = plan_of(&fleet(), &members, &[], &listing(names), digest);
        assert_eq!(confirmed.shrunken, None);
        assert_eq!(confirmed.actions, held.actions, "what was shown is what is done");
        let missing = 3 - names.iter().filter(|name| **name != "new").count();
        let quarantined =
            confirmed.actions.iter().filter(|it| it.kind == FleetActionKind::Quarantine).count();
        assert_eq!(quarantined, missing, "{names:?}");
        let after = carried_out(&fleet(), &members, &confirmed);
        let again = plan(&after, &listing(names));
        assert!(again.is_empty() && again.shrunken.is_none(), "{again:?}");
    }
}

#[test]
fn a_list_with_gaps_puts_nothing_into_quarantine() {
    // I3: an error is never read as absence
    let names = ["a", "b", "c", "d", "e", "f"];
    let members = registered(&names);
    let nodes = names[1..].iter().map(|name| node(name)).collect();
    let gap = Gap::Unreadable { position: 0, label: None, reason: "it has no `label`".to_owned() };
    let found = plan(&members, &Discovery::new("fleet", nodes, vec![gap]));
    assert_eq!(found.actions, []);
    assert_eq!(noted(&found), [FleetNoteKind::Gap, FleetNoteKind::Missing]);
}

#[test]
fn a_node_that_is_listed_twice_changes_nothing_and_is_said() {
    // I4
    let members = registered(&["a", "b"]);
    let mut twin = node("a");
    twin.url = FleetUrl::Known(address("twin"));
    let found = plan(&members, &answer(vec![node("a"), twin.clone(), node("b")]));
    assert_eq!((found.actions.len(), found.shrunken), (0, None));
    assert_eq!(noted(&found), [FleetNoteKind::Gap, FleetNoteKind::Missing]);
    let found = plan(&[], &answer(vec![node("a"), twin]));
    assert_eq!(found.actions, [], "neither of them is registered");
    assert_eq!(noted(&found), [FleetNoteKind::Gap, FleetNoteKind::LeftOut]);
}

#[test]
fn a_renamed_instance_keeps_its_infrastructure() {
    // A12
    let members = registered(&["a", "b"]);
    let mut renamed = node("z");
    renamed.instance.clone_from(&node("a").instance);
    renamed.url = node("a").url;
    let found = plan(&members, &answer(vec![renamed, node("b")]));
    assert_eq!(shown(&found), ["Update a z"]);
    assert!(found.actions[0].fields.contains(&ManagedField::Node));
    assert_eq!(found.shrunken, None);
    let after = carried_out(&fleet(), &members, &found);
    assert_eq!(after[0].marker.node.as_str(), "z");
    assert_eq!(after.len(), 2);
}

#[test]
fn a_new_name_at_the_address_of_an_infrastructure_is_not_registered_twice() {
    // I4
    let names = ["a", "b", "c", "d", "e", "f"];
    let members = registered(&names);
    let mut nodes: Vec<_> = names[1..].iter().map(|name| node(name)).collect();
    let mut renamed = node("z");
    renamed.url = node("a").url;
    nodes.push(renamed);
    let found = plan(&members, &answer(nodes));
    assert_eq!(shown(&found), ["Quarantine a a"]);
    assert_eq!(noted(&found), [FleetNoteKind::Conflict]);
    assert!(found.notes[0].text.contains("infrastructure `a`"), "{:?}", found.notes);
}

#[test]
fn infrastructures_that_exist_are_never_taken_over_silently() {
    // I2
    let same_node = by_hand("mine", NodeEntry::default().with_node_id(Some("a".parse().unwrap())));
    let same_address = by_hand("yours", NodeEntry::default().with_address(Some(address("b"))));
    let same_id = by_hand("c", NodeEntry::default());
    let others = [same_node, same_address, same_id];
    let found = plan_of(&fleet(), &[], &others, &listing(&["a", "b", "c"]), None);
    assert_eq!(found.actions, []);
    assert_eq!(noted(&found), [FleetNoteKind::Conflict; 3]);
    let infras: Vec<_> = found.notes.iter().filter_map(|note| note.infra.as_ref()).collect();
    assert_eq!(infras.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["mine", "yours", "c"]);
}

#[test]
fn an_infrastructure_of_another_fleet_is_not_one_of_this_fleet() {
    // I3: it neither vanishes with this fleet nor counts for its guard
    let entry = NodeEntry::default().with_node_id(Some("x".parse().unwrap()));
    let other = by_hand("of-another", NodeEntry::default()).with_target(Target::Fleet(entry));
    let members = registered(&["a"]);
    let found = plan_of(&fleet(), &members, &[other], &listing(&["a", "b"]), None);
    assert_eq!(shown(&found), ["Register b b"]);
    assert_eq!(found.notes, []);
}

#[test]
fn two_nodes_at_one_address_are_not_registered() {
    // I4
    let mut twin = node("b");
    twin.url = node("a").url;
    let found = plan(&[], &answer(vec![node("a"), twin]));
    assert_eq!(found.actions, []);
    assert_eq!(noted(&found), [FleetNoteKind::Conflict; 2]);
}

#[test]
fn nodes_that_swap_their_addresses_are_followed() {
    // I1
    let members = registered(&["a", "b"]);
    let (mut a, mut b) = (node("a"), node("b"));
    std::mem::swap(&mut a.url, &mut b.url);
    let found = plan(&members, &answer(vec![a, b]));
    assert_eq!(shown(&found), ["Update a a", "Update b b"]);
}

#[test]
fn a_node_without_an_address_waits_unless_its_service_never_reports_one() {
    // I1
    let mut absent = node("a");
    absent.url = FleetUrl::NotPublished(Unknown::NotProvisioned);
    let mut of_launchpad = node("b");
    of_launchpad.url = FleetUrl::NotPublished(Unknown::NeverReported);
    of_launchpad.admin_key = FleetAdminKey::Unknown(Unknown::NeverReported);
    let found = plan(&[], &answer(vec![absent, of_launchpad.clone()]));
    assert_eq!(shown(&found), ["Register b b"]);
    assert!(found.actions[0].reason.contains("by hand"), "{:?}", found.actions);
    assert_eq!(noted(&found), [FleetNoteKind::LeftOut]);
    // What is set by hand then is the administrator's.
    let mut members = carried_out(&fleet(), &[], &found);
    let entry = members[0].infra.target.entries()[0].clone().with_address(Some(address("mine")));
    members[0].infra = members[0].infra.clone().with_target(Target::Fleet(entry));
    assert!(plan(&members, &answer(vec![of_launchpad])).is_empty());
    let managed = &members[0].marker.fields;
    assert!(!managed.contains(&ManagedField::Address), "{managed:?}");
}

#[test]
fn a_field_that_is_no_longer_reported_stays_and_stays_managed() {
    // I2, I4
    let members = registered(&["a"]);
    let mut silent = node("a");
    silent.url = FleetUrl::NotPublished(Unknown::Absent);
    let found = plan(&members, &answer(vec![silent]));
    assert_eq!((found.actions.len(), found.unchanged), (0, 1));
    assert_eq!(noted(&found), [FleetNoteKind::FieldMissing]);
}

#[test]
fn networks_without_a_deployer_and_ignored_nodes_are_left_out() {
    // R-I4
    let mut off = node("a");
    off.registration = Registration::Off;
    let found = plan(&[], &answer(vec![off.clone()]));
    assert_eq!(noted(&found), [FleetNoteKind::LeftOut]);
    let all = FleetSettings { register_all: true, ..fleet() };
    let found = plan_of(&all, &[], &[], &answer(vec![off.clone()]), None);
    assert_eq!(shown(&found), ["Register a a"]);
    let ignoring = FleetSettings { ignored_nodes: ["a".parse().unwrap()].into(), ..all };
    let found = plan_of(&ignoring, &[], &[], &answer(vec![off]), None);
    assert!(found.is_empty() && found.notes.is_empty(), "{found:?}");
}

#[test]
fn an_infrastructure_that_cannot_be_read_is_not_registered_again() {
    // R-I9
    let [member] = registered(&["a"]).try_into().unwrap();
    let unreadable = [member.marker];
    let known =
        Known { fleet: &fleet(), members: &[], unreadable: &unreadable, others: &[], unclear: &[] };
    let mut renamed = node("z");
    renamed.instance.clone_from(&node("a").instance);
    for first in [node("a"), renamed] {
        let found = plan_sync(known, &answer(vec![first, node("b")]), None);
        assert_eq!(shown(&found), ["Register b b"]);
        assert_eq!(noted(&found), [FleetNoteKind::Unreadable]);
    }
}

#[test]
fn managed_fields_are_refused_and_all_others_are_not() {
    // I2
    let [member] = registered(&["a"]).try_into().unwrap();
    let Member { infra, marker } = member;
    let mut free = infra.clone();
    free.deploy_as_user = Some("deployer".parse().unwrap());
    let entry = infra.target.entries()[0].clone();
    let with = |entry: NodeEntry| infra.clone().with_target(Target::Fleet(entry));
    let mut outside = entry.clone();
    outside.external_address = Some(address("outside"));
    for allowed in [free, with(outside), infra.clone()] {
        assert_eq!(refused_change(&marker, &infra, &allowed), None);
    }
    let mut trusting = entry.clone();
    trusting.trust_all_certificates = true;
    let refused = [
        (with(entry.clone().with_address(Some(address("b")))), ManagedField::Address),
        (with(entry.clone().with_admin_api_key(Some(key("b")))), ManagedField::AdminKey),
        (with(entry.clone().with_node_id(Some("b".parse().unwrap()))), ManagedField::Node),
        (with(trusting), ManagedField::TrustAllCertificates),
        (infra.clone().with_target(Target::SingleNode(entry)), ManagedField::Node),
    ];
    for (new, field) in refused {
        assert_eq!(refused_change(&marker, &infra, &new), Some(field));
        let error = marker.refusal(field);
        assert_eq!(error.code(), "managed-by-fleet");
        assert!(error.to_string().contains("fleet `cloud`"), "{error}");
    }
}
