//! Whether a missing attribute means that nothing blocks the account, or that the reader may not see the
//! attribute.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::lacks;
use crate::account_state::AccountState;
use crate::attribute::AttributeName;
use crate::directory::{Completeness, Directory, DirectoryError, Nature, Scope};
use crate::entry::Entry;
use crate::fetched::{Fetched, Reason};
use crate::filter::Filter;
use crate::schema::ServerSchema;
use crate::supplier::LdapUrl;

/// Attributes that Active Directory keeps for every account. If one is missing, the reader lacks the right
/// to see it.
const ALWAYS_THERE: [&str; 3] =
    ["userAccountControl", "accountExpires", "msDS-User-Account-Control-Computed"];

/// Attributes that almost every server keeps for every entry and returns only if a search names them.
const OPERATIONAL: [&str; 4] = ["modifyTimestamp", "createTimestamp", "entryUUID", "nsUniqueId"];

static ALWAYS: LazyLock<[AttributeName; 3]> =
    LazyLock::new(|| ALWAYS_THERE.map(AttributeName::known));
static SHOWN: LazyLock<[AttributeName; 4]> =
    LazyLock::new(|| OPERATIONAL.map(AttributeName::known));

static CLASS: LazyLock<AttributeName> = LazyLock::new(|| AttributeName::known("objectClass"));

/// The attributes that show whether the directory blocks an account, and whether a reader may see this.
pub(crate) fn state_attributes() -> impl Iterator<Item = AttributeName> {
    AccountState::attributes().iter().chain(SHOWN.iter()).chain([&*CLASS]).cloned()
}

/// Whether an entry has everything that a domain controller keeps for every account.
pub(crate) fn shows_a_domain_account(entry: &Entry) -> bool {
    ALWAYS.iter().all(|name| !entry.values(name).is_empty())
}

/// Which attributes for the state of an account a server has.
#[derive(Debug)]
pub(crate) enum AccountSchema {
    /// A domain controller: every account has these.
    ActiveDirectory {
        always: Vec<AttributeName>,
        /// Whether it is asked as a Global Catalog.
        is_catalog: bool,
    },
    /// A server that publishes its schema: an account may have these.
    Published {
        possible: Vec<Possible>,
        /// The names of all its object classes.
        classes: BTreeSet<String>,
    },
    /// An LDIF export, or a server that hides its schema.
    Hidden,
    /// Entries in memory, which hide nothing.
    Whole,
}

/// An attribute that an account may have, and the classes that allow it; none if all do.
#[derive(Debug)]
pub(crate) struct Possible {
    name: AttributeName,
    classes: Option<BTreeSet<String>>,
}

impl AccountSchema {
    /// What a domain controller keeps for every account.
    pub(crate) const ALWAYS_THERE: [&str; 3] = ALWAYS_THERE;

    /// Asks the server for its kind and its schema.
    ///
    /// # Errors
    ///
    /// It does not answer. A server that shows neither is one that hides them.
    pub(crate) async fn read(
        directory: &dyn Directory,
        url: &LdapUrl,
    ) -> Result<Self, DirectoryError> {
        let schema = ServerSchema::read(directory).await?;
        Ok(match (Self::of(&schema, url), directory.nature()) {
            (Self::Hidden, Nature::Memory) => Self::Whole,
            (schema, _) => schema,
        })
    }

    /// From the schema that the server at a URL shows.
    pub(crate) fn of(schema: &ServerSchema, url: &LdapUrl) -> Self {
        let is_catalog = url.is_global_catalog();
        let of_server = |names: &[AttributeName]| -> Vec<AttributeName> {
            names.iter().filter(|name| schema.has(name)).cloned().collect()
        };
        match (schema.is_domain(), schema.is_known()) {
            (true, true) => Self::ActiveDirectory { always: of_server(&*ALWAYS), is_catalog },
            (true, false) => Self::ActiveDirectory { always: ALWAYS.to_vec(), is_catalog },
            (false, true) => Self::Published {
                possible: of_server(AccountState::attributes())
                    .into_iter()
                    .map(|name| Possible { classes: schema.classes_allowing(&name), name })
                    .collect(),
                classes: schema.class_names(),
            },
            (false, false) => Self::Hidden,
        }
    }

    /// The attributes of which only a further search proves that an entry has none.
    pub(crate) fn to_prove(&self, entry: &Entry) -> Vec<AttributeName> {
        match self {
            Self::Published { possible, classes } => possible
                .iter()
                .filter(|one| entry.values(&one.name).is_empty() && one.is_allowed(entry, classes))
                .map(|one| one.name.clone())
                .collect(),
            Self::ActiveDirectory { .. } | Self::Hidden | Self::Whole => Vec::new(),
        }
    }

