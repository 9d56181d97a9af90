use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

mod keys;

use crate::document::Document as _;
use crate::problem::ProblemCode;
use crate::stage::StageCatalogue;

fn sample() -> Value {
    json!({
        "id": "prod-eu", "type": "AUTOMATION_NODE", "stage": "Production",
        "governCheckPolicy": "WARN", "autoconfigureFromNodesDirectory": false,
        "nodeId": "auto-eu-1", "automationNodeUrl": "https://auto-eu.internal.example:11200",
        "automationNodeExternalUrl": "https://auto-eu.example", "adminApiKey": "canary-key",
        "trustAllSSLCertificates": false, "futureSetting": {"a": [1, null, 2.5]},
        "permissions": [
            {"group": "ops", "admin": true, "read": true, "deploy": true, "since": "14"},
            {"group": "analysts", "admin": false, "read": true, "deploy": false}
        ]
    })
}

fn changed(field: &str, value: Value) -> Value {
    let mut document = sample();
    document[field] = value;
    document
}

fn problems(document: Value) -> crate::problem::Problems {
    match InfraSettings::from_document(document) {
        Ok(settings) => settings.validate(&StageCatalogue::shipped()).unwrap_err(),
        Err(problems) => problems,
    }
}

#[test]
fn a_document_survives_a_read_and_a_write_with_its_unknown_fields() {
    let settings = InfraSettings::from_document(sample()).unwrap();
    let written = settings.to_document_with_keys();
    for (name, value) in sample().as_object().unwrap() {
        assert_eq!(&written[name], value, "{name}");
    }
    assert_eq!(InfraSettings::from_document(written).unwrap(), settings);
}

#[test]
fn keys_are_withheld_unless_they_are_asked_for() {
    // R13
    let settings = InfraSettings::from_document(sample()).unwrap();
    let shown = format!("{settings:?} {}", settings.to_document());
    assert!(!shown.contains("canary"), "{shown}");
    assert!(settings.to_document_with_keys().to_string().contains("canary-key"));
}

#[test]
fn a_withheld_key_that_comes_back_stays_what_it_was() {
    let settings = InfraSettings::from_document(sample()).unwrap();
    let back = InfraSettings::from_document(settings.to_document()).unwrap();
    assert_eq!(back.target.entries()[0].admin_api_key, None);
    assert_eq!(back.keeping_keys_of(&settings), settings);
}

#[test]
fn keys_go_into_a_slot_of_their_own_and_come_back() {
    let nodes = json!([
        {"nodeId": "a", "automationNodeUrl": "http://127.0.0.1:1", "adminApiKey": "ka", "zone": "x"},
        {"nodeId": "b", "automationNodeUrl": "http://127.0.0.1:2", "adminApiKey": "kb"}
    ]);
    let document = json!({"id": "i", "stage": "Test", "type": "MULTI_AUTOMATION_NODE", "automationNodes": nodes});
    let settings = InfraSettings::from_document(document).unwrap();
    let keys = settings.keys();
    assert_eq!(
        keys.keys().collect::<Vec<_>>(),
        ["automationNodes[0].adminApiKey", "automationNodes[1].adminApiKey"]
    );
    let stored = InfraSettings::from_document(settings.to_document()).unwrap();
    assert_eq!(stored.with_keys(&keys), settings);
    assert_eq!(settings.to_document()["automationNodes"][0]["zone"], "x");
}

