//! What one round saw, as data.

use std::collections::BTreeMap;

use project_deployer_core::messages::Severity;
use project_deployer_core::{DeploymentId, Timestamp};

use super::finding::{FindingKind, FindingSubject};
use super::state::NotSeen;

/// How many details a finding has, and how long one is, in bytes.
const MOST_DETAILS: usize = 50;
const LONGEST_DETAIL: usize = 500;

/// How many fields a finding names.
const MOST_FIELDS: usize = 100;

/// What one round saw. What is neither seen nor unknown is not there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Observation {
    pub(crate) at: Timestamp,
    pub(crate) seen: BTreeMap<FindingSubject, Seen>,
    pub(crate) unknown: Vec<Unknown>,
    /// Why something is unknown that is no finding.
    pub(crate) reasons: Vec<NotSeen>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) severity: Severity,
    pub(crate) status: String,
    pub(crate) summary: String,
    pub(crate) details: Vec<String>,
    /// The fields that differ, if it is about fields.
    pub(crate) fields: Vec<String>,
}

impl Seen {
    pub(crate) fn new(severity: Severity, status: &str, summary: impl Into<String>) -> Self {
        let (status, summary) = (status.to_owned(), summary.into());
        Self { severity, status, summary, details: Vec::new(), fields: Vec::new() }
    }

    /// The fields that differ. They are bounded, as the details are. A rule for a field does not ignore what is more than
    /// that: which fields these are is not known any more.
    pub(crate) fn with_fields(self, fields: Vec<String>) -> Self {
        Self { fields: bounded(fields, MOST_FIELDS), ..self }
    }

    /// They are bounded, since a receiver of calls refuses what is too long.
    pub(crate) fn with_details(self, details: Vec<String>) -> Self {
        Self { details: bounded(details, MOST_DETAILS), ..self }
    }
}

/// The first texts, shortened, and how many more there are.
fn bounded(mut texts: Vec<String>, most: usize) -> Vec<String> {
    let more = texts.len().saturating_sub(most);
    texts.truncate(most);
    texts.iter_mut().for_each(shorten);
    if more > 0 {
        texts.push(format!("and {more} more"));
    }
    texts
}

/// Cuts a text that is too long, between two characters.
fn shorten(text: &mut String) {
    if text.len() > LONGEST_DETAIL {
        let end = (0..=LONGEST_DETAIL).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
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
        Self { unknown: vec![Unknown::default()], ..Self::at(at) }
    }

    pub(crate) fn see(&mut self, subject: FindingSubject, seen: Seen) {
        self.seen.insert(subject, seen);
    }

    /// Whether it is unknown if something is there.
    pub(crate) fn is_unknown(&self, subject: &FindingSubject) -> bool {
        self.unknown.iter().any(|unknown| unknown.covers(subject))
    }
}
