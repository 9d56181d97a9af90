//! Triples of pattern, replacement and login from a grammar of Java's patterns. The patterns that Java
//! refuses are wanted, too.

use fastrand::Rng;

/// A pattern, a replacement and a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Triple {
    pub(crate) pattern: String,
    pub(crate) replacement: String,
    pub(crate) login: String,
}

const LITERALS: [&str; 24] = [
    "a", "a", "a", "b", "b", "b", "o", "B", "K", "é", "ß", "1", "2", "-", "_", "@", "=", ",",
    "\\.", "\\\\", " ", "\u{301}", "\u{212A}", "x",
];
const CLASSES: [&str; 22] = [
    "\\d",
    "\\D",
    "\\w",
    "\\W",
    "\\s",
    "\\S",
    "\\h",
    "\\H",
    "\\v",
    "\\V",
    "\\p{L}",
    "\\p{Lu}",
    "\\p{Ll}",
    "\\P{L}",
    "\\pL",
    "\\p{Punct}",
    "\\p{Alnum}",
    "\\p{Lower}",
    "\\p{IsLatin}",
    "\\p{InCombiningDiacriticalMarks}",
    "\\p{M}",
    "\\p{IsAlphabetic}",
];
const PLACES: [&str; 12] =
    ["^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z", "\\G", "^", "$", "(?=a)", "(?!b)"];
const ESCAPES: [&str; 16] = [
    "\\R", "\\t", "\\n", "\\x62", "\\x{62}", "\\u0062", "\\0142", "\\cA", "\\e", "\\1", "\\2",
    "\\11", "\\k<n>", "\\Qa.\\E", "\\Q1\\E", "\\X",
];
const FLAGS: [&str; 14] =
    ["i", "m", "s", "x", "d", "u", "U", "iu", "i-s", "-i", "ms", "iU", "xd", ""];
const QUANTIFIERS: [&str; 12] =
    ["*", "+", "?", "{2}", "{1,2}", "{2,}", "{0,1}", "*", "+", "{0}", "{3}", "{0,2}"];
const MODES: [&str; 6] = ["", "", "", "", "?", "+"];
/// Rules as administrators write them.
const RULES: [&str; 24] = [
    "^(.*)$",
    "@.*",
    "@.*$",
    "^CORP\\\\\\\\",
    "^\\QCORP\\\\E",
    "^([^@]+)@.*$",
    "[\\s-_]",
    "[\\w-.]",
    "(\\w+)\\.(\\w+)",
    "\\s+",
    "^[\\w-\\.]+@([\\w-]+\\.)+[\\w-]{2,4}$",
    "([^@]*)+@.*",
    "(.*)+@.*",
    "(\\w*)*@.*",
    "\\p{Punct}",
    "[^\\p{Alnum}]",
    "(?i)^corp\\\\",
    "^CN=([^,]+),.*$",
    "^.*\\\\",
    "[^a-zA-Z0-9._-]",
    "(?<=\\.)\\w",
    "^(?<n>\\w)\\w*\\.(?<m>\\w+)$",
    "_+",
    "^0+(?=\\d)",
];
const REPLACEMENTS: [&str; 22] = [
    "",
    "X",
    "$0-",
    "<$0>",
    "$1",
    "[$1]",
    "[$1,$2]",
    "$2$1",
    "\\$",
    "$0$0",
    "${n}",
    "$1@corp.example",
    "$12",
    "$",
    "\\",
    "${",
    "${x}",
    "$x",
    "$3",
    "\\\\",
    "-",
    "é",
];
const LOGINS: [&str; 44] = [
    "",
    "a",
    "bob",
    "BOB",
    "ab ab",
    "aab",
    "abba",
    "ann.li",
    "ann@x",
    "Bob Miller",
    "CORP\\bob",
    "CN=Bob,OU=x",
    "a_b-c",
    "b@a",
    "o.o",
    "oboe",
    "ab12",
    "a1b2",
    "bob\n",
    "a\nb",
    "a\r\nb",
    "a\r\nb\u{85}c\u{2028}",
    "\r\n",
    "\n\r",
    "é.dupont",
    "ÉCOLE",
    "a\u{301}b",
    "straße",
    "Kk\u{212A}",
    "Kkß\u{1E9E}\u{17F}Éé",
    "\u{130}da",
    "\u{17F}am",
    "ab\u{1F600}b",
    "\u{1F600}",
    "\u{1D400}a",
    "Bob \u{e9}",
    "bbb",
    "aaaa",
    "-",
    "__",
    "..",
    "a\tb",
    "\u{663}\u{664}",
    "O'Brien-Smith",
];
const LETTERS: [char; 20] = [
    'a',
    'b',
    'o',
    'x',
    'A',
    'B',
    'K',
    '1',
    '2',
    '.',
    '-',
    '_',
    '@',
    '\\',
    ' ',
    '\n',
    'é',
    '\u{301}',
    'ǅ',
    '\u{1F600}',
];
/// What a mutation puts into a pattern.
const PUT: [char; 30] = [
    'a', '(', ')', '[', ']', '{', '}', '*', '+', '?', '|', '\\', '^', '$', '.', '&', '-', ':', '=',
    '!', '<', '>', '1', ',', ' ', '#', 'Q', 'E', 'p', '\n',
];

