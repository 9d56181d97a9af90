use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::document::{Fields, FromFields};
use crate::identifier::GroupName;
use crate::problem::{ProblemCode, Problems};
use crate::unknown_fields::UnknownFields;

/// A right on an infrastructure; each implies the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum InfraRight {
    /// See its deployments and their details (R-P3).
    View,
    /// Create, change, update and delete deployments on it (R-P4).
    Deploy,
    /// See and change its settings, keys and hooks (R-P5).
    Admin,
}

/// A right on a published project (R-P7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProjectRight {
    /// See it and its deployments.
    Read,
    /// Upload bundles; implies read.
    Write,
    /// Create deployments from it; implies read.
    Deploy,
    /// Administer it; implies all others.
    Admin,
}

impl ProjectRight {
    /// Whether `self` implies `other`.
    #[must_use]
    pub fn implies(self, other: Self) -> bool {
        self == other || self == Self::Admin || other == Self::Read
    }
}

impl fmt::Display for InfraRight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::View => "view",
            Self::Deploy => "deploy",
            Self::Admin => "admin",
        })
    }
}

impl fmt::Display for ProjectRight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Deploy => "deploy",
            Self::Admin => "admin",
        })
    }
}

/// The rights of one group on an infrastructure, as its settings hold them (wire-facts 2.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InfraGrant {
    /// The group.
    pub group: GroupName,
    /// The flag for [`InfraRight::View`].
    #[serde(default)]
    pub read: bool,
    /// The flag for [`InfraRight::Deploy`].
    #[serde(default)]
    pub deploy: bool,
    /// The flag for [`InfraRight::Admin`].
    #[serde(default)]
    pub admin: bool,
    /// All other fields, unchanged.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

impl InfraGrant {
    /// Grants a right and what it implies.
    #[must_use]
    pub fn new(group: GroupName, right: InfraRight) -> Self {
        Self {
            group,
            read: true,
            deploy: right >= InfraRight::Deploy,
            admin: right >= InfraRight::Admin,
            extra: UnknownFields::default(),
        }
    }

    /// The strongest right that the flags give.
    #[must_use]
    pub fn right(&self) -> Option<InfraRight> {
        match (self.admin, self.deploy, self.read) {
            (true, _, _) => Some(InfraRight::Admin),
            (false, true, _) => Some(InfraRight::Deploy),
            (false, false, true) => Some(InfraRight::View),
            (false, false, false) => None,
        }
    }
}

/// The rights of one group on a published project, as its settings hold them (wire-facts 2.7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProjectGrant {
    /// The group.
    pub group: GroupName,
    /// The flag for [`ProjectRight::Read`].
    #[serde(default)]
    pub read: bool,
    /// The flag for [`ProjectRight::Write`].
    #[serde(default)]
    pub write: bool,
    /// The flag for [`ProjectRight::Deploy`].
    #[serde(default)]
    pub deploy: bool,
    /// The flag for [`ProjectRight::Admin`].
    #[serde(default)]
    pub admin: bool,
    /// All other fields, unchanged.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

impl ProjectGrant {
    /// Grants rights and what they imply.
    #[must_use]
    pub fn new(group: GroupName, rights: &[ProjectRight]) -> Self {
        let implied = |wanted| rights.iter().any(|right| right.implies(wanted));
        Self {
            group,
            read: implied(ProjectRight::Read),
            write: implied(ProjectRight::Write),
            deploy: implied(ProjectRight::Deploy),
            admin: implied(ProjectRight::Admin),
            extra: UnknownFields::default(),
        }
    }

    /// Whether the flags give this right, by themselves or by implication.
    #[must_use]
    pub fn gives(&self, wanted: ProjectRight) -> bool {
        [
            (self.read, ProjectRight::Read),
            (self.write, ProjectRight::Write),
            (self.deploy, ProjectRight::Deploy),
            (self.admin, ProjectRight::Admin),
        ]
        .into_iter()
        .any(|(flag, right)| flag && right.implies(wanted))
    }
}

impl FromFields for InfraGrant {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let group = fields.required("group", "the name of a group");
        let (read, deploy, admin) =
            (fields.flag("read"), fields.flag("deploy"), fields.flag("admin"));
        Some(Self { group: group?, read, deploy, admin, extra: fields.rest_without_keys() })
    }
}

impl FromFields for ProjectGrant {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let group = fields.required("group", "the name of a group");
        let (read, write) = (fields.flag("read"), fields.flag("write"));
        let (deploy, admin) = (fields.flag("deploy"), fields.flag("admin"));
        Some(Self { group: group?, read, write, deploy, admin, extra: fields.rest() })
    }
}

/// A group with two entries is a problem: its rights would depend on which entry is read.
pub(crate) fn note_groups_granted_twice<'a>(
    groups: impl Iterator<Item = &'a GroupName>,
    problems: &mut Problems,
) {
    let mut seen = BTreeSet::new();
    for (index, group) in groups.enumerate() {
        if !seen.insert(group) {
            problems.note(
                format!("permissions[{index}].group"),
                ProblemCode::Duplicate,
                format!("group `{group}` is listed twice"),
                "keep one entry with all its rights",
            );
        }
    }
}
