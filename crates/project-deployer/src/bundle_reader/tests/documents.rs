use project_deployer_core::bundle::{
    BundleScenario, DesignNode, RequiredCodeEnv, RequiredConnection, RequiredPlugin,
};
use project_deployer_core::problem::{ProblemCode, Problems};
use project_deployer_core::{NodeId, ProjectKey, Timestamp};

use super::*;

/// Reads a bundle with one document besides its manifest.
fn with(path: &str, text: &str) -> Result<BundleContents, BundleError> {
    read(&bundle_of([("export-manifest.json", MANIFEST), (path, text)]))
}

#[track_caller]
fn problems(result: Result<BundleContents, BundleError>, document: &str) -> Problems {
    match result {
        Err(BundleError::Document { entry, problems, .. }) if entry == document => problems,
        other => panic!("{other:?}"),
    }
}

fn connection(name: &str, kind: Option<&str>) -> RequiredConnection {
    RequiredConnection::new(name.to_owned(), kind.map(str::to_owned))
}

fn code_env(name: &str, language: &str) -> RequiredCodeEnv {
    RequiredCodeEnv::new(name.to_owned(), language.to_owned())
}

const FULL_MANIFEST: &str = r#"{
    "projectKey": "CHURN", "bundleId": "v1.4", "projectName": "Customer churn",
    "exportedBy": "mina", "exportedOn": 1767225600000, "releaseNotes": "first\nsecond line",
    "designNode": {"nodeId": "design", "url": "https://design.example.test", "installId": "i-1"},
    "connections": [{"name": "sql", "type": "PostgreSQL"}, {"name": "files"}, "plain"],
    "codeEnvs": [{"name": "py39", "lang": "PYTHON"}, {"name": "stats", "lang": "r"}],
    "plugins": [{"id": "geo", "version": "1.2.0"}, {"id": "nlp"}],
    "somethingNew": {"of": ["a", "later", "release"]}
}"#;

const PARAMS: &str = r#"{
    "projectKey": "CHURN", "name": "Another name", "owner": "mina",
    "permissions": [
        {"group": "analysts", "readProjectContent": true},
        {"user": "ben", "group": null, "admin": true}
    ],
    "settings": {"codeEnvs": {
        "python": {"mode": "EXPLICIT_ENV", "useBuiltinEnv": false, "envName": "default-py"},
        "r": {"mode": "USE_BUILTIN_MODE", "envName": "unused"}
    }}
}"#;

