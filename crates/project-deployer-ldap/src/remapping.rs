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

use project_deployer_core::accounts::RemappingRule;

use crate::caseless::shortened;
pub(crate) use budget::TimeBudget;
use java::{Pattern, Refusal, Stop};
use replacement::Replacement;

mod budget;
mod error;
mod inverse;
mod java;
mod replacement;
mod report;

pub use error::{RemappingError, RemappingFault};
pub use report::{RemappingReport, RemappingStep};

const LENGTH_LIMIT: usize = 1_000;
const PATTERN_LIMIT: usize = 2_000;
const RULE_LIMIT: usize = 100;

/// The remapping rules of one node, ready to be applied.
#[derive(Debug, Clone, Default)]
pub struct LoginRemapping {
    rules: Vec<Rule>,
    depends_on_case: bool,
}

#[derive(Debug, Clone)]
struct Rule {
    number: usize,
    from: String,
    to: String,
    pattern: Pattern,
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
        let rules: Vec<Rule> = rules.collect::<Result<_, _>>()?;
        Ok(Self { depends_on_case: rules.iter().any(Rule::names_letters), rules })
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

    /// Whether every rule certainly leaves this login of many as it is, in whatever case its letters are.
    pub(crate) fn keeps(&self, login: &str, budget: &mut TimeBudget) -> bool {
        budget.next_login();
        self.rules.iter().all(|rule| rule.pattern.lacks(login))
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

fn fault(refusal: Refusal) -> RemappingFault {
    match refusal {
        Refusal::Syntax { what, at } => {
            RemappingFault::Syntax(shown(&format!("{what} (character {at})")))
        }
        Refusal::Unsupported { what, at, instead } => RemappingFault::Unsupported(shown(&format!(
            "{what} (character {at}), which is not supported; write {instead}"
        ))),
    }
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
        let pattern = Pattern::parse(&rule.rule_from).map_err(|refusal| error(fault(refusal)))?;
        let replacement = Replacement::parse(&rule.rule_to, &pattern)
            .map_err(|what| error(RemappingFault::Replacement(shown(&what))))?;
        Ok(Self {
            number,
            from: rule.rule_from.clone(),
            to: rule.rule_to.clone(),
            pattern,
            replacement,
        })
    }

    /// Java's `replaceAll`. None where nothing matches.
    fn apply(
        &self,
        login: &str,
        budget: &mut TimeBudget,
    ) -> Result<Option<Replaced>, RemappingError> {
        if login.len() > LENGTH_LIMIT {
            return Err(self.error(RemappingFault::LongLogin { login: shortened(login) }));
        }
        if budget.is_over() {
            return Err(self.error(RemappingFault::Slow { login: shortened(login) }));
        }
        if self.pattern.lacks(login) {
            return Ok(None);
        }
        let units: Vec<u16> = login.encode_utf16().collect();
        let found = self.pattern.find_all(&units).map_err(|stop| self.stopped(stop, login))?;
        if found.is_empty() {
            return Ok(None);
        }
        let too_long = || self.error(RemappingFault::TooLong { login: shortened(login) });
        let mut result = Vec::with_capacity(units.len());
        let mut copied = 0;
        for groups in &found {
            let Some((begin, end)) = groups.first().copied().flatten() else { continue };
            result.extend_from_slice(units.get(copied..begin).unwrap_or_default());
            self.replacement.expand(&units, groups, &mut result);
            if result.len() > LENGTH_LIMIT {
                return Err(too_long());
            }
            copied = end;
        }
        result.extend_from_slice(units.get(copied..).unwrap_or_default());
        let text = String::from_utf16(&result).map_err(|_| self.stopped(Stop::Half, login))?;
        if text.len() > LENGTH_LIMIT {
            return Err(too_long());
        }
        Ok(Some(Replaced { text, matches: found.len() }))
    }

    fn stopped(&self, stop: Stop, login: &str) -> RemappingError {
        let login = shortened(login);
        self.error(match stop {
            Stop::Steps => RemappingFault::Explodes { login },
            Stop::Version => RemappingFault::Version { login },
            Stop::Half => RemappingFault::Half { login },
        })
    }

    fn error(&self, fault: RemappingFault) -> RemappingError {
        RemappingError { number: self.number, rule: shortened(&self.from), fault }
    }
}

#[cfg(test)]
mod tests;
