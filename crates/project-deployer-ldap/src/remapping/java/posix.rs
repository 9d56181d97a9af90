//! The classes of POSIX and the shorthands such as `\w`: ASCII, or those of Unicode under `(?U)`.

use super::set::Set;
use super::tables::{cat, property, surrogates};

fn union(sets: impl IntoIterator<Item = Set>) -> Set {
    sets.into_iter().fold(Set::default(), |all, set| all.union(&set))
}

/// `\d`, `\w` or `\s`.
pub(super) fn shorthand(name: char, unicode: bool) -> Set {
    match (name, unicode) {
        ('d', false) => ascii("Digit").unwrap_or_default(),
        ('s', false) => ascii("Space").unwrap_or_default(),
        (_, false) => Set::of([(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)]),
        ('d', true) => cat("Nd"),
        ('s', true) => property("White_Space"),
        (_, true) => word(),
    }
}

/// `\w` under `(?U)`.
fn word() -> Set {
    let names = ["M", "Nd", "Pc"].map(cat);
    union(names.into_iter().chain(["Alphabetic", "Join_Control"].map(property)))
}

/// A class of POSIX, of ASCII.
pub(super) fn ascii(name: &str) -> Option<Set> {
    let ranges: &[(u32, u32)] = match name {
        "ASCII" => &[(0, 0x7F)],
        "Alnum" => &[(0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)],
        "Alpha" => &[(0x41, 0x5A), (0x61, 0x7A)],
        "Blank" => &[(0x9, 0x9), (0x20, 0x20)],
        "Cntrl" => &[(0, 0x1F), (0x7F, 0x7F)],
        "Digit" => &[(0x30, 0x39)],
        "Graph" => &[(0x21, 0x7E)],
        "Lower" => &[(0x61, 0x7A)],
        "Print" => &[(0x20, 0x7E)],
        "Punct" => &[(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)],
        "Space" => &[(0x9, 0xD), (0x20, 0x20)],
        "Upper" => &[(0x41, 0x5A)],
        "XDigit" => &[(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)],
        _ => return None,
    };
    Some(Set::of(ranges.iter().copied()))
}

/// The same class under `(?U)`, or another property of Unicode without a value; by its name in upper case.
pub(super) fn unicode(name: &str) -> Option<Set> {
    Some(match name {
        "ALPHA" | "ALPHABETIC" => property("Alphabetic"),
        "LOWER" | "LOWERCASE" => property("Lowercase"),
        "UPPER" | "UPPERCASE" => property("Uppercase"),
        "SPACE" | "WHITESPACE" | "WHITE_SPACE" => property("White_Space"),
        "PUNCT" | "PUNCTUATION" => cat("P"),
        "XDIGIT" | "HEXDIGIT" | "HEX_DIGIT" => cat("Nd").union(&property("Hex_Digit")),
        "ALNUM" => property("Alphabetic").union(&cat("Nd")),
        "CNTRL" | "CONTROL" => cat("Cc"),
        "DIGIT" => cat("Nd"),
        "BLANK" => cat("Zs").union(&Set::one(9)),
        "GRAPH" => graph(),
        "PRINT" => graph().union(&cat("Zs")),
        "LETTER" => cat("L"),
        "IDEOGRAPHIC" => property("Ideographic"),
        "TITLECASE" => cat("Lt"),
        "ASSIGNED" => cat("Cn").complement(),
        "JOINCONTROL" | "JOIN_CONTROL" => property("Join_Control"),
        "NONCHARACTERCODEPOINT" | "NONCHARACTER_CODE_POINT" => property("Noncharacter_Code_Point"),
        "WORD" => word(),
        _ => return None,
    })
}

/// What is visible.
fn graph() -> Set {
    union(["Z", "Cc", "Cn"].map(cat)).union(&surrogates()).complement()
}
