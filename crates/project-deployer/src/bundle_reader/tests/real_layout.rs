//! The layout of a design node (wire-facts 9.1), alone and beside the older one of this project.

use project_deployer_core::Timestamp;
use project_deployer_core::bundle::{RequiredCodeEnv, RequiredConnection, RequiredPlugin};
use project_deployer_core::problem::{ProblemCode, Problems};
use serde_json::{Map, Value, json};

use super::*;

const MINUTE: &str = "2020-04-29T22:51:35.217+0200";
const MINUTE_MILLIS: i64 = 1_588_193_495_217;

fn bundle(manifest: &Value) -> Result<BundleContents, BundleError> {
    read(&bundle_of([("export-manifest.json", manifest.to_string().as_str())]))
}

#[track_caller]
fn problems(manifest: &Value) -> Problems {
    match bundle(manifest) {
        Err(BundleError::Document { problems, .. }) => problems,
        other => panic!("{manifest}: {other:?}"),
    }
}

fn merged(parts: &[&Value]) -> Value {
    let mut fields = Map::new();
    for part in parts {
        fields.extend(part.as_object().unwrap().clone());
    }
    fields.into()
}

fn real() -> Value {
    json!({
        "bundleId": "b922",
        "originalProjectKey": "CHURN",
        "manifestVersion": 3,
        "generatedWithDSSVersion": "14.1.0",
        "generatedWithDSSConfVersion": "14100",
        "exportUserInfo": {
            "exportedOn": MINUTE, "exportedBy": "mina", "releaseNotes": "first\nsecond line",
        },
        "exportedWithOptions": {"exportUploads": false, "includedDatasetsData": []},
        "actualContent": {"configContent": {"datasets": 25}, "includedDatasets": []},
        "exportedWithPlugins": [
            {"pluginId": "geo", "version": "1.1.2"}, {"pluginId": "builtin-macros"},
        ],
        "requiredConnections": {
            "files": {"name": "files", "type": "Filesystem", "isMissing": false},
            "sql": {"name": "sql", "type": "PostgreSQL"},
        },
        "usedCodeEnvRefs": [{"envName": "py39", "envLang": "PYTHON"}, {"envName": "stats", "envLang": "R"}],
        "designNodeId": "design",
        "hasPartitionedDataset": false,
    })
}

/// What the older layout states about the same bundle.
fn older() -> Value {
    json!({
        "bundleId": "b922",
        "projectKey": "CHURN",
        "releaseNotes": "first\nsecond line",
        "exportedBy": "mina",
        "exportedOn": MINUTE_MILLIS,
        "plugins": [{"id": "geo", "version": "1.1.2"}],
        "connections": [{"name": "sql", "type": "PostgreSQL"}, {"name": "files", "type": "Filesystem"}],
        "codeEnvs": [{"name": "stats", "lang": "r"}, {"name": "py39"}],
        "designNode": {"nodeId": "design"},
    })
}

/// The values of the fields that have two names, by both of them.
fn pairs() -> Vec<(&'static str, &'static str)> {
    vec![
        ("originalProjectKey", "projectKey"),
        ("exportUserInfo.releaseNotes", "releaseNotes"),
        ("exportUserInfo.exportedBy", "exportedBy"),
        ("exportUserInfo.exportedOn", "exportedOn"),
        ("exportedWithPlugins", "plugins"),
        ("requiredConnections", "connections"),
        ("usedCodeEnvRefs", "codeEnvs"),
        ("designNodeId", "designNode.nodeId"),
    ]
}

fn slot<'a>(manifest: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('.').fold(manifest, |value, name| &mut value[name])
}

fn code_env(name: &str, language: &str) -> RequiredCodeEnv {
    RequiredCodeEnv::new(name.to_owned(), language.to_owned())
}

fn connection(name: &str, kind: &str) -> RequiredConnection {
    RequiredConnection::new(name.to_owned(), Some(kind.to_owned()))
}

