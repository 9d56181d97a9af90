//! `\p{…}`: categories, scripts, blocks, classes of POSIX, and the methods of `java.lang.Character`.

use super::parser::Parser;
use super::posix;
use super::refusal::Refusal;
use super::set::Set;
use super::tables::{block, cat, category, property, script};

/// What a name means.
enum Named {
    Set(Set),
    /// A property that depends on case, which `(?i)` takes away.
    Cased(Set),
    /// Known to Java, and not here.
    Elsewhere,
    Unknown,
}

impl Parser {
    /// The property after `\p` or `\P`.
    pub(super) fn property(&mut self, negated: bool, at: usize) -> Result<Set, Refusal> {
        let name = self.property_name(at)?;
        let caseless = self.reader.flags.caseless;
        let set = match self.named(&name) {
            Named::Set(set) => set,
            Named::Cased(_)
                if caseless && is_of_ascii(&name, self.reader.flags.unicode_classes) =>
            {
                posix::ascii("Alpha").unwrap_or_default()
            }
            Named::Cased(_) if caseless && is_a_category(&name) => cat("LC"),
            Named::Cased(_) if caseless => ["Lowercase", "Uppercase"]
                .map(property)
                .iter()
                .fold(cat("Lt"), |all, set| all.union(set)),
            Named::Cased(set) => set,
            Named::Elsewhere => {
                let what = format!("`\\p{{{name}}}`");
                return Err(Refusal::unsupported(
                    what,
                    at,
                    "the characters themselves, a category such as `\\p{L}`, or the name of a block with `_` in it",
                ));
            }
            Named::Unknown => {
                let what = format!("`\\p{{{name}}}`, which is no property of Java");
                return Err(Refusal::syntax(what, at));
            }
        };
        // What is ASCII means the same in every version.
        self.uses_unicode |= set.ranges().last().is_some_and(|last| last.1 > 0x7F);
        Ok(if negated { set.complement() } else { set })
    }

    fn property_name(&mut self, at: usize) -> Result<String, Refusal> {
        if !self.reader.take_if('{') {
            let name = self.reader.take_raw().map(String::from);
            return name.ok_or_else(|| Refusal::syntax("a `\\p` without a property", at));
        }
        let mut name = String::new();
        loop {
            match self.reader.take_raw() {
                Some('}') if name.is_empty() => {
                    return Err(Refusal::syntax("a `\\p{}` without a property", at));
                }
                Some('}') => return Ok(name),
                Some(next) => name.push(next),
                None => return Err(Refusal::syntax("a `\\p{` without its `}`", at)),
            }
        }
    }

    fn named(&self, name: &str) -> Named {
        // A later version of Java may know it.
        let unknown = |set: Option<Set>| set.map_or(Named::Elsewhere, Named::Set);
        if let Some((key, value)) = name.split_once('=') {
            return match key.to_lowercase().as_str() {
                "sc" | "script" => unknown(script(value)),
                "blk" | "block" => unknown(block(value)),
                "gc" | "general_category" => plain(value),
                _ => Named::Unknown,
            };
        }
        if let Some(block_name) = name.strip_prefix("In") {
            return unknown(block(block_name));
        }
        if let Some(short) = name.strip_prefix("Is") {
            return match of_unicode(short) {
                Named::Unknown => match plain(short) {
                    Named::Unknown => unknown(script(short)),
                    known => known,
                },
                known => known,
            };
        }
        match self.reader.flags.unicode_classes.then(|| of_posix(name)) {
            None | Some(Named::Unknown) => plain(name),
            Some(known) => known,
        }
    }
}

/// The properties of `\p{Is…}` without a value.
fn of_unicode(name: &str) -> Named {
    let upper = name.to_uppercase();
    cased(&upper, posix::unicode(&upper))
}

/// The classes of POSIX under `(?U)`.
fn of_posix(name: &str) -> Named {
    const NAMES: &str = "ALPHA LOWER UPPER SPACE PUNCT XDIGIT ALNUM CNTRL DIGIT BLANK GRAPH PRINT";
    let upper = name.to_uppercase();
    if NAMES.split(' ').any(|known| known == upper) {
        return cased(&upper, posix::unicode(&upper));
    }
    Named::Unknown
}

/// A set that `(?i)` may change.
fn cased(name: &str, set: Option<Set>) -> Named {
    const CASED: &str = "LOWER UPPER LOWERCASE UPPERCASE TITLECASE JAVALOWERCASE JAVAUPPERCASE JAVATITLECASE LU LL LT";
    let upper = name.to_uppercase();
    match set {
        Some(set) if CASED.split(' ').any(|known| known == upper) => Named::Cased(set),
        Some(set) => Named::Set(set),
        None => Named::Unknown,
    }
}

/// A category, a class of POSIX or a method of `Character`, in its own case.
fn plain(name: &str) -> Named {
    const ELSEWHERE: &str = "javaMirrored javaUnicodeIdentifierStart javaUnicodeIdentifierPart \
                             javaJavaIdentifierStart javaJavaIdentifierPart javaIdentifierIgnorable";
    if ELSEWHERE.split(' ').any(|known| known == name) {
        return Named::Elsewhere;
    }
    let other = || match name {
        "L1" => Some(Set::of([(0, 0xFF)])),
        "all" => Some(Set::all()),
        _ => method(name),
    };
    cased(name, category(name).or_else(|| posix::ascii(name)).or_else(other))
}

fn method(name: &str) -> Option<Set> {
    Some(match name {
        "javaLowerCase" => property("Lowercase"),
        "javaUpperCase" => property("Uppercase"),
        "javaTitleCase" => cat("Lt"),
        "javaAlphabetic" => property("Alphabetic"),
        "javaIdeographic" => property("Ideographic"),
        "javaDigit" => cat("Nd"),
        "javaDefined" => cat("Cn").complement(),
        "javaLetter" => cat("L"),
        "javaLetterOrDigit" => cat("LD"),
        "javaSpaceChar" => cat("Z"),
        "javaWhitespace" => {
            let kept = Set::of([(0xA0, 0xA0), (0x2007, 0x2007), (0x202F, 0x202F)]);
            cat("Z").without(&kept).union(&Set::of([(0x9, 0xD), (0x1C, 0x1F)]))
        }
        "javaISOControl" => Set::of([(0, 0x1F), (0x7F, 0x9F)]),
        _ => return None,
    })
}

fn is_of_ascii(name: &str, unicode: bool) -> bool {
    match name.split_once('=') {
        Some((_, value)) => matches!(value, "Lower" | "Upper"),
        None => !unicode && matches!(name, "Lower" | "Upper"),
    }
}

fn is_a_category(name: &str) -> bool {
    let value = name.split_once('=').map_or(name, |(_, value)| value);
    matches!(value.strip_prefix("Is").unwrap_or(value), "Lu" | "Ll" | "Lt")
}
