//! The remapping of logins by a node's LDAP settings (R-L9): ordered search and replace, each rule on
//! the result of the one before, with Java's regular expressions and replacements.
//!
//! A rule replaces every match, as Java's `replaceAll` does; a pattern such as `(.*)` therefore also
//! matches the empty rest of the login. Write `^(.*)$` to replace once.
//!
//! ```
//! use project_deployer_core::accounts::RemappingRule;
//! use project_deployer_ldap::remapping::LoginRemapping;
//! let rule = RemappingRule::new(r"^(\w+)@example\.test$", "$1");
//! assert_eq!(LoginRemapping::compile(&[rule])?.apply("ann@example.test")?, "ann");
//! # Ok::<(), project_deployer_ldap::remapping::RemappingError>(())
//! ```
//!
//! [`LoginRemapping::explain`] shows the effect of each rule on a login.

use std::borrow::Cow;

use fancy_regex::{Captures, Regex, RegexBuilder};
use project_deployer_core::accounts::RemappingRule;

use crate::caseless::shortened;
pub(crate) use budget::TimeBudget;
use replacement::Replacement;

mod budget;
mod error;
mod pattern;
mod replacement;
mod report;

pub use error::{RemappingError, RemappingFault};
pub use report::{RemappingReport, RemappingStep};

const BACKTRACK_LIMIT: usize = 100_000;
/// The largest size in bytes of a compiled rule, or of a part of one. A search takes at most one step for
/// each of these bytes and each byte of a login.
const SIZE_LIMIT: usize = 1 << 20;
const LENGTH_LIMIT: usize = 1_000;
const PATTERN_LIMIT: usize = 2_000;
const RULE_LIMIT: usize = 100;

/// The remapping rules of one node, ready to be applied.
#[derive(Debug, Clone, Default)]
pub struct LoginRemapping {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    number: usize,
    from: String,
    to: String,
    regex: Regex,
    replacement: Replacement,
}

impl LoginRemapping {
    /// Reads the rules of a node.
    ///
    /// # Errors
    ///
    /// A rule is not a regular expression, Java would refuse its replacement, or there are more than a
    /// hundred rules. The error names the first such rule.
    pub fn compile(rules: &[RemappingRule]) -> Result<Self, RemappingError> {
        if let Some(rule) = rules.get(RULE_LIMIT) {
            let rule = shortened(&rule.rule_from);
            return Err(RemappingError {
                number: RULE_LIMIT + 1,
                rule,
                fault: RemappingFault::TooMany,
            });
        }
        let rules = rules.iter().enumerate().map(|(index, rule)| Rule::compile(index + 1, rule));
        Ok(Self { rules: rules.collect::<Result<_, _>>()? })
    }

    /// Whether there are no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The login on the node for a login of the directory.
    ///
    /// # Errors
    ///
    /// A rule takes too long on this login, its result is too long, or all rules together take more than two
    /// seconds.
    pub fn apply(&self, login: &str) -> Result<String, RemappingError> {
        self.applied(login, &mut TimeBudget::new()).map(Cow::into_owned)
    }

    /// The same for one login of many, without a copy where no rule applies.
    pub(crate) fn applied<'l>(
        &self,
        login: &'l str,
        budget: &mut TimeBudget,
    ) -> Result<Cow<'l, str>, RemappingError> {
        self.follow(login, budget, &mut |_, _, _| {})
    }

    /// The result of each rule for a login, up to the first rule that cannot be applied.
    #[must_use]
    pub fn explain(&self, login: &str) -> RemappingReport {
        let mut steps = Vec::new();
        let result = self.follow(login, &mut TimeBudget::new(), &mut |rule, before, after| {
            steps.push(RemappingStep::new(rule, before, after));
        });
        RemappingReport { login: login.to_owned(), steps, result: result.map(Cow::into_owned) }
    }

    fn follow<'l>(
        &self,
        login: &'l str,
        budget: &mut TimeBudget,
        seen: &mut dyn FnMut(&Rule, &str, Option<&Replaced>),
    ) -> Result<Cow<'l, str>, RemappingError> {
        budget.next_login();
        let mut current = Cow::Borrowed(login);
        for rule in &self.rules {
            let replaced = rule.apply(&current, budget)?;
            seen(rule, &current, replaced.as_ref());
            current = replaced.map_or(current, |replaced| Cow::Owned(replaced.text));
        }
        Ok(current)
    }
}

