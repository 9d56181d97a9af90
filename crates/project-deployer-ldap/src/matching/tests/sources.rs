//! The expected source of a user who is present.

use super::*;

#[test]
fn a_local_account_on_the_deployer_is_no_reason_to_make_directory_users_local() {
    // R-L1, R-L10: both steps would only swap the sources
    let mut test = location(node("test"), vec![user("ann", SourceType::Ldap)]);
    test.ldap = Ok(Some(supply(&settings(), &directory("dn: uid=ann,dc=t\nuid: ann\n"))));
    let mut deployer = location(LocationId::Deployer, vec![user("ann", SourceType::Local)]);
    deployer.ldap = test.ldap.clone();
    let report =
        match_logins(&MatchInput { locations: vec![deployer, test], ..MatchInput::default() });
    let at = |id: &LocationId| report.presence(&login("ann"), id).cloned();
    let shadowed = Presence::OtherSource { expected: SourceType::Ldap, found: SourceType::Local };
    assert_eq!(at(&LocationId::Deployer), Some(shadowed));
    assert_eq!(at(&node("test")), Some(Presence::Present));
}

#[test]
fn a_directory_that_did_not_tell_is_no_reason_to_make_its_users_local() {
    // R10
    let deployer = location(LocationId::Deployer, vec![user("ann", SourceType::Local)]);
    let disabled = user("ann", SourceType::Ldap).with_enabled(false);
    for (of_node, expected) in [
        (user("ann", SourceType::Ldap), Presence::Present),
        (disabled, Presence::Disabled { expected: None, found: SourceType::Ldap }),
    ] {
        let mut test = location(node("test"), vec![of_node]);
        test.ldap = Err(Reason::new("its directory is down"));
        let locations = vec![deployer.clone(), test];
        let report = match_logins(&MatchInput { locations, ..MatchInput::default() });
        assert_eq!(report.presence(&login("ann"), &node("test")), Some(&expected));
    }
}

#[test]
fn a_directory_that_does_not_have_somebody_leaves_the_deployers_word() {
    let deployer = location(LocationId::Deployer, vec![user("ann", SourceType::Local)]);
    let mut test = location(node("test"), vec![user("ann", SourceType::Ldap)]);
    test.ldap = Ok(Some(supply(&settings(), &directory("dn: uid=bob,dc=t\nuid: bob\n"))));
    let report =
        match_logins(&MatchInput { locations: vec![deployer, test], ..MatchInput::default() });
    let swapped = Presence::OtherSource { expected: SourceType::Local, found: SourceType::Ldap };
    assert_eq!(report.presence(&login("ann"), &node("test")), Some(&swapped));
}
