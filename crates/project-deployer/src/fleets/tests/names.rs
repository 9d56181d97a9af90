//! A12: which node is that of which infrastructure.

use super::*;

/// A node that has the instance of another one.
fn of_instance(name: &str, instance: &str) -> FleetNode {
    let mut found = node(name);
    found.instance = InstanceId::parse(&format!("i-{instance}")).ok();
    found.url = FleetUrl::Known(address(instance));
    found
}

#[test]
fn swapped_names_are_followed_by_their_instances() {
    // A12: blue and green change their labels, and each infrastructure stays with its machine.
    let members = registered(&["blue", "green"]);
    let found =
        plan(&members, &answer(vec![of_instance("green", "blue"), of_instance("blue", "green")]));
    assert_eq!(shown(&found), ["Update blue green", "Update green blue"]);
    for action in &found.actions {
        assert!(!action.fields.contains(&ManagedField::Address), "{action:?}");
    }
    let after = carried_out(&fleet(), &members, &found);
    assert_eq!(after[0].infra.target.entries()[0].address, Some(address("blue")));
}

#[test]
fn an_old_name_of_another_instance_redirects_nothing() {
    // A12, I2
    let members = registered(&["a", "b"]);
    let found = plan(&members, &answer(vec![of_instance("a", "new"), node("b")]));
    assert_eq!((found.actions.as_slice(), found.unchanged), (&[][..], 2));
    assert_eq!(noted(&found), [FleetNoteKind::Conflict]);
    assert_eq!(found.notes[0].infra, Some("a".parse().unwrap()));
    assert!(found.notes[0].text.contains("another instance"), "{:?}", found.notes);
    // The label moves on: the machine is followed, and the new one is not taken for it.
    let moved = of_instance("old-a", "a");
    let found = plan(&members, &answer(vec![moved, of_instance("a", "new"), node("b")]));
    assert_eq!(shown(&found), ["Update a old-a"]);
    assert_eq!(noted(&found), [FleetNoteKind::Conflict], "the id `a` is taken");
}

#[test]
fn an_instance_that_is_not_said_once_is_not_forgotten() {
    // A12
    let members = registered(&["a"]);
    let mut silent = node("a");
    silent.instance = None;
    let found = plan(&members, &answer(vec![silent]));
    assert_eq!((found.actions.as_slice(), found.notes.as_slice()), (&[][..], &[][..]));
}

#[test]
fn of_two_infrastructures_of_one_node_none_is_changed_and_both_are_said() {
    // I1, I4
    let mut members = registered(&["a"]);
    let mut twin = members[0].clone();
    twin.infra.id = "twin".parse().unwrap();
    twin.marker.infra = twin.infra.id.clone();
    members.push(twin);
    let mut moved = node("a");
    moved.url = FleetUrl::Known(address("elsewhere"));
    for found in [plan(&members, &answer(vec![moved])), plan(&members, &listing(&["a"]))] {
        assert_eq!(found.actions, []);
        assert_eq!(noted(&found), [FleetNoteKind::Conflict; 2]);
        assert!(found.notes[0].text.contains("`a` and `twin`"), "{:?}", found.notes);
    }
}
