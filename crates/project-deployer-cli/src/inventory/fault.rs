/// What is wrong with a field, from the message of the parser. Values are removed: a value in a wrong
/// place may be a secret (R13).
pub(super) fn message(path: &str, parser_message: &str) -> String {
    let expected = parser_message.rsplit_once(", expected ").map(|(_, expected)| expected);
    let what = match (parser_message.split_once('`'), expected) {
        (Some(("unknown field ", rest)), Some(known)) => {
            let name = rest.split('`').next().unwrap_or_default();
            return unknown(path, name, known);
        }
        (Some(("missing field ", _)), _) => parser_message.to_owned(),
        (_, Some(expected)) => format!("the value is not {}", plain(expected)),
        (_, None) => "the value is invalid".to_owned(),
    };
    if path == "." { what } else { format!("`{path}`: {what}") }
}

/// Names an unknown field only if it looks like a misspelling of a known one.
fn unknown(path: &str, name: &str, known: &str) -> String {
    let place = match path.rsplit_once('.') {
        Some((parent, _)) if !parent.is_empty() => format!("`{parent}`: "),
        _ => String::new(),
    };
    let start: String = name.chars().take(3).flat_map(char::to_lowercase).collect();
    let is_similar = known.to_lowercase().contains(&format!("`{start}")) && start.len() >= 3;
    let name =
        if is_similar { format!("unknown field `{name}`") } else { "an unknown field".to_owned() };
    format!("{place}{name}; known fields are {}", known.trim_start_matches("one of "))
}

/// Replaces the names of internal types.
fn plain(expected: &str) -> &str {
    if expected.starts_with("struct ") { "an object with fields" } else { expected }
}
