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
//! The source to expect is the one of the Deployer's user with that login. Where that is a local account
//! and the location's directory has the login, it is LDAP; and so where the Deployer has none, for a local
//! account of the location: a local account shadows the directory's user (R-L1, R-L10). Where the
//! directory did not tell, a user from LDAP is as expected.

mod codes;
mod directory;
mod index;
mod lexicon;
mod login_set;
mod need;
mod people;
mod plan;
mod presence;
mod register;
mod remedy;
mod report;
mod rows;
mod rules;
mod sources;
mod spellings;
mod users;
mod world;

pub use login_set::LoginSet;
pub use need::{GroupNeed, Need, Places, Role};
pub use plan::{Breadth, RemedyPlan, RemedyStep};
pub use presence::{GroupPresence, Near, NearKind, Presence};
pub use remedy::{Mender, Remedy};
pub use report::{Finding, GroupFinding, GroupRow, ParityReport, Place, PlaceNote};
pub use rows::LoginRow;
pub use world::{LdapSupply, Location, LocationId, World};

use std::collections::BTreeMap;

use project_deployer_core::GroupName;

use crate::texts::TextList;
use index::Index;
use register::Register;
use rows::Rows;

/// Matches the logins and groups of a world against its locations. The work grows with logins times
/// locations, and no faster. Many logins are sorted on threads that this crate starts once, one for each
/// processor and at most eight.
#[must_use]
pub fn match_logins(world: &World) -> ParityReport {
    let index = Index::of(world);
    ParityReport {
        rows: rows(world, &index),
        groups: groups(world, &index),
        notes: report::notes(world, &index),
        places: report::places(world, &index),
    }
}

fn rows(world: &World, index: &Index<'_>) -> Rows {
    let mut needed = TextList::default();
    world.needs.iter().for_each(|need| needed.push(need.login.as_str()));
    let lexicon = register::lexicon(index, &needed);
    let register = Register::of(world, index, &lexicon);
    let (columns, presences) = rules::columns(&register);
    Rows { logins: register.logins, needs: register.needs, presences, columns }
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
