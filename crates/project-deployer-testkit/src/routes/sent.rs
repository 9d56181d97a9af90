use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::answer::{Answer, Refusal};

/// The JSON of a request, whatever content type it names; null when there is none
/// (wire-facts 1.5).
#[derive(Debug, Clone)]
pub(crate) struct Sent(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let bytes = to_bytes(request.into_body(), usize::MAX)
            .await
            .map_err(|error| Refusal::illegal(format!("The body cannot be read: {error}")))?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Value::Null));
        }
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| Refusal::illegal(format!("The body is not JSON: {error}")))
    }
}

impl Sent {
    /// # Errors
    ///
    /// The JSON has another shape.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Answer<T> {
        serde_json::from_value(self.0)
            .map_err(|error| Refusal::illegal(format!("The body has another shape: {error}")))
    }

    /// # Errors
    ///
    /// It is no object.
    pub(crate) fn object(self) -> Answer<Map<String, Value>> {
        match self.0 {
            Value::Object(fields) => Ok(fields),
            _ => Err(Refusal::illegal("The body is no JSON object")),
        }
    }

    /// A text of the object; nothing when it is not there.
    pub(crate) fn text(&self, field: &str) -> Option<String> {
        self.0.get(field).and_then(Value::as_str).map(str::to_owned)
    }
}
