use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;

use super::Shared;
use super::fault_answer::mangled;
use crate::answer::Refusal;
use crate::caller::{acting_login, recognise};
use crate::fault::{Fault, Kind};
use crate::journal::{Call, CallNumber};
use crate::seed::Quirk;

/// The way of every call: prefix, journal, faults, credentials, route.
pub(super) async fn enter(
    State(node): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let Some(path) = path_after_prefix(request.uri().path()) else {
        return page_of_the_ui();
    };
    let (mut parts, body) = request.into_parts();
    let fault = node.faults().take(&parts.method, &path);
    let number = node.journal().start(call_of(&parts, &path));
    parts.uri = inner_uri(&parts.uri, &path);
    // Faults without effect read what is sent all the same, as a gateway does, so that the caller gets
    // their answer and not a broken pipe. Only a reset comes before that.
    let bytes = match &fault {
        Some(Fault { kind: Kind::Reset, after_effect: false, .. }) => None,
        _ => to_bytes(body, usize::MAX).await.ok(),
    };
    let answer = match bytes {
        None => {
            node.journal().end(number, None);
            None
        }
        Some(bytes) => {
            note_json(&node, number, &parts.headers, &bytes);
            let call = ArrivedCall { node: Arc::clone(&node), number, parts, bytes, next };
            // A caller who goes away does not keep the node from its work.
            tokio::spawn(call.carry_out(fault)).await.unwrap_or_default()
        }
    };
    if answer.is_none() {
        node.connections.cut(peer);
    }
    answer.unwrap_or_default()
}

fn note_json(node: &Shared, number: CallNumber, headers: &HeaderMap, bytes: &Bytes) {
    if !is_multipart(headers) {
        let sent = serde_json::from_slice(bytes).ok();
        node.journal().update(number, |call| call.body = sent);
    }
}

/// A call that was read to its end.
struct ArrivedCall {
    node: Arc<Shared>,
    number: CallNumber,
    parts: Parts,
    bytes: Bytes,
    next: Next,
}

impl ArrivedCall {
    /// What the caller gets; none when the connection is to be cut.
    async fn carry_out(self, fault: Option<Fault>) -> Option<Response> {
        let (node, number) = (Arc::clone(&self.node), self.number);
        let answer = self.answer(fault).await;
        node.journal().end(number, answer.as_ref().map(|answer| answer.status().as_u16()));
        answer
    }

    async fn answer(self, fault: Option<Fault>) -> Option<Response> {
        let Some(Fault { kind, after_effect, .. }) = fault else {
            return Some(self.reach().await);
        };
        match kind {
            Kind::Delay(_) | Kind::Held(_) if !after_effect => {
                wait_out(&kind).await;
                Some(self.reach().await)
            }
            Kind::Delay(_) | Kind::Held(_) => {
                let answer = self.reach().await;
                wait_out(&kind).await;
                Some(answer)
            }
            kind if after_effect => mangled(kind, self.reach().await).await,
            kind => mangled(kind, Response::default()).await,
        }
    }

    /// The node itself: who is it, and what does the route say.
    async fn reach(self) -> Response {
        let Self { node, number, mut parts, bytes, next } = self;
        let caller = recognise(&node.state(), &parts.headers);
        node.journal().update(number, |call| {
            call.reached = true;
            call.key_id = caller.as_ref().ok().map(|caller| caller.key_id.clone());
        });
        let answer = match caller {
            Err(refusal) => refusal.into_response(),
            Ok(caller) => {
                parts.extensions.insert(caller);
                next.run(Request::from_parts(parts, Body::from(bytes))).await
            }
        };
        as_the_release_answers(&node, answer)
    }
}

async fn wait_out(kind: &Kind) {
    match kind {
        Kind::Delay(by) => tokio::time::sleep(*by).await,
        Kind::Held(gate) => gate.pass().await,
        Kind::Answer(_) | Kind::Reset | Kind::Truncated | Kind::HalfBody | Kind::NoBody => {}
    }
}

/// Adds the release, and hides what is missing where the release does so.
fn as_the_release_answers(node: &Shared, mut answer: Response) -> Response {
    let (hides, version) = {
        let state = node.state();
        (state.has(Quirk::MissingIsAnInternalError), HeaderValue::from_str(&state.version))
    };
    if let Some(refusal) = answer.extensions().get::<Refusal>().filter(|_| hides).cloned() {
        answer = refusal.into_internal_error().into_response();
    }
    if let Ok(version) = version {
        answer.headers_mut().insert("dss-version", version);
    }
    answer
}

/// Both prefixes are one API; repeated slashes and one at the end mean nothing (`wire-facts.md` 1.1,
/// 1.2).
fn path_after_prefix(path: &str) -> Option<String> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        ["public", "api", rest @ ..] | ["dip", "publicapi", rest @ ..] => {
            Some(format!("/{}", rest.join("/")))
        }
        _ => None,
    }
}

fn inner_uri(uri: &Uri, path: &str) -> Uri {
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let target = PathAndQuery::try_from(target).unwrap_or_else(|_| PathAndQuery::from_static("/"));
    Uri::from(target)
}

fn call_of(parts: &Parts, path: &str) -> Call {
    Call {
        key_id: None,
        acting_as: acting_login(&parts.headers).ok().flatten(),
        method: parts.method.to_string(),
        path: path.to_owned(),
        query: parts.uri.query().map(str::to_owned),
        body: None,
        status: None,
        reached: false,
        started: 0,
        ended: None,
    }
}

fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("multipart/"))
}

/// What stands outside the API is for browsers.
fn page_of_the_ui() -> Response {
    (StatusCode::NOT_FOUND, Html("<html><body>Page not found</body></html>")).into_response()
}
