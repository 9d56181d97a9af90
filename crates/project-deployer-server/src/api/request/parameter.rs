//! What is wrong with a query, in words for whoever wrote it.

use std::error::Error;

use axum::extract::rejection::QueryRejection;
use utoipa::IntoParams;
use utoipa::openapi::path::Parameter;

use crate::api::problem::Problem;

/// The problem of a query that is not one of `T`.
pub(super) fn problem<T: IntoParams>(error: &QueryRejection) -> Problem {
    // What serde says, with the name of the parameter before it where a value is wrong.
    let text = error.source().map_or_else(|| error.body_text(), ToString::to_string);
    let known = T::into_params(|| None);
    let found = text.split_once(": ").and_then(|(name, what)| {
        Some((known.iter().find(|parameter| parameter.name == name)?, what))
    });
    let what = found.map_or(text.as_str(), |(_, what)| what);
    match (wrong_name(what), found) {
        (Some(problem), _) => problem,
        (None, Some((parameter, what))) => wrong_value(parameter, what),
        (None, None) => Problem::new("request-malformed", text).with_fix("correct the query"),
    }
}

/// A value that is none of its parameter.
fn wrong_value(parameter: &Parameter, what: &str) -> Problem {
    let (detail, wanted) = in_words(what);
    let meaning = parameter.description.as_deref().unwrap_or_default();
    let meaning = meaning.trim_end_matches('.').replace('\n', " ");
    let fix = match meaning.is_empty() {
        true => format!("send {wanted}"),
        false => format!("send {wanted}: {}", begun_small(&meaning)),
    };
    Problem::field(&parameter.name, detail, &fix)
}

/// What is wrong with a value, and what is wanted in its place.
fn in_words(what: &str) -> (String, String) {
    // The value itself is whatever the caller wrote; what serde says of it is around it.
    match what.rsplit_once(", expected ") {
        Some((what, words)) => {
            let unknown = what.strip_prefix("unknown variant ");
            let detail = unknown.map_or_else(|| what.to_owned(), |it| format!("there is no {it}"));
            (detail, words.to_owned())
        }
        None if what.contains("`true` or `false`") => {
            ("it is neither `true` nor `false`".to_owned(), "`true` or `false`".to_owned())
        }
        None => ("it is no whole number of this range".to_owned(), "a whole number".to_owned()),
    }
}

/// A parameter that is missing, unknown, or there twice: serde names it between backticks.
fn wrong_name(text: &str) -> Option<Problem> {
    let name = |before: &str| Some(text.strip_prefix(before)?.split_once('`')?.0);
    let wrong = |name: &str, what: &str, fix: &str| Some(Problem::field(name, what, fix));
    if let Some(name) = name("missing field `") {
        return wrong(name, "it is missing", "add it to the query");
    }
    if let Some(name) = name("unknown field `") {
        let fix = "leave it out; /api/v1/openapi.json lists the parameters";
        return wrong(name, "there is no such parameter", fix);
    }
    wrong(name("duplicate field `")?, "it is there twice", "send it once")
}

fn begun_small(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_as_its_caller_wrote_it() {
        let value = "`unknown variant a, expected b`";
        let (detail, wanted) =
            in_words(&format!("unknown variant {value}, expected `id` or `lastUpdate`"));
        assert_eq!(detail, format!("there is no {value}"));
        assert_eq!(wanted, "`id` or `lastUpdate`");
    }
}
