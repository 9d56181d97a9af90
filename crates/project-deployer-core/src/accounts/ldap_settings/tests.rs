use super::*;
use crate::accounts::{Group, SourceType, User};
use crate::document::Document as _;
use crate::problem::ProblemCode;

const SAMPLE: &str = r#"{"enabled": true, "url": "ldaps://dir.example.test/dc=example,dc=test",
  "bindDN": "cn=reader", "bindPassword": "canary", "userFilter": "(uid={USERNAME})",
  "usernameAttribute": "uid", "enableGroups": true, "authorizedGroups": "analytics, ops",
  "autoImportUsers": true, "groupProfiles": [{"group": "ops", "profile": "READER"}],
  "remappingRules": [{"ruleFrom": "@.*$", "ruleTo": ""}]}"#;

#[test]
fn ldap_settings_keep_what_they_do_not_know_and_hide_the_password() {
    let settings = LdapSettings::from_json(SAMPLE.as_bytes()).unwrap();
    assert_eq!(settings.authorized_groups, ["analytics", "ops"]);
    assert!(!format!("{settings:?}").contains("canary"), "R13");
    let written = settings.to_document();
    assert_eq!(written["groupProfiles"][0]["profile"], "READER");
    assert_eq!(written["bindPassword"], "canary");
    assert_eq!(written["remappingRules"][0]["ruleFrom"], "@.*$");
}

#[test]
fn every_field_of_another_type_is_reported_at_once() {
    let text = br#"{"enabled": "yes", "url": 7, "bindPassword": 12345, "remappingRules": [{"ruleTo": "x"}]}"#;
    let problems = LdapSettings::from_json(text).unwrap_err();
    for (path, code) in [
        ("enabled", ProblemCode::WrongType),
        ("url", ProblemCode::WrongType),
        ("bindPassword", ProblemCode::WrongType),
        ("remappingRules[0].ruleFrom", ProblemCode::Missing),
    ] {
        assert!(problems.has(path, code), "{path}: {problems}");
    }
    assert!(!problems.to_string().contains("12345"), "R13: {problems}");
}

#[test]
fn a_user_document_survives_a_read_and_a_write() {
    let text = r#"{"login":"mina","displayName":"Mina Okoro","groups":["ops"],"sourceType":"LDAP",
        "enabled":false,"secrets":[{"name":"token","value":"canary"}],"activeWebSocketSesssions":2}"#;
    let user = User::from_json(text.as_bytes()).unwrap();
    assert_eq!((user.enabled, &user.source_type), (false, &SourceType::Ldap));
    assert!(!format!("{user:?}").contains("canary"), "R13");
    let written = serde_json::to_value(&user).unwrap();
    assert_eq!(written["activeWebSocketSesssions"], 2);
    assert_eq!(written["secrets"][0]["value"], "canary");
}

#[test]
fn an_unknown_source_type_is_kept() {
    let user = User::from_json(br#"{"login":"mina","sourceType":"LUNAR"}"#).unwrap();
    assert_eq!(serde_json::to_value(&user).unwrap()["sourceType"], "LUNAR");
}

#[test]
fn a_group_reads_lists_and_comma_text() {
    // wire-facts 7.9: arrays now, comma text in older releases
    let names = |text: &str| Group::from_json(text.as_bytes()).unwrap().ldap_group_names;
    assert_eq!(names(r#"{"name":"ops","ldapGroupNames":["a","b"]}"#), ["a", "b"]);
    assert_eq!(names(r#"{"name":"ops","ldapGroupNames":"a, b"}"#), ["a", "b"]);
    assert_eq!(names(r#"{"name":"ops","ldapGroupNames":null}"#), Vec::<String>::new());
}
