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

/// What every login is at every location.
///
/// It holds a million logins at twenty locations: presences that repeat are kept once. As a document
/// it has a row for each of [`Self::rows`] under `logins`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParityReport {
    /// The locations, in the order of the presences of each row.
    pub places: Vec<Place>,
    #[serde(rename = "logins")]
    pub(super) rows: Rows,
    /// A row for each group that rights name.
    pub groups: Vec<GroupRow>,
    /// What is to be known of a location as a whole.
    pub notes: Vec<PlaceNote>,
}

/// A location of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// Which one.
    pub id: LocationId,
    /// Where people log in.
    pub address: Option<NodeAddress>,
    /// The directory that supplies its users, where there is one and it told.
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
    /// What names it.
    pub needs: Vec<GroupRequirement>,
    /// What it is, for each of [`ParityReport::places`].
    pub presences: Vec<GroupPresence>,
}

/// Something that concerns a location as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "note", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PlaceNote {
    /// It did not tell its users.
    UsersNotTold {
        /// Which location.
        place: LocationId,
        /// Why.
        reason: Reason,
    },
    /// Its LDAP settings or its directory did not tell in full.
    DirectoryNotTold {
        /// Which location.
        place: LocationId,
        /// Why.
        reason: Reason,
    },
    /// It lets in a group that the directory does not have, or that nobody is in.
    AuthorizedGroupUnknown {
        /// Which location.
        place: LocationId,
        /// The group.
        group: String,
    },
    /// Somebody in its directory has no usable login.
    UnreadableLogin {
        /// Which location.
        place: LocationId,
        /// Who, and why.
        login: UnreadableLogin,
    },
}

impl PlaceNote {
    /// Which location it concerns.
    #[must_use]
    pub fn place(&self) -> &LocationId {
        match self {
            Self::UsersNotTold { place, .. }
            | Self::DirectoryNotTold { place, .. }
            | Self::AuthorizedGroupUnknown { place, .. }
            | Self::UnreadableLogin { place, .. } => place,
        }
    }
}

/// A login that is not simply present at a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding<'a> {
    /// The login.
    pub login: &'a Login,
    /// The location.
    pub place: &'a Place,
    /// What it is there.
    pub presence: &'a Presence,
    /// What it is needed for there; empty where nothing needs it.
    pub needs: Vec<&'a LoginRequirement>,
    /// What to do.
    pub remedy: Remedy,
}

/// A group that rights name and that is not simply present at a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GroupFinding<'a> {
    /// The group.
    pub group: &'a GroupName,
    /// The location.
    pub place: &'a Place,
    /// What it is there.
    pub presence: &'a GroupPresence,
    /// What names it there.
    pub needs: Vec<&'a GroupRequirement>,
    /// What to do.
    pub remedy: Remedy,
}

impl ParityReport {
    /// A row for each login, in their order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = LoginRow<'_>> {
        self.rows.iter()
    }

    /// The rows of logins that something needs, or all.
    pub fn rows_of(&self, breadth: Breadth) -> impl Iterator<Item = LoginRow<'_>> {
        let needed = (breadth == Breadth::Needed).then(|| self.rows.needed());
        let all = (breadth == Breadth::Everything).then(|| self.rows.iter());
        needed.into_iter().flatten().chain(all.into_iter().flatten())
    }

    /// The row of a login; none for a login that the report does not have.
    #[must_use]
    pub fn row(&self, login: &Login) -> Option<LoginRow<'_>> {
        self.rows.of_login(login)
    }

    /// What a login is at a location; none for a login or a location that the report does not have.
    #[must_use]
    pub fn presence(&self, login: &Login, location: &LocationId) -> Option<&Presence> {
        let place = self.places.iter().position(|place| place.id == *location)?;
        self.row(login)?.presence(place)
    }

    /// Every login that is not simply present somewhere, by login and location.
    pub fn findings(&self) -> impl Iterator<Item = Finding<'_>> {
        self.findings_of(Breadth::Everything)
    }

    /// Every login that is not simply present somewhere, by login and location; without breadth, only
    /// where something needs it.
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

    /// Every group that rights name and that is not simply present where it is named.
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

pub(super) fn places(world: &MatchInput, index: &Index<'_>) -> Vec<Place> {
    let sites = world.locations.iter().zip(&index.sites);
    let place = sites.map(|(location, site)| Place {
        id: location.id.clone(),
        address: location.address.clone(),
        directory: index.set(site).map(|set| set.url().clone()),
    });
    place.collect()
}

pub(super) fn notes(world: &MatchInput, index: &Index<'_>) -> Vec<PlaceNote> {
    let mut notes = Vec::new();
    for (location, site) in world.locations.iter().zip(&index.sites) {
        let place = || location.id.clone();
        if let Err(reason) = &location.users {
            notes.push(PlaceNote::UsersNotTold { place: place(), reason: reason.clone() });
        }
        if let Err(reason) = &site.supply {
            notes.push(PlaceNote::DirectoryNotTold { place: place(), reason: reason.clone() });
        }
        let Some(set) = index.set(site) else { continue };
        let unknown = set.unknown_groups().iter();
        notes.extend(unknown.map(|group| PlaceNote::AuthorizedGroupUnknown {
            place: place(),
            group: group.clone(),
        }));
        let unreadable = set.unreadable().iter();
        notes.extend(
            unreadable
                .map(|login| PlaceNote::UnreadableLogin { place: place(), login: login.clone() }),
        );
    }
    notes
}