/// The triple of a number.
pub(crate) fn triple(number: u64) -> Triple {
    let mut rng = Rng::with_seed(number);
    let mut pattern = match rng.u8(..10) {
        0 => one(&mut rng, &RULES).to_owned(),
        _ => alternatives(&mut rng, 3),
    };
    if rng.u8(..8) == 0 {
        pattern = mutated(&mut rng, &pattern);
    }
    let groups = pattern.matches('(').count().min(4);
    let replacement = match rng.u8(..4) {
        0 => one(&mut rng, &REPLACEMENTS).to_owned(),
        1 if groups > 0 => format!("[${}]", rng.usize(1..=groups)),
        2 if groups > 1 => format!("<$0|$1,$2,${groups}>"),
        _ => one(&mut rng, &["X", "$0-", "", "<$0>", "\\$"]).to_owned(),
    };
    let login = if rng.u8(..4) == 0 {
        (0..rng.usize(..10)).map(|_| *rng.choice(&LETTERS).unwrap()).collect()
    } else {
        one(&mut rng, &LOGINS).to_owned()
    };
    Triple { pattern, replacement, login }
}

fn one<'a>(rng: &mut Rng, all: &[&'a str]) -> &'a str {
    all[rng.usize(..all.len())]
}

fn alternatives(rng: &mut Rng, depth: usize) -> String {
    let count = if rng.u8(..4) == 0 { rng.usize(2..4) } else { 1 };
    let all: Vec<String> = (0..count).map(|_| sequence(rng, depth)).collect();
    all.join("|")
}

fn sequence(rng: &mut Rng, depth: usize) -> String {
    (0..rng.usize(..4)).map(|_| quantified(rng, depth)).collect()
}

fn quantified(rng: &mut Rng, depth: usize) -> String {
    let mut text = atom(rng, depth);
    if rng.u8(..5) < 2 {
        text += one(rng, &QUANTIFIERS);
        text += one(rng, &MODES);
        if rng.u8(..12) == 0 {
            text += one(rng, &QUANTIFIERS);
        }
    }
    text
}

fn atom(rng: &mut Rng, depth: usize) -> String {
    match rng.u8(..if depth == 0 { 10 } else { 18 }) {
        0..=3 => one(rng, &LITERALS).to_owned(),
        4 => one(rng, &CLASSES).to_owned(),
        5 => one(rng, &[".", "\\w", "[ab]"]).to_owned(),
        6 => one(rng, &PLACES).to_owned(),
        7 => one(rng, &ESCAPES).to_owned(),
        8 | 9 => format!("[{}]", members(rng, 2)),
        17 => format!("({})", sequence(rng, depth - 1)),
        _ => group(rng, depth - 1),
    }
}

fn group(rng: &mut Rng, depth: usize) -> String {
    let head = match rng.u8(..16) {
        0..=5 => "(",
        6..=8 => "(?:",
        9 => "(?>",
        10 => "(?=",
        11 => "(?!",
        12 => "(?<=",
        13 => "(?<!",
        14 => "(?<n>",
        _ => {
            let flags = one(rng, &FLAGS);
            if rng.bool() {
                return format!("(?{flags})");
            }
            return format!("(?{flags}:{})", alternatives(rng, depth));
        }
    };
    format!("{head}{})", alternatives(rng, depth))
}

fn members(rng: &mut Rng, depth: usize) -> String {
    let mut text = String::new();
    if rng.u8(..4) == 0 {
        text.push('^');
    }
    for _ in 0..rng.usize(1..4) {
        match rng.u8(..12) {
            0..=4 => text += one(rng, &LITERALS),
            5 => text += one(rng, &["a-c", "a-z", "A-Z", "0-9", "é-ü", "+--", "Z-a", "k-k"]),
            6 | 7 => text += one(rng, &CLASSES),
            8 => text.push('-'),
            9 => text += one(rng, &["&&", "&", "^", "[:alpha:]", "\\-", "\\]", "\\Q^-\\E", "."]),
            10 => text += one(rng, &ESCAPES),
            _ if depth > 0 => text += &format!("[{}]", members(rng, depth - 1)),
            _ => text.push('b'),
        }
    }
    text
}

fn mutated(rng: &mut Rng, pattern: &str) -> String {
    let mut text: Vec<char> = pattern.chars().collect();
    let at = rng.usize(..=text.len());
    match rng.u8(..4) {
        0 if at < text.len() => {
            text.remove(at);
        }
        1 if at < text.len() => text[at] = *rng.choice(&PUT).unwrap(),
        2 if at < text.len() => text.insert(at, text[at]),
        _ => text.insert(at, *rng.choice(&PUT).unwrap()),
    }
    text.into_iter().collect()
}
