mod attempts;
mod calls;
mod download;
mod redactor;
mod users;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_MATCH, LOCATION, RETRY_AFTER,
};
use url::Url;

use self::redactor::SecretRedactor;
use super::exchange::{Body, Unfinished};
use super::peer::{Credentials, Peer};
use super::times::HttpTimeouts;
use crate::error::{NodeError, NodeErrorKind};
use crate::request::{AnswerSize, Method, NodeRequest, TimeoutClass};
use crate::response::NodeResponse;
use crate::retry::Retries;
use crate::stop_order::StopOrder;
use crate::upload::{Upload, UploadSource};

/// Sends requests to one node, or one service of a fleet, as one caller.
pub(crate) struct Transport {
    client: reqwest::Client,
    base: Url,
    label: String,
    credentials: Credentials,
    redactor: SecretRedactor,
    impersonation: Option<HeaderValue>,
    timeouts: HttpTimeouts,
    retries: Arc<Retries>,
    /// Stops the tasks that are waited for.
    stop: Option<StopOrder>,
}

impl Transport {
    pub(super) fn new(
        client: reqwest::Client,
        peer: Peer,
        timeouts: HttpTimeouts,
        retries: Arc<Retries>,
    ) -> Self {
        Self {
            client,
            base: peer.address.url().clone(),
            label: peer.label,
            redactor: SecretRedactor::of(&peer.credentials),
            credentials: peer.credentials,
            impersonation: peer.impersonation,
            timeouts,
            retries,
            stop: None,
        }
    }

    pub(super) fn stopped_by(self, stop: Option<StopOrder>) -> Self {
        Self { stop, ..self }
    }

    /// Waits for the order to stop tasks; for ever if there is none.
    pub(super) async fn stop_order(&self) {
        match &self.stop {
            Some(order) => order.given().await,
            None => std::future::pending().await,
        }
    }

    #[cfg(feature = "fleet")]
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    pub(crate) fn timeouts(&self) -> &HttpTimeouts {
        &self.timeouts
    }

    /// Sends a request that carries no archive.
    pub(crate) async fn send(&self, request: &NodeRequest) -> Result<NodeResponse, NodeError> {
        self.attempts(request, None).await
    }

    /// An error of this node, with the key and what was sent cut out of the messages that it reported.
    pub(crate) fn error(&self, request: &NodeRequest, kind: NodeErrorKind) -> NodeError {
        let kind = self.redactor.and_of_body(request.body.as_ref()).cut_out_of_kind(kind);
        NodeError::new(&self.label, &request.operation, kind)
    }

    fn time_limit(&self, request: &NodeRequest, archive: Option<&UploadSource>) -> Duration {
        let base = match request.timeout_class {
            TimeoutClass::Request => self.timeouts.call,
            TimeoutClass::LongRunning => self.timeouts.task,
        };
        let mib = archive.and_then(UploadSource::length).unwrap_or_default() / (1024 * 1024);
        self.with_upload_of(base, mib)
    }

    fn with_upload_of(&self, base: Duration, mib: u64) -> Duration {
        let mib = u32::try_from(mib).unwrap_or(u32::MAX);
        base.saturating_add(self.timeouts.upload_per_mib.saturating_mul(mib))
    }

    /// Reads an answer to its end.
    async fn read(
        &self,
        request: &NodeRequest,
        answer: reqwest::Response,
    ) -> Result<NodeResponse, NodeError> {
        let head = head(&answer);
        // What is no success is an error and no list.
        let size = if head.is_success() { request.answer } else { AnswerSize::Document };
        let body = Body::new(answer, size.bytes()).rest(Vec::new()).await;
        let body = body.map_err(|unfinished| self.unfinished(request, unfinished))?;
        Ok(self.read_answer(request, head, body))
    }

    /// An answer that was read to its end.
    fn read_answer(
        &self,
        request: &NodeRequest,
        head: NodeResponse,
        body: Vec<u8>,
    ) -> NodeResponse {
        // A document that happens to hold the key is left as it is: it may be written back.
        let refused = !head.is_success() || speaks_of_failure(&head, &body);
        if !refused && head.location.is_none() {
            return NodeResponse { body, ..head };
        }
        // A refusal may repeat what it refuses.
        let redactor = self.redactor.and_of_body(request.body.as_ref());
        let body = if refused { redactor.cut_out(body) } else { body };
        let location = head.location.map(|place| redactor.cut_out_of_text(place));
        NodeResponse { body, location, ..head }
    }

    fn unfinished(&self, request: &NodeRequest, (kind, cause): Unfinished) -> NodeError {
        let error = self.error(request, kind);
        match cause {
            Some(cause) => error.caused_by(cause.without_url()),
            None => error,
        }
    }

    fn builder(
        &self,
        request: &NodeRequest,
        archive: Option<Upload>,
        archive_failure: &super::exchange::ArchiveFailure,
    ) -> reqwest::RequestBuilder {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self
            .client
            .request(method, request.url(&self.base))
            .basic_auth(self.credentials.user(), Some(self.credentials.password()));
        if let Some(login) = &self.impersonation {
            builder = builder.header(HeaderName::from_static("x-dku-proxyuser"), login.clone());
        }
        if request.overwrites {
            builder = builder.header(IF_MATCH, "*");
        }
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        match archive {
            Some(archive) => builder.multipart(super::exchange::form(archive, archive_failure)),
            None => builder,
        }
    }
}

/// What an answer says before its body.
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

/// Whether errors may quote a body: a page, a text, or the error envelope. JSON that breaks off is never
/// quoted, so nothing is parsed here.
fn speaks_of_failure(head: &NodeResponse, body: &[u8]) -> bool {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    head.is_named_html()
        || !matches!(first, Some(b'{' | b'['))
        || memchr::memmem::find(body, b"\"errorType\"").is_some()
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("node", &self.label)
            .field("impersonation", &self.impersonation)
            .finish_non_exhaustive()
    }
}
