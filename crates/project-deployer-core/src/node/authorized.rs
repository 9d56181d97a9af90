use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lenient::null_as_default;
use crate::unknown_fields::UnknownFields;

/// The authorized objects of a project: what people may see who have rights on dashboards alone. It is the field
/// `dashboardAuthorizations` of the permissions (wire-facts 3.6).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct AuthorizedObjects {
    /// Whether all objects are authorized.
    #[serde(deserialize_with = "null_as_default")]
    pub all_authorized: bool,
    /// One entry for each object. No source shows their fields: `objectRef` names the object and `modes` lists what is
    /// allowed, and everything else is kept.
    #[serde(deserialize_with = "null_as_default")]
    pub authorizations: Vec<Value>,
    /// All other fields, unchanged.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

impl AuthorizedObjects {
    /// The field in the permissions of a project, and in the project of a bundle.
    pub const FIELD: &str = "dashboardAuthorizations";

    /// Objects, each with its entry.
    #[must_use]
    pub fn new(authorizations: Vec<Value>) -> Self {
        Self { authorizations, ..Self::default() }
    }

    /// Whether nothing is authorized.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.all_authorized && self.authorizations.is_empty()
    }

    /// These, with those of another project. Nothing is taken away: an object in both has the modes of both. To merge
    /// twice changes nothing.
    #[must_use]
    pub fn merged_with(mut self, other: &Self) -> Self {
        self.all_authorized |= other.all_authorized;
        for entry in &other.authorizations {
            match self.authorizations.iter_mut().find(|known| object(known) == object(entry)) {
                Some(known) => add_modes(known, entry),
                None => self.authorizations.push(entry.clone()),
            }
        }
        self
    }

    /// The objects that a project lacks which has `observed`.
    #[must_use]
    pub fn missing_from(&self, observed: &Self) -> Vec<String> {
        if observed.all_authorized {
            return Vec::new();
        }
        if self.all_authorized {
            return vec!["all objects".to_owned()];
        }
        let has = |entry: &Value| {
            let known = observed.authorizations.iter().find(|known| object(known) == object(entry));
            known.is_some_and(|known| modes(entry).all(|mode| modes(known).any(|it| it == mode)))
        };
        self.authorizations.iter().filter(|entry| !has(entry)).map(named).collect()
    }
}

/// What an entry is about; an entry without a reference is only equal to itself.
fn object(entry: &Value) -> &Value {
    entry.get("objectRef").unwrap_or(entry)
}

fn modes(entry: &Value) -> impl Iterator<Item = &Value> {
    entry.get("modes").and_then(Value::as_array).into_iter().flatten()
}

fn add_modes(known: &mut Value, entry: &Value) {
    let missing: Vec<Value> =
        modes(entry).filter(|mode| modes(known).all(|it| it != *mode)).cloned().collect();
    if let (false, Some(fields)) = (missing.is_empty(), known.as_object_mut()) {
        let all = fields.entry("modes").or_insert_with(|| Value::Array(Vec::new()));
        if let Some(all) = all.as_array_mut() {
            all.extend(missing);
        }
    }
}

/// Type and id of an object, for people.
fn named(entry: &Value) -> String {
    let text = |name: &str| object(entry).get(name).and_then(Value::as_str);
    match (text("objectType"), text("objectId")) {
        (Some(kind), Some(id)) => format!("{kind} `{id}`"),
        (None, Some(id)) => format!("`{id}`"),
        _ => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(id: &str, modes: &[&str]) -> Value {
        json!({"objectRef": {"objectType": "DATASET", "objectId": id}, "modes": modes, "note": id})
    }

    #[test]
    fn merging_takes_nothing_away_and_is_safe_to_repeat() {
        let node = AuthorizedObjects::new(vec![entry("a", &["READ"]), json!({"other": 1})]);
        let bundle = AuthorizedObjects::new(vec![entry("a", &["WRITE"]), entry("b", &["READ"])]);
        assert_eq!(bundle.missing_from(&node), ["DATASET `a`", "DATASET `b`"]);
        let merged = node.clone().merged_with(&bundle);
        let expected = [entry("a", &["READ", "WRITE"]), json!({"other": 1}), entry("b", &["READ"])];
        assert_eq!(merged.authorizations, expected);
        assert!(bundle.missing_from(&merged).is_empty() && node.missing_from(&merged).is_empty());
        assert_eq!(merged.clone().merged_with(&bundle), merged);
        assert_eq!(merged.clone().merged_with(&node), merged);
    }

    #[test]
    fn all_objects_are_more_than_a_list() {
        let all = AuthorizedObjects { all_authorized: true, ..AuthorizedObjects::default() };
        let some = AuthorizedObjects::new(vec![entry("a", &["READ"])]);
        assert!(some.missing_from(&all).is_empty());
        assert_eq!(all.missing_from(&some), ["all objects"]);
        assert!(some.clone().merged_with(&all).all_authorized);
        assert!(all.merged_with(&some).all_authorized);
    }

    #[test]
    fn the_document_survives_a_read_and_a_write() {
        let document = json!({"allAuthorized": false, "authorizations": [entry("a", &[])], "x": 1});
        let read: AuthorizedObjects = serde_json::from_value(document.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), document);
        let nulls = json!({"allAuthorized": null, "authorizations": null});
        assert!(serde_json::from_value::<AuthorizedObjects>(nulls).unwrap().is_empty());
    }
}
