use axum::Json;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::Value;

use crate::answer::{Answer, Refusal};

/// What a route can answer.
pub(crate) trait Reply: 'static {
    fn reply(self) -> Response;
}

/// JSON of something that was created.
pub(crate) struct Created(pub(crate) Value);

/// A zip archive.
pub(crate) struct Archive(pub(crate) Bytes);

impl Reply for Value {
    fn reply(self) -> Response {
        Json(self).into_response()
    }
}

impl Reply for Created {
    fn reply(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

impl Reply for Archive {
    fn reply(self) -> Response {
        ([(CONTENT_TYPE, "application/zip")], self.0).into_response()
    }
}

impl<R: Reply> Reply for Answer<R> {
    fn reply(self) -> Response {
        self.map_or_else(Reply::reply, Reply::reply)
    }
}

/// For what axum can answer as it is.
macro_rules! as_axum_answers {
    ($($kind:ty),+) => {
        $(impl Reply for $kind {
            fn reply(self) -> Response {
                self.into_response()
            }
        })+
    };
}

as_axum_answers!((), String, Refusal, Response);
