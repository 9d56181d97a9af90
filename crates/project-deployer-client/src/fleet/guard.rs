//! Whether an answer of a fleet may be used without asking: a pure function (I4).

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::comparison::{Absence, FleetComparison};
use super::discovery::{Completeness, Discovery};
use super::node::FleetNode;

/// How many nodes may be missing from an answer before someone has to confirm it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShrinkGuard {
    percent: u8,
}

/// What identifies the nodes of an answer. A confirmation is valid for one answer only.
#[derive(Clone, PartialEq, Eq)]
pub struct AnswerDigest(String);

/// Whether an answer may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerVerdict {
    /// It may.
    Usable,
    /// It may, once someone has confirmed exactly this answer.
    NeedsConfirmation {
        /// The infrastructures of the fleet whose node the answer does not have.
        missing: usize,
        /// All infrastructures of the fleet that name a node.
        registered: usize,
        /// What to confirm.
        digest: AnswerDigest,
    },
}

impl Default for ShrinkGuard {
    fn default() -> Self {
        Self { percent: 20 }
    }
}

impl ShrinkGuard {
    /// Accepts answers in which at most this share of the nodes is missing. An answer without any registered
    /// node always needs a confirmation.
    #[must_use]
    pub fn of_percent(percent: u8) -> Self {
        Self { percent }
    }

    /// Judges an answer by its comparison with the infrastructures. `confirmed` is the digest that someone
    /// confirmed; it counts only for the answer that it was made of.
    #[must_use]
    pub fn judge(
        self,
        discovery: &Discovery,
        comparison: &FleetComparison,
        confirmed: Option<&str>,
    ) -> AnswerVerdict {
        // An infrastructure that names no node was never in an answer, so it cannot be missing from one.
        let missing = comparison
            .no_longer_reported
            .iter()
            .filter(|infra| infra.absence != Absence::InfraNamesNoNode)
            .count();
        let registered = comparison.changed.len() + comparison.unchanged.len() + missing;
        let shrunken = missing * 100 > registered * usize::from(self.percent);
        let nobody_left = missing > 0 && missing == registered;
        let digest = AnswerDigest::of(discovery);
        if (shrunken || nobody_left) && confirmed != Some(digest.as_str()) {
            AnswerVerdict::NeedsConfirmation { missing, registered, digest }
        } else {
            AnswerVerdict::Usable
        }
    }
}

impl AnswerDigest {
    /// The digest of an answer. The order of its nodes does not matter. Admin keys are left out: a digest is
    /// shown to people and written to logs.
    #[must_use]
    pub fn of(discovery: &Discovery) -> Self {
        let mut lines: Vec<String> = discovery.nodes.iter().map(line).collect();
        if let Completeness::Partial(gaps) = &discovery.completeness {
            lines.extend(gaps.iter().map(|gap| format!("gap {gap:?}")));
        }
        lines.sort_unstable();
        let mut hash = Sha256::new();
        for part in std::iter::once(&discovery.service).chain(&lines) {
            // Lengths keep two lists apart that have the same text in other pieces.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let bytes: [u8; 32] = hash.finalize().into();
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn line(node: &FleetNode) -> String {
    let FleetNode { node_id, node_type, url, registration, .. } = node;
    format!("node {node_id:?} {node_type:?} {url:?} {registration:?}")
}

impl fmt::Display for AnswerDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AnswerDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnswerDigest({})", self.0)
    }
}

impl fmt::Display for AnswerVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usable => f.write_str("the answer of the fleet can be used"),
            Self::NeedsConfirmation { missing, registered, digest } => write!(
                f,
                "the fleet no longer reports {missing} of {registered} registered nodes; nothing is changed. \
                 Check the fleet and the rights of its key, then confirm this answer: {digest}"
            ),
        }
    }
}
