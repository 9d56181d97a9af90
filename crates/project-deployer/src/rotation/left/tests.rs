use project_deployer_core::ApiKeySecret;

use super::*;

/// A rotation of a node that has ended in this way and made this key, or one that goes on.
fn rotation(id: &str, end: Option<RotationEnd>, key: Option<&str>) -> RotationRecord {
    let infra = "dev".parse().unwrap();
    let node = "https://dev.example:11200".parse().unwrap();
    let old = ApiKeySecret::new("old").unwrap();
    let mut record = RotationRecord::begun(&infra, &node, old, "dana".parse().unwrap(), Vec::new());
    record.facts.rotation = id.to_owned();
    record.facts.new_key = key.map(str::to_owned);
    if let Some(end) = end {
        record = record.ended(end, Timestamp::from_millis(0));
    }
    record
}

fn keys(labelled: &[(&str, &str)]) -> Vec<ListedGlobalKey> {
    let key = |(id, label): &(&str, &str)| ListedGlobalKey::new(*id, *label, true);
    labelled.iter().map(key).collect()
}

fn of(id: &str) -> String {
    format!("{LABEL}{id}")
}

#[test]
fn what_no_rotation_made_and_what_is_in_use_stays() {
    // A5, R4
    let record = rotation("r2", None, Some("new")).after(&rotation(
        "r1",
        Some(RotationEnd::Rotated),
        Some("old"),
    ));
    let own = of("r2");
    let found = keys(&[
        ("admin", "admin"),
        ("prefix", "project-deployer"),
        ("new", &own),
        ("late", &own),
        ("old", &of("r1")),
        ("late-1", &of("r1")),
        ("foreign", &of("r9")),
    ]);
    let left = left_keys(&found, &["old", "new"], &record, &[]);
    assert_eq!(left.own, ["late"]);
    assert_eq!(left.others, ["late-1"]);
    assert_eq!(left.unknown, ["foreign"]);
    // The key that an earlier rotation left in use is not deleted, though the settings have another one by now.
    let left = left_keys(&found, &["new"], &record, &[]);
    assert_eq!((left.others, left.unknown), (vec!["late-1".into()], vec!["foreign".into()]));
    assert_eq!(left.was_in_use, ["old"]);
    let left = Left { was_in_use: left.was_in_use, ..Left::default() };
    let notes = left.notes().unwrap();
    assert!(notes.contains("`old`") && !notes.contains("delete"), "{notes}");
}

#[test]
fn a_rotation_of_another_infrastructure_keeps_its_keys() {
    // A5: one that goes on may have made a key a moment ago.
    let record = rotation("r1", None, None);
    let found = keys(&[("a", &of("r2")), ("b", &of("r3")), ("c", &of("r3"))]);
    let others =
        [rotation("r2", None, None), rotation("r3", Some(RotationEnd::Rotated), Some("b"))];
    let left = left_keys(&found, &[], &record, &others);
    assert_eq!(left, LeftKeys { others: vec!["c".into()], ..LeftKeys::default() });
    // What one made that gave up is in no settings.
    let others = [rotation("r2", Some(RotationEnd::Failed), Some("a"))];
    assert_eq!(left_keys(&found[..1], &[], &record, &others).others, ["a"]);
}

#[test]
fn the_node_is_asked_again_within_a_bound_and_only_where_something_is_open() {
    let mut record = rotation("r1", Some(RotationEnd::Rotated), Some("new"));
    let late = Timestamp::from_millis(i64::MAX);
    assert!(!record.is_look_due(late), "nothing is open");
    record.facts.left.orphans = vec!["late".to_owned()];
    assert!(!record.is_look_due(Timestamp::from_millis(59_999)));
    assert!(record.is_look_due(Timestamp::from_millis(60_000)));
    assert!(
        record
            .facts
            .left
            .notes()
            .unwrap()
            .contains("`late`: it gave no reason; it is asked again later")
    );
    for looks in 0..LOOKS.len() {
        assert!(record.is_look_due(late), "{looks}");
        record.facts.left.looks += 1;
    }
    assert!(!record.is_look_due(late));
    assert!(
        record.facts.left.notes().unwrap().contains("it is not asked again: delete them there")
    );
    record.facts.left = Left { unsure: true, ..Left::default() };
    assert!(record.is_look_due(late), "a key may be made at any time");
    record.facts.left.give_up();
    assert!(!record.is_look_due(late) && record.facts.left.notes().is_none());
}

#[test]
fn looks_that_were_missed_are_not_made_up_for_at_once() {
    let mut record = rotation("r1", Some(RotationEnd::Rotated), Some("new"));
    record.facts.left.orphans = vec!["late".to_owned()];
    // Nobody looked for a day.
    let mut now = 24 * 3_600_000;
    let mut pauses = Vec::new();
    while record.facts.left.looks < LOOKS.len() {
        let begin = now;
        while !record.is_look_due(Timestamp::from_millis(now)) {
            now += 60_000;
        }
        pauses.push((now - begin) / 60_000);
        record.facts.left.looks += 1;
        record.facts.left.looked = Some(Timestamp::from_millis(now));
    }
    assert_eq!(pauses, [0, 4, 25, 90, 600]);
}

#[test]
fn what_a_rotation_left_is_open_for_the_next_one_of_its_node() {
    // A5: it may end before it looks at the node.
    let mut first = rotation("r1", Some(RotationEnd::Rotated), Some("key"));
    first.facts.left.orphans = vec!["late".to_owned()];
    first.facts.left.refusal = Some("no".to_owned());
    (first.facts.left.unsure, first.facts.left.looks) = (true, LOOKS.len());
    let next = rotation("r2", None, None).after(&first);
    assert_eq!((next.facts.left.looks, next.facts.left.unsure), (0, false));
    let next = next.ended(RotationEnd::Refused, Timestamp::from_millis(0));
    assert!(next.is_look_due(Timestamp::from_millis(60_000)));
    let notes = next.facts.left.notes().unwrap();
    assert!(notes.contains("`late`: no; it is asked again later"), "{notes}");
    first.facts.left.looks = 1;
    assert!(rotation("r2", None, None).after(&first).facts.left.unsure);
}

#[test]
fn only_so_many_earlier_rotations_are_remembered() {
    let mut record = rotation("0", Some(RotationEnd::Rotated), Some("key"));
    for number in 1..100 {
        record =
            rotation(&number.to_string(), Some(RotationEnd::Rotated), Some("key")).after(&record);
    }
    let earlier: Vec<_> = record.facts.left.earlier.iter().map(|it| it.rotation.as_str()).collect();
    assert_eq!((earlier.len(), earlier[0], earlier[MOST_EARLIER - 1]), (MOST_EARLIER, "79", "98"));
}

#[test]
fn a_record_of_an_earlier_version_has_nothing_open() {
    let written = serde_json::to_value(&rotation("r1", None, None).facts).unwrap();
    let mut old = written.clone();
    old.as_object_mut().unwrap().retain(|name, _| name != "left" && name != "ended");
    let read: crate::rotation::record::Facts = serde_json::from_value(old).unwrap();
    assert_eq!((read.left, read.ended), (Left::default(), None));
}
