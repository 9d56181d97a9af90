use std::fmt;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use project_deployer::store::CommitId;

/// The header with the id of a request. A client or a proxy may choose it.
const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id of a client, in bytes.
const LONGEST: usize = 64;

/// The id of a request: in its answer, in the log and in the audit.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(Arc<str>);

impl RequestId {
    /// The id that the client chose, or a new one.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let chosen = headers.get(HEADER).and_then(|value| value.to_str().ok());
        let chosen = chosen.filter(|id| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
            (1..=LONGEST).contains(&id.len()) && id.bytes().all(is_plain)
        });
        match chosen {
            Some(id) => Self(id.into()),
            None => Self(CommitId::random().to_string().into()),
        }
    }

    pub(super) fn put(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            headers.insert(HEADER, value);
        }
    }

    pub(crate) fn text(&self) -> &Arc<str> {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_bytes(text.as_bytes()).unwrap());
        RequestId::of(&headers).to_string()
    }

    #[test]
    fn a_plain_id_of_the_client_is_kept_and_any_other_one_is_replaced() {
        assert_eq!(of("build-17.3:a_b"), "build-17.3:a_b");
        for other in ["", "a b", "{\"a\"}", "é", &"a".repeat(65)] {
            let id = of(other);
            assert!(id != other && id.len() == 32, "{id}");
        }
        assert_ne!(RequestId::of(&HeaderMap::new()).0, RequestId::of(&HeaderMap::new()).0);
    }
}
