use std::collections::BTreeSet;
use std::path::Path;

use project_deployer::core::accounts::SourceType;
use project_deployer::ldap::matching::{SimilarLogin, SimilarityKind};
use project_deployer::ldap::{AccountBlock, GroupNames, Reason};
use serde_json::Value;

use super::*;

/// One presence of each status, each the next of the one before.
fn presences() -> impl Iterator<Item = Presence> {
    let source = || SourceType::Ldap;
    std::iter::successors(Some(Presence::Present), move |presence| {
        Some(match presence {
            Presence::Present => Presence::Disabled { expected: None, found: source() },
            Presence::Disabled { .. } => {
                Presence::OtherSource { expected: source(), found: SourceType::Local }
            }
            Presence::OtherSource { .. } => {
                Presence::NearMatch(SimilarLogin::new("ann".parse().unwrap(), SimilarityKind::Case))
            }
            Presence::NearMatch(_) => Presence::OnlyByLogin { source: source() },
            Presence::OnlyByLogin { .. } => {
                Presence::ImportableOnDemand { source: source(), also: None }
            }
            Presence::ImportableOnDemand { .. } => Presence::ImportableAtFirstLogin,
            Presence::ImportableAtFirstLogin => Presence::ImportSwitchedOff,
            Presence::ImportSwitchedOff => Presence::NotAuthorized {
                groups: GroupNames::from_iter(["ops".to_owned()]),
                in_another_case: false,
                indirect: None,
            },
            Presence::NotAuthorized { .. } => Presence::Ambiguous { entries: Vec::new() },
            Presence::Ambiguous { .. } => blocked(),
            Presence::BlockedInDirectory { .. } => {
                Presence::NotInDirectory { similar: None, unseen: None }
            }
            Presence::NotInDirectory { .. } => Presence::Unknown { reason: Reason::new("x") },
            _ => return None,
        })
    })
}

fn blocked() -> Presence {
    let block = AccountBlock::new(BlockKind::Locked, "lockoutTime", "5");
    Presence::BlockedInDirectory { block, otherwise: Box::new(Presence::ImportableAtFirstLogin) }
}

fn group_presences() -> [GroupPresence; 4] {
    [
        GroupPresence::Present,
        GroupPresence::OtherCase { found: "ops".parse().unwrap() },
        GroupPresence::Missing,
        GroupPresence::Unknown { reason: Reason::new("x") },
    ]
}

fn login_codes() -> BTreeSet<String> {
    presences().map(|presence| Status::of(&presence).code().to_owned()).collect()
}

fn group_codes() -> BTreeSet<String> {
    group_presences().iter().map(|presence| Status::of_group(presence).code().to_owned()).collect()
}

/// A page of `docs/`.
fn page(name: &str) -> String {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    std::fs::read_to_string(docs.join(name)).unwrap()
}

/// The ids in the first column of a table, as a line of it begins.
fn ids<'a>(text: &'a str, before: &'a str) -> BTreeSet<String> {
    let rest = text.lines().filter_map(|line| line.strip_prefix(before));
    rest.filter_map(|rest| rest.split_once('`')).map(|(id, _)| id.to_owned()).collect()
}

#[test]
fn codes_are_those_of_the_library() {
    assert_eq!(login_codes(), Presence::STATUSES.map(str::to_owned).into());
    for presence in presences() {
        let library = serde_json::to_value(&presence).unwrap();
        assert_eq!(library["status"], Status::of(&presence).code());
        assert_eq!(library["status"], presence.status());
    }
    for presence in group_presences() {
        let library = serde_json::to_value(&presence).unwrap();
        assert_eq!(library["status"], Status::of_group(&presence).code());
    }
}

#[test]
fn the_page_of_statuses_explains_each_status_and_no_other() {
    let text = page("statuses.md");
    let (logins, groups) = text.split_once("## Statuses of groups").unwrap();
    let known = login_codes();
    assert_eq!(ids(logins, "## `"), known, "headings");
    assert_eq!(ids(logins, "| [`"), known, "table");
    for code in &known {
        assert!(
            logins.contains(&format!("| [`{code}`](#{code}) |")),
            "{code}: link to its heading"
        );
    }
    assert_eq!(ids(groups, "| `"), group_codes());
}

#[test]
fn the_schema_of_outputs_lists_each_status_and_no_other() {
    let schema: Value = serde_json::from_str(&page("output.schema.json")).unwrap();
    let listed = |name: &str| -> BTreeSet<String> {
        let ids = schema["$defs"][name]["enum"].as_array().unwrap().iter();
        ids.map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed("loginStatus"), login_codes());
    assert_eq!(listed("groupStatus"), group_codes());
}
