//! The id of a request, in its answer and in problems.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::problem::Problem;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that a caller may choose, in bytes.
const LONGEST: usize = 128;

/// Gives a request its id, and renders problems.
pub(crate) async fn request_id(request: Request, next: Next) -> Response {
    let id = chosen(&request).unwrap_or_else(random);
    let response = next.run(request).await;
    let mut response = match response.extensions().get::<Problem>() {
        Some(problem) => {
            let mut rendered = problem.rendered(&id);
            for (name, value) in response.headers() {
                rendered.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
            rendered
        }
        // What the router itself refuses.
        None => match response.status() {
            StatusCode::METHOD_NOT_ALLOWED => Problem::wrong_method().rendered(&id),
            StatusCode::PAYLOAD_TOO_LARGE => {
                Problem::new("request-too-large", "the request is too large").rendered(&id)
            }
            _ => response,
        },
    };
    if let Ok(value) = HeaderValue::try_from(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// The id that the caller, or a proxy, chose.
fn chosen(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    (!id.is_empty() && id.len() <= LONGEST && id.bytes().all(is_plain)).then(|| id.to_owned())
}

fn random() -> String {
    let mut bytes = [0; 16];
    // Without random numbers the id says nothing, and the request goes on.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
