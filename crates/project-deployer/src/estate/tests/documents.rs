use std::path::Path;

use project_deployer_core::ProblemCode;
use secrecy::SecretString;

use super::yaml;
use crate::estate::document::{Estate, SecretRef};
use crate::estate::problem::EstateProblems;
use crate::estate::secrets::EstateSecrets;
use crate::estate::text::EstateFormat;

fn refused(text: &str, format: EstateFormat) -> EstateProblems {
    Estate::parse(text, format).expect_err("the text has mistakes")
}

/// Each as `line path`.
fn places(problems: &EstateProblems) -> Vec<String> {
    let place = |line: Option<u64>| line.map_or_else(|| "-".to_owned(), |line| line.to_string());
    problems.iter().map(|it| format!("{} {}", place(it.line), it.path)).collect()
}

const MISTAKES: &str = "\
version: 1
stages:
  - id: Test
  - id: test
infrastructures:
  - id: prod
    stages: Production
    nodes:
      - url: auto.example
        adminApiKey: canary-4711
    rights:
      ops: owner
  - stage: Test
    deployAsUser:
deployments:
  - id: churn
    project: CHURN
    infrastructure: prod
    bundle: 1.0
    localVariables: {a: 1}
    secretVariables: {a: {env: A}}
  - id: churn
    project: CHURN
    infrastructure: prod
    localVariables: {a: 1}
    secretVariables: {a: {env: A}}
  - id: churn
    project: CHURN
    infrastructure: prod
";

#[test]
fn every_mistake_of_a_file_is_reported_at_once_with_its_line() {
    // J6
    let problems = refused(MISTAKES, EstateFormat::Yaml);
    assert_eq!(
        places(&problems),
        [
            "4 stages[1].id",
            "7 infrastructures[0].stages",
            "9 infrastructures[0].nodes[0].url",
            "10 infrastructures[0].nodes[0].adminApiKey",
            "12 infrastructures[0].rights.ops",
            "13 infrastructures[1].id",
            "14 infrastructures[1].deployAsUser",
            "19 deployments[0].bundle",
            "26 deployments[1].secretVariables.a",
            "27 deployments[2].id",
        ],
        "{problems}"
    );
    let text = problems.to_string();
    assert!(text.contains("did you mean `stage`?"), "{text}");
    assert!(text.contains("in quotes"), "{text}");
    assert!(!text.contains("canary"), "R13: {text}");
}

#[test]
fn json_and_toml_name_lines_too() {
    let json = "{\n \"version\": 1,\n \"stages\": [\n  {\"id\": \"A\",\n   \"id\": 7}\n ]\n}";
    let problems = refused(json, EstateFormat::Json);
    assert_eq!(places(&problems), ["5 stages[0].id", "5 stages[0].id"], "{problems}");
    assert!(problems.has("stages[0].id", ProblemCode::Duplicate));
    let toml = "version = 1\n\n[[stages]]\nid = \"A\"\ndesc = \"x\"\n";
    assert_eq!(places(&refused(toml, EstateFormat::Toml)), ["5 stages[0].desc"]);
}

#[test]
fn a_text_that_is_not_of_its_format_is_refused_with_its_line_and_not_repeated() {
    let cases = [
        (EstateFormat::Yaml, "version: 1\nstages: [canary-4711\n"),
        (EstateFormat::Json, "{\"version\": 1,\n canary-4711}"),
        (EstateFormat::Toml, "version = 1\ncanary-4711 canary\n"),
        (EstateFormat::Yaml, "version: 1\nversion: 1\n"),
        (EstateFormat::Toml, "version = 1\nversion = 1\n"),
    ];
    for (format, text) in cases {
        let problems = refused(text, format);
        let shown = format!("{problems:?}");
        assert!(problems.iter().all(|problem| problem.line.is_some()), "{format:?}: {shown}");
        assert!(!shown.contains("canary"), "R13: {shown}");
    }
}

#[test]
fn a_file_that_nests_too_deep_is_refused() {
    let deep = format!("{{\"version\": {}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    for format in [EstateFormat::Json, EstateFormat::Yaml] {
        assert_eq!(refused(&deep, format).iter().len(), 1, "{format:?}");
    }
}

#[test]
fn words_that_older_yaml_takes_for_flags_are_texts() {
    let text = "version: 1\ninfrastructures:\n  - {id: y, rights: {no: view, on: deploy}}\n";
    let estate = yaml(text);
    let again = yaml(&estate.to_text(EstateFormat::Yaml).unwrap());
    assert_eq!(again, estate);
    assert_eq!(estate.infrastructures.unwrap()[0].id.as_str(), "y");
}

#[test]
fn an_estate_is_the_same_in_every_format() {
    let estate = yaml(include_str!("../../../../../examples/estate.yaml"));
    for format in [EstateFormat::Yaml, EstateFormat::Json, EstateFormat::Toml] {
        let text = estate.to_text(format).unwrap();
        assert_eq!(Estate::parse(&text, format), Ok(estate.clone()), "{text}");
    }
}

#[test]
fn the_format_follows_from_the_extension() {
    let of = |name: &str| EstateFormat::of(Path::new(name));
    assert_eq!(of("a/estate.YML"), Some(EstateFormat::Yaml));
    assert_eq!(of("estate.toml"), Some(EstateFormat::Toml));
    assert_eq!(of("estate.txt"), None);
}

#[test]
fn all_secrets_that_are_not_at_their_places_are_named_at_once() {
    let estate = yaml(
        "version: 1\ninfrastructures:\n  - id: a\n    nodes: [{id: y, adminApiKey: {env: A}}, {id: x, adminApiKey: {file: b}}]\n",
    );
    let find = |place: &SecretRef| match place {
        SecretRef::Env(_) => Err("it is not set".to_owned()),
        SecretRef::File(_) => Ok(SecretString::from(" ")),
    };
    let problems = EstateSecrets::resolve(&estate, find).unwrap_err();
    assert_eq!(
        places(&problems),
        ["- infrastructures[0].nodes[0].adminApiKey", "- infrastructures[0].nodes[1].adminApiKey"]
    );
}

#[test]
fn a_node_key_in_a_hook_is_refused() {
    // R13: hooks are kept as they are, and shown.
    let text = "version: 1\ninfrastructures:\n  - id: a\n    hooks:\n      pre:\n        - name: x\n          s: [{adminApiKey: canary}]\n";
    let problems = refused(text, EstateFormat::Yaml);
    assert!(
        problems.has("infrastructures[0].hooks.pre[0].s[0].adminApiKey", ProblemCode::Conflict)
    );
    assert!(!problems.to_string().contains("canary"));
}

/// `UPDATE_SCHEMA=1` writes the file anew.
#[test]
fn the_schema_that_is_checked_in_is_that_of_the_program() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/estate.schema.json");
    let schema = serde_json::to_string_pretty(&Estate::json_schema()).unwrap() + "\n";
    #[expect(clippy::disallowed_methods, reason = "asks whether to write the file")]
    if std::env::var("UPDATE_SCHEMA").is_ok() {
        std::fs::write(path, &schema).unwrap();
    }
    let checked_in = std::fs::read_to_string(path).unwrap();
    assert!(checked_in == schema, "docs/estate.schema.json is outdated; run with UPDATE_SCHEMA=1");
}
