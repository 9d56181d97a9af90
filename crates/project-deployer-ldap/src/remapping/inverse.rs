//! The logins that remapping rules turn into a given one, as far as the form of the rules shows them.

use std::collections::BTreeSet;

use super::{LoginRemapping, Rule, TimeBudget};

/// How many logins are followed back.
const LIMIT: usize = 16;

/// Groups that keep a part of the login; only the first two match any text.
const KEPT: [&str; 7] = ["(.*)", "(.+)", "([^@]+)", "([^@]*)", "(\\w+)", "(\\w*)", "(.*?)"];
const ANY: usize = 2;

/// Logins that the rules turn into one login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Preimages {
    pub(crate) logins: BTreeSet<String>,
    /// Whether no other login becomes it.
    pub(crate) are_all: bool,
}

/// A rule that changes only the beginning and the end of a login: `^BEFORE(.*)AFTER$` -> `LEFT$1RIGHT`.
struct Ends {
    before: String,
    after: String,
    left: String,
    right: String,
    /// Whether nothing is kept between the two: `^BEFORE$` -> `LEFT`.
    is_fixed: bool,
    /// Whether the rule changes no other login.
    is_whole: bool,
}

impl LoginRemapping {
    /// The logins that become this one. Each is certain; there may be more of them.
    pub(crate) fn preimages(&self, login: &str) -> Preimages {
        // `$` of Java also matches before a last line break.
        let mut are_all = !login.chars().any(char::is_control);
        let mut logins = BTreeSet::from([login.to_owned()]);
        for rule in self.rules.iter().rev() {
            let ends = Ends::of(rule);
            let is_whole = ends.as_ref().is_some_and(|ends| ends.is_whole);
            // What a rule cannot write was there before, and it left it alone.
            are_all &= is_whole || logins.iter().all(|after| !rule.replacement.may_make(after));
            let before = |after: &String| {
                let changed = ends.as_ref().and_then(|ends| ends.before(after));
                let both = [Some(after.clone()), changed].into_iter().flatten();
                let made = |before: &String| {
                    let made = rule.apply(before, &mut TimeBudget::new());
                    made.is_ok_and(|made| made.map_or(before == after, |made| made.text == *after))
                };
                both.filter(made).collect::<Vec<String>>()
            };
            logins = logins.iter().flat_map(before).collect();
            are_all &= logins.len() <= LIMIT;
            logins = logins.into_iter().take(LIMIT).collect();
        }
        let becomes = |before: &String| self.apply(before).is_ok_and(|made| made == login);
        Preimages { logins: logins.into_iter().filter(becomes).collect(), are_all }
    }

    /// Whether two logins that differ only in case may have results that differ in more.
    pub(crate) fn depends_on_case(&self) -> bool {
        self.depends_on_case
    }
}

impl LoginRemapping {
    /// A login with the letters of each pattern written as there, where it has them in another case.
    pub(crate) fn written_as_in_rules(&self, login: &str) -> Vec<String> {
        self.rules.iter().filter_map(|rule| rule.written_in(login)).collect()
    }
}

impl Rule {
    fn written_in(&self, login: &str) -> Option<String> {
        let words = self.from.split(|letter: char| !letter.is_ascii_alphabetic());
        let mut text = login.to_owned();
        let mut from = 0;
        for word in words.filter(|word| !word.is_empty()) {
            let small = text.get(from..)?.to_ascii_lowercase();
            let Some(at) = small.find(&word.to_ascii_lowercase()) else { continue };
            let begin = from + at;
            from = begin + word.len();
            text.replace_range(begin..from, word);
        }
        (text != login).then_some(text)
    }

    /// Whether the pattern has letters. One without them treats all cases alike.
    pub(super) fn names_letters(&self) -> bool {
        let mut escape = false;
        self.from.chars().any(|character| {
            let is_escaped = escape;
            escape = !escape && character == '\\';
            // `\p{Lu}` and `\x41` name letters after their first one, and `\1` repeats some.
            match is_escaped {
                true => !"wWdDsSbB".contains(character) && character.is_alphanumeric(),
                false => character.is_alphabetic(),
            }
        })
    }
}

impl Ends {
    fn of(rule: &Rule) -> Option<Self> {
        let (start, rest) = match rule.from.strip_prefix('^') {
            Some(rest) => (true, rest),
            None => (false, rule.from.as_str()),
        };
        let (end, rest) = match rest.strip_suffix('$') {
            Some(rest) if !rest.ends_with('\\') => (true, rest),
            _ => (false, rest),
        };
        let group =
            KEPT.iter().enumerate().find_map(|(at, group)| Some((at, rest.split_once(group)?)));
        let (is_any, before, after) = match group {
            Some((at, (before, after))) => (at < ANY && start && end, before, after),
            None if start && !end => (true, rest, ""),
            None if end => (true, if start { rest } else { "" }, if start { "" } else { rest }),
            None => return None,
        };
        let (before, after) = (literal(before)?, literal(after)?);
        let (left, right) = match (group, rule.to.split_once("$1")) {
            (Some(_), Some((left, right))) => (left, right),
            (None, None) if start => (rule.to.as_str(), ""),
            (None, None) => ("", rule.to.as_str()),
            _ => return None,
        };
        // `$12` may be another group than `$1`.
        let is_digit = |next: char| next.is_ascii_digit();
        let is_other = group.is_some() && right.starts_with(is_digit);
        if is_other || [left, right].iter().any(|text| text.contains(['$', '\\'])) {
            return None;
        }
        Some(Self {
            is_fixed: group.is_none() && start && end,
            is_whole: is_any && before.is_exact && after.is_exact,
            before: before.text,
            after: after.text,
            left: left.to_owned(),
            right: right.to_owned(),
        })
    }

    /// The login before the rule, if the rule changed it.
    fn before(&self, login: &str) -> Option<String> {
        let kept = login.strip_prefix(self.left.as_str())?.strip_suffix(self.right.as_str())?;
        let is_kept = !self.is_fixed || kept.is_empty();
        is_kept.then(|| [&self.before, kept, &self.after].concat())
    }
}

/// A text that a piece of a pattern matches, and whether it matches no other.
struct Literal {
    text: String,
    is_exact: bool,
}

fn literal(pattern: &str) -> Option<Literal> {
    let mut literal = Literal { text: String::new(), is_exact: true };
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        match character {
            '\\' => literal.text.push(rest.next().filter(char::is_ascii_punctuation)?),
            '.' => {
                literal.is_exact = false;
                literal.text.push('.');
            }
            '^' | '$' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' => return None,
            _ => literal.text.push(character),
        }
    }
    Some(literal)
}

#[cfg(test)]
mod tests;
