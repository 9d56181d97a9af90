use std::fmt;
use std::time::Duration;

use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use serde_json::Value;
use url::Url;

use super::credentials::FleetCredentials;
use super::error::FleetError;
use super::exchange::{failure, read_body};
use super::request::FleetRequest;
use crate::error::NodeErrorKind;
use crate::http::HttpTimeouts;
use crate::request::Method;
use crate::response::NodeResponse;

/// Sends requests to one service of a fleet. Nothing is repeated, no redirect followed.
pub(super) struct Transport {
    client: reqwest::Client,
    base: Url,
    service: String,
    credentials: FleetCredentials,
    timeouts: HttpTimeouts,
}

impl Transport {
    pub(super) fn new(
        client: reqwest::Client,
        base: Url,
        service: String,
        credentials: FleetCredentials,
        timeouts: HttpTimeouts,
    ) -> Self {
        Self { client, base, service, credentials, timeouts }
    }

    pub(super) fn service(&self) -> &str {
        &self.service
    }

    pub(super) fn timeouts(&self) -> &HttpTimeouts {
        &self.timeouts
    }

    pub(super) fn error(&self, request: &FleetRequest, kind: NodeErrorKind) -> FleetError {
        FleetError::new(&self.service, &request.operation, kind)
    }

    /// Sends a request and reads its JSON.
    pub(super) async fn json(&self, request: &FleetRequest) -> Result<Value, FleetError> {
        let answer = self.send(request).await?;
        answer.into_json().map_err(|kind| self.error(request, kind))
    }

    /// Sends a request. An answer that is no success has no secret in it any more.
    pub(super) async fn send(&self, request: &FleetRequest) -> Result<NodeResponse, FleetError> {
        let patience = self.timeouts.call;
        match tokio::time::timeout(patience, self.call(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(self.error(request, NodeErrorKind::TimedOut(patience))),
        }
    }

    async fn call(&self, request: &FleetRequest) -> Result<NodeResponse, FleetError> {
        let sent = self.built(request)?;
        let credentials = sent.headers().get(AUTHORIZATION).cloned();
        let answer =
            self.client.execute(sent).await.map_err(|error| {
                self.error(request, failure(&error)).caused_by(error.without_url())
            })?;
        let mut response = head(&answer);
        response.body = read_body(answer).await.map_err(|(kind, cause)| {
            let error = self.error(request, kind);
            match cause {
                Some(cause) => error.caused_by(cause.without_url()),
                None => error,
            }
        })?;
        Ok(self.without_secrets(response, credentials.as_ref()))
    }

    fn built(&self, request: &FleetRequest) -> Result<reqwest::Request, FleetError> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self
            .client
            .request(method, request.url(&self.base))
            .basic_auth(self.credentials.key_id(), Some(self.credentials.expose_secret()));
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        builder
            .build()
            .map_err(|error| self.error(request, failure(&error)).caused_by(error.without_url()))
    }

    /// Services echo what they are sent. Whatever will not be read as JSON of ours may end in an error,
    /// so the secret is cut out of it, as it is and as it was sent.
    fn without_secrets(
        &self,
        mut response: NodeResponse,
        credentials: Option<&HeaderValue>,
    ) -> NodeResponse {
        let is_plain = response.status < 300 && response.clone().into_json::<Value>().is_ok();
        if is_plain {
            return response;
        }
        let secret = self.credentials.expose_secret();
        let escaped = Value::from(secret).to_string();
        let encoded = credentials.and_then(|value| value.to_str().ok());
        let encoded = encoded.and_then(|value| value.strip_prefix("Basic "));
        let clean = |text: &str| {
            let text = text.replace(secret, "(secret)");
            let text = text.replace(escaped.trim_matches('"'), "(secret)");
            match encoded {
                Some(encoded) => text.replace(encoded, "(secret)"),
                None => text,
            }
        };
        response.location = response.location.as_deref().map(clean);
        response.body = clean(&String::from_utf8_lossy(&response.body)).into_bytes();
        response
    }
}

fn head(answer: &reqwest::Response) -> NodeResponse {
    NodeResponse {
        status: answer.status().as_u16(),
        content_type: header(answer.headers(), &CONTENT_TYPE),
        location: header(answer.headers(), &LOCATION),
        retry_after: header(answer.headers(), &RETRY_AFTER)
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(Duration::from_secs),
        body: Vec::new(),
    }
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("service", &self.service)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
