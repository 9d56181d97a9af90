use project_deployer_core::error_codes;
#[cfg(feature = "postgres")]
use project_deployer_store::PostgresOpenError;
use project_deployer_store::{ArchiveError, KeyringError, OpenError, StoreError};

/// Why an administrator's operation on the whole state failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The URL names no state that stays.
    #[error(
        "`{url}` names no stored state; write `sqlite:` and the path of a file, or `postgres://` with a host and \
         a database (feature `postgres`)"
    )]
    Url {
        /// The URL, without what may be a password.
        url: String,
    },
    /// The URL names no place for archives.
    #[error("`{url}` names no place of archives; write `file:` and the path of a directory")]
    ArchiveUrl {
        /// The URL.
        url: String,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database cannot be opened.
    #[cfg(feature = "postgres")]
    #[error(transparent)]
    Postgres(#[from] PostgresOpenError),
    /// Nothing is beside a state in PostgreSQL, so this has to be named.
    #[cfg(feature = "postgres")]
    #[error(
        "there is no {what} beside {url}; name it with `{option}`, the same as every Deployer on this database"
    )]
    Incomplete {
        /// The URL.
        url: String,
        /// What is not in the database.
        what: &'static str,
        /// How it is named.
        option: &'static str,
    },
    /// The key that seals secrets cannot be read, created or changed.
    #[error(transparent)]
    Key(#[from] KeyringError),
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bundle archives refused or failed.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// There is a state already.
    #[error("{url} has a state already; name another place, or remove it first")]
    NotEmpty {
        /// The URL.
        url: String,
    },
    /// A Deployer, or another operation of an administrator, works on the state.
    #[error(
        "{holder} works on {url}; stop it, then try again. If it was killed, it counts as running until \
         its lease expires"
    )]
    Running {
        /// The URL.
        url: String,
        /// Who works on it.
        holder: String,
    },
    /// A copy into this state was begun and has not ended.
    #[error("the copy of {from} into {url} has not ended; repeat that command")]
    Unfinished {
        /// The URL.
        url: String,
        /// What is copied.
        from: String,
    },
    /// The state was moved away.
    #[error("the state in {url} was moved to {to}; use that")]
    Moved {
        /// The URL.
        url: String,
        /// Where it is now.
        to: String,
    },
    /// The state has faults.
    #[error(
        "{url} has {faults} faults, the first: {first}. Nothing was changed; see `deployer state verify`"
    )]
    Faulty {
        /// The URL.
        url: String,
        /// How many faults.
        faults: usize,
        /// The first of them.
        first: String,
    },
    /// A copy is not the same as what was copied.
    #[error("the copy in {url} differs from its source, so it is not used; repeat the command")]
    Different {
        /// The URL of the copy.
        url: String,
    },
    /// An archive of a published bundle is not there.
    #[error(
        "the archive {digest} of {bundle} is missing in {archives}; publish the bundle under a new id"
    )]
    ArchiveMissing {
        /// The digest.
        digest: String,
        /// The bundle.
        bundle: String,
        /// Where archives are.
        archives: String,
    },
    /// The secrets of the state are not sealed.
    #[error("the secrets of {url} are not sealed, so there is no key to change")]
    NotSealed {
        /// The URL.
        url: String,
    },
    /// There is no newer key to change to.
    #[error(
        "the newest key of {source_of_keys} seals every secret already; put a new key in front, 32 random \
         bytes in Base64, and repeat the command"
    )]
    NoNewKey {
        /// Where keys come from.
        source_of_keys: String,
    },
    /// The key cannot be forgotten.
    #[error("key {key} is in use: it seals {secrets} secrets; change the key first")]
    KeyInUse {
        /// The id of the key.
        key: String,
        /// How many secrets need it.
        secrets: u64,
    },
    /// There is no such key, or it is not in a file that this program may change.
    #[error(
        "key {key} is not in {source_of_keys}; see `deployer state status` for the ids of keys"
    )]
    KeyUnknown {
        /// The id of the key.
        key: String,
        /// Where keys come from.
        source_of_keys: String,
    },
    /// The keys are not in a file that this program may change.
    #[error(
        "the keys come from {source_of_keys}, which this program cannot change; remove the key there"
    )]
    KeysElsewhere {
        /// Where keys come from.
        source_of_keys: String,
    },
}

error_codes!(StateError {
    Url => "state-url-malformed",
    ArchiveUrl => "state-archive-url-malformed",
    Open => "state-store-unusable",
    #[cfg(feature = "postgres")]
    Postgres => "state-database-unusable",
    #[cfg(feature = "postgres")]
    Incomplete => "state-incomplete",
    Key => "state-key-unusable",
    Store => "state-store-failed",
    Archive => "state-archive-failed",
    NotEmpty => "state-not-empty",
    Running => "state-in-use",
    Unfinished => "state-copy-unfinished",
    Moved => "state-moved",
    Faulty => "state-faulty",
    Different => "state-copy-different",
    ArchiveMissing => "state-archive-missing",
    NotSealed => "state-not-sealed",
    NoNewKey => "state-no-new-key",
    KeyInUse => "state-key-in-use",
    KeyUnknown => "state-key-unknown",
    KeysElsewhere => "state-keys-elsewhere",
});