fn full_bundle() -> Vec<u8> {
    bundle_of([
        ("project_config/params.json", PARAMS),
        ("project_config/variables.json", r#"{"standard": {"token": "canary"}, "local": {}}"#),
        (
            "project_config/datasets/orders.json",
            r#"{"type": "Filesystem", "managed": false, "params": {"connection": "files"}}"#,
        ),
        ("project_config/datasets/sql.json", r#"{"type": "X", "params": {"connection": "sql"}}"#),
        ("project_config/datasets/new.json", r#"{"type": "S3", "params": {"connection": "lake"}}"#),
        (
            "project_config/datasets/inline.json",
            r#"{"type": "Inline", "params": {"connection": ""}}"#,
        ),
        (
            "project_config/recipes/score.json",
            r#"{"type": "r", "params": {"envSelection": {"envMode": "EXPLICIT_ENV", "envName": "r4"}}}"#,
        ),
        (
            "project_config/recipes/known.json",
            r#"{"type": "python", "envSelection": {"envName": "stats"}}"#,
        ),
        (
            "project_config/recipes/inherits.json",
            r#"{"type": "python", "envSelection": {"envMode": "INHERIT", "envName": "stale"}}"#,
        ),
        (
            "project_config/webapps/board.json",
            r#"{"type": "DASH", "params": {"envSelection": {"envName": "web"}}}"#,
        ),
        (
            "project_config/scenarios/NIGHTLY.json",
            r#"{"id": "NIGHTLY", "name": "Nightly", "active": true, "runAsUser": "root"}"#,
        ),
        ("project_config/scenarios/TEST.json", r#"{"markedAsTest": true, "runAsUser": ""}"#),
        ("project_config/scenarios/deeper/IGNORED.json", "not read"),
        ("README.md", "# not read"),
        ("export-manifest.json", FULL_MANIFEST),
    ])
}

#[test]
fn a_sound_bundle_is_read_in_full() {
    let contents = read(&full_bundle()).unwrap();
    assert_eq!((contents.project_key.as_str(), contents.bundle_id.as_str()), ("CHURN", "v1.4"));
    assert_eq!(contents.project_name.as_deref(), Some("Customer churn"));
    assert_eq!(contents.release_notes.as_deref(), Some("first\nsecond line"));
    let mut design_node = DesignNode::default();
    design_node.project_key = Some(ProjectKey::parse("CHURN").unwrap());
    design_node.node_id = Some(NodeId::parse("design").unwrap());
    design_node.url = Some("https://design.example.test".to_owned());
    design_node.install_id = Some("i-1".to_owned());
    assert_eq!(contents.design_node, design_node);
    assert_eq!(contents.exported_by.as_deref(), Some("mina"));
    assert_eq!(contents.exported_on, Some(Timestamp::from_millis(1_767_225_600_000)));
    let geo = RequiredPlugin::used("geo", Some("1.2.0".to_owned()));
    assert_eq!(contents.plugins, [geo, RequiredPlugin::used("nlp", None)]);
}

#[test]
fn connections_of_datasets_count_and_the_manifest_knows_better() {
    let found = read(&full_bundle()).unwrap().connections;
    let expected = [
        connection("files", Some("Filesystem")),
        connection("lake", Some("S3")),
        connection("plain", None),
        connection("sql", Some("PostgreSQL")),
    ];
    assert_eq!(found, expected);
}

#[test]
fn code_environments_of_recipes_webapps_and_the_project_count() {
    let found = read(&full_bundle()).unwrap().code_envs;
    let expected = [
        RequiredCodeEnv::guessed("default-py", "PYTHON"),
        code_env("py39", "PYTHON"),
        RequiredCodeEnv::guessed("r4", "R"),
        code_env("stats", "R"),
        RequiredCodeEnv::guessed("web", "PYTHON"),
    ];
    assert_eq!(found, expected, "only the manifest lists what is needed");
}

#[test]
fn scenarios_tell_whom_they_run_as_and_take_their_id_from_the_file_if_need_be() {
    // R-S8
    let found = read(&full_bundle()).unwrap().scenarios;
    let nightly = BundleScenario::new("NIGHTLY", "Nightly")
        .with_marked_as_test(false)
        .with_run_as_user(Some("root".to_owned()));
    let test = BundleScenario::new("TEST", String::new()).with_marked_as_test(true);
    assert_eq!(found, [nightly, test]);
}

#[test]
fn permissions_are_kept_with_every_flag() {
    // R-S3
    let found = read(&full_bundle()).unwrap().permissions;
    assert_eq!(found[0].group.as_ref().unwrap().as_str(), "analysts");
    assert_eq!(found[0].flags.get("readProjectContent"), Some(&true.into()));
    assert_eq!(found[1].user.as_ref().unwrap().as_str(), "ben");
    assert_eq!(found[1].group, None);
}

#[test]
fn key_and_id_are_enough() {
    let contents = read(&bundle_of([("export-manifest.json", MANIFEST)])).unwrap();
    let mut expected =
        BundleContents::empty(contents.project_key.clone(), contents.bundle_id.clone());
    expected.design_node.project_key = Some(contents.project_key.clone());
    assert_eq!(contents, expected);
}

#[test]
fn a_manifest_without_key_or_id_names_everything_that_is_wrong() {
    let text = r#"{"projectKey": "not a key", "connections": [{"type": "S3"}, 3], "plugins": {}}"#;
    let found =
        problems(read(&bundle_of([("export-manifest.json", text)])), "export-manifest.json");
    assert!(found.has("projectKey", ProblemCode::Invalid), "{found}");
    assert!(found.has("bundleId", ProblemCode::Missing), "{found}");
    assert!(found.has("connections[0].name", ProblemCode::Missing), "{found}");
    assert!(found.has("connections[1].name", ProblemCode::Missing), "{found}");
    assert!(found.has("plugins", ProblemCode::WrongType), "{found}");
    assert_eq!(found.iter().count(), 5, "{found}");
}

#[test]
fn a_document_that_is_not_what_belongs_there_is_refused_with_its_field() {
    let cases = [
        (
            "params",
            r#"{"permissions": [{"group": "a/b"}]}"#,
            "permissions[0].group",
            ProblemCode::Invalid,
        ),
        ("params", r#"{"permissions": ["ops"]}"#, "permissions[0]", ProblemCode::WrongType),
        ("params", r#"{"permissions": {}}"#, "permissions", ProblemCode::WrongType),
        ("params", r#"{"projectKey": "OTHER"}"#, "projectKey", ProblemCode::Conflict),
        ("params", r#"{"settings": 3}"#, "settings", ProblemCode::WrongType),
        (
            "datasets/a",
            r#"{"params": {"connection": 3}}"#,
            "params.connection",
            ProblemCode::WrongType,
        ),
        (
            "datasets/a",
            r#"{"params": {"connection": "a\u0000"}}"#,
            "params.connection",
            ProblemCode::Invalid,
        ),
        ("recipes/a", r#"{"params": []}"#, "params", ProblemCode::WrongType),
        ("scenarios/a", r#"{"markedAsTest": "yes"}"#, "markedAsTest", ProblemCode::WrongType),
        ("scenarios/a", r#"{"runAsUser": {}}"#, "runAsUser", ProblemCode::WrongType),
        ("scenarios/a", "[]", "", ProblemCode::WrongType),
        ("webapps/a", "{", "", ProblemCode::NotJson),
        ("webapps/a", "", "", ProblemCode::NotJson),
        ("webapps/a", "{} {}", "", ProblemCode::NotJson),
        ("webapps/a", "\u{0}", "", ProblemCode::NotJson),
    ];
    for (document, text, path, code) in cases {
        let document = format!("project_config/{document}.json");
        let found = problems(with(&document, text), &document);
        assert!(found.has(path, code), "{text}: {found}");
    }
}

#[test]
fn deep_documents_are_refused() {
    // R16
    for depth in [65, 128, 10_000, 200_000] {
        let deep = format!("{{\"x\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
        let archive =
            bundle_of([("export-manifest.json", MANIFEST), ("project_config/params.json", &deep)]);
        let found = problems(read(&archive), "project_config/params.json");
        assert!(found.has("", ProblemCode::TooDeep), "{depth}: {found}");
    }
}

#[test]
fn two_scenarios_of_one_id_are_refused() {
    let archive = bundle_of([
        ("export-manifest.json", MANIFEST),
        ("project_config/scenarios/A.json", r#"{"id": "NIGHTLY"}"#),
        ("project_config/scenarios/B.json", r#"{"id": "NIGHTLY", "runAsUser": "root"}"#),
    ]);
    let found = problems(read(&archive), "project_config/scenarios/B.json");
    assert!(found.has("id", ProblemCode::Duplicate), "{found}");
}

#[test]
fn an_address_that_is_no_web_address_is_refused() {
    for url in ["javascript:alert(1)", "file:///etc/passwd", "//example.test", "httpé"] {
        let text = format!(
            r#"{{"projectKey": "CHURN", "bundleId": "v1", "designNode": {{"url": "{url}"}}}}"#
        );
        let result = read(&bundle_of([("export-manifest.json", text.as_str())]));
        let found = problems(result, "export-manifest.json");
        assert!(found.has("designNode.url", ProblemCode::Invalid), "{url}: {found}");
    }
}

#[test]
fn texts_without_end_are_refused() {
    let long = "x".repeat(1025);
    let text = format!(r#"{{"projectKey": "CHURN", "bundleId": "v1", "projectName": "{long}"}}"#);
    let result = read(&bundle_of([("export-manifest.json", text.as_str())]));
    let found = problems(result, "export-manifest.json");
    assert!(found.has("projectName", ProblemCode::Invalid), "{found}");
}

#[test]
fn variables_are_never_read() {
    // R13: their values may be secret.
    let contents = with("project_config/variables.json", "canary, and no JSON").unwrap();
    assert!(!format!("{contents:?}").contains("canary"));
}
