use std::collections::BTreeSet;

use project_deployer_core::ProblemCode;

use super::{Object, Shape, TextCheck};
use crate::estate::document::Estate;
use crate::estate::problem::EstateProblem;
use crate::estate::text::{Kind, Located};

/// A field of the product's documents that holds a key in clear text.
const KEY_FIELD: &str = "adminApiKey";

/// Every problem of a value that should have this shape.
pub(in crate::estate) fn problems_of(
    value: &Located,
    object: &Object,
    path: &str,
) -> Vec<EstateProblem> {
    let mut check = Found::default();
    check.object(value, object, path);
    check.problems
}

/// The problems found so far.
#[derive(Debug, Default)]
struct Found {
    problems: Vec<EstateProblem>,
}

impl Found {
    fn note(&mut self, at: &Located, path: &str, code: ProblemCode, what: String, hint: String) {
        self.problems.push(EstateProblem::new(path, code, what, hint).at(at.at));
    }

    fn wrong_type(&mut self, value: &Located, path: &str, wanted: &str) {
        let what = format!("found {}", value.kind.found());
        let hint = match &value.kind {
            Kind::Null => format!("write {wanted}, or remove the field to leave it alone"),
            Kind::Number(_) | Kind::Flag(_) if wanted.starts_with("a text") => {
                format!("write {wanted}, in quotes")
            }
            _ => format!("write {wanted}"),
        };
        self.note(value, path, ProblemCode::WrongType, what, hint);
    }

    fn value(&mut self, value: &Located, shape: &Shape, path: &str) {
        match (shape, &value.kind) {
            (Shape::Any, _) | (Shape::Text, Kind::Text(_)) | (Shape::Flag, Kind::Flag(_)) => {}
            (Shape::Version, Kind::Number(number)) => {
                if number.as_u64() != Some(u64::from(Estate::VERSION)) {
                    let what = "this version is unknown".to_owned();
                    let hint = format!("write {}, or use a newer program", Estate::VERSION);
                    self.note(value, path, ProblemCode::UnknownValue, what, hint);
                }
            }
            (Shape::Filled, Kind::Text(text)) => {
                if text.trim().is_empty() {
                    let hint = "write a text, or remove the field".to_owned();
                    self.note(
                        value,
                        path,
                        ProblemCode::Missing,
                        "the text is blank".to_owned(),
                        hint,
                    );
                }
            }
            (Shape::ParsedOrNone(_), Kind::Text(text)) if text.is_empty() => {}
            (Shape::Parsed(check) | Shape::ParsedOrNone(check), Kind::Text(text)) => {
                self.parsed(value, text, *check, path);
            }
            (Shape::Word(words), Kind::Text(text)) if words.contains(&text.as_str()) => {}
            (Shape::Word(words), _) => {
                let hint = format!("write one of {}", words.join(", "));
                let what = "this word is unknown".to_owned();
                self.note(value, path, ProblemCode::UnknownValue, what, hint);
            }
            (Shape::Number(least, most), Kind::Number(number)) => {
                let fits = number.as_u64().is_some_and(|it| (*least..=*most).contains(&it));
                if !fits {
                    let what = "the number is too small or too large".to_owned();
                    let hint = format!("write a whole number from {least} to {most}");
                    self.note(value, path, ProblemCode::Invalid, what, hint);
                }
            }
            (Shape::OneOf(kinds), Kind::Fields(fields)) => self.one_of(value, fields, kinds, path),
            (Shape::Secret, _) => self.secret(value, path),
            (Shape::List(entry, least), Kind::List(items)) => {
                self.list(value, items, entry, *least, path);
            }
            (Shape::Named(check, entry), Kind::Fields(fields)) => {
                self.twice(fields, path);
                for (name, entry_value) in fields {
                    let path = format!("{path}.{name}");
                    self.parsed(entry_value, name, *check, &path);
                    self.value(entry_value, entry, &path);
                }
            }
            (Shape::Object(object), _) => self.object(value, object, path),
            (_, _) => self.wrong_type(value, path, wanted(shape)),
        }
    }

    fn parsed(&mut self, value: &Located, text: &str, check: TextCheck, path: &str) {
        if let Err((what, hint)) = check(text) {
            self.note(value, path, ProblemCode::Invalid, what, hint);
        }
    }

    fn list(
        &mut self,
        value: &Located,
        items: &[Located],
        entry: &Shape,
        least: usize,
        path: &str,
    ) {
        if items.len() < least {
            let hint = "write at least one entry, or remove the field".to_owned();
            self.note(value, path, ProblemCode::Count, "the list is empty".to_owned(), hint);
        }
        for (index, item) in items.iter().enumerate() {
            self.value(item, entry, &format!("{path}[{index}]"));
        }
    }

