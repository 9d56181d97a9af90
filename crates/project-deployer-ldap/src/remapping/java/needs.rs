//! Texts in which a pattern cannot match, known from their characters alone.
//!
//! Most rules need a character that most logins do not have, such as `@`. A directory has a million logins, and the
//! search through each of them is left out where it would find nothing.

use super::ast::Ast;
use super::program::Program;
use super::search::{FRAMES, STEPS};

/// A character that every match has.
#[derive(Debug, Clone)]
pub(super) struct Needs {
    /// By byte whether the text may match: one of the characters in any case, or a letter beyond ASCII.
    bytes: [u64; 4],
    /// The longest text of which a search would certainly end within its steps.
    longest: usize,
}

/// Lengths of texts that are tried.
const LENGTHS: [usize; 8] = [1_000, 512, 256, 128, 64, 32, 16, 8];

impl Needs {
    /// None where a match needs no certain character, or where a search may take too many steps: then the search decides.
    pub(super) fn of(root: &Ast, program: &Program) -> Option<Self> {
        let needed = with_other_case(needed(root)?);
        let mut ways = Ways { branches: 1, repeats: 0 };
        ways.add(root)?;
        let steps = u64::try_from(program.steps.len()).ok()?;
        let longest = LENGTHS.into_iter().find(|length| ways.end_within(steps, *length))?;
        let (low, high) = (needed & u128::from(u64::MAX), needed >> 64);
        let word = |half: u128| u64::try_from(half).ok();
        Some(Self { bytes: [word(low)?, word(high)?, u64::MAX, u64::MAX], longest })
    }

    /// Whether neither this text nor the same in another case has a match.
    pub(super) fn lacks(&self, text: &str) -> bool {
        let may_match = |byte: u8| {
            let word = self.bytes.get(usize::from(byte >> 6)).copied().unwrap_or(u64::MAX);
            word >> (byte & 63) & 1 == 1
        };
        text.len() <= self.longest && !text.bytes().any(may_match)
    }
}

/// The smallest set of ASCII characters of which every match in ASCII has one.
fn needed(part: &Ast) -> Option<u128> {
    match part {
        Ast::Set(set) => Some(set.ascii()),
        Ast::Run(run) => run.iter().map(|set| set.ascii()).min_by_key(size),
        Ast::Sequence(parts) => parts.iter().filter_map(needed).min_by_key(size),
        Ast::Group(_, content) => needed(content),
        Ast::Alternatives(all) => all.iter().map(needed).try_fold(0, |any, one| Some(any | one?)),
        Ast::Repeat(repeat) if repeat.bounds.min > 0 => needed(&repeat.atom),
        Ast::Repeat(_)
        | Ast::Assertion(_)
        | Ast::Atomic(_)
        | Ast::Look(..)
        | Ast::Back(..)
        | Ast::LineBreak => None,
    }
}

fn size(set: &u128) -> u32 {
    with_other_case(*set).count_ones()
}

fn with_other_case(set: u128) -> u128 {
    const CAPITALS: u128 = 0x03FF_FFFF << 65;
    const SMALL: u128 = CAPITALS << 32;
    set | (set & CAPITALS) << 32 | (set & SMALL) >> 32
}

/// In how many ways a search may go on.
struct Ways {
    branches: u64,
    /// Repetitions of one character, each of which may end at any place.
    repeats: u32,
}

impl Ways {
    /// None for what may take steps that depend on more than these numbers.
    fn add(&mut self, part: &Ast) -> Option<()> {
        match part {
            Ast::Set(_) | Ast::Run(_) | Ast::Assertion(_) => Some(()),
            Ast::Sequence(parts) => parts.iter().try_for_each(|part| self.add(part)),
            Ast::Group(_, content) => self.add(content),
            Ast::Alternatives(all) => {
                self.branches = self.branches.checked_mul(u64::try_from(all.len()).ok()?)?;
                all.iter().try_for_each(|part| self.add(part))
            }
            Ast::Repeat(repeat) => {
                self.repeats += 1;
                matches!(repeat.atom, Ast::Set(_)).then_some(())
            }
            Ast::Atomic(_) | Ast::Look(..) | Ast::Back(..) | Ast::LineBreak => None,
        }
    }

    /// Whether a search through a text of this length that finds nothing certainly ends within the limits.
    fn end_within(&self, steps: u64, length: usize) -> bool {
        let limit = |limit: usize| u64::try_from(limit).unwrap_or(0);
        let Ok(places) = u64::try_from(length + 2) else { return false };
        // Each step is taken at most once in each way, from each place where a match may begin.
        let most = places
            .checked_pow(self.repeats + 1)
            .and_then(|all| all.checked_mul(self.branches)?.checked_mul(steps));
        most.is_some_and(|most| most <= limit(STEPS)) && steps * places <= limit(FRAMES)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Pattern;

    fn lacks(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern).unwrap().lacks(text)
    }

    #[test]
    fn a_text_without_a_character_of_every_match_has_none() {
        for pattern in ["@example\\.org$", "^(.*)@.*$", "(a|b)@", "@+x", "[@#]", "(?i)@K"] {
            assert!(lacks(pattern, "risk.analyst7"), "{pattern}");
            assert!(!lacks(pattern, "ann@example.org"), "{pattern}");
            assert!(!lacks(pattern, "ann\u{e9}"), "{pattern}");
        }
    }

    #[test]
    fn letters_are_missing_only_if_they_are_in_no_case() {
        assert!(lacks("X", "ann"));
        assert!(!lacks("X", "xeno") && !lacks("x", "Xeno"));
    }

    #[test]
    fn the_search_decides_where_no_character_is_certain_or_a_search_may_be_long() {
        for pattern in
            ["@?", "@*", "a|@*", "^", "(?=@)", "(a+)+@", "(@)\\1", "(?>a)@", "\\R", "(?:ab)*@"]
        {
            assert!(!lacks(pattern, "risk.analyst7"), "{pattern}");
        }
        assert!(!lacks("a*b*c*@", &"a".repeat(900)));
    }

    #[test]
    fn a_search_ends_within_its_steps_in_the_longest_text_that_has_none() {
        for pattern in [
            "x@",
            "a*@",
            "a*a*@",
            "(.*)(.*)@",
            "(.*?)(.*?)@",
            "(a|a)(a|a)a?a?@",
            "^(.+?)a{1,9}?a++@",
            "(?:a|aa)a*(.)@",
            "(\\w+)\\.(\\w+)@",
        ] {
            let pattern = Pattern::parse(pattern).unwrap();
            let lacking = (1..=1_000).filter(|length| pattern.lacks(&"a".repeat(*length))).max();
            let text = vec![u16::from(b'a'); lacking.unwrap()];
            assert_eq!(pattern.find_all(&text), Ok(Vec::new()));
        }
    }

    proptest! {
        #[test]
        fn a_search_finds_nothing_and_ends_where_a_text_lacks_what_is_needed(
            pattern in "(\\^|)(([abAB.@]|\\(\\[a@\\]\\|b\\)|\\(\\.\\*\\)|\\[\\^b\\])([*+?]|\\{1,3\\}|)){1,5}(\\$|)",
            text in "[abcABC@]{0,12}",
        ) {
            let Ok(pattern) = Pattern::parse(&pattern) else { return Ok(()) };
            if pattern.lacks(&text) {
                for text in [text.to_lowercase(), text.to_uppercase(), text] {
                    let units: Vec<u16> = text.encode_utf16().collect();
                    prop_assert_eq!(pattern.find_all(&units), Ok(Vec::new()));
                }
            }
        }
    }
}
