//! Statuses of logins and groups, as ids for programs and as short labels.

use project_deployer::ldap::BlockKind;
use project_deployer::ldap::matching::{GroupPresence, Presence, SimilarityKind};
use serde::{Serialize, Serializer};

/// A status with its id and label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Status {
    tone: Tone,
    code: &'static str,
    label: &'static str,
}

/// How good a status is, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tone {
    /// Nothing to do.
    Good,
    /// An action, or the first login of the user, settles it.
    Waiting,
    /// A person has to act.
    Bad,
    /// The facts are incomplete.
    Unknown,
}

impl Status {
    /// The status of a login.
    pub(crate) fn of(presence: &Presence) -> Self {
        let (tone, code, label) = match presence {
            Presence::Present => (Tone::Good, "present", "present"),
            Presence::Disabled { .. } => (Tone::Bad, "disabled", "disabled"),
            Presence::OtherSource { .. } => (Tone::Bad, "other-source", "other source"),
            Presence::NearMatch(_) => (Tone::Bad, "near-match", "near match"),
            Presence::OnlyByLogin { .. } => (Tone::Waiting, "only-by-login", "only by login"),
            Presence::ImportableOnDemand { .. } => {
                (Tone::Waiting, "importable-on-demand", "importable on demand")
            }
            Presence::ImportableAtFirstLogin => {
                (Tone::Waiting, "importable-at-first-login", "importable at first login")
            }
            Presence::ImportSwitchedOff => {
                (Tone::Bad, "import-switched-off", "import switched off")
            }
            Presence::NotAuthorized { .. } => (Tone::Bad, "not-authorized", "not authorized"),
            Presence::Ambiguous { .. } => (Tone::Bad, "ambiguous", "ambiguous"),
            Presence::BlockedInDirectory { block, .. } => {
                let label = match block.state {
                    BlockKind::Disabled => "disabled in directory",
                    BlockKind::Expired => "expired in directory",
                    BlockKind::Locked => "locked in directory",
                    _ => "blocked in directory",
                };
                (Tone::Bad, "blocked-in-directory", label)
            }
            Presence::NotInDirectory { similar: Some(similar), .. }
                if similar.kind == SimilarityKind::UserFilter =>
            {
                (Tone::Bad, "not-in-directory", "left out by filter")
            }
            Presence::NotInDirectory { .. } => (Tone::Bad, "not-in-directory", "not in directory"),
            _ => (Tone::Unknown, "unknown", "unknown"),
        };
        Self { tone, code, label }
    }

    /// The status of a group.
    pub(crate) fn of_group(presence: &GroupPresence) -> Self {
        let (tone, code, label) = match presence {
            GroupPresence::Present => (Tone::Good, "present", "present"),
            GroupPresence::OtherCase { .. } => (Tone::Bad, "other-case", "other case"),
            GroupPresence::Missing => (Tone::Bad, "missing", "missing"),
            _ => (Tone::Unknown, "unknown", "unknown"),
        };
        Self { tone, code, label }
    }

    /// The stable id, which is the same as in the library's own documents.
    pub(crate) fn code(self) -> &'static str {
        self.code
    }

    /// The label in tables and pages.
    pub(crate) fn label(self) -> &'static str {
        self.label
    }

    /// How good it is.
    pub(crate) fn tone(self) -> Tone {
        self.tone
    }
}

impl Tone {
    /// The class in style sheets.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
        }
    }

    /// A sign that is readable without colour.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Waiting => "→",
            Self::Bad => "✕",
            Self::Unknown => "?",
        }
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

#[cfg(test)]
mod tests;
