use project_deployer_core::Timestamp;

use super::*;
use crate::dn::Dn;

/// 2026-07-01T00:00:00Z
const NOW: Timestamp = Timestamp::from_millis(1_782_864_000_000);

fn state(values: &[(&'static str, &str)]) -> AccountState {
    let dn = Dn::parse("uid=ann,dc=example,dc=test").unwrap();
    let entry = values.iter().fold(Entry::new(dn), |entry, (name, value)| {
        entry.with(AttributeName::known(name), *value)
    });
    AccountState::of(&entry, NOW)
}

fn blocked(values: &[(&'static str, &str)]) -> Option<(BlockKind, String)> {
    match state(values) {
        AccountState::Blocked(block) => Some((block.state, block.attribute)),
        AccountState::Active => None,
        AccountState::Unknown(reason) => panic!("{values:?}: {reason}"),
    }
}

#[test]
fn each_attribute_that_blocks_a_bind_is_read() {
    // D11
    use BlockKind::{Disabled, Expired, Locked};
    for (attribute, value, kind) in [
        ("userAccountControl", "514", Disabled),
        ("userAccountControl", "66050", Disabled),
        ("msDS-UserAccountDisabled", "TRUE", Disabled),
        ("nsAccountLock", "true", Disabled),
        ("nsRoleDN", "CN=nsManagedDisabledRole,dc=example,dc=test", Disabled),
        ("loginDisabled", "TRUE", Disabled),
        ("ds-pwp-account-disabled", "true", Disabled),
        ("pwdStartTime", "20300101000000Z", Disabled),
        ("accountExpires", "132223104000000000", Expired),
        ("pwdEndTime", "20200101000000Z", Expired),
        ("krbPrincipalExpiration", "20200101000000Z", Expired),
        ("loginExpirationTime", "20200101000000Z", Expired),
        ("shadowExpire", "18262", Expired),
        ("shadowExpire", "0", Expired),
        ("msDS-User-Account-Control-Computed", "8388608", Expired),
        ("pwdLastSet", "0", Expired),
        ("msDS-User-Account-Control-Computed", "16", Locked),
        ("lockoutTime", "132223104000000000", Locked),
        ("pwdAccountLockedTime", "000001010000Z", Locked),
        ("pwdAccountLockedTime", "20260630235959Z", Locked),
        ("accountUnlockTime", "20260701000100Z", Locked),
        ("accountUnlockTime", "19700101000000Z", Locked),
        ("lockedByIntruder", "TRUE", Locked),
    ] {
        assert_eq!(blocked(&[(attribute, value)]), Some((kind, attribute.to_owned())), "{value}");
    }
}

#[test]
fn values_of_ordinary_accounts_block_nothing() {
    for value in [
        ("userAccountControl", "512"),
        ("userAccountControl", "66048"),
        ("accountExpires", "0"),
        ("accountExpires", "9223372036854775807"),
        ("accountExpires", "155000000000000000"),
        ("lockoutTime", "0"),
        ("pwdLastSet", "132223104000000000"),
        ("msDS-User-Account-Control-Computed", "0"),
        ("nsAccountLock", "FALSE"),
        ("nsRoleDN", "cn=editors,dc=example,dc=test"),
        ("loginDisabled", "FALSE"),
        ("shadowExpire", "-1"),
        ("shadowExpire", "30000"),
        ("pwdEndTime", "20300101000000Z"),
        ("pwdStartTime", "20200101000000Z"),
        ("krbPrincipalExpiration", "20380119031407Z"),
        ("accountUnlockTime", "20260630000000Z"),
    ] {
        assert_eq!(blocked(&[value]), None, "{value:?}");
    }
}

#[test]
fn the_domain_controller_is_believed_about_old_lockouts_and_exempt_passwords() {
    let computed = ("msDS-User-Account-Control-Computed", "0");
    assert_eq!(blocked(&[("lockoutTime", "132223104000000000"), computed]), None);
    assert_eq!(blocked(&[("pwdLastSet", "0"), ("userAccountControl", "66048")]), None);
    assert_eq!(blocked(&[("pwdLastSet", "0"), ("userAccountControl", "262656")]), None);
}

#[test]
fn an_account_ends_at_the_first_moment_of_its_limit() {
    // D11: 20635 days after the beginning of 1970 it is 2026-07-01
    use BlockKind::{Expired, Locked};
    let filetime = 116_444_736_000_000_000 + 1_782_864_000_000 * 10_000_i64;
    for (attribute, value, block) in [
        ("shadowExpire", "20635".to_owned(), Some(Expired)),
        ("shadowExpire", "20636".to_owned(), None),
        ("accountExpires", filetime.to_string(), Some(Expired)),
        ("accountExpires", (filetime + 10_000).to_string(), None),
        ("pwdEndTime", "20260701000000Z".to_owned(), Some(Expired)),
        ("pwdEndTime", "20260701000001Z".to_owned(), None),
        ("pwdStartTime", "20260701000000Z".to_owned(), None),
        ("pwdStartTime", "20260701000001Z".to_owned(), Some(BlockKind::Disabled)),
        ("krbPrincipalExpiration", "20260701000000Z".to_owned(), Some(Expired)),
        ("krbPrincipalExpiration", "20260701000001Z".to_owned(), None),
        ("accountUnlockTime", "20260701000000Z".to_owned(), None),
        ("accountUnlockTime", "20260701000001Z".to_owned(), Some(Locked)),
    ] {
        let found = blocked(&[(attribute, value.as_str())]).map(|(kind, _)| kind);
        assert_eq!(found, block, "{attribute}: {value}");
    }
}

#[test]
fn disabled_is_shown_before_expired_and_locked() {
    let all = [("lockoutTime", "5"), ("accountExpires", "5"), ("userAccountControl", "514")];
    assert_eq!(blocked(&all).unwrap().0, BlockKind::Disabled);
    assert_eq!(blocked(&all[..2]).unwrap().0, BlockKind::Expired);
}

#[test]
fn a_value_that_cannot_be_read_is_unknown_and_never_active() {
    // D7
    for value in [
        ("userAccountControl", "enabled"),
        ("accountExpires", "never"),
        ("nsAccountLock", "yes"),
        ("nsRoleDN", "not-a-dn"),
        ("shadowExpire", "2026-01-01"),
        ("pwdEndTime", "2026-01-01"),
        ("krbPrincipalExpiration", "20260231000000Z"),
        ("accountUnlockTime", "soon"),
    ] {
        let state = state(&[value]);
        assert!(
            matches!(&state, AccountState::Unknown(reason) if reason.as_str().contains(value.0)),
            "{state:?}"
        );
    }
    // another attribute that blocks still decides
    assert!(blocked(&[("shadowExpire", "soon"), ("nsAccountLock", "TRUE")]).is_some());
}

#[test]
fn binary_values_are_unknown_and_never_active() {
    // D7
    for rule in RULES {
        let dn = Dn::parse("uid=ann,dc=example,dc=test").unwrap();
        let entry = Entry::new(dn).with(AttributeName::known(rule.attribute), vec![0xff, 0xfe]);
        let state = AccountState::of(&entry, NOW);
        assert!(matches!(state, AccountState::Unknown(_)), "{}: {state:?}", rule.attribute);
    }
}

#[test]
fn values_of_the_server_do_not_reach_a_terminal_as_they_are() {
    let AccountState::Blocked(block) = state(&[("pwdAccountLockedTime", "\u{1b}[31m\u{202e}x")])
    else {
        panic!("not blocked")
    };
    assert!(block.to_string().chars().all(|c| !c.is_control() && c != '\u{202e}'), "{block}");
}

#[test]
fn numbers_beyond_every_range_block_or_are_unknown() {
    // D7
    for value in [
        ("accountExpires", "18446744073709551615"),
        ("userAccountControl", "99999999999999999999"),
        ("shadowExpire", "-9223372036854775809"),
        ("lockoutTime", "1e3"),
    ] {
        assert!(matches!(state(&[value]), AccountState::Unknown(_)), "{value:?}");
    }
    for value in [
        ("accountExpires", "-1"),
        ("accountExpires", "-9223372036854775808"),
        ("lockoutTime", "-1"),
        ("userAccountControl", "-2147483134"),
    ] {
        assert!(blocked(&[value]).is_some(), "{value:?}");
    }
    assert_eq!(blocked(&[("shadowExpire", "9223372036854775807")]), None);
}

#[test]
fn times_are_read_in_every_form_of_rfc_4517() {
    let same = 1_782_864_000_000;
    for text in [
        "20260701000000Z",
        "202607010000Z",
        "2026070100Z",
        "20260701000000.0Z",
        "20260701000000,999Z",
        "20260701020000+0200",
        "20260630190000-05",
    ] {
        assert_eq!(time::generalized(text).map(Timestamp::as_millis), Some(same), "{text}");
    }
    for text in [
        "",
        "2026",
        "20260701000000",
        "20260701000000.Z",
        "20260701000000+2",
        "x",
        "20261301000000Z",
    ] {
        assert_eq!(time::generalized(text), None, "{text}");
    }
    assert_eq!(time::file_time(i64::MIN).as_millis(), (i64::MIN) / 10_000);
    assert_eq!(time::start_of_day(1).as_millis(), 86_400_000);
    assert!(time::start_of_day(i64::MAX) > NOW);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_value_panics(index in 0..RULES.len(), value in ".{0,40}") {
            let _ = state(&[(RULES[index].attribute, &value)]);
        }
    }
}
