use secrecy::SecretString;

use super::{Keyring, KeyringError};

impl Keyring {
    /// Reads keys from an environment variable of this name.
    ///
    /// # Errors
    ///
    /// The variable is not set or no text, or it has no keys.
    pub fn from_environment(name: &str) -> Result<Self, KeyringError> {
        #[expect(clippy::disallowed_methods, reason = "the caller names the variable")]
        let keys = std::env::var(name);
        let keys = keys.map_err(|_| KeyringError::Variable { name: name.to_owned() })?;
        Self::parse(&SecretString::from(keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let absent = Keyring::from_environment("PROJECT_DEPLOYER_NO_SUCH_KEY").unwrap_err();
        assert!(absent.to_string().contains("PROJECT_DEPLOYER_NO_SUCH_KEY"), "{absent}");
    }

    #[test]
    fn a_variable_that_has_no_key_is_refused_and_not_repeated() {
        // Cargo sets it for every test.
        let refused = Keyring::from_environment("CARGO_PKG_NAME").unwrap_err();
        assert!(matches!(refused, KeyringError::Malformed { line: 1 }), "{refused:?}");
        assert!(!format!("{refused} {refused:?}").contains("project-deployer-store"));
    }
}
