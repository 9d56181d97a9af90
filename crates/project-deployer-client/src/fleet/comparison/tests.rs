use project_deployer_core::StageId;

use super::*;
use crate::error::NodeErrorKind;
use crate::fleet::discovery::Gap;
use crate::fleet::guard::{AnswerDigest, AnswerVerdict, ShrinkGuard};
use crate::fleet::node::FleetNodeState;

fn node(id: &str) -> FleetNode {
    FleetNode {
        node_id: NodeId::parse(id).unwrap(),
        label: id.to_owned(),
        instance: None,
        node_type: NodeType::Automation,
        url: FleetUrl::Known(address(id)),
        admin_key: FleetAdminKey::Known(key(id)),
        state: FleetNodeState::MachineUp,
        registration: Registration::Automatic,
    }
}

fn address(id: &str) -> NodeAddress {
    NodeAddress::parse(&format!("https://{id}.example:11200")).unwrap()
}

fn key(id: &str) -> ApiKeySecret {
    ApiKeySecret::new(format!("canary-of-{id}")).unwrap()
}

fn infra(id: &str, target: Target) -> InfraSettings {
    let (id, stage) = (InfraId::parse(id).unwrap(), StageId::parse("Production").unwrap());
    InfraSettings::new(id, stage).with_target(target)
}

/// An infrastructure of the fleet with all that `node` of the same id reports.
fn from_fleet(id: &str) -> InfraSettings {
    infra(id, Target::Fleet(node(id).to_entry()))
}

fn discovered(nodes: Vec<FleetNode>) -> Discovery {
    Discovery::new("fleet.example", nodes, Vec::new())
}

fn absences(comparison: &FleetComparison) -> Vec<&Absence> {
    comparison.no_longer_reported.iter().map(|infra| &infra.absence).collect()
}

#[test]
fn a_node_that_no_infrastructure_has_would_be_added() {
    // I1
    let comparison =
        compare(&discovered(vec![node("auto-1"), node("auto-2")]), &[from_fleet("auto-1")]);
    assert_eq!(comparison.added, [node("auto-2")]);
    assert_eq!(comparison.unchanged, [from_fleet("auto-1").id]);
    assert_eq!((comparison.changed.len(), comparison.no_longer_reported.len()), (0, 0));
}

#[test]
fn another_address_and_another_key_would_be_changed() {
    // R-I4
    let moved = FleetNode { url: FleetUrl::Known(address("elsewhere")), ..node("auto-1") };
    let rekeyed = FleetNode { admin_key: FleetAdminKey::Known(key("new")), ..node("auto-2") };
    let infras = [from_fleet("auto-1"), from_fleet("auto-2")];
    let changed = compare(&discovered(vec![moved, rekeyed]), &infras).changed;
    assert_eq!(changed[0].old_address, Some(address("auto-1")));
    assert_eq!((&changed[0].address, &changed[0].admin_key), (&Some(address("elsewhere")), &None));
    assert_eq!((&changed[1].address, &changed[1].admin_key), (&None, &Some(key("new"))));
}

#[test]
fn an_infrastructure_without_address_and_key_would_get_them() {
    let node_id = Some(node("auto-1").node_id);
    let bare = infra("prod", Target::Fleet(NodeEntry::default().with_node_id(node_id)));
    let changed = compare(&discovered(vec![node("auto-1")]), &[bare]).changed;
    assert_eq!(changed[0].address, Some(address("auto-1")));
    assert_eq!(changed[0].admin_key, Some(key("auto-1")));
}

#[test]
fn a_node_that_is_not_listed_is_named_with_what_speaks_for_it() {
    // I3, I4
    let infras = [from_fleet("auto-1")];
    let whole = compare(&discovered(vec![node("auto-2")]), &infras);
    assert_eq!(absences(&whole), [&Absence::NotListed]);

    let empty = compare(&discovered(Vec::new()), &infras);
    assert_eq!(absences(&empty), [&Absence::ListHasGaps]);

    let reason = "it has no `label`".to_owned();
    let gap = Gap::Unreadable { position: 1, label: None, reason };
    let partial = Discovery::new("fleet.example", vec![node("auto-2")], vec![gap]);
    assert_eq!(absences(&compare(&partial, &infras)), [&Absence::ListHasGaps]);
}

