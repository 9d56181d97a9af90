//! A plan in a file: sealed, without secrets, and valid for a time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use project_deployer_core::Timestamp;
use project_deployer_store::{Keyring, SealError};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::document::Estate;
use super::error::EstateError;
use super::fingerprint::{digest_of_secrets, salt};
use super::plan::{EstatePlan, PlanBasis, PlanOptions};
use super::secrets::EstateSecrets;

/// What plans are sealed for.
const PURPOSE: &str = "plan of an estate, version 1";

/// A plan that is kept until somebody applies it (M13, F8).
///
/// It has the estate with the places of its secrets, and the digest of the changes and of the versions that they rely
/// on. To apply it, read and plan again: [`admit`](Self::admit) refuses a plan that does something else.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedPlan {
    made_at: Timestamp,
    /// The Deployer and the user that it was made for.
    target: String,
    expires_at: Timestamp,
    /// Where relative paths of secrets begin.
    folder: PathBuf,
    estate: Estate,
    options: PlanOptions,
    basis: PlanBasis,
    digest: String,
    /// Of the secrets with a random part, so that a plan is not applied with other ones.
    salt: String,
    secrets: String,
}

impl SavedPlan {
    /// The longest time that a plan is valid.
    pub const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

    /// A plan that is valid for some time, at most [`Self::LONGEST`]. Relative paths of secrets begin at `folder`.
    /// `target` names the Deployer and the user that it is for: two empty Deployers have the same plan otherwise.
    #[must_use]
    pub fn new(
        estate: &Estate,
        plan: &EstatePlan,
        secrets: &EstateSecrets,
        (folder, target): (&Path, &str),
        (made_at, valid_for): (Timestamp, Duration),
    ) -> Self {
        let salt = salt();
        let valid_for = i64::try_from(valid_for.min(Self::LONGEST).as_millis()).unwrap_or_default();
        Self {
            made_at,
            target: target.to_owned(),
            expires_at: Timestamp::from_millis(made_at.as_millis().saturating_add(valid_for)),
            folder: folder.to_owned(),
            estate: estate.clone(),
            options: plan.options().clone(),
            basis: plan.basis().clone(),
            digest: plan.digest(),
            secrets: digest_of_secrets(secrets, &salt),
            salt,
        }
    }

    /// The text of a file. Nobody without the key reads it, or changes it unnoticed.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub fn seal(&self, keys: &Keyring) -> Result<String, EstateError> {
        // Every part serializes: its maps have text keys only.
        let text = serde_json::to_string(self).unwrap_or_default();
        let sealed = keys.seal_text(PURPOSE, &SecretString::from(text));
        sealed.map(|sealed| sealed + "\n").map_err(EstateError::Sealed)
    }

    /// Opens the text of a file.
    ///
    /// # Errors
    ///
    /// It was sealed with another key, it was changed, or its time has passed.
    pub fn open(text: &str, keys: &Keyring, now: Timestamp) -> Result<Self, EstateError> {
        let opened = keys.open_text(PURPOSE, text).map_err(EstateError::Sealed)?;
        let plan: Self = serde_json::from_str(opened.expose_secret())
            .map_err(|_| EstateError::Sealed(SealError::Broken))?;
        if plan.expires_at <= now {
            return Err(EstateError::Expired { at: plan.expires_at });
        }
        Ok(plan)
    }

    /// The estate.
    #[must_use]
    pub fn estate(&self) -> &Estate {
        &self.estate
    }

    /// Where relative paths of its secrets begin.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The options that it was made with.
    #[must_use]
    pub fn options(&self) -> &PlanOptions {
        &self.options
    }

    /// When it was made, and until when it is valid.
    #[must_use]
    pub fn times(&self) -> (Timestamp, Timestamp) {
        (self.made_at, self.expires_at)
    }

    /// Admits a plan that was made again of the same estate, if it does the same to the same Deployer (F8).
    ///
    /// # Errors
    ///
    /// It was made for another Deployer or user, something that the plan relies on has changed since, a secret is another one, or the changes differ.
    pub fn admit(
        &self,
        plan: &EstatePlan,
        secrets: &EstateSecrets,
        target: &str,
    ) -> Result<(), EstateError> {
        if self.target != target {
            return Err(EstateError::Different {
                why: "it was made for another Deployer or another user",
            });
        }
        let moved = self.basis.moved(plan.basis());
        if !moved.is_empty() {
            return Err(EstateError::Outdated { moved: moved.join(", ") });
        }
        if digest_of_secrets(secrets, &self.salt) != self.secrets {
            return Err(EstateError::Different {
                why: "a secret that it names is another one now",
            });
        }
        if plan.digest() != self.digest {
            return Err(EstateError::Different {
                why: "this program makes other changes of the same file",
            });
        }
        Ok(())
    }
}
