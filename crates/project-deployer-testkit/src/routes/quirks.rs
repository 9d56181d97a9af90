//! Ways of releases and of real nodes that concern many routes (docs/product.md#quirks,
//! wire-facts 7.9).

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use crate::answer::Refusal;
use crate::pattern::fits;
use crate::seed::{Profile, Quirk};
use crate::server::Shared;

/// Routes of the official client that the REST reference has elsewhere.
const OF_THE_CLIENT: [(&str, &str); 4] = [
    ("GET", "/admin/external-users"),
    ("GET", "/admin/external-groups"),
    ("PUT", "/projects/*/bundles/exported/*"),
    ("DELETE", "/projects/*/bundles/exported/*"),
];

/// Where the REST reference has them.
const DOCUMENTED: [(&str, &str); 4] = [
    ("GET", "/admin/users/actions/external-users"),
    ("GET", "/admin/users/actions/external-groups"),
    ("PUT", "/projects/*/bundles/exported"),
    ("DELETE", "/projects/*/bundles/exported"),
];

/// Routes that came with 13: deletion of imported bundles (13.5.3; wire-facts 3.7, row 8) and test
/// scenarios (13.3).
const SINCE_13: [(&str, &str); 4] = [
    ("DELETE", "/projects/*/bundles/imported/*"),
    ("GET", "/projects/*/scenarios/testing-status"),
    ("GET", "/projects/*/scenarios/last-test-scenario-runs-report"),
    ("GET", "/projects/*/scenarios/last-test-scenario-runs-html-report"),
];

/// What is so at a node.
struct Ways {
    quirks: BTreeSet<Quirk>,
    profile: Profile,
}

impl Ways {
    fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }

    fn lacks(&self, parts: &Parts) -> bool {
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        let listed = |routes: &[(&str, &str)]| {
            routes.iter().any(|(known, pattern)| *known == method && fits(pattern, path))
        };
        self.has(Quirk::NoClientRoutes) && listed(&OF_THE_CLIENT)
            || self.has(Quirk::NoDocumentedRoutes) && listed(&DOCUMENTED)
            || self.profile < Profile::V13 && listed(&SINCE_13)
    }
}

/// A layer between authentication and the routes.
pub(super) async fn apply(
    State(node): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let ways = {
        let state = node.state();
        Ways { quirks: state.quirks.clone(), profile: state.profile }
    };
    let (parts, body) = request.into_parts();
    if ways.lacks(&parts) {
        return Refusal::not_found("API route", parts.uri.path()).into_response();
    }
    let method = parts.method.clone();
    let request = match saved(&ways, parts, body, &next).await {
        Ok(request) => request,
        Err(refusal) => return refusal.into_response(),
    };
    let answer = next.run(request).await;
    if method == Method::GET && !ways.has(Quirk::NoETag) {
        return with_etag(answer).await;
    }
    if method != Method::GET && ways.has(Quirk::RefusedChangesAnswerSuccess) {
        return as_success(answer);
    }
    answer
}

/// A request as the route gets it: where a PUT changes only what it names, with all the rest.
async fn saved(ways: &Ways, parts: Parts, body: Body, next: &Next) -> Result<Request, Refusal> {
    let checks = !ways.has(Quirk::NoETag) && parts.headers.contains_key(IF_MATCH);
    let merges = !ways.has(Quirk::PutReplacesTheWhole);
    if parts.method != Method::PUT || !(checks || merges) {
        return Ok(Request::from_parts(parts, body));
    }
    let current = current(&parts, next).await;
    if checks && parts.headers.get(IF_MATCH) != etag(&current).as_ref() {
        return Err(Refusal::changed_since(parts.uri.path()));
    }
    let sent = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let merged = merges.then(|| merged(&current, &sent)).flatten();
    let body = merged.map_or_else(|| Body::from(sent), Body::from);
    Ok(Request::from_parts(parts, body))
}

/// What a GET of the same path says.
async fn current(parts: &Parts, next: &Next) -> Bytes {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = parts.uri.clone();
    request.extensions_mut().clone_from(&parts.extensions);
    let answer = next.clone().run(request).await;
    to_bytes(answer.into_body(), usize::MAX).await.unwrap_or_default()
}

/// The fields of a document, and those that were sent in the place of its own.
fn merged(current: &[u8], sent: &[u8]) -> Option<Vec<u8>> {
    let mut document: Map<String, Value> = serde_json::from_slice(current).ok()?;
    document.extend(serde_json::from_slice::<Map<String, Value>>(sent).ok()?);
    serde_json::to_vec(&document).ok()
}

async fn with_etag(answer: Response) -> Response {
    if answer.status() != StatusCode::OK {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if let Some(etag) = etag(&bytes) {
        parts.headers.insert(ETAG, etag);
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn etag(bytes: &[u8]) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("\"{:016x}\"", crate::fnv::hash(bytes.iter().copied()))).ok()
}

/// Some refusals look like successes until one reads them.
fn as_success(answer: Response) -> Response {
    let refusal = answer.extensions().get::<Refusal>();
    let Some(refusal) = refusal.filter(|refusal| refusal.status == StatusCode::BAD_REQUEST) else {
        return answer;
    };
    let mut reported = refusal.to_json();
    reported["success"] = Value::Bool(false);
    Json(reported).into_response()
}
