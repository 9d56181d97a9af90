//! Login matching: which login is what on the Deployer and on every node, and what to do about it.
//!
//! A pure function of what was told: [`match_logins`] asks nobody. For each login and each location
//! exactly one [`Presence`] holds, the first of this list that does:
//!
//! 1. unknown, when the location did not tell its users;
//! 2. present; present but disabled; present under another source than expected;
//! 3. near match: another user of the location who may be the same person;
//! 4. supplied by a source that only a login can bring;
//! 5. importable on demand, importable at first login, import switched off, not authorized,
//!    ambiguous, not in the directory: as the location's own LDAP settings have it;
//! 6. unknown, when settings or directory did not answer in full.
//!
//! The source to expect is the one of the Deployer's user with that login. Where that is a local account
//! and the location's directory has the login, it is LDAP; and so where the Deployer has none, for a local
//! account of the location: a local account shadows the directory's user (R-L1, R-L10). Where the
//! directory did not tell, a user from LDAP is as expected.

mod codes;
mod directory;
mod index;
mod input;
mod interner;
mod login_set;
mod people;
mod plan;
mod presence;
mod remedy;
mod report;
mod requirement;
mod rows;
mod rules;
mod sources;
mod spellings;
mod table;
mod users;

pub use input::{LdapSupply, Location, LocationId, MatchInput};
pub use login_set::LoginSet;
pub use plan::{Breadth, RemedyPlan, RemedyStep};
pub use presence::{GroupPresence, Presence, SimilarLogin, SimilarityKind};
pub use remedy::{Actor, Remedy};
pub use report::{Finding, GroupFinding, GroupRow, ParityReport, Place, PlaceNote};
pub use requirement::{GroupRequirement, Locations, LoginRequirement, Role};
pub use rows::LoginRow;

use std::collections::BTreeMap;

use project_deployer_core::GroupName;

use crate::texts::TextList;
use index::Index;
use rows::Rows;
use table::LoginTable;

/// Matches the logins and groups of a world against its locations. The work grows with logins times
/// locations, and no faster. Many logins are sorted on threads that this crate starts once, one for each
/// processor and at most eight.
#[must_use]
pub fn match_logins(world: &MatchInput) -> ParityReport {
    let index = Index::of(world);
    ParityReport {
        rows: rows(world, &index),
        groups: groups(world, &index),
        notes: report::notes(world, &index),
        places: report::places(world, &index),
    }
}

fn rows(world: &MatchInput, index: &Index<'_>) -> Rows {
    let mut needed = TextList::default();
    world.needs.iter().for_each(|need| needed.push(need.login.as_str()));
    let interner = table::interner(index, &needed);
    let table = LoginTable::of(world, index, &interner);
    let (columns, presences) = rules::columns(&table);
    Rows { logins: table.logins, needs: table.needs, presences, columns }
}

fn groups(world: &MatchInput, index: &Index<'_>) -> Vec<GroupRow> {
    let mut needs: BTreeMap<&GroupName, Vec<GroupRequirement>> = BTreeMap::new();
    for need in &world.group_requirements {
        needs.entry(&need.group).or_default().push(need.clone());
    }
    let row = |(group, needs): (&GroupName, Vec<GroupRequirement>)| GroupRow {
        presences: index.groups().map(|groups| rules::group_presence(groups, group)).collect(),
        group: group.clone(),
        needs,
    };
    needs.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests;
