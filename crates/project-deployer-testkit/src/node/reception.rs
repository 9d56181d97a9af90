use axum::Json;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use crate::answer::Refusal;
use crate::caller::recognise;
use crate::seed::Quirk;
use crate::server::{Admitted, Reception};
use crate::state::NodeState;

/// How a node of the product receives its callers.
#[derive(Debug)]
pub(super) struct NodeReception;

impl Reception<NodeState> for NodeReception {
    /// Both prefixes are one API; repeated slashes and one at the end mean nothing (wire-facts
    /// 1.1, 1.2).
    fn below_api(&self, path: &str) -> Option<String> {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        match segments.as_slice() {
            ["public", "api", rest @ ..] | ["dip", "publicapi", rest @ ..] => {
                Some(format!("/{}", rest.join("/")))
            }
            _ => None,
        }
    }

    /// Scripts and load balancers look at the status only (wire-facts 9.2).
    fn outside_api(&self, path: &str) -> Option<Response> {
        (path == "/dip/api/ping").then(|| Json(json!({"ok": true})).into_response())
    }

    fn admit(&self, state: &NodeState, request: &mut Parts) -> Result<Admitted, Box<Response>> {
        let caller = recognise(state, &request.headers);
        let caller = caller.map_err(|refusal| Box::new(refusal.into_response()))?;
        let key_id = caller.key_id.clone();
        request.extensions.insert(caller);
        Ok(Admitted::WithKey(key_id))
    }

    /// Adds the release, and hides what is missing where the release does so.
    fn finish(&self, state: &NodeState, mut answer: Response) -> Response {
        if state.has(Quirk::MissingIsAnInternalError)
            && let Some(refusal) = answer.extensions().get::<Refusal>().cloned()
        {
            answer = refusal.into_internal_error().into_response();
        }
        if state.has(Quirk::InternalErrorsAreGatewayPages)
            && answer.status() == StatusCode::INTERNAL_SERVER_ERROR
        {
            let page = Html("<html><body><h1>502 Bad Gateway</h1></body></html>");
            return (StatusCode::BAD_GATEWAY, page).into_response();
        }
        if let Ok(version) = HeaderValue::from_str(&state.version) {
            answer.headers_mut().insert("dss-version", version);
        }
        answer
    }
}
