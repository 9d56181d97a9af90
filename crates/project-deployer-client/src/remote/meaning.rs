//! What a failed call to a Deployer means for the object that it was about.

use std::fmt;

use project_deployer_core::{BundleId, DeploymentId, InfraId, ProjectKey};

use crate::error::{NodeError, NodeErrorKind};
use crate::project_deployer::{DeployerError, ResourceRef};

/// What a call is about.
#[derive(Debug, Clone)]
pub(super) enum Subject {
    /// One object, which is there or not.
    Existing(ResourceRef),
    /// An object that the call creates; the objects that it refers to have to be there.
    New(ResourceRef),
    /// The Deployer as a whole.
    Deployer,
}

impl Subject {
    fn existing(kind: &'static str, id: impl fmt::Display) -> Self {
        Self::Existing(ResourceRef::new(kind, id))
    }

    pub(super) fn infra(id: &InfraId) -> Self {
        Self::Existing(Self::named_infra(id))
    }

    pub(super) fn new_infra(id: &InfraId) -> Self {
        Self::New(Self::named_infra(id))
    }

    /// An infrastructure as errors name it.
    pub(super) fn named_infra(id: &InfraId) -> ResourceRef {
        ResourceRef::new("infrastructure", id)
    }

    pub(super) fn project(key: &ProjectKey) -> Self {
        Self::existing("published project", key)
    }

    pub(super) fn new_project(key: &ProjectKey) -> Self {
        Self::New(ResourceRef::new("published project", key))
    }

    pub(super) fn bundle(key: &ProjectKey, bundle: &BundleId) -> Self {
        Self::existing("bundle", format_args!("{bundle} of {key}"))
    }

    /// A bundle that is published. Its id is inside it, so that only its project can be named.
    pub(super) fn new_bundle(key: Option<&ProjectKey>) -> Self {
        match key {
            Some(key) => Self::New(ResourceRef::new("bundle of published project", key)),
            None => Self::New(ResourceRef::new("bundle", "in the archive")),
        }
    }

    pub(super) fn deployment(id: &DeploymentId) -> Self {
        Self::existing("deployment", id)
    }

    pub(super) fn new_deployment(id: &DeploymentId) -> Self {
        Self::New(ResourceRef::new("deployment", id))
    }

    pub(super) fn update(id: &DeploymentId, started: i64) -> Self {
        Self::existing("update", format_args!("{started} of {id}"))
    }

    pub(super) fn last_update(id: &DeploymentId) -> Self {
        Self::existing("update of", id)
    }

    /// What an error means. Whether an object that is hidden answers 403 or 404 is unknown
    /// (wire-facts 1.7), and so is whether a taken id answers 400 or 409 (8.3, item 3): both are
    /// understood. Any other error keeps the Deployer's message.
    pub(super) fn meaning(self, error: NodeError) -> DeployerError {
        match (&error.kind, self) {
            (NodeErrorKind::Forbidden(text), _) => DeployerError::Denied(text.clone()),
            (NodeErrorKind::NotFound(_), Self::Existing(named)) => DeployerError::NotFound(named),
            // Something that the new object refers to; only the Deployer's message names it.
            (NodeErrorKind::NotFound(text), Self::New(_)) => {
                DeployerError::Refused { status: 404, message: text.clone() }
            }
            (NodeErrorKind::Refused { status, message }, Self::New(named))
                if says_taken(*status, message) =>
            {
                DeployerError::AlreadyExists(named)
            }
            (NodeErrorKind::Refused { status, message }, _) => {
                DeployerError::Refused { status: *status, message: message.clone() }
            }
            _ => DeployerError::Node(error),
        }
    }
}

/// A Design node says "already exists" with 400 (wire-facts 1.7).
fn says_taken(status: u16, message: &str) -> bool {
    let exists = message.to_lowercase().contains("already exist");
    status == 409 || (status == 400 && exists)
}
