//! Whether a missing attribute means that nothing blocks the account, or that the reader may not see the
//! attribute.

use std::collections::BTreeSet;

use super::lacks;
use crate::account_state::AccountState;
use crate::attribute::AttributeName;
use crate::directory::{Completeness, Directory, DirectoryError, Scope};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::fetched::{Fetched, Reason};
use crate::filter::Filter;

/// The id of Active Directory in `supportedCapabilities` (MS-ADTS, 3.1.1.3.4.3).
const ACTIVE_DIRECTORY: &str = "1.2.840.113556.1.4.800";

/// Attributes that Active Directory keeps for every account. If one is missing, the reader lacks the right
/// to see it.
const ALWAYS_THERE: [&str; 3] =
    ["userAccountControl", "accountExpires", "msDS-User-Account-Control-Computed"];

/// Attributes that almost every server keeps for every entry and returns only if a search names them.
const OPERATIONAL: [&str; 4] = ["modifyTimestamp", "createTimestamp", "entryUUID", "nsUniqueId"];

/// Attributes that show whether the reader can read operational attributes at all.
pub(super) fn operational() -> impl Iterator<Item = AttributeName> {
    OPERATIONAL.iter().map(|name| AttributeName::known(name))
}

/// Which attributes for the state of an account a server has.
#[derive(Debug)]
pub(super) enum AccountSchema {
    /// A domain controller: every account has these.
    ActiveDirectory(Vec<AttributeName>),
    /// A server that publishes its schema: an account may have these.
    Published(Vec<AttributeName>),
    /// An LDIF export, or a server that hides its schema.
    Hidden,
}

impl AccountSchema {
    /// Asks the server for its kind and its schema.
    ///
    /// # Errors
    ///
    /// It does not answer. A server that shows neither is one that hides them.
    pub(super) async fn read(directory: &dyn Directory) -> Result<Self, DirectoryError> {
        let name = AttributeName::known("subschemaSubentry");
        let capabilities = AttributeName::known("supportedCapabilities");
        let root = only(directory, &Dn::root(), &[name.clone(), capabilities.clone()]).await?;
        let Some(root) = root else { return Ok(Self::Hidden) };
        let known = match root.texts(&name).next().and_then(|dn| Dn::parse(dn).ok()) {
            Some(place) => attribute_types(directory, &place).await?,
            None => BTreeSet::new(),
        };
        let of_server = |names: &[AttributeName]| {
            names.iter().filter(|name| known.contains(name)).cloned().collect()
        };
        let always = ALWAYS_THERE.map(AttributeName::known);
        let is_domain = root.texts(&capabilities).any(|capability| capability == ACTIVE_DIRECTORY);
        Ok(match (is_domain, known.is_empty()) {
            (true, true) => Self::ActiveDirectory(always.to_vec()),
            (true, false) => Self::ActiveDirectory(of_server(&always)),
            (false, true) => Self::Hidden,
            (false, false) => Self::Published(of_server(AccountState::attributes())),
        })
    }

    /// Checks that an entry that shows no block has none.
    ///
    /// # Errors
    ///
    /// The reader may not see an attribute that could block the account.
    pub(super) async fn check_readable(
        &self,
        directory: &dyn Directory,
        entry: &Entry,
    ) -> Fetched<()> {
        let absent = |names: &[AttributeName]| -> Vec<AttributeName> {
            names.iter().filter(|name| entry.values(name).is_empty()).cloned().collect()
        };
        match self {
            Self::ActiveDirectory(always) => {
                absent(always).first().map_or(Ok(()), |name| Err(hidden(entry, name)))
            }
            Self::Published(possible) => prove_absent(directory, entry, &absent(possible)).await,
            Self::Hidden => check_shown(entry),
        }
    }
}

/// Where nothing says which attributes there are, the entry has to show that none is left out.
fn check_shown(entry: &Entry) -> Fetched<()> {
    let shows = |name: &AttributeName| !entry.values(name).is_empty();
    let [control, expires, _] = ALWAYS_THERE.map(AttributeName::known);
    if shows(&control) {
        return if shows(&expires) { Ok(()) } else { Err(hidden(entry, &expires)) };
    }
    if operational().any(|name| shows(&name)) { Ok(()) } else { Err(no_operational(entry)) }
}

