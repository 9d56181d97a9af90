//! Which connection, code environment or container configuration of the design node is which on the
//! node that a bundle goes to (R-C1, R-C3, R-C5).

use serde::{Deserialize, Serialize};

use crate::document::{Fields, FromFields};
use crate::problem::ProblemCode;
use crate::unknown_fields::UnknownFields;

/// Replaces one name by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameRemapping {
    /// The name in the bundle.
    pub source: String,
    /// The name on the node.
    pub target: String,
}

/// All replacements of a deployment or an infrastructure (`wire-facts.md` 2.8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Remapping {
    /// Connections.
    pub connections: Vec<NameRemapping>,
    /// Code environments.
    pub code_envs: Vec<NameRemapping>,
    /// Container configurations (since 13.5.0).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub container_execs: Vec<NameRemapping>,
    /// Everything else, kept as it is.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

impl Remapping {
    /// The name of a connection on the node: the same where nothing else is said (R-C1).
    #[must_use]
    pub fn connection<'a>(&'a self, source: &'a str) -> &'a str {
        target_of(&self.connections, source)
    }

    /// The name of a code environment on the node: the same where nothing else is said.
    #[must_use]
    pub fn code_env<'a>(&'a self, source: &'a str) -> &'a str {
        target_of(&self.code_envs, source)
    }

    /// These replacements, and `other`'s for names that these do not mention (R-C4: the
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
    let unmentioned = |rule: &&NameRemapping| !own.iter().any(|mine| mine.source == rule.source);
    own.iter().chain(other.iter().filter(unmentioned)).cloned().collect()
}

impl FromFields for Remapping {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            connections: read_rules(fields, "connections"),
            code_envs: read_rules(fields, "codeEnvs"),
            container_execs: read_rules(fields, "containerExecs"),
            extra: fields.rest(),
        })
    }
}

/// A source that stands twice would make the result depend on the order.
fn read_rules(fields: &mut Fields<'_>, name: &str) -> Vec<NameRemapping> {
    let rules: Vec<NameRemapping> = fields.list(name);
    for (index, rule) in rules.iter().enumerate() {
        if rules.iter().take(index).any(|earlier| earlier.source == rule.source) {
            let what = format!("`{}` is remapped twice", rule.source);
            fields.note(
                &format!("{name}[{index}].source"),
                ProblemCode::Duplicate,
                what,
                "keep one of the two",
            );
        }
    }
    rules
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
}
