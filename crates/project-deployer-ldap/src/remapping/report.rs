use std::fmt;

use serde::Serialize;

use super::{RemappingError, Replaced, Rule};
use crate::caseless::shortened;

/// The result of each remapping rule for one login.
///
/// ```
/// use project_deployer_core::accounts::RemappingRule;
/// use project_deployer_ldap::remapping::LoginRemapping;
/// let rule = |from: &str, to: &str| RemappingRule::new(from, to);
/// let rules = [rule("@.*", ""), rule("^adm-", ""), rule("n", "N")];
/// let report = LoginRemapping::compile(&rules)?.explain("ann@example.test");
/// assert_eq!(
///     report.to_string(),
///     "ann@example.test\n\
///      1. `@.*` -> ``: 1 match, ann\n\
///      2. `^adm-` -> ``: no match\n\
///      3. `n` -> `N`: 2 matches, aNN"
/// );
/// # Ok::<(), project_deployer_ldap::remapping::RemappingError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemappingReport {
    /// The login of the directory.
    pub login: String,
    /// The rules that were applied, in order.
    pub steps: Vec<RemappingStep>,
    /// The remapped login, or the rule that could not be applied.
    pub result: Result<String, RemappingError>,
}

/// The effect of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RemappingStep {
    /// The number of the rule, counted from 1.
    pub number: usize,
    /// Its pattern.
    pub from: String,
    /// Its replacement.
    pub to: String,
    /// The number of matches.
    pub matches: usize,
    /// The login before the rule.
    pub before: String,
    /// The login after the rule.
    pub after: String,
}

impl RemappingStep {
    pub(super) fn new(rule: &Rule, before: &str, replaced: Option<&Replaced>) -> Self {
        Self {
            number: rule.number,
            from: rule.from.clone(),
            to: rule.to.clone(),
            matches: replaced.map_or(0, |replaced| replaced.matches),
            before: before.to_owned(),
            after: replaced.map_or(before, |replaced| &replaced.text).to_owned(),
        }
    }
}

impl fmt::Display for RemappingStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. `{}` -> `{}`: ", self.number, shortened(&self.from), shortened(&self.to))?;
        match self.matches {
            0 => f.write_str("no match"),
            1 => write!(f, "1 match, {}", shortened(&self.after)),
            matches => write!(f, "{matches} matches, {}", shortened(&self.after)),
        }
    }
}

impl fmt::Display for RemappingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shortened(&self.login))?;
        self.steps.iter().try_for_each(|step| write!(f, "\n{step}"))?;
        self.result.as_ref().err().map_or(Ok(()), |error| write!(f, "\n{error}"))
    }
}
