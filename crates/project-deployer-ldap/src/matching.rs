//! Login matching: the status of every login on the Deployer and on every node, and its remedy.
//!
//! [`match_logins`] is a pure function of its input: it calls no node and no directory. Each login has
//! exactly one [`Presence`] at each location, the first of this list that applies:
//!
//! 1. unknown: the users of the location are unknown;
//! 2. present, present but disabled, or present from another source than expected;
//! 3. near match: another user of the location may be the same person;
//! 4. supplied by a source that creates the account only at a login;
//! 5. by the location's own LDAP settings: importable on demand, importable at first login, import
//!    switched off, not authorized, ambiguous, or not in the directory;
//! 6. unknown: settings or directory are unknown or incomplete.
//!
//! The expected source is that of the Deployer's user with the same login, with these exceptions:
//!
//! - LDAP is expected if the location's directory has the login and the Deployer's account is local. A
//!   local account shadows the directory's user (R-L1, R-L10).
//! - LDAP is expected as well if the Deployer has no such user and the location's account is local.
//! - A user from LDAP is as expected if the directory is unknown.

mod answers;
mod codes;
mod directory;
mod explained;
mod index;
mod input;
mod interner;
mod login_set;
mod membership;
mod next_sync;
mod people;
mod plan;
mod presence;
mod remapped;
mod remedy;
mod report;
mod requirement;
mod rows;
mod rules;
mod settle;
mod similar;
mod sources;
mod spellings;
mod table;
mod users;

pub use input::{LdapSupply, Location, LocationId, MatchInput};
pub use login_set::LoginSet;
pub use membership::{GroupInGroup, IndirectMembership};
pub use plan::{Breadth, RemedyPlan, RemedyStep};
pub use presence::{GroupPresence, Presence};
pub use remedy::{Actor, Remedy};
pub use report::{Finding, GroupFinding, GroupRow, LocationNote, ParityReport, Place, SyncCause};
pub use requirement::{GroupRequirement, Locations, LoginRequirement, Role};
pub use rows::{LoginRow, Proof};
pub use similar::{Odd, SimilarLogin, SimilarityKind};

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use project_deployer_core::GroupName;

use crate::texts::TextList;
pub(crate) use answers::Found;
use index::Index;
pub(crate) use index::find_the_same;
use rows::Rows;
pub(crate) use settle::{Question, settings};
pub(crate) use spellings::without_domain;
use table::LoginTable;

/// Matches the logins and groups of the input with its locations. The work grows with logins times
/// locations, and no faster. Many logins are sorted on threads that this crate starts once: one for each
/// processor, at most eight.
#[must_use]
pub fn match_logins(input: &MatchInput) -> ParityReport {
    let index = Index::of(input);
    let (rows, next_sync) = rows(input, &index);
    let mut notes = report::notes(input, &index);
    notes.extend(next_sync);
    ParityReport {
        rows,
        groups: groups(input, &index),
        notes,
        places: report::places(input, &index),
    }
}

fn rows(input: &MatchInput, index: &Index<'_>) -> (Rows, Vec<LocationNote>) {
    let mut needed = TextList::default();
    input.needs.iter().for_each(|need| needed.push(need.login.as_str()));
    let interner = table::interner(index, &needed);
    let table = LoginTable::of(input, index, &interner);
    let (columns, codes) = rules::columns(&table);
    let next_sync = next_sync::notes(&table);
    let (presences, left) = codes.into_presences();
    let (logins, needs, presences) = (table.logins, table.needs, Arc::new(presences));
    let asked = HashSet::new();
    (Rows { logins, needs, presences, left, columns, asked }, next_sync)
}

fn groups(input: &MatchInput, index: &Index<'_>) -> Vec<GroupRow> {
    let mut needs: BTreeMap<&GroupName, Vec<GroupRequirement>> = BTreeMap::new();
    for need in &input.group_requirements {
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
