use axum::http::request::Parts;
use axum::response::Response;

/// How a server receives its callers: all that differs between the servers of this crate before a
/// route decides over a call, and after it.
pub(crate) trait Reception<S>: Send + Sync + 'static {
    /// The path of a call below the API; none for what is outside of it.
    fn below_api(&self, path: &str) -> Option<String>;

    /// The answer to a call outside of the API that needs no credentials; none where the UI answers.
    fn outside_api(&self, _path: &str) -> Option<Response> {
        None
    }

    /// Authenticates a caller: returns the id of its key, and records the caller in the request.
    ///
    /// # Errors
    ///
    /// What the caller is answered who stays out.
    fn admit(&self, state: &S, request: &mut Parts) -> Result<String, Box<Response>>;

    /// Gives an answer what every answer of this server has.
    fn finish(&self, _: &S, answer: Response) -> Response {
        answer
    }
}
