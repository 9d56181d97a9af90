//! `Idempotency-Key`: a POST that is sent again gets the answer of the first one.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use project_deployer::{OnceToken, RepeatedAnswer, RequestOnce};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use super::problem::Problem;
use super::request::{Answer, Caller};
use crate::operations::{MAX_JSON, Reserved, read_body};
use crate::service::ServiceContext;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The longest key, in bytes.
const LONGEST: usize = 255;

/// The headers of an answer that are repeated.
const KEPT: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG];

/// Marks an answer with a secret, which is shown once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShownOnce;

/// Carries a POST with a key out once.
pub(crate) async fn once(
    State(context): State<ServiceContext>,
    request: Request,
    next: Next,
) -> Response {
    let has_key = request.method() == Method::POST && request.headers().contains_key(KEY);
    if !has_key {
        return next.run(request).await;
    }
    carried_out(&context, request, next).await.unwrap_or_else(Problem::into_response)
}

async fn carried_out(context: &ServiceContext, request: Request, next: Next) -> Answer<Response> {
    let (parts, body) = request.into_parts();
    let key = key(&parts)?;
    let caller = parts.extensions.get::<Caller>().ok_or_else(Problem::no_route)?;
    // An archive has no key: the same bytes under the same id are recognized.
    if parts.uri.path().ends_with("/bundles") {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    let mut reserved = Reserved::default();
    let bytes = Bytes::from(read_body(&parts.extensions, body, &mut reserved).await?);
    // The handler reads them anew.
    drop(reserved);
    let fingerprint = fingerprint(&parts, &bytes);
    match context.deployer.once(caller.principal.login(), &key, &fingerprint).await? {
        RequestOnce::New(token) => {
            let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
            kept(token, response).await
        }
        RequestOnce::Answered(answer) => replayed(answer),
        RequestOnce::OtherRequest => Err(Problem::new(
            "idempotency-other-request",
            "this Idempotency-Key was sent with another request",
        )),
        _ => Err(Problem::new(
            "idempotency-running",
            "the request with this Idempotency-Key has not been answered yet",
        )
        .with_header(header::RETRY_AFTER, HeaderValue::from_static("1"))),
    }
}

fn key(parts: &Parts) -> Answer<String> {
    let mut keys = parts.headers.get_all(KEY).iter();
    let key = keys.next().and_then(|key| key.to_str().ok()).map(str::trim);
    match (key, keys.next()) {
        (Some(key), None) if !key.is_empty() && key.len() <= LONGEST => Ok(key.to_owned()),
        _ => Err(Problem::field(
            "Idempotency-Key",
            "it is not one key",
            "send 1 to 255 visible characters",
        )),
    }
}

/// What is asked: method, path, query and body.
fn fingerprint(parts: &Parts, body: &Bytes) -> String {
    let target = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let digest = Sha256::new()
        .chain_update(parts.method.as_str())
        .chain_update([0])
        .chain_update(target)
        .chain_update([0])
        .chain_update(body);
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keeps the answer of a request that succeeded, or failed halfway: nobody knows what that one has done. One that was
/// refused may be sent again.
async fn kept(token: OnceToken, response: Response) -> Answer<Response> {
    if response.status().is_client_error() {
        token.refused().await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_JSON)
        .await
        .map_err(|_| Problem::new("internal", "the answer is too long to be kept"))?;
    let is_secret = parts.extensions.get::<ShownOnce>().is_some();
    let text = if is_secret { String::new() } else { String::from_utf8_lossy(&bytes).into_owned() };
    let status = if is_secret { StatusCode::CONFLICT } else { parts.status };
    let headers = KEPT.iter().filter_map(|name| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some((name.to_string(), value.to_owned()))
    });
    let answer = RepeatedAnswer::new(status.as_u16(), headers.collect(), text.into());
    token.answered(answer).await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn replayed(answer: RepeatedAnswer) -> Answer<Response> {
    if answer.status == StatusCode::CONFLICT.as_u16() {
        let text = "the answer to this request had a secret, which is shown once";
        return Err(Problem::new("idempotency-shown-once", text));
    }
    let mut response = Response::new(Body::from(answer.body.expose_secret().to_owned()));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use axum::Json;
    use project_deployer::Deployer;
    use project_deployer_client::FakeFleet;

    use super::*;

    #[tokio::test]
    async fn a_failure_of_the_service_is_kept_and_a_refusal_is_not() {
        let deployer = Deployer::builder(FakeFleet::new()).in_memory();
        let caller = "dana".parse().unwrap();
        for (status, is_kept) in [(502, true), (503, true), (202, true), (409, false), (429, false)]
        {
            let key = format!("k-{status}");
            let begun = deployer.once(&caller, &key, "same").await.unwrap();
            let RequestOnce::New(token) = begun else { panic!("{status}: {begun:?}") };
            let status = StatusCode::from_u16(status).unwrap();
            let answer = (status, Json("halfway")).into_response();
            assert_eq!(kept(token, answer).await.unwrap().status(), status);
            match deployer.once(&caller, &key, "same").await.unwrap() {
                RequestOnce::Answered(answer) => {
                    assert!(is_kept, "{status}");
                    let again = replayed(answer).unwrap();
                    assert_eq!(again.status(), status);
                    assert_eq!(again.headers()[REPLAYED], "true");
                    let body = to_bytes(again.into_body(), 100).await.unwrap();
                    assert_eq!(&body[..], b"\"halfway\"");
                }
                RequestOnce::New(_) => assert!(!is_kept, "{status}"),
                other => panic!("{status}: {other:?}"),
            }
        }
    }
}
