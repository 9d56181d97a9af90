use project_deployer_core::{GroupName, Login, NodeAddress};
use serde::Serialize;

use super::index::Index;
use super::input::{LocationId, MatchInput};
use super::plan::Breadth;
use super::presence::{GroupPresence, Presence};
use super::remedy::Remedy;
use super::requirement::{GroupRequirement, LoginRequirement};
use super::rows::{LoginRow, Rows};
use crate::fetched::Reason;
use crate::snapshot::UnreadableLogin;
use crate::supplier::LdapUrl;

/// The status of every login at every location.
///
/// It can hold a million logins at twenty locations, since it stores each presence only once. As a
/// document it has the [`Self::rows`] under `logins`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParityReport {
    /// The locations, in the order of the presences of each row.
    pub places: Vec<Place>,
    #[serde(rename = "logins")]
    pub(super) rows: Rows,
    /// A row for each group that grants of rights name.
    pub groups: Vec<GroupRow>,
    /// Facts about a location as a whole.
    pub notes: Vec<LocationNote>,
}

/// A location of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// Its id.
    pub id: LocationId,
    /// The address at which people log in, if it is known.
    pub address: Option<NodeAddress>,
    /// The directory that supplies its users, if there is one and its answer is complete.
    pub directory: Option<LdapUrl>,
}

impl Place {
    pub(super) fn directory(&self) -> Option<String> {
        self.directory.as_ref().map(ToString::to_string)
    }
}

/// A group at every location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GroupRow {
    /// The group.
    pub group: GroupName,
    /// The grants of rights that name it.
    pub needs: Vec<GroupRequirement>,
    /// Its status at each of [`ParityReport::places`].
    pub presences: Vec<GroupPresence>,
}

/// A fact about a location as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "note", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LocationNote {
    /// The users of the location are unknown.
    UsersUnknown {
        /// Which location.
        place: LocationId,
        /// Why.
        reason: Reason,
    },
    /// The LDAP settings or the directory of the location are unknown or incomplete.
    DirectoryUnknown {
        /// Which location.
        place: LocationId,
        /// Why.
        reason: Reason,
    },
    /// The location authorizes a group that the directory does not have, or that has no member.
    AuthorizedGroupUnknown {
        /// Which location.
        place: LocationId,
        /// The group.
        group: String,
    },
    /// A person in its directory has no usable login.
    UnreadableLogin {
        /// Which location.
        place: LocationId,
        /// The entry, and what is wrong with its login.
        login: UnreadableLogin,
    },
    /// Needed logins have enabled LDAP accounts at the location that its directory no longer supplies: the
    /// next synchronization disables them (R-L5), or refuses the login only (R-L11).
    NextSyncDisables {
        /// Which location.
        place: LocationId,
        /// Why.
        cause: SyncCause,
        /// The logins.
        logins: Vec<Login>,
    },
}

/// Why a synchronization with a directory disables an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SyncCause {
    /// The user filter of the location finds no entry.
    NoEntry,
    /// The entry is disabled.
    EntryDisabled,
}

impl LocationNote {
    /// The location that it is about.
    #[must_use]
    pub fn place(&self) -> &LocationId {
        match self {
            Self::UsersUnknown { place, .. }
            | Self::DirectoryUnknown { place, .. }
            | Self::AuthorizedGroupUnknown { place, .. }
            | Self::UnreadableLogin { place, .. }
            | Self::NextSyncDisables { place, .. } => place,
        }
    }
}

/// A login that is not present as expected at a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding<'a> {
    /// The login.
    pub login: &'a Login,
    /// The location.
    pub place: &'a Place,
    /// Its status there.
    pub presence: &'a Presence,
    /// What it is needed for there; empty if no deployment needs it.
    pub needs: Vec<&'a LoginRequirement>,
    /// The remedy.
    pub remedy: Remedy,
}

/// A group that grants of rights name and that a location does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GroupFinding<'a> {
    /// The group.
    pub group: &'a GroupName,
    /// The location.
    pub place: &'a Place,
    /// Its status there.
    pub presence: &'a GroupPresence,
    /// The grants of rights that name it there.
    pub needs: Vec<&'a GroupRequirement>,
    /// The remedy.
    pub remedy: Remedy,
}

