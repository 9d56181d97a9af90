use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt as _;

use crate::error::NodeErrorKind;
use crate::upload::Upload;

/// The largest answer that is taken: one million users are about 330 MB.
const MAX_ANSWER: u64 = 512 * 1024 * 1024;

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

/// One multipart part named `file` (`wire-facts.md` 1.5).
pub(super) fn form(archive: Upload, failure: &ArchiveFailure) -> reqwest::multipart::Form {
    let failure = failure.clone();
    let bytes = archive.bytes.inspect(move |piece| {
        if let Err(error) = piece {
            failure.note(error);
        }
    });
    let body = reqwest::Body::wrap_stream(bytes);
    let part = reqwest::multipart::Part::stream_with_length(body, archive.length)
        .file_name(archive.file_name);
    reqwest::multipart::Form::new().part("file", part)
}

/// What a failed exchange means.
pub(super) fn failure(error: &reqwest::Error) -> NodeErrorKind {
    if error.is_builder() {
        return NodeErrorKind::Unspeakable(
            "the address, login or key does not fit into a request".to_owned(),
        );
    }
    // A connection that ends without a word ends so over TLS, too, and says it in words of TLS.
    match (error.is_connect(), mentions_tls(error)) {
        (true, true) => NodeErrorKind::Tls,
        (true, false) => NodeErrorKind::Unreachable,
        (false, _) => NodeErrorKind::Interrupted,
    }
}

/// rustls reports through `io::Error` and says only in its texts that it was TLS. The outermost text
/// is not looked at: it has the address in it, which may have any word in it.
fn mentions_tls(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let text = error.to_string().to_lowercase();
        if text.contains("certificate") || text.contains("tls") || text.contains("handshake") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Reads an answer to its end, as far as we take it.
pub(super) async fn read_body(
    mut answer: reqwest::Response,
) -> Result<Vec<u8>, (NodeErrorKind, Option<reqwest::Error>)> {
    if answer.content_length().is_some_and(|length| length > MAX_ANSWER) {
        return Err((NodeErrorKind::TooLarge(MAX_ANSWER), None));
    }
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(piece)) if (body.len() + piece.len()) as u64 > MAX_ANSWER => {
                return Err((NodeErrorKind::TooLarge(MAX_ANSWER), None));
            }
            Ok(Some(piece)) => body.extend_from_slice(&piece),
            Ok(None) => return Ok(body),
            Err(error) => return Err((NodeErrorKind::Interrupted, Some(error))),
        }
    }
}
