//! Accounts that the next synchronization takes away.

use super::*;

const LDIF: &str =
    "dn: uid=ann,dc=t\nuid: ann\n\ndn: uid=dis,dc=t\nuid: dis\nuserAccountControl: 514\n\n";

/// The notes on a node with these users, where every one of `needed` is needed.
fn notes(needed: &[&str], users: Vec<User>, directory: &MemoryDirectory) -> Vec<LocationNote> {
    let mut prod = location(node("prod"), users);
    prod.ldap = Ok(Some(supply(&settings(), directory)));
    let need = |who: &&str| LoginRequirement {
        login: login(who),
        role: Role::Requester,
        reason: "a deployment".to_owned(),
        at: Locations::Everywhere,
    };
    let needs = needed.iter().map(need).collect();
    let input = MatchInput { locations: vec![prod], needs, group_requirements: Vec::new() };
    match_logins(&input).notes
}

fn next_sync(cause: SyncCause, logins: &[&str]) -> LocationNote {
    let logins = logins.iter().map(|text| login(text)).collect();
    LocationNote::NextSyncDisables { place: node("prod"), cause, logins }
}

fn ldap(logins: &[&str]) -> Vec<User> {
    logins.iter().map(|text| user(text, SourceType::Ldap)).collect()
}

#[test]
fn an_ldap_account_whose_entry_is_gone_or_disabled_has_a_note() {
    // R-L5
    let needed = ["ann", "dis", "gone", "left"];
    let found = notes(&needed, ldap(&["left", "ann", "dis", "gone", "spare"]), &directory(LDIF));
    assert_eq!(
        found,
        [
            next_sync(SyncCause::NoEntry, &["gone", "left"]),
            next_sync(SyncCause::EntryDisabled, &["dis"]),
        ]
    );
}

#[test]
fn accounts_that_a_directory_does_not_supply_or_that_are_disabled_have_no_note() {
    let users = vec![
        user("gone", SourceType::Local),
        user("left", SourceType::Ldap).with_enabled(false),
        user("dis", SourceType::LocalNoAuth),
    ];
    assert_eq!(notes(&["gone", "left", "dis"], users, &directory(LDIF)), []);
    assert_eq!(notes(&[], ldap(&["gone"]), &directory(LDIF)), []);
}

#[test]
fn a_directory_that_does_not_answer_in_full_proves_no_account_gone() {
    let cut = directory(LDIF).with_size_limit(1);
    let found = notes(&["gone"], ldap(&["gone"]), &cut);
    assert!(matches!(found.as_slice(), [LocationNote::DirectoryUnknown { .. }]), "{found:?}");
}
