//! Login matching: which login is what on the Deployer and on every node, and what to do about it.
//!
//! A pure function of what was told: [`match_logins`] asks nobody. For each login and each location
//! exactly one [`Presence`] holds, the first of this list that does:
//!
//! 1. could not tell, when the location did not tell its users;
//! 2. present; present but disabled; present under another source than expected;
//! 3. near match: another user of the location who may be the same person;
//! 4. supplied by a source that only a login can bring;
//! 5. importable on demand, importable at first login, import switched off, not authorized,
//!    ambiguous, not in the directory: as the location's own LDAP settings have it;
//! 6. could not tell, when settings or directory did not answer in full.
//!
//! The source to expect is the one of the Deployer's user with that login. Where the Deployer has a
//! local account or none, and the location's directory has the login, it is LDAP: a local account
//! shadows the directory's user (R-L1, R-L10).

mod index;
mod need;
mod plan;
mod presence;
mod remedy;
mod report;
mod rules;
mod world;

pub use need::{GroupNeed, Need, Places, Role};
pub use plan::{Breadth, RemedyPlan, RemedyStep};
pub use presence::{GroupPresence, Near, NearKind, Presence};
pub use remedy::{Mender, Remedy};
pub use report::{Finding, GroupFinding, GroupRow, LoginRow, ParityReport, Place, PlaceNote};
pub use world::{LdapSupply, Location, LocationId, World};

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::{GroupName, Login};

use index::Index;

/// Matches the logins and groups of a world against its locations. The work grows with logins times
/// locations, and no faster.
#[must_use]
pub fn match_logins(world: &World) -> ParityReport {
    let index = Index::of(world);
    let logins = logins(world, &index).into_iter().map(|login| {
        let needs = index.needs_of(login).to_vec();
        LoginRow { presences: rules::presences(&index, login), login: login.clone(), needs }
    });
    ParityReport {
        logins: logins.collect(),
        groups: groups(world, &index),
        notes: report::notes(world, &index),
        places: report::places(world, &index),
    }
}

/// Every login that somebody has, needs, or could get.
fn logins<'a>(world: &'a World, index: &'a Index<'a>) -> BTreeSet<&'a Login> {
    let users = world.locations.iter().filter_map(|location| location.users.as_ref().ok());
    let importable = index.sets().flat_map(|set| set.admitted());
    users
        .flatten()
        .map(|user| &user.login)
        .chain(world.needs.iter().map(|need| &need.login))
        .chain(importable)
        .collect()
}

fn groups(world: &World, index: &Index<'_>) -> Vec<GroupRow> {
    let mut needs: BTreeMap<&GroupName, Vec<GroupNeed>> = BTreeMap::new();
    for need in &world.group_needs {
        needs.entry(&need.group).or_default().push(need.clone());
    }
    let row = |(group, needs): (&GroupName, Vec<GroupNeed>)| GroupRow {
        presences: index.groups().map(|groups| rules::group_presence(groups, group)).collect(),
        group: group.clone(),
        needs,
    };
    needs.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests;
