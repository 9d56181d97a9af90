mod tls;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::StreamExt as _;
use project_deployer_core::AddressRange;

use crate::error::NodeErrorKind;
use crate::upload::Upload;

/// A name that leads only to addresses that the policy refuses.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to {0} and nowhere else")]
pub(super) struct NameRefused(pub(super) AddressRange);

/// Why our side of an upload ended early. The transport reports only that sending failed.
#[derive(Debug, Clone, Default)]
pub(super) struct ArchiveFailure(Arc<Mutex<Option<String>>>);

impl ArchiveFailure {
    fn note(&self, error: &io::Error) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
    }

    pub(super) fn take(&self) -> Option<NodeErrorKind> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().map(NodeErrorKind::Archive)
    }
}

/// One multipart part named `file` (wire-facts 1.5).
pub(super) fn form(archive: Upload, failure: &ArchiveFailure) -> reqwest::multipart::Form {
    let failure = failure.clone();
    let bytes = archive.bytes.inspect(move |piece| {
        if let Err(error) = piece {
            failure.note(error);
        }
    });
    let body = reqwest::Body::wrap_stream(bytes);
    let part = match archive.length {
        Some(length) => reqwest::multipart::Part::stream_with_length(body, length),
        None => reqwest::multipart::Part::stream(body),
    };
    let part = part.file_name(archive.file_name);
    reqwest::multipart::Form::new().part("file", part)
}

/// What a failed exchange means.
pub(super) fn failure(error: &reqwest::Error) -> NodeErrorKind {
    if error.is_builder() {
        return NodeErrorKind::InvalidRequest(
            "the address, login or key does not fit into a request".to_owned(),
        );
    }
    // A connection that ends without a word ends so over TLS, too, and says it in words of TLS.
    if !error.is_connect() {
        return NodeErrorKind::Interrupted;
    }
    let causes = || std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    if let Some(refused) = causes().find_map(|cause| cause.downcast_ref::<NameRefused>()) {
        return NodeErrorKind::AddressRefused(refused.0);
    }
    causes().find_map(tls::problem).map_or(NodeErrorKind::Unreachable, NodeErrorKind::Tls)
}

/// Why an answer was not read to its end.
pub(super) type Unfinished = (NodeErrorKind, Option<reqwest::Error>);

/// The body of an answer piece by piece, as far as we take it.
pub(super) struct Body {
    answer: reqwest::Response,
    most: u64,
    taken: u64,
}

impl Body {
    pub(super) fn new(answer: reqwest::Response, most: u64) -> Self {
        Self { answer, most, taken: 0 }
    }

    /// The next piece; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Unfinished> {
        let too_large = Err((NodeErrorKind::TooLarge(self.most), None));
        let left = self.most.saturating_sub(self.taken);
        if self.answer.content_length().is_some_and(|length| length > left) {
            return too_large;
        }
        match self.answer.chunk().await {
            Ok(Some(piece)) if piece.len() as u64 > left => too_large,
            Ok(Some(piece)) => {
                self.taken += piece.len() as u64;
                Ok(Some(piece))
            }
            Ok(None) => Ok(None),
            Err(error) => Err((NodeErrorKind::Interrupted, Some(error))),
        }
    }

    /// All that is left of it, behind what was read already.
    pub(super) async fn rest(mut self, mut read: Vec<u8>) -> Result<Vec<u8>, Unfinished> {
        while let Some(piece) = self.next().await? {
            read.extend_from_slice(&piece);
        }
        Ok(read)
    }
}
