use axum::Extension;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

/// A caller who may go on to the routes.
pub(crate) enum Admitted {
    /// By a key with this id.
    WithKey(String),
    /// The server does not look at keys.
    WithoutKey,
}

/// In the place of an answer: the connection is cut without one, and the call did not reach what
/// answers calls.
#[derive(Debug, Clone)]
pub(crate) struct NoAnswer;

impl IntoResponse for NoAnswer {
    fn into_response(self) -> Response {
        Extension(Self).into_response()
    }
}

/// How a server receives its callers: all that differs between the servers of this crate before a
/// route decides over a call, and after it.
pub(crate) trait Reception<S>: Send + Sync + 'static {
    /// The path of a call below the API; none for what is outside of it.
    fn below_api(&self, path: &str) -> Option<String>;

    /// The answer to a call outside of the API that needs no credentials; none where the UI answers.
    fn outside_api(&self, _path: &str) -> Option<Response> {
        None
    }

    /// Authenticates a caller, and records it in the request.
    ///
    /// # Errors
    ///
    /// What the caller is answered who stays out.
    fn admit(&self, state: &S, request: &mut Parts) -> Result<Admitted, Box<Response>>;

    /// Gives an answer what every answer of this server has.
    fn finish(&self, _: &S, answer: Response) -> Response {
        answer
    }
}
