/// What is wrong with a field, from what the reader says, without any value: one that stands in a wrong
/// place may be a secret (R13).
pub(super) fn told(path: &str, reader_says: &str) -> String {
    let expected = reader_says.rsplit_once(", expected ").map(|(_, expected)| expected);
    let what = match (reader_says.split_once('`'), expected) {
        (Some(("unknown field ", rest)), Some(known)) => {
            let name = rest.split('`').next().unwrap_or_default();
            return unknown(path, name, known);
        }
        (Some(("missing field ", _)), _) => reader_says.to_owned(),
        (_, Some(expected)) => format!("this is not {}", plain(expected)),
        (_, None) => "this is not as it should be".to_owned(),
    };
    if path == "." { what } else { format!("`{path}`: {what}") }
}

/// An unknown field is named where it is a misspelling of a known one.
fn unknown(path: &str, name: &str, known: &str) -> String {
    let place = match path.rsplit_once('.') {
        Some((parent, _)) if !parent.is_empty() => format!("`{parent}`: "),
        _ => String::new(),
    };
    let start: String = name.chars().take(3).flat_map(char::to_lowercase).collect();
    let is_near = known.to_lowercase().contains(&format!("`{start}")) && start.len() >= 3;
    let name =
        if is_near { format!("unknown field `{name}`") } else { "an unknown field".to_owned() };
    format!("{place}{name}; known are {}", known.trim_start_matches("one of "))
}

/// The names of our own types are nobody's business.
fn plain(expected: &str) -> &str {
    if expected.starts_with("struct ") { "an object with fields" } else { expected }
}
