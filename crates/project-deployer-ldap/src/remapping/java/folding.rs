//! Upper and lower case of Java: `Character.toUpperCase` and `toLowerCase`, one letter for one letter.

use std::sync::LazyLock;

use super::set::Set;

/// How letters of the other case are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    /// Not at all.
    None,
    /// `(?i)`: of ASCII.
    Ascii,
    /// `(?iu)`: of any script.
    Unicode,
}

/// Letters whose upper case is more than one letter, and one letter for Java.
const TITLES: [(u32, u32, u32); 6] = [
    (0x1F80, 0x1F87, 8),
    (0x1F90, 0x1F97, 8),
    (0x1FA0, 0x1FA7, 8),
    (0x1FB3, 0x1FB3, 9),
    (0x1FC3, 0x1FC3, 9),
    (0x1FF3, 0x1FF3, 9),
];

fn only(mut mapped: impl Iterator<Item = char>, code: u32) -> u32 {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => u32::from(one),
        _ => code,
    }
}

pub(super) fn upper(code: u32) -> u32 {
    if let Some((.., by)) = TITLES.iter().find(|(low, high, _)| (*low..=*high).contains(&code)) {
        return code + by;
    }
    char::from_u32(code).map_or(code, |letter| only(letter.to_uppercase(), code))
}

pub(super) fn lower(code: u32) -> u32 {
    // Its lower case has a dot above.
    if code == 0x130 {
        return 0x69;
    }
    char::from_u32(code).map_or(code, |letter| only(letter.to_lowercase(), code))
}

pub(super) fn folded(code: u32) -> u32 {
    lower(upper(code))
}

pub(super) fn ascii_lower(code: u32) -> u32 {
    if (0x41..=0x5A).contains(&code) { code + 32 } else { code }
}

fn ascii_upper(code: u32) -> u32 {
    if (0x61..=0x7A).contains(&code) { code - 32 } else { code }
}

/// All code points with another case.
static CASED: LazyLock<Vec<u32>> = LazyLock::new(|| {
    (0..0x1_F000).filter(|code| upper(*code) != *code || lower(*code) != *code).collect()
});

fn cased(is: impl Fn(u32) -> bool) -> Set {
    Set::of(CASED.iter().filter(|code| is(**code)).map(|code| (*code, *code)))
}

/// A literal that stands alone.
pub(super) fn single(code: u32, fold: Fold) -> Set {
    let (lower, upper) = match fold {
        Fold::None => (code, code),
        Fold::Ascii => (ascii_lower(code), ascii_upper(code)),
        Fold::Unicode => (lower(upper(code)), upper(code)),
    };
    match fold {
        _ if lower == upper => Set::one(code),
        Fold::Unicode => Set::one(lower).union(&cased(|other| folded(other) == lower)),
        Fold::None | Fold::Ascii => Set::of([(lower, lower), (upper, upper)]),
    }
}

/// A literal among others. Unlike one that stands alone, it takes a letter that folds to it even if it has no
/// other case itself.
pub(super) fn in_a_run(code: u32, fold: Fold) -> Set {
    match fold {
        Fold::Unicode => {
            let lower = folded(code);
            Set::one(lower).union(&cased(|other| folded(other) == lower))
        }
        Fold::None | Fold::Ascii => single(code, fold),
    }
}

/// Whether Java keeps a single character of a class in a table of those below 256. Letters of that table
/// with a case beyond it are not in it.
pub(super) fn is_in_the_table(code: u32, fold: Fold) -> bool {
    const BEYOND: [u32; 10] = [0xFF, 0xB5, 0x49, 0x69, 0x53, 0x73, 0x4B, 0x6B, 0xC5, 0xE5];
    code < 256 && !(fold == Fold::Unicode && BEYOND.contains(&code))
}

/// A character of that table.
pub(super) fn in_the_table(code: u32, fold: Fold) -> Set {
    match fold {
        Fold::Unicode => Set::of([code, lower(code), upper(code)].map(|code| (code, code))),
        Fold::None | Fold::Ascii => single(code, fold),
    }
}

/// A range of a class.
pub(super) fn range(low: u32, high: u32, fold: Fold) -> Set {
    let plain = Set::of([(low, high)]);
    let within = |code: u32| (low..=high).contains(&code);
    match fold {
        Fold::None => plain,
        Fold::Ascii => {
            let either = |code: &u32| within(ascii_upper(*code)) || within(ascii_lower(*code));
            plain.union(&Set::of((0..128).filter(either).map(|code| (code, code))))
        }
        Fold::Unicode => plain.union(&cased(|code| within(upper(code)) || within(folded(code)))),
    }
}