#[test]
fn a_bundle_of_a_design_node_is_read_in_full() {
    let contents = bundle(&real()).unwrap();
    assert_eq!((contents.project_key.as_str(), contents.bundle_id.as_str()), ("CHURN", "b922"));
    assert_eq!(contents.release_notes.as_deref(), Some("first\nsecond line"));
    assert_eq!(contents.exported_by.as_deref(), Some("mina"));
    assert_eq!(contents.exported_on, Some(Timestamp::from_millis(MINUTE_MILLIS)));
    assert_eq!(contents.generated_with.as_deref(), Some("14.1.0"));
    assert_eq!(contents.design_node.node_id.unwrap().as_str(), "design");
    assert_eq!(contents.design_node.project_key.unwrap().as_str(), "CHURN");
    let expected = [connection("files", "Filesystem"), connection("sql", "PostgreSQL")];
    assert_eq!(contents.connections, expected);
    assert_eq!(contents.code_envs, [code_env("py39", "PYTHON"), code_env("stats", "R")]);
    let plugins = [
        RequiredPlugin::installed("builtin-macros", None),
        RequiredPlugin::installed("geo", Some("1.1.2".to_owned())),
    ];
    assert_eq!(contents.plugins, plugins);
}

#[test]
fn a_manifest_with_both_names_of_everything_is_read_once() {
    let contents = bundle(&merged(&[&older(), &real()])).unwrap();
    assert_eq!(contents.connections, bundle(&real()).unwrap().connections);
    assert_eq!(contents.code_envs, bundle(&real()).unwrap().code_envs);
    let plugins = [
        RequiredPlugin::installed("builtin-macros", None),
        RequiredPlugin::used("geo", Some("1.1.2".to_owned())),
    ];
    assert_eq!(contents.plugins, plugins);
}

/// Each field under its real name, its older one, both, and neither.
#[test]
fn every_field_may_have_either_name_independently_of_the_others() {
    let (real, older) = (real(), older());
    let full = bundle(&merged(&[&older, &real])).unwrap();
    for choice in 0..1_u32 << pairs().len() {
        let mut manifest = merged(&[&older, &real]);
        for (index, (one, other)) in pairs().into_iter().enumerate() {
            let left_out = if choice & 1 << index == 0 { one } else { other };
            *slot(&mut manifest, left_out) = Value::Null;
        }
        let read = bundle(&manifest).unwrap();
        let ids = |contents: &BundleContents| {
            contents.plugins.iter().map(|plugin| plugin.id.clone()).collect::<Vec<_>>()
        };
        assert!(ids(&read).contains(&"geo".to_owned()), "{manifest}");
        let read = read.with_plugins(full.plugins.clone());
        assert_eq!(read, full, "{manifest}");
    }
}

#[test]
fn a_field_that_is_absent_under_both_names_is_empty_unless_it_is_required() {
    for (one, other) in pairs() {
        let mut manifest = merged(&[&older(), &real()]);
        *slot(&mut manifest, one) = Value::Null;
        *slot(&mut manifest, other) = Value::Null;
        if one == "originalProjectKey" {
            assert!(problems(&manifest).has(one, ProblemCode::Missing));
        } else {
            assert!(bundle(&manifest).is_ok(), "{one}");
        }
    }
}

#[test]
fn two_names_that_disagree_are_refused_with_both_of_them() {
    let others = [
        json!("OTHER"),
        json!("other notes"),
        json!("ben"),
        json!(MINUTE_MILLIS + 1),
        json!([{"id": "geo", "version": "9.9.9"}]),
        json!([{"name": "sql", "type": "Oracle"}, {"name": "files"}]),
        json!([{"name": "stats", "lang": "PYTHON"}, {"name": "py39"}]),
        json!("elsewhere"),
    ];
    for ((one, other), value) in pairs().into_iter().zip(others) {
        let mut manifest = merged(&[&older(), &real()]);
        *slot(&mut manifest, other) = value;
        let found = problems(&manifest);
        assert!(found.has(one, ProblemCode::Conflict), "{one}: {found}");
        assert_eq!(found.iter().count(), 1, "{one}: {found}");
        assert!(found.to_string().contains(&format!("`{other}`")), "{found}");
    }
}

