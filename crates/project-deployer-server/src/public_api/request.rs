use std::collections::HashMap;
use std::ops::Deref;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use project_deployer::core::IdentifierError;
use project_deployer::core::document::{Document, parse_json};
use project_deployer::{DeployerSession, Principal, Warnings};
use serde::Serialize;
use serde_json::{Value, json};

use super::error::ApiError;
use crate::operations::{BodyError, MAX_JSON, Reserved, read_body};

/// What a handler answers.
pub(super) type Answer<T> = Result<T, ApiError>;

/// The session of the caller, and who the caller is.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) session: DeployerSession,
    pub(super) principal: Principal,
}

impl Deref for Session {
    type Target = DeployerSession;

    fn deref(&self) -> &DeployerSession {
        &self.session
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        // Every route is behind the layer that puts it there.
        parts.extensions.get::<Self>().cloned().ok_or_else(ApiError::no_route)
    }
}

/// The segments of the path that have names, decoded. A host may have more of them, before ours.
#[derive(Debug)]
pub(super) struct Ids(Vec<(String, String)>);

impl Ids {
    /// A segment as an id. A text that breaks the rule of its kind is the id of no object.
    pub(super) fn read<T>(&self, name: &str, kind: &'static str) -> Answer<T>
    where
        T: for<'a> TryFrom<&'a str, Error = IdentifierError>,
    {
        let text = self.text(name);
        T::try_from(text).map_err(|_| ApiError::not_found(kind, text))
    }

    pub(super) fn text(&self, name: &str) -> &str {
        let last = self.0.iter().rev().find(|(known, _)| known == name);
        last.map(|(_, text)| text.as_str()).unwrap_or_default()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ids {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let path = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let Path(segments) = path.map_err(|error| ApiError::bad_request(error.body_text()))?;
        Ok(Self(segments))
    }
}

/// The parameters of the query (wire-facts 1.5). An empty one counts as absent.
#[derive(Debug)]
pub(super) struct Parameters(HashMap<String, String>);

impl Parameters {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Whether a parameter is true, in any spelling.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    pub(super) fn is_false(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| text.eq_ignore_ascii_case("false"))
    }

    pub(super) fn parsed<T>(&self, name: &str) -> Answer<Option<T>>
    where
        T: for<'a> TryFrom<&'a str, Error = IdentifierError>,
    {
        let parsed = self.text(name).map(T::try_from).transpose();
        parsed.map_err(|error| ApiError::bad_request(format!("query parameter `{name}`: {error}")))
    }

    pub(super) fn warnings(&self) -> Warnings {
        if self.is_true("ignoreWarnings") { Warnings::Ignore } else { Warnings::AsErrors }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let query = Query::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let Query(pairs) = query.map_err(|error| ApiError::bad_request(error.body_text()))?;
        Ok(Self(pairs))
    }
}

/// The JSON of a body, whatever content type it has; null where there is none (wire-facts 1.5).
#[derive(Debug)]
pub(super) struct Body(pub(super) Value);

impl Body {
    /// The document that was sent.
    pub(super) fn document<T: Document>(self) -> Answer<T> {
        Ok(T::from_document(self.0)?)
    }

    /// A text of the object that was sent.
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field).and_then(Value::as_str)
    }

    /// A text of the object that was sent; none where it is absent or null.
    pub(super) fn optional_text(&self, field: &str) -> Answer<Option<&str>> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(ApiError::bad_request(format!("`{field}` is not a text; send a text"))),
        }
    }

    /// An id of the object that was sent.
    pub(super) fn id<T>(&self, field: &str) -> Answer<T>
    where
        T: for<'a> TryFrom<&'a str, Error = IdentifierError>,
    {
        let text = self.text(field);
        let text =
            text.ok_or_else(|| ApiError::bad_request(format!("`{field}` is missing; send it")))?;
        T::try_from(text).map_err(|error| ApiError::bad_request(format!("`{field}`: {error}")))
    }

    /// A list of ids of the object that was sent; empty where it is absent or null.
    pub(super) fn ids<T>(&self, field: &str) -> Answer<Vec<T>>
    where
        T: for<'a> TryFrom<&'a str, Error = IdentifierError>,
    {
        let wrong = |what: String| ApiError::bad_request(format!("`{field}`: {what}"));
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| match item.as_str() {
                    Some(text) => T::try_from(text).map_err(|error| wrong(error.to_string())),
                    None => Err(wrong("an entry is not a text; send a list of texts".to_owned())),
                })
                .collect(),
            Some(_) => Err(wrong("this is not a list; send a list of texts".to_owned())),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Answer<Self> {
        // It is reserved until the text is parsed.
        let mut reserved = Reserved::default();
        let (parts, body) = request.into_parts();
        let bytes = read_body(&parts.extensions, body, &mut reserved).await.map_err(body_failed)?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Value::Null));
        }
        Ok(Self(parse_json(&bytes)?))
    }
}

fn body_failed(error: BodyError) -> ApiError {
    match error {
        BodyError::EndedEarly => {
            ApiError::bad_request("the body ended early; send the request again")
        }
        BodyError::TooLong => ApiError::too_large(format!(
            "the body is longer than {} MiB; send less",
            MAX_JSON >> 20
        )),
        BodyError::Busy => ApiError::busy(),
        BodyError::TooSlow => ApiError::bad_request("the body takes too long; send it faster"),
    }
}

/// What a change answers (wire-facts 1.6).
pub(super) fn done(message: impl Into<String>) -> Json<Value> {
    Json(json!({"msg": message.into()}))
}

/// A document as JSON.
pub(super) fn written(document: &impl Serialize) -> Answer<Json<Value>> {
    serde_json::to_value(document).map(Json).map_err(unwritable)
}

pub(super) fn unwritable(error: serde_json::Error) -> ApiError {
    tracing::error!(%error, "an answer cannot be written");
    project_deployer::DeployerError::state("an answer", error).into()
}
