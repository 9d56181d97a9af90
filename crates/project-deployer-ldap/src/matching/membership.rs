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
        through: GroupInGroup,
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
    /// The settings authorize the group by its DN, and the group has no name that they could compare.
    Nameless {
        /// The DN, as in the settings.
        group: String,
        /// The attribute that the group does not have.
        attribute: String,
    },
}

/// A group of a person that is in an authorized group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct GroupInGroup {
    /// Its DN.
    pub dn: String,
    /// Its name, which the settings can authorize; none if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The DN of the authorized group, if the settings name that by its DN: they compare names only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorized_by_dn: Option<String>,
    /// Whether the directory follows groups in groups, if a filter asks for it: Active Directory does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub can_be_followed: bool,
}

impl GroupInGroup {
    /// A group with this DN and name.
    #[must_use]
    pub fn new(dn: impl Into<String>, name: Option<String>) -> Self {
        Self { dn: dn.into(), name, authorized_by_dn: None, can_be_followed: false }
    }

    /// The same in a directory that follows groups in groups.
    #[must_use]
    pub fn following(self) -> Self {
        Self { can_be_followed: true, ..self }
    }

    /// The name, or else the DN.
    fn shown(&self) -> &str {
        self.name.as_ref().unwrap_or(&self.dn)
    }
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
                if let Some(dn) = &through.authorized_by_dn {
                    write!(
                        f,
                        "write `{group}` instead of `{dn}` in `authorizedGroups` of the LDAP settings, and then "
                    )?;
                }
                write!(f, "add the person to the group `{group}`")?;
                of(f)?;
                f.write_str(" itself")?;
                if let Some(name) = &through.name {
                    write!(
                        f,
                        ", or authorize `{name}` in `authorizedGroups` of the LDAP settings"
                    )?;
                }
                match through.can_be_followed {
                    true => f.write_str(
                        ", or use a group filter that follows groups in groups: \
                         `(member:1.2.840.113556.1.4.1941:={USERDN})`",
                    ),
                    false => Ok(()),
                }
            }
            Self::Nameless { group, attribute } => write!(
                f,
                "give the group `{group}` a value of `{attribute}` and write that in `authorizedGroups` of the LDAP \
                 settings, or name an attribute that the group has as `groupNameAttribute`"
            ),
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
                "the person is in `{group}` only through the group `{}`, and the group filter does not follow groups in \
                 groups",
                through.shown()
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
            Self::Nameless { group, attribute } => write!(
                f,
                "the person is in `{group}`, which the settings name by its DN; DNs are not compared, and the group has \
                 no `{attribute}`"
            ),
        }
    }
}
