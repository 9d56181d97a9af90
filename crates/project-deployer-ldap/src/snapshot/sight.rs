//! Whether the reader of a listing sees what could block an account. A server leaves out attributes that the
//! reader may not see, and such an account looks active.
//!
//! A domain controller keeps some attributes for every account, so each entry shows it. Elsewhere the server is
//! asked about a few entries of each container: rights are mostly granted for containers and attributes. Rights
//! on single entries are found only where the directory is asked about a login.

use std::collections::BTreeMap;

use super::entries::{EntryTable, Texts};
use crate::directory::{Directory, DirectoryError};
use crate::dn::Dn;
use crate::fetched::{Fetched, Reason};
use crate::login_check::{AccountSchema, not_in_catalog, state_attributes};
use crate::schema::{ServerSchema, only};
use crate::supplier::LdapUrl;

/// In how many containers the server is asked about entries.
const CONTAINERS: usize = 16;

/// Notes the people whose state the reader may not see.
pub(super) async fn look(
    (directory, url): (&dyn Directory, &LdapUrl),
    schema: &Result<ServerSchema, DirectoryError>,
    texts: &Texts,
    people: &mut EntryTable,
) {
    let schema = match schema {
        Ok(schema) => AccountSchema::of(schema, url),
        Err(error) => {
            let all = people.entries();
            return people.states_mut().note_unseen(all, Reason::of(error));
        }
    };
    if let AccountSchema::ActiveDirectory { is_catalog, .. } = schema {
        let is_hidden = |entry: &u32| !people.states().is_domain_account(*entry);
        let hidden: Vec<u32> = people.entries().filter(is_hidden).collect();
        if !hidden.is_empty() {
            let reason = if is_catalog { not_in_catalog("") } else { not_shown() };
            people.states_mut().note_unseen(hidden, reason);
        }
        return;
    }
    let containers = containers(texts, people);
    let looks = containers.values().map(|entries| async {
        let asked = entries.iter().map(|entry| at(directory, &schema, texts, people, *entry));
        futures::future::try_join_all(asked).await.map(drop)
    });
    let seen: Vec<Fetched<()>> = futures::future::join_all(looks).await;
    let blind: BTreeMap<u32, Reason> = (containers.into_keys().zip(seen))
        .filter_map(|(container, seen)| Some((container, seen.err()?)))
        .collect();
    let Some(reason) = blind.values().next().cloned() else { return };
    let is_hidden = |entry: &u32| blind.contains_key(&container(texts, people, *entry));
    let hidden: Vec<u32> = people.entries().filter(is_hidden).collect();
    people.states_mut().note_unseen(hidden, in_part(&reason));
}

/// The first and the last active person of some containers.
fn containers(texts: &Texts, people: &EntryTable) -> BTreeMap<u32, Vec<u32>> {
    let mut all: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in people.entries().filter(|entry| people.state(*entry).is_none()) {
        let known = all.entry(container(texts, people, entry)).or_default();
        known.truncate(1);
        known.push(entry);
    }
    let step = all.len().div_ceil(CONTAINERS).max(1);
    all.into_iter().step_by(step).collect()
}

fn container(texts: &Texts, people: &EntryTable, entry: u32) -> u32 {
    texts.parent(people.key(entry)).unwrap_or_default()
}

/// Whether the reader sees the state of one account.
async fn at(
    directory: &dyn Directory,
    schema: &AccountSchema,
    texts: &Texts,
    people: &EntryTable,
    entry: u32,
) -> Fetched<()> {
    let name = texts.name(people.name(entry));
    // A name that this program cannot read is left to the server.
    let dn = Dn::parse(&name).map_err(|error| Reason::of(&error))?;
    let wanted: Vec<_> = state_attributes().collect();
    match only(directory, &dn, &wanted).await.map_err(|error| Reason::of(&error))? {
        Some(entry) => schema.check_readable(directory, &entry).await,
        // It was deleted after the listing.
        None => Ok(()),
    }
}

fn not_shown() -> Reason {
    let [first, others @ ..] = AccountSchema::ALWAYS_THERE;
    Reason::new(format!(
        "the bind DN may not read `{first}` or {} of this account, which may block it; grant it the right",
        others.map(|name| format!("`{name}`")).join(" or ")
    ))
}

fn in_part(reason: &Reason) -> Reason {
    Reason::new(format!("the state of accounts there is hidden: {reason}"))
}