    /// Checks that an entry that shows no block has none.
    ///
    /// # Errors
    ///
    /// The reader may not see an attribute that could block the account.
    pub(crate) async fn check_readable(
        &self,
        directory: &dyn Directory,
        entry: &Entry,
    ) -> Fetched<()> {
        match self {
            Self::ActiveDirectory { always, is_catalog } => match absent(always, entry).first() {
                Some(name) if *is_catalog && !is_replicated(name) => {
                    Err(not_in_catalog(&format!("of `{}` ", entry.dn)))
                }
                Some(name) => Err(hidden(&entry.dn.to_string(), name)),
                None => Ok(()),
            },
            Self::Published { .. } => prove_absent(directory, entry, &self.to_prove(entry)).await,
            Self::Hidden => check_shown(entry).map_err(|unseen| unseen.of(&entry.dn.to_string())),
            Self::Whole => Ok(()),
        }
    }
}

impl Possible {
    /// Whether the classes of an entry may allow it. Not all of them may be shown, or known.
    fn is_allowed(&self, entry: &Entry, known: &BTreeSet<String>) -> bool {
        let Some(allowing) = &self.classes else { return true };
        let mut shown = entry.texts(&CLASS).map(str::to_ascii_lowercase).peekable();
        shown.peek().is_none()
            || shown.any(|class| allowing.contains(&class) || !known.contains(&class))
    }
}

/// Whether a Global Catalog holds an attribute that every account has: only the first one.
fn is_replicated(name: &AttributeName) -> bool {
    ALWAYS.first() == Some(name)
}

/// Why a Global Catalog does not show whether an account is blocked. No right changes that.
pub(crate) fn not_in_catalog(of_account: &str) -> Reason {
    let [_, others @ ..] = ALWAYS_THERE;
    Reason::new(format!(
        "a Global Catalog does not hold {} {of_account}which may block the account; name the port of the domain (389, \
         or 636 with TLS) in the LDAP settings instead of 3268 or 3269",
        others.map(|name| format!("`{name}`")).join(" and ")
    ))
}

fn absent(names: &[AttributeName], entry: &Entry) -> Vec<AttributeName> {
    names.iter().filter(|name| entry.values(name).is_empty()).cloned().collect()
}

/// Why an entry does not show whether its account is blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unseen {
    /// An attribute is left out that every account of its kind of server has.
    Missing(&'static AttributeName),
    /// No operational attribute is shown.
    NoOperational,
}

/// Where nothing says which attributes there are, the entry has to show that none is left out.
pub(crate) fn check_shown(entry: &Entry) -> Result<(), Unseen> {
    let shows = |name: &AttributeName| !entry.values(name).is_empty();
    let [control, expires, _] = &*ALWAYS;
    match (shows(control), shows(expires)) {
        (true, true) => Ok(()),
        (true, false) => Err(Unseen::Missing(expires)),
        (false, _) if SHOWN.iter().any(shows) => Ok(()),
        (false, _) => Err(Unseen::NoOperational),
    }
}

impl Unseen {
    /// The reason, of an entry with this name.
    fn of(self, entry: &str) -> Reason {
        match self {
            Self::Missing(name) => hidden(entry, name),
            Self::NoOperational => no_operational(entry),
        }
    }

    /// The reason for an export, in one text for all entries: there may be a million.
    pub(crate) fn of_export(self) -> Reason {
        Reason::new(match self {
            Self::Missing(name) => format!(
                "the export does not show `{name}` of this account, which may block it; export all attributes"
            ),
            Self::NoOperational => {
                "the export does not show the state of this account: it has no operational \
                attribute of the entry, and a lock is one; export with `'*' '+'`"
                    .to_owned()
            }
        })
    }
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
            return Err(hidden(&entry.dn.to_string(), name));
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
    // Not in pages: a limit may forbid those.
    match directory.search_at_once(&entry.dn, Scope::Base, &filter, &wanted).await {
        Ok(found) if found.completeness == Completeness::Complete => Ok(!found.entries.is_empty()),
        Ok(_) => Ok(false),
        Err(DirectoryError::Refused { .. }) => Ok(false),
        Err(error) => Err(Reason::of(&error)),
    }
}

fn hidden(entry: &str, name: &AttributeName) -> Reason {
    Reason::new(format!(
        "the bind DN may not read `{name}` of `{entry}`, which may block the account; grant it the right, or export \
         the attribute"
    ))
}

fn no_operational(entry: &str) -> Reason {
    Reason::new(format!(
        "`{entry}` shows no operational attribute, and a lock is one; export with `'*' '+'`, or grant the bind DN the \
         right to read them"
    ))
}
