//! The spellings of a path that mean the same (wire-facts 1.1, 1.2).

use axum::extract::Request;
use axum::http::Uri;

use crate::console::CONSOLE;

/// The prefixes of the public API.
const PREFIXES: [&str; 2] = ["/dip/publicapi", "/public/api"];

/// The prefix that routes have.
pub(crate) const PUBLIC_API: &str = "/public-api";

/// Collapses repeated slashes, drops one at the end, and makes both prefixes one.
pub(crate) fn normalize(mut request: Request) -> Request {
    let uri = request.uri();
    let path = normalized(uri.path());
    if path == uri.path() {
        return request;
    }
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    // What was a path is one still; if it were not, no route would have it.
    if let Ok(target) = target.parse::<Uri>() {
        *request.uri_mut() = target;
    }
    request
}

fn normalized(path: &str) -> String {
    let mut slashed = String::with_capacity(path.len());
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        slashed.push('/');
        slashed.push_str(segment);
    }
    let below = |prefix: &str| {
        let rest = slashed.strip_prefix(prefix)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("{PUBLIC_API}{rest}"))
    };
    match PREFIXES.iter().find_map(|prefix| below(prefix)) {
        Some(path) => path,
        // The name that routes have is no prefix for callers.
        None if slashed.starts_with(PUBLIC_API) => format!("/-{slashed}"),
        None if slashed.is_empty() => "/".to_owned(),
        // The files of the console are relative to its folder.
        None if slashed == CONSOLE && path.ends_with('/') => format!("{slashed}/"),
        None => slashed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_prefixes_and_all_slashes_mean_the_same() {
        for path in [
            "/dip/publicapi/futures",
            "/public/api/futures",
            "/public/api/futures/",
            "//dip//publicapi///futures//",
        ] {
            assert_eq!(normalized(path), "/public-api/futures", "{path}");
        }
    }

    #[test]
    fn other_paths_reach_no_route_of_the_api() {
        for path in ["/", "/public-api/futures", "/public/apis", "/dip/publicapifutures", ""] {
            let path = normalized(path);
            assert!(!path.starts_with(PUBLIC_API), "{path}");
        }
    }

    #[test]
    fn the_query_and_encoded_segments_stay() {
        let request = Request::builder().uri("/public/api/users/a%2Fb/?x=1/2//3").body(().into());
        let request = normalize(request.unwrap());
        assert_eq!(request.uri(), "/public-api/users/a%2Fb?x=1/2//3");
    }
}
