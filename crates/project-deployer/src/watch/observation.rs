//! What one round saw, as data.

use std::collections::BTreeMap;

use project_deployer_core::messages::Severity;
use project_deployer_core::{DeploymentId, Timestamp};

use super::finding::{FindingKind, FindingSubject};

/// What one round saw. What is neither seen nor unknown is not there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Observation {
    pub(crate) at: Timestamp,
    pub(crate) seen: BTreeMap<FindingSubject, Seen>,
    pub(crate) unknown: Vec<Unknown>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) severity: Severity,
    pub(crate) status: String,
    pub(crate) summary: String,
    pub(crate) details: Vec<String>,
}

impl Seen {
    pub(crate) fn new(severity: Severity, status: &str, summary: impl Into<String>) -> Self {
        let (status, summary) = (status.to_owned(), summary.into());
        Self { severity, status, summary, details: Vec::new() }
    }

    pub(crate) fn with_details(self, details: Vec<String>) -> Self {
        Self { details, ..self }
    }
}

/// What could not be observed: every subject that is equal in the parts that are given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Unknown {
    pub(crate) kind: Option<FindingKind>,
    pub(crate) deployment: Option<DeploymentId>,
    pub(crate) node: Option<String>,
    pub(crate) name: Option<String>,
}

impl Unknown {
    fn covers(&self, subject: &FindingSubject) -> bool {
        fn equal<T: PartialEq>(given: Option<&T>, other: Option<&T>) -> bool {
            given.is_none_or(|given| other == Some(given))
        }
        self.kind.is_none_or(|kind| kind == subject.kind)
            && equal(self.deployment.as_ref(), subject.deployment.as_ref())
            && equal(self.node.as_ref(), subject.node.as_ref())
            && equal(self.name.as_ref(), subject.name.as_ref())
    }
}

impl Observation {
    pub(crate) fn at(at: Timestamp) -> Self {
        Self { at, ..Self::default() }
    }

    /// Nothing is known.
    pub(crate) fn nothing(at: Timestamp) -> Self {
        Self { at, seen: BTreeMap::new(), unknown: vec![Unknown::default()] }
    }

    pub(crate) fn see(&mut self, subject: FindingSubject, seen: Seen) {
        self.seen.insert(subject, seen);
    }

    /// Whether it is unknown if something is there.
    pub(crate) fn is_unknown(&self, subject: &FindingSubject) -> bool {
        self.unknown.iter().any(|unknown| unknown.covers(subject))
    }
}
