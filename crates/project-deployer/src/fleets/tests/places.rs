//! Where a key goes, and who has which address.

use project_deployer_client::fleet::Unknown;

use super::*;

/// An infrastructure whose key was set by hand, and its node, of which the fleet reports no key.
fn with_a_key_by_hand(why: &Unknown) -> (Vec<Member>, FleetNode) {
    let mut silent = node("a");
    silent.admin_key = FleetAdminKey::Unknown(Unknown::NotAsked);
    let found = plan(&[], &answer(vec![silent.clone()]));
    let mut members = carried_out(&fleet(), &[], &found);
    let entry = members[0].infra.target.entries()[0].clone();
    let entry = entry.with_admin_api_key(Some(key("by-hand")));
    members[0].infra = members[0].infra.clone().with_target(Target::Fleet(entry));
    silent.admin_key = FleetAdminKey::Unknown(why.clone());
    (members, silent)
}

#[test]
fn a_key_set_by_hand_goes_to_no_other_place() {
    // R13: whoever answers for the fleet must not get the key of a node.
    for why in [Unknown::NotAsked, Unknown::NeverReported, Unknown::Absent] {
        let (members, silent) = with_a_key_by_hand(&why);
        assert!(plan(&members, &answer(vec![silent.clone()])).is_empty(), "{why:?}: it stays");
        let mut moved = silent.clone();
        moved.url = FleetUrl::Known(address("evil"));
        let trusting = FleetSettings { trust_node_certificates: true, ..fleet() };
        for (fleet, node) in [(fleet(), moved), (trusting, silent)] {
            let found = plan_of(&fleet, &members, &[], &answer(vec![node.clone()]), None);
            assert_eq!(shown(&found), ["Update a a"]);
            assert!(found.actions[0].fields.contains(&ManagedField::AdminKey), "{found:?}");
            assert!(found.notes.iter().any(|it| it.text.contains("set it by hand")), "{found:?}");
            let after = carried_out(&fleet, &members, &found);
            assert_eq!(after[0].infra.target.entries()[0].admin_api_key, None, "{why:?}");
            assert!(!after[0].marker.fields.contains(&ManagedField::AdminKey), "it can be set");
            assert!(plan_of(&fleet, &after, &[], &answer(vec![node]), None).is_empty());
        }
    }
}

#[test]
fn an_infrastructure_whose_key_would_go_elsewhere_is_not_adopted() {
    // R13
    let entry = NodeEntry::new(address("a"), key("by-hand"));
    let infra = by_hand("mine", entry.clone());
    let id = "a".parse().unwrap();
    let now = Timestamp::from_millis(1);
    let mut silent = node("a");
    silent.admin_key = FleetAdminKey::Unknown(Unknown::NotAsked);
    let (same, _) = adopted(&fleet(), &answer(vec![silent.clone()]), &infra, &id, now).unwrap();
    assert_eq!(same.target.entries()[0].admin_api_key, entry.admin_api_key);
    let trusting = FleetSettings { trust_node_certificates: true, ..fleet() };
    let mut moved = silent.clone();
    moved.url = FleetUrl::Known(address("evil"));
    for (fleet, node) in [(fleet(), moved.clone()), (trusting, silent)] {
        let error = adopted(&fleet, &answer(vec![node]), &infra, &id, now).unwrap_err();
        assert!(error.to_string().contains("another address or another trust"), "{error}");
    }
    moved.admin_key = FleetAdminKey::Known(key("reported"));
    let (new, _) = adopted(&fleet(), &answer(vec![moved]), &infra, &id, now).unwrap();
    assert_eq!(new.target.entries()[0].admin_api_key, Some(key("reported")));
}

#[test]
fn one_address_in_two_spellings_or_for_users_is_one_node() {
    // I4
    let at = |text: &str| NodeAddress::parse(text).unwrap();
    let mut plain = node("a");
    plain.url = FleetUrl::Known(at("https://n.example"));
    let mut with_port = node("b");
    with_port.url = FleetUrl::Known(at("https://n.example:443"));
    let found = plan(&[], &answer(vec![plain.clone(), with_port.clone()]));
    assert_eq!((found.actions.as_slice(), noted(&found).len()), (&[][..], 2));
    let members = carried_out(&fleet(), &[], &plan(&[], &answer(vec![plain])));
    let found = plan(&members, &answer(vec![with_port.clone()]));
    assert!(noted(&found).contains(&FleetNoteKind::Conflict), "{found:?}");
    let mut outside = NodeEntry::default().with_address(Some(address("inside")));
    outside.external_address = Some(at("https://n.example"));
    let others = [by_hand("mine", outside)];
    let found = plan_of(&fleet(), &[], &others, &answer(vec![with_port]), None);
    assert_eq!((found.actions.as_slice(), noted(&found)), (&[][..], vec![FleetNoteKind::Conflict]));
}

#[test]
fn nothing_is_registered_while_an_infrastructure_cannot_be_read() {
    // I4, R-I9: it may have any of the nodes.
    let members = registered(&["a"]);
    let unclear = ["broken".parse().unwrap()];
    let known = Known {
        fleet: &fleet(),
        members: &members,
        unreadable: &[],
        others: &[],
        unclear: &unclear,
    };
    let mut moved = node("a");
    moved.url = FleetUrl::Known(address("elsewhere"));
    let found = plan_sync(known, &answer(vec![moved, node("b")]), None);
    assert_eq!(shown(&found), ["Update a a"], "what is known is followed");
    assert_eq!(noted(&found), [FleetNoteKind::Unreadable, FleetNoteKind::LeftOut]);
    assert_eq!(found.notes[1].node, Some("b".parse().unwrap()));
}

#[test]
fn a_fleet_that_loses_its_nodes_one_by_one_is_asked_about_as_well() {
    // I4
    let names: Vec<String> = (10..22).map(|number| format!("n{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut members = registered(&names);
    for gone in 1..=2 {
        let found = plan(&members, &listing(&names[gone..]));
        assert_eq!((found.actions.len(), found.shrunken), (1, None), "{gone}");
        members = carried_out(&fleet(), &members, &found);
    }
    let rest = listing(&names[3..]);
    let held = plan(&members, &rest);
    let shrunken = held.shrunken.unwrap();
    assert_eq!((shrunken.missing, shrunken.registered), (3, 12));
    let confirmed = plan_of(&fleet(), &members, &[], &rest, Some(&held.answer));
    members = carried_out(&fleet(), &members, &confirmed);
    let again = plan(&members, &rest);
    assert!(again.is_empty() && again.shrunken.is_none(), "{again:?}");
    // The confirmed ones are counted no more.
    let next = plan(&members, &listing(&names[4..]));
    assert_eq!((shown(&next), next.shrunken), (vec!["Quarantine n13 n13".to_owned()], None));
}
