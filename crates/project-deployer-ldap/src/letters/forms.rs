//! The coarse forms of values that may be names of entries, in every spelling of RFC 4514, 2253 and 1779.

use super::coarse;

/// The coarse forms that servers may give a value. Two values of which one is not plain may be equal if they
/// have a form in common.
///
/// Names are cut at every separator, also at those in quotes and after a backslash, and the names of attributes
/// are left out. So no form depends on how a name is quoted.
pub(crate) fn forms(text: &str) -> Vec<String> {
    if !text.contains('=') {
        return vec![coarse(text)];
    }
    let hexes = if text.contains('#') { Hex::ALL.as_slice() } else { &[Hex::Text] };
    let mut forms = Vec::new();
    for text in [Some(text), without_bits(text)].into_iter().flatten() {
        for unescaped in unescaped(text) {
            forms.extend(hexes.iter().map(|hex| form(&unescaped, *hex)));
        }
    }
    if forms.len() > 1 {
        forms.sort();
        forms.dedup();
    }
    forms
}

/// Whether a server may take two values for one.
pub(crate) fn may_be_equal(one: &str, other: &str) -> bool {
    let others = forms(other);
    forms(one).iter().any(|form| others.contains(form))
}

/// What `#` and hexadecimal digits may mean as the value of a name.
#[derive(Clone, Copy)]
enum Hex {
    /// The text itself.
    Text,
    /// The bytes of the value.
    Bytes,
    /// The bytes of the value after their BER tag and length (RFC 4514, 2.4).
    Ber,
}

impl Hex {
    const ALL: [Self; 3] = [Self::Text, Self::Bytes, Self::Ber];

    fn value(self, text: &str) -> Option<String> {
        let bytes = bytes_of(text.trim().trim_matches(['"', ' ']).strip_prefix('#')?)?;
        match self {
            Self::Text => None,
            Self::Bytes => Some(decoded(&bytes)),
            Self::Ber => content(&bytes),
        }
    }
}

fn form(text: &str, hex: Hex) -> String {
    let mut pieces = Vec::new();
    for step in text.split(SEPARATORS) {
        match hex.value(without_name(step)) {
            Some(value) => pieces.extend(value.split(SEPARATORS).map(without_name).map(coarse)),
            None => pieces.push(coarse(without_name(step))),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces.sort();
    pieces.join(",")
}

const SEPARATORS: [char; 3] = [',', ';', '+'];

fn without_name(step: &str) -> &str {
    step.split_once('=').map_or(step, |(_, value)| value)
}

/// A name without the bits of RFC 4517, 3.3.21: `cn=a#'0101'B`.
fn without_bits(text: &str) -> Option<&str> {
    let (name, bits) = text.trim_end().strip_suffix("'B")?.rsplit_once("#'")?;
    bits.bytes().all(|bit| matches!(bit, b'0' | b'1')).then_some(name)
}

/// The text with two hexadecimal digits after a backslash as a byte; and with all letters as they are.
fn unescaped(text: &str) -> Vec<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut has_pairs = false;
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let pair = after.split_at_checked(2).filter(|_| *first == b'\\');
        match pair.and_then(|(pair, after)| Some((pair_of(pair)?, after))) {
            Some((byte, after)) => {
                bytes.push(byte);
                rest = after;
                has_pairs = true;
            }
            // An escaped backslash escapes nothing itself.
            None if *first == b'\\' && after.first() == Some(&b'\\') => {
                rest = after.get(1..).unwrap_or_default();
            }
            None => bytes.push(*first),
        }
    }
    let mut texts = vec![text.to_owned()];
    if has_pairs {
        texts.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    texts
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(pair_of).collect::<Option<Vec<u8>>>().filter(|bytes| !bytes.is_empty())
}

fn pair_of(pair: &[u8]) -> Option<u8> {
    let [high, low] = pair else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// The content of a value in BER, with a length of up to four bytes.
fn content(bytes: &[u8]) -> Option<String> {
    const BMP: u8 = 0x1e;
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, content) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long => {
            let (length, content) = rest.split_at_checked(usize::from(long & 0x7f))?;
            if length.len() > 4 {
                return None;
            }
            (length.iter().fold(0, |all, byte| all << 8 | usize::from(*byte)), content)
        }
    };
    let content = content.get(..length)?;
    if *tag == BMP {
        let units = content.chunks(2).map(|pair| match pair {
            [high, low] => u16::from_be_bytes([*high, *low]),
            _ => 0,
        });
        return Some(String::from_utf16_lossy(&units.collect::<Vec<u16>>()));
    }
    Some(decoded(content))
}

/// Text in UTF-8; other bytes as ISO 8859-1.
fn decoded(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_name_has_a_form_in_common_with_the_others() {
        let spellings = [
            r"cn=A\, Li,ou=x y,dc=t",
            r"cn=A\2C Li,ou=x y,dc=t",
            "cn=\"A, Li\",ou=x y,dc=t",
            "CN = \"A, Li\" ; OU = \"x  y\" ; DC = t",
            r"commonName=\41\2c \4c\69,2.5.4.11=x\20y,dc=t",
            "OID.2.5.4.3=\"A, Li\",ou=x y,dc=t",
            "cn=#0c05412c204c69,ou=x y,dc=t",
            "cn=#412c204c69,ou=x y,dc=t",
            "cn=#0C8105412C204C69;ou=x y;dc=t",
            "cn=#1e0a0041002c0020004c0069,ou=x y,dc=t",
            r"cn=\A\, \L\i,ou=x y,dc=t",
            "cn=A\\, Li,ou=x y,dc=t#'0101'B",
            "cn=A\\, Li,ou=x y,dc=t#''B",
            "cn=\u{c1}\\, Li,ou=x y,dc=t",
        ];
        for spelling in spellings {
            assert!(may_be_equal(spelling, spellings[0]), "{spelling}: {:?}", forms(spelling));
        }
    }

    #[test]
    fn bytes_of_latin_letters_and_several_values_of_a_step_are_read() {
        assert!(may_be_equal("cn=#1404526e65e9,dc=t", "cn=rne\u{e9},dc=t"));
        assert!(may_be_equal("cn=a+sn=b,dc=t", "sn=b+cn=a;dc=t"));
        assert!(may_be_equal(r"cn=a\\b,dc=t", r"cn=a\5cb,dc=t"));
        assert!(may_be_equal("cn=\"a=b, c=d\",dc=t", r"cn=a\=b\, c\=d,dc=t"));
    }

    #[test]
    fn other_names_have_other_forms() {
        for (one, other) in [
            ("cn=\"A, Li\",dc=t", "cn=b,dc=t"),
            ("uid=ann,dc=t", "uid=ann,ou=x,dc=t"),
            ("cn=#0403616e6e,dc=t", "cn=bob,dc=t"),
            ("cn=#04", "cn=4,dc=t"),
            ("cn=#3004616e6e,dc=t", "cn=ann,dc=t"),
            ("ex-ann", "ann"),
        ] {
            assert!(!may_be_equal(one, other), "{one}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_text_has_a_form_that_it_shares_with_itself(text in proptest::prelude::any::<String>()) {
            proptest::prop_assert!(may_be_equal(&text, &text));
        }
    }
}
