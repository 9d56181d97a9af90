//! The borders of words. Java before 19 takes every letter and digit for a part of a word; since 19 only those
//! of ASCII, as `\w` does. Where the two differ, the answer depends on the node's Java.

use std::sync::LazyLock;

use super::machine::{code_at, code_before};
use super::posix;
use super::set::Set;
use super::tables::cat;

static LETTERS: LazyLock<Set> = LazyLock::new(|| cat("LD"));
static MARKS: LazyLock<Set> = LazyLock::new(|| cat("Mn"));
static OLD: LazyLock<Set> = LazyLock::new(|| LETTERS.union(&Set::one(0x5F)));
static NEW: LazyLock<Set> = LazyLock::new(|| posix::shorthand('w', false));
static UNICODE: LazyLock<Set> = LazyLock::new(|| posix::shorthand('w', true));

/// Whether there is a border of a word at a place. None if that depends on the version of Java.
pub(super) fn is_border(text: &[u16], at: usize, unicode: bool) -> Option<bool> {
    let ascii = |index: usize| text.get(index).is_none_or(|unit| *unit < 128);
    if ascii(at) && (at == 0 || ascii(at - 1)) {
        return Some(border(text, at, &NEW));
    }
    if unicode {
        return Some(border(text, at, &UNICODE));
    }
    let old = border(text, at, &OLD);
    (old == border(text, at, &NEW)).then_some(old)
}

fn border(text: &[u16], at: usize, words: &Set) -> bool {
    let part = |(code, begin): (u32, usize)| {
        words.contains(code) || (code > 127 && MARKS.contains(code) && has_base(text, begin))
    };
    code_before(text, at).is_some_and(part)
        != code_at(text, at).is_some_and(|(code, _)| part((code, at)))
}

/// Whether a mark belongs to a letter.
fn has_base(text: &[u16], mark: usize) -> bool {
    for at in (0..=mark).rev() {
        let Some((code, _)) = code_at(text, at) else { return false };
        if LETTERS.contains(code) {
            return true;
        }
        if !MARKS.contains(code) {
            return false;
        }
    }
    false
}