#[test]
fn lists_of_two_lengths_disagree_unless_they_list_installed_plugins() {
    for (name, items) in [
        ("plugins", json!(["geo", "unknown"])),
        ("connections", json!(["sql"])),
        ("connections", json!(["sql", "files", "lake"])),
        ("codeEnvs", json!([])),
    ] {
        let mut manifest = merged(&[&older(), &real()]);
        manifest[name] = items;
        let found = problems(&manifest);
        assert_eq!(found.iter().count(), 1, "{name}: {found}");
    }
    let mut manifest = merged(&[&older(), &real()]);
    manifest["plugins"] = json!([]);
    assert!(bundle(&manifest).unwrap().plugins.iter().all(|plugin| plugin.may_be_unused));
}

#[test]
fn a_detail_that_only_one_of_the_names_has_counts() {
    let mut manifest = merged(&[&older(), &real()]);
    manifest["requiredConnections"]["sql"] = json!({});
    manifest["connections"][1] = json!("files");
    manifest["exportedWithPlugins"][0] = json!("geo");
    let contents = bundle(&manifest).unwrap();
    assert_eq!(contents.connections, bundle(&real()).unwrap().connections);
    assert_eq!(contents.plugins[1].version.as_deref(), Some("1.1.2"));
}

#[test]
fn what_does_not_belong_in_a_real_manifest_is_refused_with_its_field() {
    let cases = [
        ("exportUserInfo", json!([]), "exportUserInfo", ProblemCode::WrongType),
        (
            "exportUserInfo",
            json!({"exportedOn": {}}),
            "exportUserInfo.exportedOn",
            ProblemCode::WrongType,
        ),
        (
            "exportUserInfo",
            json!({"exportedBy": 3}),
            "exportUserInfo.exportedBy",
            ProblemCode::WrongType,
        ),
        ("requiredConnections", json!([]), "requiredConnections", ProblemCode::WrongType),
        (
            "requiredConnections",
            json!({"sql": 3}),
            "requiredConnections.sql",
            ProblemCode::WrongType,
        ),
        (
            "requiredConnections",
            json!({"sql": {"name": "other"}}),
            "requiredConnections.sql.name",
            ProblemCode::Conflict,
        ),
        (
            "requiredConnections",
            json!({"sq\u{0}l": {}}),
            "requiredConnections.sq\\0l",
            ProblemCode::Invalid,
        ),
        (
            "exportedWithPlugins",
            json!([{}]),
            "exportedWithPlugins[0].pluginId",
            ProblemCode::Missing,
        ),
        ("exportedWithPlugins", json!({}), "exportedWithPlugins", ProblemCode::WrongType),
        ("usedCodeEnvRefs", json!([{}]), "usedCodeEnvRefs[0].name", ProblemCode::Missing),
        ("designNodeId", json!("a/b"), "designNodeId", ProblemCode::Invalid),
        ("originalProjectKey", json!("not a key"), "originalProjectKey", ProblemCode::Invalid),
    ];
    for (field, value, path, code) in cases {
        let mut manifest = real();
        manifest[field] = value;
        let found = problems(&manifest);
        assert!(found.has(path, code), "{field}: {found}");
    }
}

#[test]
fn a_time_in_an_unknown_format_is_left_out() {
    let mut manifest = real();
    manifest["exportUserInfo"]["exportedOn"] = json!("29 April 2020");
    assert_eq!(bundle(&manifest).unwrap().exported_on, None);
}

#[test]
fn the_export_of_a_project_is_named_as_the_reason_for_a_missing_bundle_id() {
    let mut manifest = real();
    manifest["bundleId"] = Value::Null;
    let found = problems(&manifest);
    assert!(found.has("bundleId", ProblemCode::Missing), "{found}");
    assert!(found.to_string().contains("export of a project"), "{found}");
}
