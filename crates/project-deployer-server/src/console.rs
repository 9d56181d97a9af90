//! The console: static files without a build step, which use the API for frontends and nothing else.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::public_api;

/// Where the console is.
pub(crate) const CONSOLE: &str = "/console";

/// What a page may load and reach: files and the API of this service.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file: its path, its type, its text.
type File = (&'static str, &'static str, &'static str);

static FILES: [File; 21] = [
    ("", HTML, include_str!("console/static/index.html")),
    ("style.css", "text/css; charset=utf-8", include_str!("console/static/style.css")),
    ("icon.svg", "image/svg+xml", include_str!("console/static/icon.svg")),
    ("app.js", SCRIPT, include_str!("console/static/app.js")),
    ("api.js", SCRIPT, include_str!("console/static/api.js")),
    ("dom.js", SCRIPT, include_str!("console/static/dom.js")),
    ("pages/access.js", SCRIPT, include_str!("console/static/pages/access.js")),
    ("pages/audit.js", SCRIPT, include_str!("console/static/pages/audit.js")),
    ("pages/board.js", SCRIPT, include_str!("console/static/pages/board.js")),
    ("pages/deployment.js", SCRIPT, include_str!("console/static/pages/deployment.js")),
    ("pages/estate.js", SCRIPT, include_str!("console/static/pages/estate.js")),
    ("pages/estate_schedule.js", SCRIPT, include_str!("console/static/pages/estate_schedule.js")),
    ("pages/fleets.js", SCRIPT, include_str!("console/static/pages/fleets.js")),
    ("pages/infrastructures.js", SCRIPT, include_str!("console/static/pages/infrastructures.js")),
    ("pages/plan.js", SCRIPT, include_str!("console/static/pages/plan.js")),
    ("pages/projects.js", SCRIPT, include_str!("console/static/pages/projects.js")),
    ("pages/rotation.js", SCRIPT, include_str!("console/static/pages/rotation.js")),
    ("pages/watching.js", SCRIPT, include_str!("console/static/pages/watching.js")),
    ("pages/webhooks.js", SCRIPT, include_str!("console/static/pages/webhooks.js")),
    ("pages/windows.js", SCRIPT, include_str!("console/static/pages/windows.js")),
    ("pages/sign_in.js", SCRIPT, include_str!("console/static/pages/sign_in.js")),
];

/// The routes of the console. A browser that asks for the service itself is led there.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/", get(home))
        .route(CONSOLE, get(async || redirect("console/")))
        .route("/console/", get(async || file("")))
        .route(
            "/console/{*path}",
            get(async |Path(segments): Path<Vec<(String, String)>>| {
                // A host may have segments of its own, before ours.
                let path = segments.iter().rev().find(|(name, _)| name == "path");
                file(path.map(|(_, path)| path.as_str()).unwrap_or_default())
            }),
        )
}

async fn home(headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    match accept.is_some_and(|accept| accept.contains("text/html")) {
        true => redirect("console/"),
        false => public_api::no_route(),
    }
}

/// To a place relative to the request, so that it is right behind any prefix.
fn redirect(place: &'static str) -> Response {
    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, place)]).into_response()
}

fn file(path: &str) -> Response {
    let Some((_, kind, text)) = FILES.iter().find(|(known, ..)| *known == path) else {
        return (
            StatusCode::NOT_FOUND,
            [(header::CONTENT_TYPE, "text/plain")],
            "there is no such file",
        )
            .into_response();
    };
    let mut response = (*text).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, *kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        // A new version of the service has new files.
        (header::CACHE_CONTROL, "no-cache"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_page_is_small() {
        let bytes: usize = FILES.iter().map(|(_, _, text)| text.len()).sum();
        assert!(bytes < 150 * 1024, "{bytes}");
    }

    #[test]
    fn no_file_needs_anything_from_elsewhere() {
        for (path, _, text) in &FILES {
            for (number, line) in text.lines().enumerate() {
                let other = line
                    .replace("http://www.w3.org/2000/svg", "")
                    .replace("https://node:11200", "")
                    .replace("https://fleet.example", "");
                assert!(!other.contains("://"), "{path}:{}", number + 1);
                for forbidden in ["innerHTML", "eval(", "style=", "onclick=\"", "document.write"] {
                    assert!(!line.contains(forbidden), "{path}:{}: {forbidden}", number + 1);
                }
            }
        }
    }

    #[test]
    fn every_module_that_is_imported_is_served() {
        for (path, _, text) in FILES.iter().filter(|(_, kind, _)| *kind == SCRIPT) {
            for name in text.split("from \"").skip(1).filter_map(|rest| rest.split('"').next()) {
                let folder = path.rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
                let folder = folder.unwrap_or_default();
                let target = match name.strip_prefix("../") {
                    Some(above) => above.to_owned(),
                    None => format!("{folder}{}", name.trim_start_matches("./")),
                };
                assert!(FILES.iter().any(|(known, ..)| *known == target), "{path} imports {name}");
            }
        }
    }
}
