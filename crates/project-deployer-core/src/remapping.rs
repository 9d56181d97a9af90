//! Remappings: the names of connections, code environments and container configurations of the design node
//! on the node of a deployment (R-C1, R-C3, R-C5).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::document::{Fields, FromFields};
use crate::identifier::shortened;
use crate::lenient::null_as_default;
use crate::problem::ProblemCode;
use crate::setters;
use crate::unknown_fields::UnknownFields;

/// Replaces one name with another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NameRemapping {
    /// The name in the bundle.
    pub source: String,
    /// The name on the node.
    pub target: String,
}

impl NameRemapping {
    /// Replaces a name of the bundle.
    #[must_use]
    pub fn new(source: impl Into<String>, target: impl Into<String>) -> Self {
        Self { source: source.into(), target: target.into() }
    }
}

/// All replacements of a deployment or an infrastructure (wire-facts 2.8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Remapping {
    /// Connections.
    #[serde(deserialize_with = "null_as_default")]
    pub connections: Vec<NameRemapping>,
    /// Code environments.
    #[serde(deserialize_with = "null_as_default")]
    pub code_envs: Vec<NameRemapping>,
    /// Container configurations (since 13.5.0).
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub container_execs: Vec<NameRemapping>,
    /// All other fields, unchanged.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

setters!(Remapping {
    with_connections(connections: Vec<NameRemapping>),
    with_code_envs(code_envs: Vec<NameRemapping>),
    with_container_execs(container_execs: Vec<NameRemapping>),
});

impl Remapping {
    /// The name of a connection on the node; unchanged without a remapping (R-C1).
    #[must_use]
    pub fn connection<'a>(&'a self, source: &'a str) -> &'a str {
        target_of(&self.connections, source)
    }

    /// The name of a code environment on the node; unchanged without a remapping.
    #[must_use]
    pub fn code_env<'a>(&'a self, source: &'a str) -> &'a str {
        target_of(&self.code_envs, source)
    }

    /// These replacements, and those of `other` for names without one here (R-C4: the
    /// deployment's own take precedence over the infrastructure's).
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            connections: merged(&self.connections, &other.connections),
            code_envs: merged(&self.code_envs, &other.code_envs),
            container_execs: merged(&self.container_execs, &other.container_execs),
            extra: self.extra.clone(),
        }
    }

    /// Whether nothing is replaced.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty() && self.code_envs.is_empty() && self.container_execs.is_empty()
    }
}

fn target_of<'a>(rules: &'a [NameRemapping], source: &'a str) -> &'a str {
    rules.iter().find(|rule| rule.source == source).map_or(source, |rule| rule.target.as_str())
}

fn merged(own: &[NameRemapping], other: &[NameRemapping]) -> Vec<NameRemapping> {
    let mine: BTreeSet<&str> = own.iter().map(|rule| rule.source.as_str()).collect();
    let unmentioned = |rule: &&NameRemapping| !mine.contains(rule.source.as_str());
    own.iter().chain(other.iter().filter(unmentioned)).cloned().collect()
}

impl FromFields for Remapping {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            connections: read_rules(fields, "connections"),
            code_envs: read_rules(fields, "codeEnvs"),
            container_execs: read_rules(fields, "containerExecs"),
            extra: fields.rest_without_keys(),
        })
    }
}

/// A source with two entries is a problem: the result would depend on the order.
fn read_rules(fields: &mut Fields<'_>, name: &str) -> Vec<NameRemapping> {
    let rules: Vec<(usize, NameRemapping)> = fields.numbered_list(name);
    let mut seen = BTreeSet::new();
    for (index, rule) in &rules {
        if !seen.insert(&rule.source) {
            fields.note(
                &format!("{name}[{index}].source"),
                ProblemCode::Duplicate,
                format!("`{}` is remapped twice", shortened(&rule.source)),
                "keep one of the two",
            );
        }
    }
    rules.into_iter().map(|(_, rule)| rule).collect()
}

impl FromFields for NameRemapping {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let source = fields.required_text("source", "the name in the bundle");
        let target = fields.required_text("target", "the name on the node");
        Some(Self { source: source?, target: target? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document as _;

    fn rules(pairs: &[(&str, &str)]) -> Remapping {
        let rule = |(source, target): &(&str, &str)| NameRemapping {
            source: (*source).to_owned(),
            target: (*target).to_owned(),
        };
        Remapping { connections: pairs.iter().map(rule).collect(), ..Remapping::default() }
    }

    #[test]
    fn a_connection_keeps_its_name_unless_it_is_remapped() {
        // R-C1, R-C3
        let remapping = rules(&[("sql-dev", "sql-prod")]);
        assert_eq!(remapping.connection("sql-dev"), "sql-prod");
        assert_eq!(remapping.connection("files"), "files");
    }

    #[test]
    fn the_deployments_own_remapping_takes_precedence() {
        // R-C4
        let merged = rules(&[("a", "mine")]).or(&rules(&[("a", "theirs"), ("b", "theirs")]));
        assert_eq!((merged.connection("a"), merged.connection("b")), ("mine", "theirs"));
    }

    #[test]
    fn a_source_that_stands_twice_is_named_by_its_place_in_the_document() {
        let rule = |source: String| serde_json::json!({ "source": source, "target": "x" });
        let mut rules = vec![serde_json::json!({"source": "alone"})];
        // A check of each against all others would take minutes here.
        rules.extend((0..100_000).map(|n| rule(format!("c{n}"))));
        rules.push(rule("c99999".to_owned()));
        let document = serde_json::json!({ "connections": rules });
        let problems = Remapping::from_document(document).unwrap_err();
        assert_eq!(problems.iter().len(), 2);
        assert!(problems.has("connections[0].target", ProblemCode::Missing), "{problems}");
        assert!(problems.has("connections[100001].source", ProblemCode::Duplicate), "{problems}");
    }
}
