use std::io;
use std::net::SocketAddr;

use crate::tls::TestTlsError;

/// Why a mock node does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is not one of this machine, or taken; with port 0, no port is free.
    #[error(
        "cannot listen on {address}; choose a port that is free, or 0, and an address of this machine"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A fault proxy works in front of plain HTTP only.
    #[error("`{url}` is no plain http URL; use `http://`, a host and a port")]
    NotPlainHttp {
        /// The URL.
        url: String,
    },
    /// There is no certificate for it.
    #[error(transparent)]
    Tls(#[from] TestTlsError),
}

impl StartError {
    pub(crate) fn listen(address: SocketAddr) -> impl Fn(io::Error) -> Self {
        move |source| Self::Listen { address, source }
    }
}

/// What was started.
///
/// # Panics
///
/// It was not: a test needs it.
#[expect(clippy::panic, reason = "a test cannot go on without its servers")]
pub(crate) fn must_start<T>(what: &str, started: Result<T, StartError>) -> T {
    match started {
        Ok(server) => server,
        Err(error) => panic!("the {what} does not start: {error}"),
    }
}

/// Why a login fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginRefused {
    /// There is no account, and nothing makes one.
    #[error("there is no user `{login}` on this node, and no directory supplies users; create it")]
    Unknown {
        /// The login.
        login: String,
    },
    /// The account is disabled.
    #[error("user `{login}` is disabled on this node; enable it")]
    Disabled {
        /// The login.
        login: String,
    },
    /// There is no account, and a first login does not make one.
    #[error("there is no user `{login}` on this node, and it does not import users; create it")]
    NoAutoImport {
        /// The login.
        login: String,
    },
    /// The directory does not know the person, or keeps the person out.
    #[error("the directory does not know `{login}`; check the login and the remapping rules")]
    NotInDirectory {
        /// The login.
        login: String,
    },
    /// The directory knows the person, and none of the person's groups is authorized here.
    #[error("`{login}` is in none of the authorized groups; add the person to one of {groups:?}")]
    NotAuthorized {
        /// The login.
        login: String,
        /// The groups that would do.
        groups: Vec<String>,
    },
    /// The account comes from another source than the directory.
    #[error("user `{login}` of this node comes from another source; remove one of the two")]
    OfAnotherSource {
        /// The login.
        login: String,
    },
    /// The directory gives no answer.
    #[error("the directory cannot be read: {reason}")]
    DirectoryFailed {
        /// Its reason.
        reason: String,
    },
}
