//! `docs/output.schema.json` describes the JSON outputs. `command::run_with` validates every JSON output
//! of these tests with it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use boon::{Compiler, Schemas};
use serde_json::{Value, json};

const NAME: &str = "output.schema.json";

/// The schema as it is, and the schema without fields that it does not name.
static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../docs/output.schema.json")).unwrap()
});
static CLOSED: LazyLock<Value> = LazyLock::new(|| {
    let mut schema = SCHEMA.clone();
    close(&mut schema);
    schema
});

/// Refuses unknown fields in every object that has named ones. The published schema accepts them, since a
/// release may add fields; an output must not have a field that the schema lacks.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            if fields.get("type") == Some(&json!("object")) && fields.contains_key("properties") {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(entries) => entries.iter_mut().for_each(close),
        _ => {}
    }
}

fn validate(schema: &Value, document: &Value) -> Result<(), String> {
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler.add_resource(NAME, schema.clone()).unwrap();
    let index = compiler.compile(NAME, &mut schemas).unwrap();
    schemas.validate(document, index).map_err(|error| format!("{error:#}"))
}

/// Fails if a JSON output does not match the schema.
pub(crate) fn assert_valid(output: &str) {
    let document = serde_json::from_str(output).unwrap();
    assert_eq!(validate(&CLOSED, &document), Ok(()), "{output}");
}

fn findings(finding: &Value) -> Value {
    json!({"schemaVersion": 1, "readAt": "2026-01-01T00:00:00Z", "findings": [finding]})
}

fn finding() -> Value {
    json!({"infra": "prod", "node": null, "check": "tls", "severity": "ERROR", "what": "x", "remedy": "y"})
}

#[test]
fn the_schema_refuses_unknown_ids_and_other_versions() {
    assert_eq!(validate(&CLOSED, &findings(&finding())), Ok(()));
    let mut other_version = findings(&finding());
    other_version["schemaVersion"] = json!(2);
    assert!(validate(&SCHEMA, &other_version).is_err());
    for (field, value) in
        [("check", json!("weather")), ("severity", json!(1)), ("what", json!(null))]
    {
        let mut wrong = finding();
        wrong[field] = value;
        assert!(validate(&SCHEMA, &findings(&wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn a_later_field_is_accepted_by_the_schema_and_found_by_the_tests() {
    let mut later = finding();
    later["later"] = json!(true);
    assert_eq!(validate(&SCHEMA, &findings(&later)), Ok(()));
    assert!(validate(&CLOSED, &findings(&later)).is_err());
}

#[test]
fn every_definition_of_the_schema_is_used() {
    let text = SCHEMA.to_string();
    let names: BTreeSet<&String> = SCHEMA["$defs"].as_object().unwrap().keys().collect();
    for name in names {
        assert!(text.contains(&format!("\"#/$defs/{name}\"")), "{name}");
    }
}