    /// An object whose fields depend on its `kind`.
    fn one_of(
        &mut self,
        value: &Located,
        fields: &[(String, Located)],
        kinds: &[Object],
        path: &str,
    ) {
        let words: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
        let hint = format!("write one of {}", words.join(", "));
        let path_of_kind = format!("{path}.{}", Shape::KIND);
        let Some((_, word)) = fields.iter().find(|(name, _)| name == Shape::KIND) else {
            let what = format!("`{}` is missing", Shape::KIND);
            return self.note(value, &path_of_kind, ProblemCode::Missing, what, hint);
        };
        let named = |kind: &&Object| matches!(&word.kind, Kind::Text(text) if text == kind.name);
        match kinds.iter().find(named) {
            Some(kind) => self.object(value, kind, path),
            None => {
                let what = "this kind is unknown".to_owned();
                self.note(word, &path_of_kind, ProblemCode::UnknownValue, what, hint);
            }
        }
    }

    /// A secret is named by its place. The secret itself is refused, and not repeated.
    fn secret(&mut self, value: &Located, path: &str) {
        let hint = "write `{env: NAME}` or `{file: PATH}`".to_owned();
        let place = match &value.kind {
            Kind::Text(_) => {
                let what = "a secret does not belong in this file".to_owned();
                return self.note(value, path, ProblemCode::Conflict, what, hint);
            }
            Kind::Fields(fields) => match fields.as_slice() {
                [(name, place)] if name == "env" || name == "file" => Some(place),
                _ => None,
            },
            _ => None,
        };
        match place.map(|place| &place.kind) {
            Some(Kind::Text(text)) if !text.trim().is_empty() => {}
            _ => {
                let what = "this is not the place of a secret".to_owned();
                self.note(value, path, ProblemCode::WrongType, what, hint);
            }
        }
    }

    fn object(&mut self, value: &Located, object: &Object, path: &str) {
        let Kind::Fields(fields) = &value.kind else {
            return self.wrong_type(value, path, "an object with fields");
        };
        let below =
            |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        self.twice(fields, path);
        for (name, field_value) in fields {
            let known = object.fields.iter().find(|field| field.name == name);
            match known {
                Some(field) => self.value(field_value, &field.shape, &below(name)),
                None if object.is_open => self.open_field(name, field_value, &below(name)),
                None => self.unknown(name, field_value, object, &below(name)),
            }
        }
        for field in object.fields.iter().filter(|field| field.is_required) {
            if !fields.iter().any(|(name, _)| name == field.name) {
                let what = format!("`{}` is missing", field.name);
                let hint = "write it".to_owned();
                self.note(value, &below(field.name), ProblemCode::Missing, what, hint);
            }
        }
    }

    /// A key of a node in a hook would be stored and shown in clear text.
    fn open_field(&mut self, name: &str, value: &Located, path: &str) {
        if name == KEY_FIELD {
            let what = "a node key here would be shown in clear text".to_owned();
            let hint = "remove it; a node key belongs to its node".to_owned();
            return self.note(value, path, ProblemCode::Conflict, what, hint);
        }
        match &value.kind {
            Kind::Fields(fields) => {
                self.twice(fields, path);
                for (name, value) in fields {
                    self.open_field(name, value, &format!("{path}.{name}"));
                }
            }
            Kind::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.open_field("", item, &format!("{path}[{index}]"));
                }
            }
            Kind::Null | Kind::Flag(_) | Kind::Number(_) | Kind::Text(_) => {}
        }
    }

    fn unknown(&mut self, name: &str, value: &Located, object: &Object, path: &str) {
        let known: Vec<&str> = object.fields.iter().map(|field| field.name).collect();
        let similar = known.iter().find(|known| is_similar(known, name));
        let hint = match similar {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("known fields are {}", known.join(", ")),
        };
        self.note(value, path, ProblemCode::UnknownValue, "this field is unknown".to_owned(), hint);
    }

    /// A field that stands twice: which one counts would depend on the reader.
    fn twice(&mut self, fields: &[(String, Located)], path: &str) {
        let mut seen = BTreeSet::new();
        for (name, value) in fields {
            if !seen.insert(name.as_str()) {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let what = "this field stands twice".to_owned();
                self.note(value, &path, ProblemCode::Duplicate, what, "keep one".to_owned());
            }
        }
    }
}

/// Whether two names differ by case, by a plural, or by a letter.
pub(crate) fn is_similar(known: &str, name: &str) -> bool {
    let (known, name) = (known.to_ascii_lowercase(), name.to_ascii_lowercase());
    let same_start = known.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
    let longest = known.len().max(name.len());
    longest.abs_diff(same_start) <= 2 && same_start >= 3
}

fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::Version => "the number of the version",
        Shape::Text | Shape::Filled | Shape::Parsed(_) | Shape::ParsedOrNone(_) => "a text",
        Shape::Flag => "true or false",
        Shape::Number(..) => "a whole number",
        Shape::List(..) => "a list",
        Shape::Named(..) => "fields with a name each",
        Shape::Word(_) | Shape::Any | Shape::Secret | Shape::Object(_) | Shape::OneOf(_) => {
            "an object with fields"
        }
    }
}
