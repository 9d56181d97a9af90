//! What a request asks for, apart from how its client spells it.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{HeaderMap, Method, Uri};
use serde_json::Value;

/// A request without what makes no difference: which of the two prefixes of the API, slashes that are
/// repeated or at the end, percent-encoding, the spelling of `true`, the boundary of parts, headers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) body: Value,
    /// Name and file name of each part.
    pub(crate) parts: Vec<String>,
}

impl Asked {
    pub(crate) fn new(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Self {
        let kind = headers.get("content-type").and_then(|value| value.to_str().ok());
        let boundary = kind
            .filter(|kind| kind.starts_with("multipart/"))
            .and_then(|kind| kind.split_once("boundary="))
            .map(|(_, boundary)| boundary.trim_matches('"'));
        Self {
            method: method.to_string(),
            path: path(uri.path()),
            query: query(uri.query().unwrap_or_default()),
            body: if boundary.is_some() { Value::Null } else { json(body) },
            parts: boundary.map(|boundary| parts(body, boundary)).unwrap_or_default(),
        }
    }

    /// Whether both ask the same place, whatever they say to it.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        (&self.method, &self.path) == (&other.method, &other.path)
    }

    /// Where our request differs from the official one, each place as `operations.json` names it.
    pub(crate) fn differences(official: &Self, ours: &Self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for name in official.query.keys().chain(ours.query.keys()) {
            if official.query.get(name) != ours.query.get(name) {
                found.insert(format!("query {name}"));
            }
        }
        compare("body", &official.body, &ours.body, &mut found);
        if official.parts != ours.parts {
            found.insert("parts".to_owned());
        }
        found
    }
}

fn compare(place: &str, official: &Value, ours: &Value, found: &mut BTreeSet<String>) {
    match (official, ours) {
        (Value::Object(official), Value::Object(ours)) => {
            for name in official.keys().chain(ours.keys()) {
                let place = format!("{place}.{name}");
                match (official.get(name), ours.get(name)) {
                    (Some(official), Some(ours)) => compare(&place, official, ours, found),
                    _ => _ = found.insert(place),
                }
            }
        }
        (Value::Array(official), Value::Array(ours)) if official.len() == ours.len() => {
            for (official, ours) in official.iter().zip(ours) {
                compare(&format!("{place}[]"), official, ours, found);
            }
        }
        _ if official == ours => {}
        _ => _ = found.insert(place.to_owned()),
    }
}

fn path(text: &str) -> String {
    let decoded = decoded(text);
    let path = format!(
        "/{}",
        decoded.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    );
    let below = ["/dip/publicapi", "/public/api", "/v1"]
        .iter()
        .find_map(|prefix| path.strip_prefix(prefix));
    below.unwrap_or(&path).to_owned()
}

pub(crate) fn decoded(text: &str) -> String {
    // Only the name of a pair: no path has a `&` or `=` that it means as such.
    let escaped = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    query_pairs(&escaped).into_iter().next().map(|(name, _)| name).unwrap_or_default()
}

fn query(text: &str) -> BTreeMap<String, String> {
    query_pairs(text).into_iter().map(|(name, value)| (name, spelled(value))).collect()
}

fn query_pairs(text: &str) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("http://node/?{text}")).unwrap();
    url.query_pairs().into_owned().collect()
}

fn spelled(value: String) -> String {
    match value.as_str() {
        "True" => "true".to_owned(),
        "False" => "false".to_owned(),
        _ => value,
    }
}

fn json(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into())
}

fn parts(body: &[u8], boundary: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    let between = format!("--{boundary}");
    let parts = text.split(between.as_str()).filter_map(|part| {
        let head = part.split_once("\r\n\r\n")?.0.to_owned();
        head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let said = name.trim().eq_ignore_ascii_case("content-disposition");
            said.then(|| value.trim().to_owned())
        })
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(target: &str, body: &str) -> Asked {
        Asked::new(&Method::PUT, &target.parse().unwrap(), &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn spelling_makes_no_difference() {
        let official = asked("/dip/publicapi/admin//iam/ldap-settings/?a=True&b=x%20y", "{ }");
        let ours = asked("/public/api/admin/iam/ldap%2Dsettings?b=x+y&a=true", "{}");
        assert_eq!(official, ours);
    }

    #[test]
    fn what_is_said_makes_a_difference() {
        let official = asked("/projects?a=1&b=2", r#"{"x": [{"y": 1}], "z": null, "same": 1}"#);
        let ours = asked("/projects?a=1&b=3&c=4", r#"{"x": [{"y": 2}], "same": 1}"#);
        let found = Asked::differences(&official, &ours);
        assert_eq!(Vec::from_iter(found), ["body.x[].y", "body.z", "query b", "query c"]);
        assert!(!official.is_like(&asked("/projects/CHURN", "")));
    }

    #[test]
    fn parts_are_known_by_their_names() {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "multipart/form-data; boundary=zz".parse().unwrap());
        let part = "Content-Disposition: form-data; name=\"file\"; filename=\"v1.zip\"";
        let body = format!("--zz\r\n{part}\r\n\r\nbytes\r\n--zz--\r\n");
        let uri = "/projectsFromBundle/".parse().unwrap();
        let asked = Asked::new(&Method::POST, &uri, &headers, body.as_bytes());
        assert_eq!(asked.parts, ["form-data; name=\"file\"; filename=\"v1.zip\""]);
        assert_eq!(asked.body, Value::Null);
    }
}
