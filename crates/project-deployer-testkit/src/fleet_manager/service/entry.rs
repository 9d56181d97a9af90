use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use super::Service;
use super::fault_answer::{cut, mangled};
use crate::fault::{Fault, Kind};
use crate::journal::{Call, CallNumber};

/// The way of every call: prefix, journal, faults, credentials, route.
pub(super) async fn enter<S: Send + 'static>(
    State(service): State<Arc<Service<S>>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(path) = service.prefix.cut(request.uri().path()) else {
        return page_of_the_ui();
    };
    let (mut parts, body) = request.into_parts();
    let fault = service.faults().take(&parts.method, &path);
    let number = service.journal().start(call_of(&parts, &path));
    parts.uri = inner_uri(&parts.uri, &path);
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        service.journal().end(number, None);
        return cut();
    };
    let sent = serde_json::from_slice(&bytes).ok();
    service.journal().update(number, |call| call.body = sent);
    let call = ArrivedCall { service: Arc::clone(&service), number, parts, bytes, next };
    // A caller who goes away does not keep the service from its work.
    let answer = tokio::spawn(call.carry_out(fault)).await.unwrap_or_default();
    answer.unwrap_or_else(cut)
}

/// A call that was read to its end.
struct ArrivedCall<S> {
    service: Arc<Service<S>>,
    number: CallNumber,
    parts: Parts,
    bytes: Bytes,
    next: Next,
}

impl<S: Send + 'static> ArrivedCall<S> {
    /// What the caller gets; none when the connection is to be cut.
    async fn carry_out(self, fault: Option<Fault>) -> Option<Response> {
        let (service, number) = (Arc::clone(&self.service), self.number);
        let answer = self.answer(fault).await;
        service.journal().end(number, answer.as_ref().map(|answer| answer.status().as_u16()));
        answer
    }

    async fn answer(self, fault: Option<Fault>) -> Option<Response> {
        let Some(Fault { kind, after_effect, .. }) = fault else {
            return Some(self.reach().await);
        };
        match &kind {
            Kind::Delay(_) | Kind::Held(_) if after_effect => {
                let answer = self.reach().await;
                wait_out(&kind).await;
                Some(answer)
            }
            Kind::Delay(_) | Kind::Held(_) => {
                wait_out(&kind).await;
                Some(self.reach().await)
            }
            _ if after_effect => mangled(kind, self.reach().await).await,
            _ => mangled(kind, Response::default()).await,
        }
    }

    /// The service itself: is the key the right one, and what does the route say.
    async fn reach(self) -> Response {
        let Self { service, number, parts, bytes, next } = self;
        let known = service.key.is_in(&parts.headers);
        service.journal().update(number, |call| {
            call.reached = true;
            call.key_id = known.then(|| service.key_id().to_owned());
        });
        if !known {
            return (service.unknown_key)();
        }
        next.run(Request::from_parts(parts, Body::from(bytes))).await
    }
}

async fn wait_out(kind: &Kind) {
    match kind {
        Kind::Delay(by) => tokio::time::sleep(*by).await,
        Kind::Held(gate) => gate.pass().await,
        Kind::Answer(_) | Kind::Reset | Kind::Truncated | Kind::HalfBody | Kind::NoBody => {}
    }
}

fn call_of(parts: &Parts, path: &str) -> Call {
    Call {
        key_id: None,
        acting_as: None,
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

fn inner_uri(uri: &Uri, path: &str) -> Uri {
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let target = PathAndQuery::try_from(target).unwrap_or_else(|_| PathAndQuery::from_static("/"));
    Uri::from(target)
}

/// What stands outside the API, of another tenant or space too, is for browsers.
fn page_of_the_ui() -> Response {
    (StatusCode::NOT_FOUND, Html("<html><body>Page not found</body></html>")).into_response()
}
