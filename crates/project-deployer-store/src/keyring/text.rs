use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use secrecy::SecretString;

use super::{Keyring, SealError, Slot};

/// The place of a text that is in no store.
fn slot(purpose: &str) -> Slot<'_> {
    Slot { store: b"no store", collection: purpose, id: "", field: "" }
}

impl Keyring {
    /// Seals a text that is kept outside a store, such as a file, with the newest key. Nobody without the key reads it
    /// or changes it unnoticed. It opens only for the same purpose.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub fn seal_text(&self, purpose: &str, text: &SecretString) -> Result<String, SealError> {
        self.seal(slot(purpose), text).map(|sealed| BASE64_STANDARD.encode(sealed))
    }

    /// Opens such a text.
    ///
    /// # Errors
    ///
    /// Its key is not in the ring, it was changed, or it was sealed for another purpose.
    pub fn open_text(&self, purpose: &str, sealed: &str) -> Result<SecretString, SealError> {
        let sealed = BASE64_STANDARD.decode(sealed.trim()).map_err(|_| SealError::Broken)?;
        self.open(slot(purpose), &sealed)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn ring() -> Keyring {
        Keyring::parse(&Keyring::new_key().unwrap()).unwrap()
    }

    #[test]
    fn a_text_opens_with_its_key_and_for_its_purpose_only() {
        let ring_of_ours = ring();
        let sealed = ring_of_ours.seal_text("plan", &SecretString::from("canary-4711")).unwrap();
        assert!(!sealed.contains("canary"));
        let opened = ring_of_ours.open_text("plan", &sealed).unwrap();
        assert_eq!(opened.expose_secret(), "canary-4711");
        let other = ring_of_ours.open_text("export", &sealed);
        assert!(matches!(other, Err(SealError::Broken)), "{other:?}");
        let foreign = ring().open_text("plan", &sealed);
        assert!(matches!(foreign, Err(SealError::UnknownKey { .. })), "{foreign:?}");
    }

    #[test]
    fn a_text_with_one_changed_character_does_not_open() {
        let ring = ring();
        let sealed = ring.seal_text("plan", &SecretString::from("text")).unwrap();
        for (at, _) in sealed.char_indices() {
            let mut changed = sealed.clone();
            let other = if &sealed[at..=at] == "A" { "B" } else { "A" };
            changed.replace_range(at..=at, other);
            assert!(ring.open_text("plan", &changed).is_err(), "{at}");
        }
    }
}
