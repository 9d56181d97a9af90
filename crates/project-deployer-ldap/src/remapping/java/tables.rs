//! Sets of code points by Unicode property, from the tables of the regex engine.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, HirKind};

use super::set::Set;

/// The members of a property as the tables name it, such as `gc=Lu`. None for an unknown one.
pub(super) fn named(property: &str) -> Option<Set> {
    let parsed = regex_syntax::parse(&format!(r"\p{{{property}}}")).ok()?;
    match parsed.kind() {
        HirKind::Class(Class::Unicode(class)) => Some(Set::of(
            class.ranges().iter().map(|range| (u32::from(range.start()), u32::from(range.end()))),
        )),
        // A single character.
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            text.chars().next().map(|only| Set::one(u32::from(only)))
        }
        _ => None,
    }
}

fn known(property: &str) -> Set {
    named(property).unwrap_or_default()
}

/// Halves of pairs, which the tables do not have.
pub(super) fn surrogates() -> Set {
    Set::of([(0xD800, 0xDFFF)])
}

/// A general category, or several.
pub(super) fn category(name: &str) -> Option<Set> {
    const SINGLE: &str = "Cn Lu Ll Lt Lm Lo Mn Me Mc Nd Nl No Zs Zl Zp Cc Cf Co Pd Ps Pe Pc Po Sm Sc Sk So Pi Pf L M N Z P S";
    let of = |names: &[&str]| {
        names.iter().fold(Set::default(), |all, one| all.union(&known(&format!("gc={one}"))))
    };
    Some(match name {
        "Cn" => of(&["Cn"]).without(&surrogates()),
        "Cs" => surrogates(),
        "C" => of(&["C"]).union(&surrogates()),
        "LC" => of(&["Lu", "Ll", "Lt"]),
        "LD" => of(&["L", "Nd"]),
        _ if SINGLE.split(' ').any(|known| known == name) => of(&[name]),
        _ => return None,
    })
}

/// A general category that is there.
pub(super) fn cat(name: &str) -> Set {
    category(name).unwrap_or_default()
}

/// A property that is there.
pub(super) fn property(name: &str) -> Set {
    known(name)
}

/// Letters that have meant the same since Java 17, which knows Unicode 13, and up to the tables here.
pub(super) static STABLE: LazyLock<Set> = LazyLock::new(|| {
    let changed = super::stable::CHANGED.iter().copied();
    known("Age=13.0").union(&surrogates()).without(&Set::of(changed))
});

/// Scripts of Java 17 by their names.
const SCRIPTS: &str = include_str!("scripts.txt");
/// Blocks of Java 17: first, last, name. Those with `-` after it have a hyphen in their other names.
const BLOCKS: &str = include_str!("blocks.txt");

/// A script by its name or its code of four letters, in any case.
pub(super) fn script(name: &str) -> Option<Set> {
    let upper = name.to_ascii_uppercase();
    let full = SCRIPTS.split_ascii_whitespace().any(|known| known == upper);
    // Private codes of the tables begin with this letter.
    let code = name.len() == 4
        && !upper.starts_with('Q')
        && upper.bytes().all(|byte| byte.is_ascii_uppercase());
    let members = (full || code).then(|| named(&format!("sc={name}")))??;
    // A script that Java 17 does not know has no letter of its time.
    (full || !members.intersection(&STABLE).ranges().is_empty()).then_some(members)
}

/// A block by its name, in any case, with underscores, blanks or nothing between the words.
pub(super) fn block(name: &str) -> Option<Set> {
    let upper = name.to_uppercase();
    BLOCKS.lines().find_map(|line| {
        let mut parts = line.split(' ');
        let (first, last, known, mark) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next());
        let is = known == upper
            || (mark.is_none()
                && (known.replace('_', " ") == upper || known.replace('_', "") == upper));
        let number = |text| u32::from_str_radix(text, 16).ok();
        is.then(|| Some(Set::of([(number(first)?, number(last)?)])))?
    })
}
