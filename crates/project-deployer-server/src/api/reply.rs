//! Answers that more than one route gives.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

/// What stays as it is in a segment of a path (RFC 3986, unreserved characters).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Something was created. Its location is relative, since the API does not know where a host nests it.
pub(crate) struct Created<T>(pub(crate) String, pub(crate) T);

/// A task began. Its location is relative as well.
pub(crate) struct Accepted<T>(pub(crate) String, pub(crate) T);

/// A segment of a location.
pub(crate) fn segment(id: impl AsRef<str>) -> String {
    utf8_percent_encode(id.as_ref(), SEGMENT).to_string()
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        located(StatusCode::CREATED, self.0, &self.1)
    }
}

impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        located(StatusCode::ACCEPTED, self.0, &self.1)
    }
}

fn located(status: StatusCode, location: String, value: &impl Serialize) -> Response {
    let mut response = (status, Json(value)).into_response();
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