#[test]
fn a_node_of_another_type_or_two_of_one_name_change_nothing() {
    let infras = [from_fleet("auto-1")];
    let design = FleetNode { node_type: NodeType::Design, ..node("auto-1") };
    let comparison = compare(&discovered(vec![design]), &infras);
    assert_eq!(absences(&comparison), [&Absence::OtherType(NodeType::Design)]);

    let moved = FleetNode { url: FleetUrl::Known(address("elsewhere")), ..node("auto-1") };
    let twice = discovered(vec![node("auto-1"), moved]);
    let comparison = compare(&twice, &infras);
    assert_eq!(absences(&comparison), [&Absence::SeveralNodes]);
    assert!(comparison.changed.is_empty());
    let comparison = compare(&twice, &[]);
    let reasons: Vec<_> = comparison.left_out.iter().map(|left_out| &left_out.reason).collect();
    assert_eq!((reasons, comparison.added.len()), (vec![&LeftOutReason::SeveralNodes], 0));
}

#[test]
fn an_infrastructure_that_names_no_node_is_told() {
    let nameless = infra("prod", Target::Fleet(NodeEntry::default()));
    let comparison = compare(&discovered(vec![node("auto-1")]), &[nameless]);
    assert_eq!(absences(&comparison), [&Absence::InfraNamesNoNode]);
}

#[test]
fn what_the_fleet_does_not_tell_stays_and_is_named_where_it_was_to_be_expected() {
    let failed = Unknown::AskFailed(NodeErrorKind::Failed { status: 503, message: String::new() });
    let silent = FleetNode {
        url: FleetUrl::NotPublished(failed.clone()),
        admin_key: FleetAdminKey::Unknown(Unknown::NotAsked),
        ..node("auto-1")
    };
    let infras = [from_fleet("auto-1")];
    let comparison = compare(&discovered(vec![silent]), &infras);
    assert_eq!(comparison.unchanged, [infras[0].id.clone()]);
    let infra = infras[0].id.clone();
    let missing = FieldNoLongerReported { infra, field: FleetField::Address, reason: failed };
    assert_eq!(comparison.fields_no_longer_reported, [missing]);
}

#[test]
fn nodes_that_somebody_registered_by_hand_are_left_out() {
    let by_id = infra("by-id", Target::SingleNode(node("auto-1").to_entry()));
    let by_address = node("auto-1").to_entry().with_node_id(None);
    let by_address =
        infra("by-address", Target::MultiNode(vec![node("auto-2").to_entry(), by_address]));
    let comparison = compare(&discovered(vec![node("auto-1")]), &[by_id, by_address]);
    let LeftOutReason::RegisteredByHand(infras) = &comparison.left_out[0].reason else {
        unreachable!("{comparison:?}")
    };
    assert_eq!(infras.iter().map(InfraId::as_str).collect::<Vec<_>>(), ["by-id", "by-address"]);
    assert!(comparison.added.is_empty());
}

#[test]
fn only_automation_nodes_that_the_fleet_registers_are_added() {
    // wire-facts 6.1
    let design = FleetNode { node_type: NodeType::Design, ..node("design-1") };
    let unmanaged = FleetNode { registration: Registration::Off, ..node("auto-1") };
    let unknown = Registration::Unknown(Unknown::Absent);
    let unknown = FleetNode { registration: unknown, ..node("auto-2") };
    let comparison = compare(&discovered(vec![design, unmanaged, unknown]), &[]);
    assert!(comparison.added.is_empty());
    let reasons: Vec<_> = comparison.left_out.iter().map(|left_out| &left_out.reason).collect();
    let unknown = LeftOutReason::RegistrationUnknown(Unknown::Absent);
    assert_eq!(reasons, [&LeftOutReason::RegistrationOff, &unknown]);
}

