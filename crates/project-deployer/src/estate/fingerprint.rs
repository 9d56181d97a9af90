//! What identifies a plan with all that it withholds: the file, its secrets, and what is there.

use project_deployer_client::DeployerError;
use sha2::{Digest as _, Sha256};

use super::document::Estate;
use super::observed::digest_of;
use super::plan::EstatePlan;
use super::secrets::EstateSecrets;

/// How many hexadecimal digits the random part has.
const SALT: usize = 32;

impl EstatePlan {
    /// What identifies the plan, over the whole file and its secrets. A random part keeps secrets from being guessed: two
    /// calls have different results, and [`has_fingerprint`](Self::has_fingerprint) compares.
    ///
    /// # Errors
    ///
    /// The file cannot be written as JSON.
    pub fn fingerprint(
        &self,
        estate: &Estate,
        secrets: &EstateSecrets,
    ) -> Result<String, DeployerError> {
        self.salted(&salt(), estate, secrets)
    }

    /// Whether the plan is the one that has this fingerprint: made of the same file with the same secrets, and of the
    /// same versions of what is there (F8).
    ///
    /// # Errors
    ///
    /// The file cannot be written as JSON.
    pub fn has_fingerprint(
        &self,
        fingerprint: &str,
        estate: &Estate,
        secrets: &EstateSecrets,
    ) -> Result<bool, DeployerError> {
        let Some(salt) = fingerprint.get(..SALT) else { return Ok(false) };
        Ok(self.salted(salt, estate, secrets)? == fingerprint)
    }

    fn salted(
        &self,
        salt: &str,
        estate: &Estate,
        secrets: &EstateSecrets,
    ) -> Result<String, DeployerError> {
        let file = serde_json::to_string(estate);
        let file = file.map_err(|error| DeployerError::state("a plan", error))?;
        let parts = [self.digest(), digest_of(file.as_bytes()), digest_of_secrets(secrets, salt)];
        Ok(format!("{salt}{}", digest_of((salt.to_owned() + &parts.concat()).as_bytes())))
    }
}

/// A random part for digests of secrets.
pub(super) fn salt() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// The digest of all secrets, in a fixed order.
pub(super) fn digest_of_secrets(secrets: &EstateSecrets, salt: &str) -> String {
    let mut all = Sha256::new_with_prefix(salt);
    for secret in secrets.exposed() {
        // Lengths keep two lists apart that have the same text in other pieces.
        all.update((secret.len() as u64).to_be_bytes());
        all.update(secret);
    }
    digest_of(&all.finalize())
}
