use project_deployer_core::stage::StageCatalogue;
use serde_json::Value;

use super::*;

#[test]
fn settings_are_read_as_they_are_written_without_their_secrets() {
    // R13
    let settings = fleet();
    let written = serde_json::to_value(&settings).unwrap();
    assert_eq!(written["source"]["keySecret"], ApiKeySecret::PLACEHOLDER);
    assert!(!written.to_string().contains("\"s\""), "{written}");
    let read = FleetSettings::from_document(written).unwrap();
    assert_eq!(read.clone().without_secrets(), settings.clone().without_secrets());
    assert_eq!(read.keeping_secrets_of(&settings), settings, "the placeholder keeps the secret");
}

#[test]
fn a_secret_stays_only_where_the_service_has_the_same_address() {
    // R13
    let moved = |url: &str| {
        let mut document = serde_json::to_value(fleet()).unwrap();
        document["source"]["url"] = Value::from(url);
        FleetSettings::from_document(document).unwrap().keeping_secrets_of(&fleet())
    };
    assert_eq!(moved("https://fleet.example").source.secrets().len(), 1);
    assert_eq!(moved("https://evil.example").source.secrets().len(), 0);
}

#[test]
fn keys_of_a_list_are_secrets_of_their_node_and_address() {
    // R13
    let listed = |url: &str, key: Option<&str>| {
        let mut node = json!({"nodeId": "a", "url": url});
        if let Some(key) = key {
            node["adminKey"] = Value::from(key);
        }
        let document = json!({"id": "file", "source": {"kind": "list", "nodes": [node]}, "newInfras": {"stage": "Test"}});
        FleetSettings::from_document(document).unwrap()
    };
    let old = listed("https://a.example", Some("canary-1"));
    assert!(!format!("{old:?} {}", serde_json::to_string(&old).unwrap()).contains("canary"));
    let kept = |url: &str| listed(url, None).keeping_secrets_of(&old).source.secrets().len();
    assert_eq!((kept("https://a.example"), kept("https://b.example")), (1, 0));
}

#[test]
fn every_mistake_in_settings_is_named_with_its_field() {
    let document = json!({
        "id": "x", "source": {"kind": "list", "nodes": [{"nodeId": "a"}, {"nodeId": "a"}]},
        "infraId": "same", "intervalSeconds": 5, "mostMissingPercent": 200,
        "newInfras": {"adminApiKey": "k", "permissions": 3},
    });
    let problems = FleetSettings::from_document(document).unwrap().problems();
    for path in [
        "infraId",
        "intervalSeconds",
        "mostMissingPercent",
        "source.nodes",
        "newInfras.adminApiKey",
        "newInfras.stage",
        "newInfras.permissions",
    ] {
        assert!(problems.iter().any(|problem| problem.path == path), "{path}: {problems}");
    }
    assert!(fleet().problems().is_empty(), "{}", fleet().problems());
}

#[test]
fn a_name_in_the_template_that_looks_like_a_known_one_is_a_mistake_and_another_one_is_kept() {
    // I1: a right that nobody gets would go unnoticed.
    let document = json!({
        "id": "x", "source": {"kind": "list", "nodes": []},
        "newInfras": {"stage": "Test", "rights": {"ops": "deploy"}, "deployAsUsr": "robot", "futureField": 1},
    });
    let settings = FleetSettings::from_document(document).unwrap();
    let problems = settings.problems_on(&StageCatalogue::shipped(), None);
    let found: Vec<_> = problems.iter().map(|it| (it.path.as_str(), &*it.hint)).collect();
    let expected = [
        ("newInfras.deployAsUsr", "did you mean `deployAsUser`?"),
        ("newInfras.rights", "did you mean `permissions`?"),
    ];
    assert_eq!(found, expected);
    let edited = settings.problems_on(&StageCatalogue::shipped(), Some(&settings));
    assert!(edited.is_empty(), "a fleet that has them already is edited all the same: {edited}");
}

#[test]
fn a_secret_of_another_type_is_refused_without_showing_it() {
    // R13
    let document = json!({
        "id": "x", "newInfras": {"stage": "Test"},
        "source": {"kind": "launchpad", "space": "s", "keyId": "k", "keySecret": 471_142},
    });
    let problems = FleetSettings::from_document(document).unwrap_err().to_string();
    assert!(
        problems.contains("the secret is no text") && !problems.contains("471142"),
        "{problems}"
    );
}
