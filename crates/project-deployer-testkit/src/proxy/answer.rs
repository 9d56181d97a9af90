use super::message::{Head, content_of_chunks, find};
use crate::fault::ReplacementAnswer;

/// A whole answer.
#[derive(Debug, Clone)]
pub(super) struct WholeAnswer {
    head: Head,
    body: Vec<u8>,
}

impl WholeAnswer {
    /// A response that no server sent.
    pub(super) fn empty() -> Self {
        Self { head: Head::parse(b"HTTP/1.1 200 OK"), body: Vec::new() }
    }

    /// What a server sent until it closed the connection.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let end = find(bytes, b"\r\n\r\n")?;
        let head = Head::parse(bytes.get(..end)?);
        let sent = bytes.get(end + 4..)?;
        let body = if head.is_chunked() { content_of_chunks(sent)? } else { sent.to_vec() };
        Some(Self { head, body })
    }

    pub(super) fn replacement(replacement: ReplacementAnswer) -> Self {
        let headers = replacement.headers.into_iter();
        let head = Head {
            first_line: format!("HTTP/1.1 {} Fault", replacement.status),
            headers: headers.map(|(name, value)| (name.to_owned(), value)).collect(),
        };
        Self { head, body: replacement.body }
    }

    pub(super) fn status(&self) -> Option<u16> {
        self.head.word(1).parse().ok()
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    pub(super) fn half(&self) -> &[u8] {
        self.body.get(..self.body.len() / 2).unwrap_or_default()
    }

    /// The head, as it is when the body has so many bytes.
    pub(super) fn head_for(&self, length: usize) -> Vec<u8> {
        let head =
            self.head.clone().without(&["content-length", "transfer-encoding", "connection"]);
        head.with("content-length", length.to_string()).with("connection", "close").to_bytes()
    }
}
