use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A secret that may appear in no text, and the search for it in the forms in which secrets travel
/// (R13): as it is, in base64 at whatever place, in hexadecimal, escaped for URLs and JSON.
#[derive(Debug)]
pub struct Canary;

/// The part that is searched for, so that a secret that was cut is found, too.
const MARK: &str = "canary7c1f";

impl Canary {
    /// The secret of an API key. Texts that cut it after its mark still give it away.
    pub const KEY: &'static str = "canary7c1f0e5b9d24a6";

    /// One of many secrets, with what JSON and URLs spell in another way, and the mark at both ends:
    /// what is left of one that was cut is found, too.
    #[must_use]
    pub fn numbered(number: usize) -> String {
        format!("{MARK}-{number:04} \"/\\+&=%?-{MARK}")
    }

    /// Whether a text gives away a secret.
    #[must_use]
    pub fn is_in(text: &str) -> bool {
        let lower = text.to_lowercase();
        let plain = [MARK.to_owned(), hexadecimal(MARK), each_byte("%"), each_byte("\\u00")];
        plain.iter().any(|form| lower.contains(form))
            || (0..3).flat_map(base64_at).any(|form| text.contains(&form))
    }
}

fn hexadecimal(text: &str) -> String {
    text.bytes().fold(String::new(), |mut form, byte| {
        // Writing to a text cannot fail.
        let _ = write!(form, "{byte:02x}");
        form
    })
}

/// The mark as a URL or a JSON text may spell it, character by character.
fn each_byte(before: &str) -> String {
    MARK.bytes().map(|byte| format!("{before}{byte:02x}")).collect()
}

/// The characters that the mark alone decides, so many bytes after the start of what is encoded.
fn base64_at(offset: usize) -> [String; 2] {
    let padded = [vec![0; offset], MARK.as_bytes().to_vec()].concat();
    let (first, end) = ((offset * 8).div_ceil(6), padded.len() * 8 / 6);
    let own = |encoded: String| encoded[first..end].to_owned();
    [own(STANDARD_NO_PAD.encode(&padded)), own(URL_SAFE_NO_PAD.encode(&padded))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_found_in_every_form() {
        let key = Canary::KEY;
        let mut texts = vec![key.to_owned(), key.to_uppercase(), hexadecimal(key)];
        for before in ["", "a", "ab", "abc", "user:"] {
            texts.push(STANDARD_NO_PAD.encode(format!("{before}{key}:")));
        }
        for text in texts {
            assert!(Canary::is_in(&format!("before {text} after")), "{text}");
        }
    }

    #[test]
    fn every_one_of_many_is_found_in_every_form() {
        for number in 0..1_000 {
            let secret = Canary::numbered(number);
            let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let escaped: String = secret.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
            let mut texts = vec![hexadecimal(&secret), percent, escaped, format!("{secret:?}")];
            for before in ["", "a", "ab"] {
                let whole = format!("{before}{secret}");
                texts.push(STANDARD_NO_PAD.encode(&whole));
                texts.push(base64::engine::general_purpose::STANDARD.encode(&whole));
                texts.push(URL_SAFE_NO_PAD.encode(&whole));
            }
            // Cut at either end.
            texts.push(secret[..20].to_owned());
            texts.push(secret[10..].to_owned());
            for text in texts {
                assert!(Canary::is_in(&format!("<{text}>")), "{text}");
            }
            assert!(Canary::is_in(&secret));
        }
    }

    #[test]
    fn other_texts_do_not_give_it_away() {
        assert!(!Canary::is_in("canary"));
        assert!(!Canary::is_in(&STANDARD_NO_PAD.encode("another key:")));
    }
}
