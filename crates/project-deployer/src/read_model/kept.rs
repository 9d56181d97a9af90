use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use project_deployer_client::DeployerError;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::status::InfraBasicInfo;
use project_deployer_store::{DocumentKey, Expected, Revision};

use super::groups::Viewers;
use crate::state::{AsRead, Record, Replaceable};

/// A record of the read model. A change that is based on it expects its revision in the store, so that a change
/// by somebody else is never overwritten.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    pub(crate) value: Arc<T>,
    pub(crate) revision: Revision,
}

/// Settings of an infrastructure without the keys of its nodes. It is no record: to write it back would remove
/// the keys.
#[derive(Debug)]
pub(crate) struct InfraWithoutKeys {
    settings: InfraSettings,
    /// What its deployments say of it.
    basic: Arc<InfraBasicInfo>,
    /// The groups that may see its deployments.
    viewers: Viewers,
}

impl InfraWithoutKeys {
    /// Settings as a page of the store has them, without secrets.
    pub(super) fn new(settings: InfraSettings, viewers: Viewers) -> Self {
        Self { basic: Arc::new(InfraBasicInfo::from(&settings)), settings, viewers }
    }

    pub(super) fn viewers(&self) -> &Viewers {
        &self.viewers
    }

    pub(crate) fn basic(&self) -> &Arc<InfraBasicInfo> {
        &self.basic
    }
}

/// A document that this program cannot read. Only operations on it fail.
pub(super) struct Unreadable {
    pub(super) key: DocumentKey,
    pub(super) reason: Arc<dyn Error + Send + Sync>,
}

impl Unreadable {
    pub(super) fn error(&self) -> DeployerError {
        DeployerError::state(self.key.to_string(), Arc::clone(&self.reason))
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), revision: self.revision }
    }
}

impl Deref for InfraWithoutKeys {
    type Target = InfraSettings;

    fn deref(&self) -> &InfraSettings {
        &self.settings
    }
}

impl<T: Record> AsRead for Kept<T> {
    fn key(&self) -> DocumentKey {
        T::KIND.key(self.value.id())
    }

    fn expected(&self) -> Expected {
        Expected::Revision(self.revision)
    }
}

impl<T: Record> Replaceable for Kept<T> {
    type Record = T;
}

impl AsRead for Kept<InfraWithoutKeys> {
    fn key(&self) -> DocumentKey {
        InfraSettings::KIND.key(&self.value.id)
    }

    fn expected(&self) -> Expected {
        Expected::Revision(self.revision)
    }
}

/// Why a body cannot be read that a store reports as damaged.
#[derive(Debug)]
pub(super) struct Damage(pub(super) String);

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is damaged: {}; restore it from a backup", self.0)
    }
}

impl Error for Damage {}