#[test]
fn every_wrong_field_is_reported_at_once_and_no_secret_is_repeated() {
    let document = json!({
        "id": "a/b", "stage": 7, "governCheckPolicy": "MAYBE", "adminApiKey": ["canary"],
        "automationNodeUrl": "auto.example:1", "trustAllSSLCertificates": "yes",
        "permissions": [{"group": ""}, "ops", {"group": "x", "read": 1}]
    });
    let problems = InfraSettings::from_document(document).unwrap_err();
    for (path, code) in [
        ("id", ProblemCode::Invalid),
        ("stage", ProblemCode::WrongType),
        ("governCheckPolicy", ProblemCode::UnknownValue),
        ("adminApiKey", ProblemCode::WrongType),
        ("automationNodeUrl", ProblemCode::Invalid),
        ("trustAllSSLCertificates", ProblemCode::WrongType),
        ("permissions[0].group", ProblemCode::Missing),
        ("permissions[1]", ProblemCode::WrongType),
        ("permissions[2].read", ProblemCode::WrongType),
    ] {
        assert!(problems.has(path, code), "{path}\n{problems}");
    }
    assert!(!problems.to_string().contains("canary"));
}

#[test]
fn an_unknown_stage_is_refused_with_the_known_ones() {
    let text = problems(changed("stage", json!("Staging"))).to_string();
    assert!(
        text.contains("`Staging`") && text.contains("`Development`, `Test`, `Production`"),
        "{text}"
    );
}

#[test]
fn a_group_granted_twice_is_refused() {
    let grants =
        json!([{"group": "ops", "read": true}, {"group": "dev"}, {"group": "ops", "admin": true}]);
    assert!(
        problems(changed("permissions", grants))
            .has("permissions[2].group", ProblemCode::Duplicate)
    );
}

#[test]
fn a_blank_key_is_refused() {
    for blank in ["", "   "] {
        assert!(
            problems(changed("adminApiKey", json!(blank))).has("adminApiKey", ProblemCode::Invalid)
        );
    }
}

#[test]
fn multi_node_takes_two_or_more_different_nodes() {
    // R-I6
    let multi = |nodes: Value| {
        problems(
            json!({"id": "m", "stage": "Test", "type": "MULTI_AUTOMATION_NODE", "automationNodes": nodes}),
        )
    };
    let node = |id: &str, url: &str| json!({"nodeId": id, "automationNodeUrl": url});
    assert!(multi(json!([node("a", "http://h:1")])).has("automationNodes", ProblemCode::Count));
    let twice = multi(json!([node("a", "http://h:1"), node("a", "http://h:2")]));
    assert!(twice.has("automationNodes[1].nodeId", ProblemCode::Duplicate));
    for (one, other) in [("http://h:1", "http://h:1/"), ("https://h", "https://h:443")] {
        let same = multi(json!([node("a", one), node("b", other)]));
        assert!(same.has("automationNodes[1].automationNodeUrl", ProblemCode::Duplicate));
    }
    // A check of each against all others would take minutes here.
    let mut many: Vec<Value> =
        (0..30_000).map(|n| node(&format!("n{n}"), &format!("http://h{n}:1"))).collect();
    many.push(node("n29999", "http://h29999:1"));
    let many = multi(many.into());
    assert_eq!(many.iter().len(), 2);
    assert!(many.has("automationNodes[30000].nodeId", ProblemCode::Duplicate));
    assert!(many.has("automationNodes[30000].automationNodeUrl", ProblemCode::Duplicate));
}

#[test]
fn a_fleet_node_is_named() {
    let mut document = changed("autoconfigureFromNodesDirectory", json!(true));
    document["nodeId"] = Value::Null;
    assert!(problems(document).has("nodeId", ProblemCode::Missing));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn unknown_fields_survive_whatever_they_hold(name in "x[a-zA-Z]{1,8}", value in any_json()) {
        let document = changed(&name, value.clone());
        let written = InfraSettings::from_document(document).unwrap().to_document();
        prop_assert_eq!(&written[&name], &value);
    }

    #[test]
    fn any_value_in_any_field_is_read_or_reported_without_a_panic(
        field in prop::sample::select(vec!["id", "stage", "type", "permissions", "adminApiKey", "remapping",
            "automationNodes", "hooks", "automationNodeUrl", "deployAsUser"]),
        value in any_json(),
    ) {
        match InfraSettings::from_document(changed(field, value)) {
            Ok(settings) => prop_assert_eq!(
                InfraSettings::from_document(settings.to_document_with_keys()).unwrap(), settings),
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }
}
