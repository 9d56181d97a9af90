use std::fmt;

use serde::Serialize;

/// How a person belongs to an authorized group that the group filter does not find.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum IndirectMembership {
    /// The person is in another group, which is in the authorized one.
    Nested {
        /// The authorized group.
        group: String,
        /// The person's own group.
        through: String,
    },
    /// The group is the person's primary group in a domain (`primaryGroupID`), which does not list the person.
    PrimaryGroup {
        /// The authorized group.
        group: String,
    },
    /// The group has the `gidNumber` of the person, and does not list the person.
    PosixPrimaryGroup {
        /// The authorized group.
        group: String,
    },
    /// The settings authorize the group by its DN, and compare names.
    NamedByDn {
        /// The DN, as in the settings.
        group: String,
        /// The name of the group.
        name: String,
    },
}

impl IndirectMembership {
    /// What to change, and where.
    pub(super) fn write_remedy(
        &self,
        directory: Option<&str>,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let of = |f: &mut fmt::Formatter<'_>| {
            directory.map_or(Ok(()), |directory| write!(f, " of `{directory}`"))
        };
        match self {
            Self::Nested { group, through } => {
                write!(f, "add the person to the group `{group}`")?;
                of(f)?;
                write!(
                    f,
                    " itself, or authorize `{through}` in `authorizedGroups` of the LDAP settings, or use a group filter \
                     that follows groups in groups, on Active Directory `(member:1.2.840.113556.1.4.1941:={{USERDN}})`"
                )
            }
            Self::PrimaryGroup { group } => {
                write!(
                    f,
                    "give the person another primary group and then add the person to `{group}`"
                )?;
                of(f)?;
                f.write_str(
                    ", or authorize another group of the person in `authorizedGroups` of the LDAP settings",
                )
            }
            Self::PosixPrimaryGroup { group } => {
                write!(f, "list the person as a member of the group `{group}`")?;
                of(f)?;
                f.write_str(" as well: the group filter does not compare `gidNumber`")
            }
            Self::NamedByDn { group, name } => write!(
                f,
                "write `{name}` instead of `{group}` in `authorizedGroups` of the LDAP settings"
            ),
        }
    }
}

impl fmt::Display for IndirectMembership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nested { group, through } => write!(
                f,
                "the person is in `{group}` only through the group `{through}`, and the group filter does not follow \
                 groups in groups"
            ),
            Self::PrimaryGroup { group } => write!(
                f,
                "`{group}` is the person's primary group, and the group filter finds only groups that list the person"
            ),
            Self::PosixPrimaryGroup { group } => write!(
                f,
                "`{group}` is the person's primary group by `gidNumber`, and does not list the person"
            ),
            Self::NamedByDn { group, name } => write!(
                f,
                "the person is in `{name}`, which the settings name by its DN `{group}`, and DNs are not compared"
            ),
        }
    }
}
