//! The description of the API (OpenAPI 3.1), from the code.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use serde_json::{Map, Value, json};
use utoipa::openapi::{Info, OpenApi, OpenApiBuilder};

use super::codes::CODES;

/// The description, as text.
pub(crate) static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text + "\n"
});

/// Operations without credentials.
const PUBLIC: [&str; 3] = ["getOpenApi", "signIn", "signOut"];

/// Operations whose answers are no JSON.
const STREAMS: [&str; 3] = ["downloadBundle", "followEvents", "followUpdate"];

/// The route of the description.
pub(super) fn route() -> Router {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Router::new().route("/openapi.json", get(async move || (kind, DOCUMENT.as_str())))
}

/// An empty description, to which routes are added.
pub(super) fn begin() -> OpenApi {
    let mut info = Info::new("Project Deployer", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "The API for frontends of an open Project Deployer. Lists are in pages: pass `next` as `after`. Settings have \
         an ETag, and a change of them needs If-Match. A POST with an Idempotency-Key is carried out once. Errors are \
         problems (RFC 9457) with a stable `code`. Times are milliseconds since 1970."
            .to_owned(),
    );
    OpenApiBuilder::new().info(info).build()
}

fn document() -> Value {
    let mut document = serde_json::to_value(super::described()).unwrap_or_default();
    document["openapi"] = json!("3.1.0");
    // Where the description itself is, so that it is right behind any prefix.
    document["servers"] = json!([{"url": "."}]);
    document["components"]["securitySchemes"] = json!({
        "key": {"type": "http", "scheme": "bearer", "description": "An API key"},
        "session": {"type": "apiKey", "in": "cookie", "name": "deployer-session",
            "description": "The session of a browser. A change also needs X-Requested-With, or comes from a page of \
                the service"},
    });
    document["security"] = json!([{"key": []}, {"session": []}]);
    document["paths"]["/openapi.json"]["get"] = json!({
        "operationId": "getOpenApi", "summary": "Get this description.", "tags": ["openapi"], "security": [],
        "responses": {"200": {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}}}},
    });
    open_objects(&mut document);
    let optional = optional_bodies(&document);
    let Some(paths) = document["paths"].as_object_mut() else { return document };
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete(path, method, operation);
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let may_be_empty = schema.as_str().is_some_and(|schema| optional.contains(schema));
            if may_be_empty && method != "put" {
                operation["requestBody"]["required"] = Value::Bool(false);
            }
        }
    }
    document
}

/// References to the types that a body may leave out, but for one of a PUT: all their fields are optional, and no body is
/// one without fields.
fn optional_bodies(document: &Value) -> BTreeSet<String> {
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    let optional = schemas.filter(|(_, schema)| {
        let has_fields = schema["properties"].as_object().is_some_and(|all| !all.is_empty());
        has_fields && schema["required"].as_array().is_none_or(Vec::is_empty)
    });
    optional.map(|(name, _)| format!("#/components/schemas/{name}")).collect()
}

/// An object without properties is a document of the product, which has any fields. Without this, generators read it as
/// an empty one.
fn open_objects(schema: &mut Value) {
    if schema["type"] == "object"
        && let Some(fields) = schema.as_object_mut()
        && !fields.contains_key("properties")
    {
        fields.entry("additionalProperties").or_insert(Value::Bool(true));
    }
    match schema {
        Value::Array(items) => items.iter_mut().for_each(open_objects),
        Value::Object(fields) => fields.values_mut().for_each(open_objects),
        _ => {}
    }
}

/// Adds what every operation of a kind has: headers, and the answers that are problems.
fn complete(path: &str, method: &str, operation: &mut Value) {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let header = |name: &str, text: &str| json!({"name": name, "in": "header", "required": false, "description": text, "schema": {"type": "string"}});
    let mut parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    match method {
        "get" if !STREAMS.contains(&id.as_str()) && id != "getOpenApi" => {
            parameters.push(header("If-None-Match", "ETags that the client has"));
            add(operation, 304, json!({"description": "The client has the current answer"}));
        }
        "post" if !PUBLIC.contains(&id.as_str()) => {
            parameters
                .push(header("Idempotency-Key", "The request is carried out once within 24 h"));
        }
        _ if takes_etag(&id, path, method) => {
            parameters.push(header("If-Match", "The ETag of what the client saw"));
        }
        _ => {}
    }
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    for status in statuses(&id, path, method) {
        let codes = CODES.iter().filter(|code| code.status == status);
        let codes: Vec<_> = codes.map(|code| code.code).collect();
        let schema = json!({"$ref": "#/components/schemas/ProblemDocument"});
        let answer = json!({
            "description": format!("A problem: {}", codes.join(", ")),
            "content": {"application/problem+json": {"schema": schema}},
        });
        add(operation, status, answer);
    }
    // A location is relative to the request.
    for status in ["201", "202"] {
        if let Some(answer) = operation["responses"]
            .get_mut(status)
            .filter(|_| id != "cancelUpdate" && id != "signIn")
        {
            answer["headers"] = json!({"Location": {"description": "Where it is, relative to the request",
                "schema": {"type": "string"}}});
        }
    }
}

fn add(operation: &mut Value, status: u16, answer: Value) {
    if let Some(answers) = operation["responses"].as_object_mut() {
        answers.entry(status.to_string()).or_insert(answer);
        let sorted: Map<String, Value> = std::mem::take(answers).into_iter().collect();
        *answers = sorted;
    }
}

/// Whether an operation changes what a client may have seen.
fn takes_etag(id: &str, path: &str, method: &str) -> bool {
    matches!(method, "put" | "delete" | "patch") && path.contains('{') || id == "reorderStages"
}

/// The statuses of problems that an operation answers.
fn statuses(id: &str, path: &str, method: &str) -> Vec<u16> {
    if id == "getOpenApi" {
        return Vec::new();
    }
    let mut statuses = vec![400, 401, 403, 404, 500, 503];
    if method != "get" {
        statuses.extend([409, 413, 422, 502]);
    }
    if takes_etag(id, path, method) {
        statuses.push(412);
    }
    if method == "put" && path.contains('{') {
        statuses.push(428);
    }
    if id != "signOut" {
        statuses.push(429);
    }
    // They are refused for the reasons that refuse the update or the download, or ask nodes.
    if ["planDeployment", "planPromotion", "compareBundles", "exportEstate", "planFleet"]
        .contains(&id)
    {
        statuses.extend([409, 422, 502]);
    }
    if id == "explainRight" || id == "downloadBundle" {
        statuses.push(422);
    }
    statuses
}
