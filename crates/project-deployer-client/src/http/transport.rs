mod attempts;
mod download;
mod echoes;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use project_deployer_core::ApiKeySecret;
use project_deployer_core::infra::NodeSettings;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use url::Url;

use self::echoes::Echoes;
use super::connector::HttpTimeouts;
use super::exchange::read_body;
use crate::connector::Acting;
use crate::error::{NodeError, NodeErrorKind};
use crate::request::{Method, NodeRequest, Patience};
use crate::response::NodeResponse;
use crate::retry::Retries;
use crate::upload::{Upload, UploadSource};

/// Sends requests to one node as one caller.
pub(super) struct Transport {
    client: reqwest::Client,
    base: Url,
    label: String,
    key: ApiKeySecret,
    echoes: Echoes,
    impersonation: Option<HeaderValue>,
    timeouts: HttpTimeouts,
    retries: Arc<Retries>,
}

impl Transport {
    /// # Errors
    ///
    /// Says why the login cannot stand in a header.
    pub(super) fn new(
        client: reqwest::Client,
        node: &NodeSettings,
        acting: &Acting,
        timeouts: HttpTimeouts,
        retries: Arc<Retries>,
    ) -> Result<Self, String> {
        let impersonation = match acting {
            Acting::Key => None,
            Acting::As(login) => Some(
                HeaderValue::from_bytes(login.as_str().as_bytes())
                    .map_err(|_| format!("login `{login}` cannot stand in a header"))?,
            ),
        };
        Ok(Self {
            client,
            base: node.address.url().clone(),
            label: node.to_string(),
            key: node.admin_api_key.clone(),
            echoes: Echoes::of(&node.admin_api_key),
            impersonation,
            timeouts,
            retries,
        })
    }

    pub(super) fn timeouts(&self) -> &HttpTimeouts {
        &self.timeouts
    }

    /// Sends a request that carries no archive.
    pub(super) async fn send(&self, request: &NodeRequest) -> Result<NodeResponse, NodeError> {
        self.attempts(request, None).await
    }

    /// Sends a request and its archive.
    pub(super) async fn send_archive(
        &self,
        request: &NodeRequest,
        archive: impl Into<UploadSource>,
    ) -> Result<NodeResponse, NodeError> {
        self.attempts(request, Some(&archive.into())).await
    }

    /// An error of this node, with the key cut out of the messages that it reported.
    pub(super) fn error(&self, request: &NodeRequest, kind: NodeErrorKind) -> NodeError {
        NodeError::new(&self.label, &request.operation, self.echoes.cut_out_of_kind(kind))
    }

    fn patience(&self, request: &NodeRequest, archive: Option<&UploadSource>) -> Duration {
        let base = match request.patience {
            Patience::Call => self.timeouts.call,
            Patience::Task => self.timeouts.task,
        };
        let mib = archive.map_or(0, |archive| archive.length() / (1024 * 1024));
        base + self.timeouts.upload_per_mib * u32::try_from(mib).unwrap_or(u32::MAX / 1024)
    }

    /// Reads an answer to its end.
    async fn read(
        &self,
        request: &NodeRequest,
        answer: reqwest::Response,
    ) -> Result<NodeResponse, NodeError> {
        let mut response = NodeResponse {
            status: answer.status().as_u16(),
            content_type: header(answer.headers(), &CONTENT_TYPE),
            location: header(answer.headers(), &LOCATION),
            retry_after: header(answer.headers(), &RETRY_AFTER)
                .and_then(|seconds| seconds.trim().parse().ok())
                .map(Duration::from_secs),
            body: Vec::new(),
        };
        let body = read_body(answer).await.map_err(|(kind, cause)| {
            let error = self.error(request, kind);
            match cause {
                Some(cause) => error.caused_by(cause.without_url()),
                None => error,
            }
        })?;
        // A document that happens to hold the key is left as it is: it may be written back.
        let refused = response.status >= 300 || speaks_of_failure(&body);
        response.body = if refused { self.echoes.cut_out(body) } else { body };
        response.location = response.location.map(|place| self.echoes.cut_out_of_text(place));
        Ok(response)
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
        // The key goes as the user name, as the official client does it (`wire-facts.md` 1.4).
        let mut builder = self
            .client
            .request(method, request.url(&self.base))
            .basic_auth(self.key.expose(), Some(""));
        if let Some(login) = &self.impersonation {
            builder = builder.header(HeaderName::from_static("x-dku-proxyuser"), login.clone());
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

/// Whether a body is read for its words and not as a document: no JSON, or the error envelope.
fn speaks_of_failure(body: &[u8]) -> bool {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    !matches!(first, Some(b'{' | b'[')) || memchr::memmem::find(body, b"\"errorType\"").is_some()
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
