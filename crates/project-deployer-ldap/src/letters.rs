//! Texts that every server compares in the same way, and a coarse form of all others.
//!
//! Servers prepare letters differently before they compare them: ligatures, accents, full width, sharp s,
//! dotted and dotless i, soft hyphens. A listing decides on plain texts only. Two texts of which one is not
//! plain may be equal if their coarse forms are.

use icu_normalizer::DecomposingNormalizerBorrowed;

mod forms;

pub(crate) use forms::{forms, may_be_equal};

/// Naming attributes that every server compares without case, by their only common spelling.
const NAMING: [&str; 9] = ["cn", "ou", "dc", "uid", "o", "l", "st", "c", "sn"];

/// Letters that some servers or people take for ASCII letters, and that have no decomposition.
const TAKEN_FOR: [(char, &str); 16] = [
    ('ß', "ss"),
    ('ẞ', "ss"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ø', "o"),
    ('ł', "l"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('ı', "i"),
    ('ħ', "h"),
    ('ŋ', "n"),
    ('ŧ', "t"),
    ('ĸ', "k"),
    ('ɑ', "a"),
    ('ɡ', "g"),
];

/// Whether a text has only printable ASCII characters, and no blank that a rule could leave out.
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b' '..=b'~'))
        && !bytes.starts_with(b" ")
        && !bytes.ends_with(b" ")
        && !bytes.windows(2).any(|pair| pair == b"  ")
}

/// Whether a DN is plain: it has one plain value for each step, nothing to escape, and common names of
/// attributes.
pub(crate) fn is_plain_dn(text: &str) -> bool {
    is_plain(text.as_bytes())
        && !text.contains(['\\', '"', '+', ';', '#', '<', '>'])
        && text.split(',').all(|step| {
            match step.strip_prefix(' ').unwrap_or(step).split_once('=') {
                Some((name, value)) => {
                    NAMING.iter().any(|known| known.eq_ignore_ascii_case(name))
                        && !value.is_empty()
                        && !value.contains('=')
                        && !value.starts_with(' ')
                        && !value.ends_with(' ')
                }
                None => false,
            }
        })
}

/// The coarse form of a text: ASCII letters without case, and digits.
pub(crate) fn coarse(text: &str) -> String {
    let mut form = String::with_capacity(text.len());
    if text.is_ascii() {
        push_ascii(text, &mut form);
        return form;
    }
    let lower = text.to_lowercase();
    for letter in DecomposingNormalizerBorrowed::new_nfkd().normalize(&lower).chars() {
        match TAKEN_FOR.iter().find(|(known, _)| *known == letter) {
            Some((_, ascii)) => form.push_str(ascii),
            None => {
                form.extend(Some(letter.to_ascii_lowercase()).filter(char::is_ascii_alphanumeric))
            }
        }
    }
    form
}

fn push_ascii(text: &str, form: &mut String) {
    let letters = text.bytes().filter(u8::is_ascii_alphanumeric);
    form.extend(letters.map(|letter| char::from(letter.to_ascii_lowercase())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_a_server_may_take_for_one_have_one_coarse_form() {
        let same = [
            ("fin", "\u{fb01}n"),
            ("ann", "\u{ff21}nn"),
            ("strasse", "stra\u{df}e"),
            ("ann", "a\u{ad}nn"),
            ("ivy", "\u{130}vy"),
            ("sam", "\u{17f}am"),
            ("+493012", "+49 30 1-2"),
            ("jose", "jos\u{e9}"),
            ("lukasz", "\u{141}ukasz"),
        ];
        for (one, other) in same {
            assert_eq!(coarse(one), coarse(other), "{other}");
            assert!(is_plain(one.as_bytes()), "{one}");
        }
        assert_ne!(coarse("ann"), coarse("anna"));
    }

    #[test]
    fn names_that_a_server_may_take_for_one_have_one_coarse_form() {
        let plain = "uid=ann,dc=example,dc=test";
        assert!(is_plain_dn(plain) && is_plain_dn("CN=Ann Li,OU=People,DC=example"));
        for other in [
            "userid=ann,dc=example,dc=test",
            "0.9.2342.19200300.100.1.1=ann,dc=example,dc=test",
            "uid=ann\\20,dc=example,dc=test",
            "uid=\u{e1}nn,dc=example,dc=test",
        ] {
            assert!(!is_plain_dn(other), "{other}");
            assert!(may_be_equal(plain, other), "{other}");
        }
        let two = ["cn=a+sn=b,dc=t", "sn=b+cn=a,dc=t"];
        assert!(!is_plain_dn(two[0]));
        assert!(may_be_equal(two[0], two[1]));
    }
}
