use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;

use super::ending::Ending;
use super::{Admitted, NoAnswer, Shared};
use crate::caller::acting_login;
use crate::fault::{Fault, FaultPoint, Gate, Kind};
use crate::journal::{Call, CallNumber};

/// The way of every call: prefix, journal, faults, credentials, route.
pub(super) async fn enter<S: Send + 'static>(
    State(server): State<Arc<Shared<S>>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let asked = request.uri().path();
    let Some(path) = server.reception.below_api(asked) else {
        return server.reception.outside_api(asked).unwrap_or_else(page_of_the_ui);
    };
    let (mut parts, body) = request.into_parts();
    let fault = server.traffic.faults().take(parts.method.as_str(), &path);
    let number = server.traffic.journal().start(call_of(&parts, &path));
    parts.uri = inner_uri(&parts.uri, &path);
    // Faults without effect read what is sent all the same, as a gateway does, so that the caller gets
    // their answer and not a broken pipe. Only a reset comes before that.
    let bytes = match &fault {
        Some(Fault { kind: Kind::Reset, moment: FaultPoint::Before, .. }) => None,
        _ => to_bytes(body, usize::MAX).await.ok(),
    };
    let ending = match bytes {
        None => {
            server.traffic.journal().end(number, None);
            Ending::Cut
        }
        Some(bytes) => {
            note_json(&server, number, &parts.headers, &bytes);
            let call = ArrivedCall { server: Arc::clone(&server), number, parts, bytes, next };
            // A caller who goes away does not keep the server from its work.
            tokio::spawn(call.carry_out(fault)).await.unwrap_or(Ending::Cut)
        }
    };
    match ending {
        Ending::Answered(answer) => answer,
        Ending::Cut => {
            server.connections.cut(peer);
            Response::default()
        }
        Ending::Garbled => {
            server.connections.garble(peer);
            Response::default()
        }
    }
}

fn note_json<S>(server: &Shared<S>, number: CallNumber, headers: &HeaderMap, bytes: &Bytes) {
    if !is_multipart(headers) {
        let sent = serde_json::from_slice(bytes).ok();
        server.traffic.journal().update(number, |call| call.body = sent);
    }
}

/// A call that was read to its end.
struct ArrivedCall<S> {
    server: Arc<Shared<S>>,
    number: CallNumber,
    parts: Parts,
    bytes: Bytes,
    next: Next,
}

impl<S: Send + 'static> ArrivedCall<S> {
    /// How the call ends for its caller.
    async fn carry_out(self, fault: Option<Fault>) -> Ending {
        let (server, number) = (Arc::clone(&self.server), self.number);
        let ending = match fault {
            None => Ending::answered(self.reach().await),
            Some(Fault { kind, moment: FaultPoint::During(gate), .. }) if !kind.waits() => {
                return self.end_before_the_effect(kind, gate).await;
            }
            Some(Fault { kind, moment, .. }) => self.end_in_order(kind, moment).await,
        };
        server.traffic.journal().end(number, ending.status());
        ending
    }

    async fn end_in_order(self, kind: Kind, moment: FaultPoint) -> Ending {
        match moment {
            FaultPoint::Before | FaultPoint::During(_) if kind.waits() => {
                if let FaultPoint::During(gate) = moment {
                    gate.pass().await;
                }
                kind.wait_out().await;
                Ending::answered(self.reach().await)
            }
            FaultPoint::Before | FaultPoint::During(_) => {
                Ending::of(kind, Response::default()).await
            }
            FaultPoint::After => {
                let Some(answer) = self.reach().await else { return Ending::Cut };
                kind.wait_out().await;
                Ending::of(kind, answer).await
            }
        }
    }

    /// The caller's end comes at once, and the effect when the gate is open.
    async fn end_before_the_effect(self, kind: Kind, gate: Gate) -> Ending {
        let ending = Ending::of(kind, Response::default()).await;
        let status = ending.status();
        tokio::spawn(async move {
            let (server, number) = (Arc::clone(&self.server), self.number);
            gate.pass().await;
            self.reach().await;
            server.traffic.journal().end(number, status);
        });
        ending
    }

    /// The server itself: who is it, and what does the route say, if there is an answer at all.
    async fn reach(self) -> Option<Response> {
        let Self { server, number, mut parts, bytes, next } = self;
        let admitted = server.reception.admit(&server.state(), &mut parts);
        server.traffic.journal().update(number, |call| match &admitted {
            Ok(Admitted::WithKey(id)) => (call.reached, call.key_id) = (true, Some(id.clone())),
            Ok(Admitted::WithoutKey) => {}
            Err(_) => call.reached = true,
        });
        let answer = match admitted {
            Err(refusal) => *refusal,
            Ok(_) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        };
        if answer.extensions().get::<NoAnswer>().is_some() {
            return None;
        }
        server.traffic.journal().update(number, |call| call.reached = true);
        Some(server.reception.finish(&server.state(), answer))
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
        acting_as: acting_login(&parts.headers).ok().flatten(),
        query: parts.uri.query().map(str::to_owned),
        ..Call::new(parts.method.as_str(), path)
    }
}

fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("multipart/"))
}

/// Paths outside the API are for browsers.
fn page_of_the_ui() -> Response {
    (StatusCode::NOT_FOUND, Html("<html><body>Page not found</body></html>")).into_response()
}