/// The result of a rule for a login that it matches.
#[derive(Debug)]
struct Replaced {
    text: String,
    matches: usize,
}

/// The fault of a rule. The text of the fault may repeat any character of the rule.
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

impl Rule {
    fn compile(number: usize, rule: &RemappingRule) -> Result<Self, RemappingError> {
        let error = |fault| RemappingError { number, rule: shortened(&rule.rule_from), fault };
        if rule.rule_from.len() > PATTERN_LIMIT {
            return Err(error(RemappingFault::Syntax(format!(
                "longer than {PATTERN_LIMIT} bytes"
            ))));
        }
        if rule.rule_to.len() > PATTERN_LIMIT {
            let what = format!("longer than {PATTERN_LIMIT} bytes");
            return Err(error(RemappingFault::Replacement(shown(&what))));
        }
        let pattern = pattern::from_java(&rule.rule_from)
            .map_err(|what| error(RemappingFault::Unsupported(shown(&what))))?;
        let regex = RegexBuilder::new(&pattern)
            .backtrack_limit(BACKTRACK_LIMIT)
            .delegate_size_limit(SIZE_LIMIT)
            .build()
            .map_err(|fault| error(RemappingFault::Syntax(shown(&fault.to_string()))))?;
        let replacement = Replacement::parse(&rule.rule_to, &regex)
            .map_err(|what| error(RemappingFault::Replacement(shown(&what))))?;
        Ok(Self {
            number,
            from: rule.rule_from.clone(),
            to: rule.rule_to.clone(),
            regex,
            replacement,
        })
    }

    /// Like Java's `replaceAll`: the next search starts where the last match ended, one character
    /// further after an empty match. None where nothing matches.
    fn apply(
        &self,
        login: &str,
        budget: &mut TimeBudget,
    ) -> Result<Option<Replaced>, RemappingError> {
        if login.len() > LENGTH_LIMIT {
            return Err(self.error(RemappingFault::LongLogin { login: shortened(login) }));
        }
        self.check_time(login, budget)?;
        // Most logins match no rule; this check does not compute the positions of a match.
        if !self.regex.is_match(login).map_err(|_| self.explodes(login))? {
            return Ok(None);
        }
        let mut result = String::with_capacity(login.len());
        let (mut copied, mut from, mut matches) = (0, 0, 0);
        while from <= login.len() {
            self.check_time(login, budget)?;
            let Some(captures) = self.captures(login, from)? else { break };
            let Some(whole) = captures.get(0) else { break };
            matches += 1;
            result.push_str(login.get(copied..whole.start()).unwrap_or_default());
            self.replacement.expand(&captures, &mut result);
            if result.len() > LENGTH_LIMIT {
                return Err(self.error(RemappingFault::TooLong { login: shortened(login) }));
            }
            copied = whole.end();
            from = whole.end()
                + if whole.start() == whole.end() { width_at(login, copied) } else { 0 };
        }
        result.push_str(login.get(copied..).unwrap_or_default());
        Ok(Some(Replaced { text: result, matches }))
    }

    fn check_time(&self, login: &str, budget: &mut TimeBudget) -> Result<(), RemappingError> {
        if budget.is_over() {
            return Err(self.error(RemappingFault::Slow { login: shortened(login) }));
        }
        Ok(())
    }

    fn explodes(&self, login: &str) -> RemappingError {
        self.error(RemappingFault::Explodes { login: shortened(login) })
    }

    fn captures<'t>(
        &self,
        login: &'t str,
        from: usize,
    ) -> Result<Option<Captures<'t, str>>, RemappingError> {
        self.regex.captures_from_pos(login, from).map_err(|_| self.explodes(login))
    }

    fn error(&self, fault: RemappingFault) -> RemappingError {
        RemappingError { number: self.number, rule: shortened(&self.from), fault }
    }
}

fn width_at(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
}

#[cfg(test)]
mod tests;
