//! The description of the API (OpenAPI), and whether answers are in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use axum::body::Body;
use axum::http::Request;
use project_deployer_server::openapi_document;
use serde_json::Value;

use crate::installation::{Answer, Installation};

const UPDATE: &str = "UPDATE_OPENAPI";

pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    summary: String,
    statuses: BTreeSet<u16>,
}

pub(crate) struct Document {
    pub(crate) operations: Vec<Operation>,
}

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(openapi_document()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let statuses = operation["responses"].as_object().unwrap().keys();
            operations.push(Operation {
                id: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                summary: operation["summary"].as_str().unwrap_or_default().to_owned(),
                statuses: statuses.map(|status| status.parse().unwrap()).collect(),
            });
        }
    }
    Document { operations }
});

pub(crate) fn document() -> &'static Document {
    &DOCUMENT
}

impl Document {
    /// Fails if an answer of an operation is not described.
    pub(crate) fn allows(&self, id: &str, answer: &Answer) {
        let operation = self.operations.iter().find(|operation| operation.id == id);
        let operation = operation.unwrap_or_else(|| panic!("{id} is not described"));
        let status = answer.status.as_u16();
        assert!(operation.statuses.contains(&status), "{id} answers {status}: {}", answer.text());
    }
}

#[test]
fn the_description_is_checked_in() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, openapi_document()).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    let hint = "docs/openapi.json is stale; write it with";
    assert!(
        checked_in == openapi_document(),
        "{hint} {UPDATE}=1 cargo test -p project-deployer-server --test api"
    );
}

#[tokio::test]
async fn the_description_is_served_to_everybody() {
    let installation = Installation::new().await;
    let request = Request::builder().uri("/api/v1/openapi.json").body(Body::empty()).unwrap();
    let answer = installation.ask(request).await;
    assert_eq!(answer.text(), openapi_document());
    assert_eq!(answer.header("content-type"), "application/json");
}

#[test]
fn every_operation_has_an_id_and_a_summary_of_its_own() {
    let (mut ids, mut summaries) = (BTreeSet::new(), BTreeMap::new());
    for operation in &document().operations {
        assert!(ids.insert(&operation.id), "{}", operation.id);
        assert!(operation.summary.ends_with('.'), "{}: {:?}", operation.id, operation.summary);
        let other = summaries.insert(&operation.summary, &operation.id);
        assert_eq!(other, None, "{}", operation.summary);
    }
    assert!(ids.len() > 60, "{}", ids.len());
}

#[test]
fn every_reference_of_the_description_leads_somewhere() {
    let document: Value = serde_json::from_str(openapi_document()).unwrap();
    let mut found = 0;
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        if let Some(Value::String(reference)) = value.get("$ref") {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
            found += 1;
        }
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.values()),
            _ => {}
        }
    }
    assert!(found > 100, "{found}");
}

#[tokio::test]
async fn no_operation_answers_without_credentials() {
    let installation = Installation::new().await;
    let open = ["getOpenApi", "signIn", "signOut"];
    for operation in document().operations.iter().filter(|found| !open.contains(&&*found.id)) {
        // A key of its own for each, since failed logins are counted by key.
        for key in [String::new(), format!("pdk_{}_0", operation.id)] {
            let path = operation.path.replace(['{', '}'], "");
            let mut request =
                Request::builder().method(operation.method.as_str()).uri(format!("/api/v1{path}"));
            if !key.is_empty() {
                request = request.header("authorization", format!("Bearer {key}"));
            }
            let answer = installation.ask(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status.as_u16(), 401, "{}: {}", operation.id, answer.text());
            assert!(answer.headers.contains_key("www-authenticate"), "{}", operation.id);
            document().allows(&operation.id, &answer);
        }
    }
}