/// A server evaluates `(!(attribute=*))` to "undefined" where the reader may not search the attribute, and
/// then returns nothing (RFC 4511, 4.5.1.7). So an entry that comes back has none of them.
async fn prove_absent(
    directory: &dyn Directory,
    entry: &Entry,
    absent: &[AttributeName],
) -> Fetched<()> {
    if absent.is_empty() || proves(directory, entry, absent).await? {
        return Ok(());
    }
    for name in absent {
        if !proves(directory, entry, std::slice::from_ref(name)).await? {
            return Err(hidden(entry, name));
        }
    }
    Err(Reason::new(format!("`{}` changed while it was read; try again", entry.dn)))
}

async fn proves(
    directory: &dyn Directory,
    entry: &Entry,
    absent: &[AttributeName],
) -> Fetched<bool> {
    let filter = Filter::And(absent.iter().map(lacks).collect());
    let wanted = [AttributeName::known("objectClass")];
    match directory.search(&entry.dn, Scope::Base, &filter, &wanted).await {
        Ok(found) if found.completeness == Completeness::Complete => Ok(!found.entries.is_empty()),
        Ok(_) => Ok(false),
        Err(DirectoryError::Refused { .. }) => Ok(false),
        Err(error) => Err(Reason::of(&error)),
    }
}

async fn attribute_types(
    directory: &dyn Directory,
    place: &Dn,
) -> Result<BTreeSet<AttributeName>, DirectoryError> {
    let types = AttributeName::known("attributeTypes");
    let schema = only(directory, place, std::slice::from_ref(&types)).await?;
    Ok(schema.iter().flat_map(|schema| schema.texts(&types)).flat_map(names).collect())
}

/// One entry by its name; none where the server does not show it.
async fn only(
    directory: &dyn Directory,
    base: &Dn,
    wanted: &[AttributeName],
) -> Result<Option<Entry>, DirectoryError> {
    let every = Filter::Present(AttributeName::known("objectClass"));
    match directory.search(base, Scope::Base, &every, wanted).await {
        Ok(found) => Ok(found.entries.into_iter().next()),
        Err(DirectoryError::NoSuchBase { .. } | DirectoryError::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The names of an attribute type: `NAME 'uid'` or `NAME ( 'uid' 'userid' )` (RFC 4512, 4.1.2).
fn names(definition: &str) -> Vec<AttributeName> {
    let Some((_, rest)) = definition.split_once(" NAME ") else { return Vec::new() };
    let rest = rest.trim_start();
    let quoted = match rest.strip_prefix('(') {
        Some(list) => list.split(')').next().unwrap_or_default(),
        None => rest
            .get(..rest.match_indices('\'').nth(1).map_or(0, |(end, _)| end))
            .unwrap_or_default(),
    };
    let words = quoted.split('\'').map(str::trim).filter(|word| !word.is_empty());
    words.filter_map(|word| AttributeName::parse(word).ok()).collect()
}

fn hidden(entry: &Entry, name: &AttributeName) -> Reason {
    Reason::new(format!(
        "the bind DN may not read `{name}` of `{}`, which may block the account; grant it the right, or export \
         the attribute",
        entry.dn
    ))
}

fn no_operational(entry: &Entry) -> Reason {
    Reason::new(format!(
        "`{}` shows no operational attribute, and a lock is one; export with `'*' '+'`, or grant the bind DN the \
         right to read them",
        entry.dn
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_attribute_types_are_read_in_both_forms() {
        let read = |text| names(text).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            read("( 0.9.2342.19200300.100.1.1 NAME ( 'uid' 'userid' ) SUP name )"),
            ["uid", "userid"]
        );
        assert_eq!(
            read("( 2.16.840.1.113719.1 NAME 'loginDisabled' DESC 'it''s' )"),
            ["loginDisabled"]
        );
        assert!(read("( 1.2.3 DESC 'no name' )").is_empty());
        assert!(read("( 1.2.3 NAME ").is_empty());
        assert!(read("( 1.2.3 NAME 'open").is_empty());
    }
}