#[test]
fn infrastructures_that_do_not_come_from_the_fleet_are_never_missed() {
    let by_hand = infra("by-hand", Target::SingleNode(node("auto-1").to_entry()));
    assert_eq!(compare(&discovered(Vec::new()), &[by_hand]), FleetComparison::default());
}

#[test]
fn debug_shows_no_key() {
    // R13
    let rekeyed = FleetNode { admin_key: FleetAdminKey::Known(key("new")), ..node("auto-1") };
    let comparison = compare(&discovered(vec![rekeyed, node("auto-2")]), &[from_fleet("auto-1")]);
    assert!(comparison.changed[0].admin_key.is_some() && !comparison.added.is_empty());
    assert!(!format!("{comparison:?}").contains("canary"));
}

const TEN: [&str; 10] = ["n-0", "n-1", "n-2", "n-3", "n-4", "n-5", "n-6", "n-7", "n-8", "n-9"];

fn listing(ids: &[&str]) -> Discovery {
    discovered(ids.iter().map(|id| node(id)).collect())
}

fn verdict(answer: &Discovery, registered: &[&str], confirmed: Option<&str>) -> AnswerVerdict {
    let infras: Vec<InfraSettings> = registered.iter().map(|id| from_fleet(id)).collect();
    ShrinkGuard::default().judge(answer, &compare(answer, &infras), confirmed)
}

#[test]
fn an_empty_answer_needs_a_confirmation_unless_nothing_is_registered() {
    // I4
    let digest = AnswerDigest::of(&listing(&[]));
    let expected = AnswerVerdict::NeedsConfirmation { missing: 10, registered: 10, digest };
    assert_eq!(verdict(&listing(&[]), &TEN, None), expected);
    assert_eq!(verdict(&listing(&[]), &[], None), AnswerVerdict::Usable);
    let all = ShrinkGuard::of_percent(100);
    let comparison = compare(&listing(&[]), &[from_fleet("n-0")]);
    assert_ne!(all.judge(&listing(&[]), &comparison, None), AnswerVerdict::Usable);
}

#[test]
fn an_answer_may_lack_a_fifth_of_the_nodes_and_not_more() {
    // I4
    assert_eq!(verdict(&listing(&TEN[2..]), &TEN, None), AnswerVerdict::Usable);
    let shrunken = verdict(&listing(&TEN[3..]), &TEN, None);
    assert!(matches!(
        shrunken,
        AnswerVerdict::NeedsConfirmation { missing: 3, registered: 10, .. }
    ));
    assert!(shrunken.to_string().contains("3 of 10 registered nodes"));
}

#[test]
fn nodes_listed_twice_count_as_missing() {
    // I4: which of the two is meant is unknown.
    let doubled = listing(&["n-0", "n-0"]);
    assert!(matches!(
        verdict(&doubled, &["n-0"], None),
        AnswerVerdict::NeedsConfirmation { missing: 1, registered: 1, .. }
    ));
}

#[test]
fn a_confirmation_counts_for_its_own_answer_only() {
    // I4
    let answer = listing(&TEN[5..]);
    let digest = AnswerDigest::of(&answer);
    assert_eq!(verdict(&answer, &TEN, Some(digest.as_str())), AnswerVerdict::Usable);
    let smaller = listing(&TEN[6..]);
    assert_ne!(verdict(&smaller, &TEN, Some(digest.as_str())), AnswerVerdict::Usable);
}

#[test]
fn a_digest_depends_on_addresses_and_not_on_order_or_keys() {
    let digest = |nodes| AnswerDigest::of(&discovered(nodes));
    let plain = digest(vec![node("n-0"), node("n-1")]);
    assert_eq!(digest(vec![node("n-1"), node("n-0")]), plain);
    let rekeyed = FleetNode { admin_key: FleetAdminKey::Known(key("new")), ..node("n-1") };
    assert_eq!(digest(vec![node("n-0"), rekeyed]), plain);
    let moved = FleetNode { url: FleetUrl::Known(address("elsewhere")), ..node("n-1") };
    assert_ne!(digest(vec![node("n-0"), moved]), plain);
}
