//! People who are disabled, expired or locked in the directory.

use super::*;
use crate::account_state::BlockKind;

/// `dis` is disabled and `loc` locked; `out` is disabled and in no authorized group.
const LDIF: &str = "dn: uid=dis,dc=t\nuid: dis\nuserAccountControl: 514\n\n\
    dn: uid=loc,dc=t\nuid: loc\npwdAccountLockedTime: 000001010000Z\n\n\
    dn: uid=bad,dc=t\nuid: bad\naccountExpires: soon\n\n\
    dn: uid=out,dc=t\nuid: out\nuserAccountControl: 514\n\n\
    dn: cn=ops,dc=t\ncn: ops\nmember: uid=dis,dc=t\nmember: uid=loc,dc=t\nmember: uid=bad,dc=t\n";

fn report(who: &str, users: Vec<User>, own: &LdapSettings) -> ParityReport {
    let mut prod = location(node("prod"), users);
    prod.ldap = Ok(Some(supply(own, &directory(LDIF))));
    let need = LoginRequirement {
        login: login(who),
        role: Role::Requester,
        reason: "a deployment".to_owned(),
        at: Locations::Everywhere,
    };
    let locations = vec![location(LocationId::Deployer, Vec::new()), prod];
    match_logins(&MatchInput { locations, needs: vec![need], group_requirements: Vec::new() })
}

fn presence(who: &str, users: Vec<User>) -> Presence {
    let ops = settings().with_authorized_groups(vec!["ops".to_owned()]);
    report(who, users, &ops).presence(&login(who), &node("prod")).unwrap().clone()
}

fn blocked(presence: Presence) -> (BlockKind, Presence) {
    match presence {
        Presence::BlockedInDirectory { block, otherwise } => (block.state, *otherwise),
        other => panic!("{other:?}"),
    }
}

#[test]
fn somebody_whom_the_directory_blocks_is_not_importable() {
    // D11
    let found = blocked(presence("dis", Vec::new()));
    assert_eq!(found, (BlockKind::Disabled, Presence::ImportableAtFirstLogin));
    let found = blocked(presence("loc", Vec::new()));
    assert_eq!(found, (BlockKind::Locked, Presence::ImportableAtFirstLogin));
    let found = blocked(presence("out", Vec::new()));
    assert!(matches!(found.1, Presence::NotAuthorized { .. }), "{found:?}");
}

#[test]
fn a_disabled_account_of_somebody_whom_the_directory_blocks_says_so_whatever_its_source_is() {
    for source in [SourceType::Ldap, SourceType::Local] {
        let user = user("dis", source).with_enabled(false);
        let (kind, otherwise) = blocked(presence("dis", vec![user]));
        assert_eq!(kind, BlockKind::Disabled);
        assert!(matches!(otherwise, Presence::Disabled { .. }), "{otherwise:?}");
    }
}

#[test]
fn an_enabled_account_stays_present() {
    assert_eq!(presence("dis", vec![user("dis", SourceType::Ldap)]), Presence::Present);
}

#[test]
fn a_directory_of_another_location_counts_where_the_location_has_none() {
    let mut deployer = location(LocationId::Deployer, Vec::new());
    deployer.ldap = Ok(Some(supply(&settings(), &directory(LDIF))));
    let disabled = user("dis", SourceType::Local).with_enabled(false);
    let locations = vec![deployer, location(node("prod"), vec![disabled])];
    let report = match_logins(&MatchInput { locations, ..MatchInput::default() });
    let found = report.presence(&login("dis"), &node("prod")).unwrap();
    assert!(matches!(found, Presence::BlockedInDirectory { .. }), "{found:?}");
}

#[test]
fn the_own_directory_of_a_location_decides_where_it_has_the_login() {
    // somebody else may have the login in another directory
    let active = "dn: uid=dis,dc=t\nuid: dis\nuserAccountControl: 512\n";
    let mut deployer = location(LocationId::Deployer, Vec::new());
    deployer.ldap = Ok(Some(supply(&settings(), &directory(LDIF))));
    let disabled = user("dis", SourceType::Ldap).with_enabled(false);
    let mut prod = location(node("prod"), vec![disabled]);
    let own = settings().with_url("ldap://own.example.test/dc=t");
    prod.ldap = Ok(Some(supply(&own, &directory(active))));
    let report =
        match_logins(&MatchInput { locations: vec![deployer, prod], ..MatchInput::default() });
    let found = report.presence(&login("dis"), &node("prod")).unwrap();
    assert!(matches!(found, Presence::Disabled { .. }), "{found:?}");
}

#[test]
fn a_state_that_cannot_be_read_is_not_taken_for_an_active_account() {
    // D7
    let found = presence("bad", Vec::new());
    assert!(
        matches!(&found, Presence::Unknown { reason } if reason.as_str().contains("`accountExpires`")),
        "{found:?}"
    );
}

#[test]
fn the_remedy_is_a_persons_and_names_attribute_and_value() {
    let disabled = user("dis", SourceType::Ldap).with_enabled(false);
    let report = report("dis", vec![disabled], &settings());
    let plan = RemedyPlan::of(&report, Breadth::Needed);
    let step = plan.steps().find(|step| step.places == [node("prod")]).unwrap();
    assert_eq!(step.actor, Actor::Person);
    let text = step.to_string();
    assert!(
        text.contains("`userAccountControl` is `514`") && text.ends_with("then enable"),
        "{text}"
    );
}
