use std::collections::HashMap;

use axum::body::to_bytes;
use axum::extract::multipart::Multipart;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::answer::{Answer, Refusal};
use crate::caller::Caller;
use crate::state::exported::invalid;

/// A call to a route: who asks, and all that was sent.
#[derive(Debug)]
pub(crate) struct ApiCall {
    pub(crate) caller: Caller,
    path: String,
    ids: Vec<String>,
    query: HashMap<String, String>,
    /// The JSON, whatever content type it names; null when there is none (wire-facts 1.5).
    json: Answer<Value>,
    /// The part `file`.
    file: Answer<Bytes>,
}

impl<S: Send + Sync> FromRequest<S> for ApiCall {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let caller = parts.extensions.get::<Caller>().cloned();
        let ids = Path::<Vec<(String, String)>>::from_request_parts(&mut parts, state).await;
        let ids = ids.map_err(IntoResponse::into_response)?.0;
        let query = Query::<HashMap<String, String>>::from_request_parts(&mut parts, state).await;
        let query = query.map_err(IntoResponse::into_response)?.0;
        let path = parts.uri.path().to_owned();
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let has_parts = kind.is_some_and(|kind| kind.starts_with("multipart/"));
        let request = Request::from_parts(parts, body);
        let (json, file) = if has_parts {
            (Err(Refusal::illegal("The body is not JSON")), file(request).await)
        } else {
            (json(request).await, Err(invalid("the request has no part `file`".to_owned())))
        };
        Ok(Self {
            caller: caller.unwrap_or_default(),
            path,
            ids: ids.into_iter().map(|(_, id)| id).collect(),
            query,
            json,
            file,
        })
    }
}

async fn json(request: Request) -> Answer<Value> {
    let bytes = to_bytes(request.into_body(), usize::MAX)
        .await
        .map_err(|error| Refusal::illegal(format!("The body cannot be read: {error}")))?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| Refusal::illegal(format!("The body is not JSON: {error}")))
}

async fn file(request: Request) -> Answer<Bytes> {
    let parts = Multipart::from_request(request, &()).await;
    let mut parts = parts.map_err(|rejection| invalid(rejection.body_text()))?;
    while let Some(part) = parts.next_field().await.map_err(|error| invalid(error.body_text()))? {
        if part.name() == Some("file") {
            return part.bytes().await.map_err(|error| invalid(error.body_text()));
        }
    }
    Err(invalid("the request has no part `file`".to_owned()))
}

impl ApiCall {
    /// The path after the API prefix.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The ids of the path in order; empty where the path has fewer.
    pub(crate) fn ids<const N: usize>(&self) -> [&str; N] {
        std::array::from_fn(|place| self.ids.get(place).map(String::as_str).unwrap_or_default())
    }

    /// The first id of the path.
    pub(crate) fn id(&self) -> &str {
        let [id] = self.ids();
        id
    }

    /// The second id of the path.
    pub(crate) fn second_id(&self) -> &str {
        let [_, id] = self.ids();
        id
    }

    /// Whether a query parameter is true, in any spelling (wire-facts 1.5).
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.query.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Whether a query parameter is false; a parameter that is not there is not.
    pub(crate) fn is_off(&self, name: &str) -> bool {
        self.query.get(name).is_some_and(|value| value.eq_ignore_ascii_case("false"))
    }

    /// A query parameter that says something.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        self.query.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// A query parameter that has to be there.
    pub(crate) fn needed(&self, name: &str) -> Answer<String> {
        self.query(name).ok_or_else(|| Refusal::illegal(format!("{name} is missing")))
    }

    /// The JSON that was sent.
    pub(crate) fn json(&self) -> Answer<&Value> {
        self.json.as_ref().map_err(Clone::clone)
    }

    /// # Errors
    ///
    /// The JSON has another shape.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Answer<T> {
        serde_json::from_value(self.json()?.clone())
            .map_err(|error| Refusal::illegal(format!("The body has another shape: {error}")))
    }

    /// # Errors
    ///
    /// The JSON is no object.
    pub(crate) fn object(&self) -> Answer<Map<String, Value>> {
        match self.json()? {
            Value::Object(fields) => Ok(fields.clone()),
            _ => Err(Refusal::illegal("The body is no JSON object")),
        }
    }

    /// A text of the object that was sent; nothing when it is not there.
    pub(crate) fn text(&self, field: &str) -> Answer<Option<String>> {
        Ok(self.json()?.get(field).and_then(Value::as_str).map(str::to_owned))
    }

    /// A text of the object that has to be there.
    pub(crate) fn needed_text(&self, field: &str) -> Answer<String> {
        self.text(field)?.ok_or_else(|| Refusal::illegal(format!("{field} is missing")))
    }

    /// The bytes of the part `file`.
    pub(crate) fn file(&self) -> Answer<&Bytes> {
        self.file.as_ref().map_err(Clone::clone)
    }
}
