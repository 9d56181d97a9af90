use serde_json::json;

use super::*;
use crate::seed::AccountSource;

/// The problems of a seed: field and reason.
fn problems(seed: &Value) -> Vec<(String, String)> {
    match SeedFile::parse("seed.json", &seed.to_string()) {
        Err(SeedFileError::Wrong { problems }) => {
            problems.into_iter().map(|problem| (problem.field, problem.reason)).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn fields_in_trouble(seed: &Value) -> Vec<String> {
    problems(seed).into_iter().map(|(field, _)| field).collect()
}

#[tokio::test]
async fn a_seed_says_what_is_on_the_node() {
    let seed = json!({
        "nodeId": "auto-prod", "nodeName": "Production", "nodeType": "DEPLOYER",
        "dssVersion": "14.0.0", "adminApiKey": "known-key",
        "users": [{"login": "dana", "groups": ["ops"], "sourceType": "LDAP", "enabled": false}],
        "groups": [{"name": "ops", "mayCreateProjects": true, "ldapGroupNames": ["cn-ops"]}],
        "connections": [{"name": "sql", "type": "PostgreSQL", "allowedGroups": ["ops"]}],
        "codeEnvs": [{"envName": "py"}, {"envName": "py", "envLang": "R", "built": false}],
        "plugins": [{"id": "geo", "version": "1.0"}],
        "folders": [{"id": "a", "name": "A"}, {"id": "b", "name": "B", "parentId": "a", "writers": ["ops"]}],
        "ldapSettings": {"enabled": true, "authorizedGroups": ["cn-ops"], "defaultUserProfile": "X"},
        "directoryPeople": [{"login": "ann", "groups": ["cn-ops"]}, {"login": "bob"}],
    });
    let seed = SeedFile::parse("seed.json", &seed.to_string()).unwrap();
    assert!(seed.names_admin_api_key());
    let node = seed.into_builder().start().await;
    assert_eq!(node.admin_api_key(), "known-key");
    let dana = node.user("dana").unwrap();
    assert_eq!((dana.source_type, dana.enabled), (AccountSource::Ldap, false));
    let ann = node.log_in("ann").unwrap();
    assert_eq!((ann.groups, ann.user_profile.as_str()), (vec!["ops".to_owned()], "X"));
    assert!(node.log_in("bob").is_err(), "bob is in no authorized group");
}

#[tokio::test]
async fn an_empty_seed_is_a_fresh_node() {
    let seed = SeedFile::parse("seed.json", r#"{"users": null}"#).unwrap();
    assert!(!seed.names_admin_api_key());
    let node = seed.into_builder().start().await;
    assert_eq!(node.users().len(), 1, "the administrator");
}

#[test]
fn an_unknown_field_is_named_at_every_depth() {
    let seed = json!({
        "user": [],
        "users": [{"login": "a"}, {"login": "b", "gruops": []}],
        "connections": [{"name": "sql", "type": "X", "usableBy": "ALL"}],
        "ldapSettings": {"enable": true},
    });
    let expected = ["users[1].gruops", "connections[0].usableBy", "ldapSettings.enable", "user"];
    assert_eq!(fields_in_trouble(&seed), expected);
    assert!(problems(&seed)[0].1.contains("`groups`"), "the known fields are listed");
}

#[test]
fn a_wrong_type_is_named_and_its_value_is_not_told() {
    // R13
    let seed = json!({
        "adminApiKey": 4711,
        "nodeType": "CANARY",
        "users": [{"login": 4711, "groups": ["a", 4711]}, "CANARY"],
        "groups": {"CANARY": 1},
        "ldapSettings": {"bindPassword": ["CANARY"], "enabled": "CANARY"},
    });
    let expected = [
        "nodeType",
        "adminApiKey",
        "users[0].login",
        "users[0].groups",
        "users[1]",
        "groups",
        "ldapSettings.enabled",
        "ldapSettings.bindPassword",
    ];
    assert_eq!(fields_in_trouble(&seed), expected);
    let reported = SeedFile::parse("seed.json", &seed.to_string()).unwrap_err().to_string();
    assert!(!reported.contains("4711") && !reported.contains("CANARY"), "{reported}");
    assert_eq!(reported.matches("seed.json: ").count(), expected.len(), "{reported}");
}

#[test]
fn what_stands_there_twice_is_named_with_its_twin() {
    let seed = json!({
        "users": [{"login": "dana"}, {"login": "lee"}, {"login": "dana"}],
        "codeEnvs": [{"envName": "a"}, {"envName": "a", "envLang": "R"}, {"envName": "a"}],
    });
    let found = problems(&seed);
    let fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["users[2].login", "codeEnvs[2].envName"]);
    assert!(found[0].1.contains("`users[0]`"), "{found:?}");
}

#[test]
fn a_name_that_stands_twice_in_an_object_is_refused() {
    let error = SeedFile::parse("seed.json", r#"{"users": [], "users": []}"#).unwrap_err();
    let SeedFileError::NotJson { source, .. } = error else { panic!("{error}") };
    assert!(source.to_string().contains("`users`"), "{source}");
}

#[test]
fn what_has_to_be_there_is_asked_for() {
    let seed = json!({
        "nodeId": "", "adminApiKey": "a:b",
        "users": [{}], "connections": [{"name": ""}], "plugins": [{"id": "x"}],
    });
    let expected = [
        "nodeId",
        "adminApiKey",
        "users[0].login",
        "connections[0].name",
        "connections[0].type",
        "plugins[0].version",
    ];
    assert_eq!(fields_in_trouble(&seed), expected);
}

#[test]
fn no_folder_is_in_itself() {
    let seed = json!({"folders": [
        {"id": "a", "name": "A", "parentId": "a"},
        {"id": "b", "name": "B", "parentId": "c"},
        {"id": "c", "name": "C", "parentId": "b"},
        {"id": "ROOT", "name": "Root"},
    ]});
    let expected = ["folders[0].parentId", "folders[1].parentId", "folders[3].id"];
    assert_eq!(fields_in_trouble(&seed), expected);
}

#[test]
fn every_setting_of_the_supplier_can_be_seeded() {
    // Spelled by serde there and by hand here: this keeps the two together.
    let defaults = serde_json::to_value(MockLdapSettings::default()).unwrap();
    assert!(SeedFile::parse("seed.json", &json!({"ldapSettings": defaults}).to_string()).is_ok());
}

#[test]
fn a_file_that_is_no_object_is_refused() {
    assert_eq!(
        problems(&json!([])),
        [(String::new(), "should be an object, and is a list".to_owned())]
    );
}
