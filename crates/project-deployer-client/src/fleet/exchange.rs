use crate::error::NodeErrorKind;

/// The largest answer that is taken. Ten thousand instances are about 10 MB.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// What a failed exchange means.
pub(super) fn failure(error: &reqwest::Error) -> NodeErrorKind {
    if error.is_builder() {
        let reason = "the address or the key does not fit into a request";
        return NodeErrorKind::Unspeakable(reason.to_owned());
    }
    if mentions_tls(error) {
        return NodeErrorKind::Tls;
    }
    if error.is_connect() { NodeErrorKind::Unreachable } else { NodeErrorKind::Interrupted }
}

/// rustls reports through `io::Error` and says only in its texts that it was TLS. The outermost text
/// is not looked at: it has the address in it.
fn mentions_tls(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let text = error.to_string().to_lowercase();
        if ["certificate", "tls", "handshake"].iter().any(|word| text.contains(word)) {
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
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(piece)) if body.len() + piece.len() > MAX_ANSWER => {
                return Err((NodeErrorKind::TooLarge(MAX_ANSWER as u64), None));
            }
            Ok(Some(piece)) => body.extend_from_slice(&piece),
            Ok(None) => return Ok(body),
            Err(error) => return Err((NodeErrorKind::Interrupted, Some(error))),
        }
    }
}