impl ParityReport {
    /// A row for each login, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = LoginRow<'_>> {
        self.rows.iter()
    }

    /// The rows of logins that a deployment needs, or of all logins.
    pub fn rows_of(&self, breadth: Breadth) -> impl Iterator<Item = LoginRow<'_>> {
        let needed = (breadth == Breadth::Needed).then(|| self.rows.needed());
        let all = (breadth == Breadth::Everything).then(|| self.rows.iter());
        needed.into_iter().flatten().chain(all.into_iter().flatten())
    }

    /// The row of a login; none if the report does not have the login.
    #[must_use]
    pub fn row(&self, login: &Login) -> Option<LoginRow<'_>> {
        self.rows.of_login(login)
    }

    /// The status of a login at a location; none if the report does not have the login or the location.
    #[must_use]
    pub fn presence(&self, login: &Login, location: &LocationId) -> Option<&Presence> {
        let place = self.places.iter().position(|place| place.id == *location)?;
        self.row(login)?.presence(place)
    }

    /// Every login that is not present as expected, by login and location.
    pub fn findings(&self) -> impl Iterator<Item = Finding<'_>> {
        self.findings_of(Breadth::Everything)
    }

    /// Every login that is not present as expected, by login and location: only where a deployment needs
    /// the login, or everywhere.
    pub fn findings_of(&self, breadth: Breadth) -> impl Iterator<Item = Finding<'_>> {
        self.rows_of(breadth).flat_map(move |row| {
            self.places.iter().zip(row.presences()).filter_map(move |(place, presence)| {
                let needs: Vec<&LoginRequirement> =
                    row.needs().iter().filter(|need| need.at.include(&place.id)).collect();
                if breadth == Breadth::Needed && needs.is_empty() {
                    return None;
                }
                let remedy = Remedy::of(presence, place)?;
                Some(Finding { login: row.login(), place, presence, needs, remedy })
            })
        })
    }

    /// Every group that grants of rights name and that is not present where they name it.
    pub fn group_findings(&self) -> impl Iterator<Item = GroupFinding<'_>> {
        self.groups.iter().flat_map(|row| {
            self.places.iter().zip(&row.presences).filter_map(|(place, presence)| {
                let remedy = Remedy::of_group(presence, &row.group)?;
                let needs: Vec<_> =
                    row.needs.iter().filter(|need| need.at.include(&place.id)).collect();
                let named = !needs.is_empty();
                named.then_some(GroupFinding { group: &row.group, place, presence, needs, remedy })
            })
        })
    }
}

pub(super) fn places(input: &MatchInput, index: &Index<'_>) -> Vec<Place> {
    let sites = input.locations.iter().zip(&index.sites);
    let place = sites.map(|(location, site)| Place {
        id: location.id.clone(),
        address: location.address.clone(),
        directory: index.set(site).map(|set| set.url().clone()),
    });
    place.collect()
}

pub(super) fn notes(input: &MatchInput, index: &Index<'_>) -> Vec<LocationNote> {
    let mut notes = Vec::new();
    for (location, site) in input.locations.iter().zip(&index.sites) {
        let place = || location.id.clone();
        if let Err(reason) = &location.users {
            notes.push(LocationNote::UsersUnknown { place: place(), reason: reason.clone() });
        }
        if let Err(reason) = &site.supply {
            notes.push(LocationNote::DirectoryUnknown { place: place(), reason: reason.clone() });
        }
        let Some(set) = index.set(site) else { continue };
        let unknown = set.unknown_groups().iter();
        notes.extend(unknown.map(|group| LocationNote::AuthorizedGroupUnknown {
            place: place(),
            group: group.clone(),
        }));
        let unreadable = set.unreadable().iter();
        notes.extend(
            unreadable.map(|login| LocationNote::UnreadableLogin {
                place: place(),
                login: login.clone(),
            }),
        );
    }
    notes
}
