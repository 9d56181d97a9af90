use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::SeedProblem;
use crate::other_fields::OtherFields;
use crate::seed::{AccountSource, CodeEnvLanguage, NodeKind};

/// What is wrong with a file so far: field and reason.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<(String, String)>);

impl Problems {
    pub(super) fn in_file(self, path: &Path) -> Vec<SeedProblem> {
        let problem = |(field, reason)| SeedProblem { path: path.to_owned(), field, reason };
        self.0.into_iter().map(problem).collect()
    }
}

/// One object of the file. Fields are taken from it by name; problems are collected and reading continues,
/// so that a user sees all problems at once.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    /// The place of the object; empty for the whole file.
    at: String,
    left: Map<String, Value>,
    known: Vec<&'static str>,
    problems: &'a mut Problems,
}

impl<'a> Fields<'a> {
    /// None when it is no object; then that is noted.
    pub(super) fn of(at: String, value: Value, problems: &'a mut Problems) -> Option<Self> {
        match value {
            Value::Object(left) => Some(Self { at, left, known: Vec::new(), problems }),
            other => {
                problems.0.push((at, should_be("an object", &other)));
                None
            }
        }
    }

    /// Notes that a field is not as it should be.
    pub(super) fn refuse(&mut self, name: &str, reason: impl Into<String>) {
        let field = self.path_of(name);
        self.problems.0.push((field, reason.into()));
    }

    /// Stores the value of a field, and returns whether it was there. An absent field changes nothing.
    pub(super) fn set<T: FromSeed>(&mut self, name: &'static str, place: &mut T) -> bool {
        let Some(value) = self.take(name) else { return false };
        let fault = should_be(T::IS, &value);
        match serde_json::from_value(value) {
            Ok(read) => {
                *place = read;
                true
            }
            Err(_) => {
                self.refuse(name, fault);
                false
            }
        }
    }

    /// As [`set`](Self::set); an empty text is a problem.
    pub(super) fn set_name(&mut self, name: &'static str, place: &mut String) -> bool {
        let was_there = self.set(name, place);
        if was_there && place.is_empty() {
            self.refuse(name, "is empty; write something, or leave the field out");
        }
        was_there
    }

    /// The text that an object has to have.
    pub(super) fn required(&mut self, name: &'static str) -> String {
        let mut text = String::new();
        if self.left.get(name).is_none_or(Value::is_null) {
            self.take(name);
            self.refuse(name, "is missing; write it");
        } else if self.set(name, &mut text) && text.is_empty() {
            self.refuse(name, "is empty; write something");
        }
        text
    }

    /// The object in a field, if it is there.
    pub(super) fn object(&mut self, name: &'static str) -> Option<Fields<'_>> {
        let value = self.take(name)?;
        Fields::of(self.path_of(name), value, self.problems)
    }

    /// Reads each object of a list. Those that `read` gives the same identity are a problem.
    pub(super) fn each<T, K: Ord>(
        &mut self,
        name: &'static str,
        identity: (&'static str, fn(&T) -> K),
        mut read: impl FnMut(&mut Fields<'_>) -> T,
    ) -> Vec<T> {
        let mut elements: Vec<Value> = Vec::new();
        self.set(name, &mut elements);
        let mut first: BTreeMap<K, String> = BTreeMap::new();
        let mut found = Vec::new();
        for (index, element) in elements.into_iter().enumerate() {
            let at = format!("{}[{index}]", self.path_of(name));
            let Some(mut fields) = Fields::of(at.clone(), element, self.problems) else { continue };
            let one = read(&mut fields);
            if let Some(other) = first.get(&identity.1(&one)) {
                let reason = format!("is the same as in `{other}`; keep one of the two");
                fields.refuse(identity.0, reason);
            }
            fields.end();
            first.entry(identity.1(&one)).or_insert(at);
            found.push(one);
        }
        found
    }

    /// All that is known was taken: what is left is not known.
    pub(super) fn end(mut self) {
        let known = self.known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
        let reason = format!("is not known; known here are {}", known.join(", "));
        for name in std::mem::take(&mut self.left).keys() {
            self.refuse(name, reason.clone());
        }
    }

    /// None when it is not there, or null.
    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.left.remove(name).filter(|value| !value.is_null())
    }

    fn path_of(&self, name: &str) -> String {
        if self.at.is_empty() { name.to_owned() } else { format!("{}.{name}", self.at) }
    }
}

/// Names the type and not the value, which may be secret.
fn should_be(wanted: &str, found: &Value) -> String {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    format!("should be {wanted}, and is {found}")
}

/// What a field can hold: JSON that serde reads.
pub(super) trait FromSeed: DeserializeOwned {
    /// What should be written.
    const IS: &'static str;
}

macro_rules! from_seed {
    ($($kind:ty => $is:expr),+ $(,)?) => {
        $(impl FromSeed for $kind {
            const IS: &'static str = $is;
        })+
    };
}

from_seed! {
    String => "a text",
    bool => "true or false",
    Vec<Value> => "a list",
    Vec<String> => "a list of texts",
    BTreeSet<String> => "a list of texts",
    OtherFields => "an object",
    NodeKind => "`AUTOMATION`, `DESIGN` or `DEPLOYER`",
    CodeEnvLanguage => "`PYTHON` or `R`",
    AccountSource =>
        "`LOCAL`, `LOCAL_NO_AUTH`, `LDAP`, `SAAS`, `AZURE_AD`, `SSO`, `PAM` or `CUSTOM`",
}

/// Only fields that are there are read, so there is something.
impl<T: FromSeed> FromSeed for Option<T> {
    const IS: &'static str = T::IS;
}
