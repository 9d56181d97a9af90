//! Directories over the network: LDAP with StartTLS or TLS, page by page, within budgets.
//!
//! An answer is complete only if the directory says so explicitly. Anything else is an error or a partial
//! answer (R10): a limit, a referral, a lost connection, a cookie that repeats a page, a range of values
//! without an end. No message of a directory makes this client panic, wait longer than a budget, follow a
//! referral, or send a password in clear text (R12).

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use project_deployer_core::AddressPolicy;
use rustls::ClientConfig;

use crate::attribute::AttributeName;
use crate::directory::{
    Completeness, Directory, DirectoryError, PartialReason, Scope, SearchResult,
};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::Filter;
use crate::supplier::LdapUrl;
use connection::Connection;
use dial::{Protection, TlsClient};
use outcome::Fault;
use pipeline::{Asked, Pipelines};
use question::Question;
use search::{Attempt, Passing, Taker};

mod ber;
mod bind;
mod budgets;
mod connection;
mod connector;
mod dial;
mod entry;
mod gate;
mod inner;
mod message;
mod outcome;
mod paging;
mod part;
mod pipeline;
mod question;
mod ranges;
mod referral;
mod search;
mod tls;

pub use bind::{Bind, BindError, BindPasswords};
pub use budgets::LdapBudgets;
pub use connector::LdapConnector;
pub use tls::{TlsError, TlsTrust};

/// How many idle connections are kept.
const KEPT: usize = 8;

/// A directory that is searched over the network. It connects at the first search, and keeps the
/// connection for the next one. Searches at the same time have a connection each, except those at once
/// ([`Directory::search_at_once`]): they share up to eight further connections.
pub struct LdapDirectory {
    server: Server,
    /// Idle bound connections. A search takes one out, so the connection is dropped together with a search
    /// that is cancelled.
    idle: Mutex<Vec<Connection>>,
    /// For searches that come in thousands.
    pipelines: Pipelines,
}

/// The address of a directory, and how to connect to it.
#[derive(Debug)]
struct Server {
    url: LdapUrl,
    protection: Protection,
    bind: Bind,
    budgets: LdapBudgets,
    addresses: AddressPolicy,
}

/// Builds an [`LdapDirectory`].
#[derive(Debug, Clone)]
#[must_use]
pub struct LdapDirectoryBuilder {
    url: LdapUrl,
    start_tls: bool,
    trust: TlsTrust,
    bind: Bind,
    budgets: LdapBudgets,
    addresses: AddressPolicy,
    clear_text_bind: bool,
}

/// Why a directory cannot be built from these settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LdapSetupError {
    /// The password would be sent in clear text.
    #[error(
        "the bind password for `{url}` would be sent in clear text; use `ldaps://` or StartTLS, or allow binds in clear text"
    )]
    ClearTextBind {
        /// The URL.
        url: String,
    },
    /// The trusted certificates cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl LdapDirectoryBuilder {
    /// Switches to TLS before anything else is sent. It has no effect with `ldaps://`, which is TLS already
    /// (R-L8).
    pub fn start_tls(mut self) -> Self {
        self.start_tls = true;
        self
    }

    /// Sets the trusted certificates. The default is the system's authorities.
    pub fn trusting(mut self, trust: TlsTrust) -> Self {
        self.trust = trust;
        self
    }

    /// Sets the bind. The default is an anonymous bind.
    pub fn bind(mut self, bind: Bind) -> Self {
        self.bind = bind;
        self
    }

    /// Sets the budgets.
    pub fn budgets(mut self, budgets: LdapBudgets) -> Self {
        self.budgets = budgets;
        self
    }

    /// Sets the allowed addresses. The addresses of a host name are checked before each connection (R17).
    pub fn addresses(mut self, policy: AddressPolicy) -> Self {
        self.addresses = policy;
        self
    }

    /// Allows to send a password over an unencrypted connection.
    pub fn allow_clear_text_bind(mut self) -> Self {
        self.clear_text_bind = true;
        self
    }

    /// Builds the directory. It does not connect yet.
    ///
    /// # Errors
    ///
    /// The password would be sent in clear text, or the trusted certificates cannot be set up.
    pub fn build(self) -> Result<LdapDirectory, LdapSetupError> {
        let trust = self.trust.clone();
        self.build_with(|| trust.client())
    }

    fn build_with(
        self,
        client: impl FnOnce() -> Result<Arc<ClientConfig>, TlsError>,
    ) -> Result<LdapDirectory, LdapSetupError> {
        let encrypted = self.url.tls() || self.start_tls;
        if !encrypted && self.bind.name().is_some() && !self.clear_text_bind {
            return Err(LdapSetupError::ClearTextBind { url: self.url.to_string() });
        }
        let client = || {
            let name = tls::server_name(dial::bare_host(&self.url))?;
            client().map(|config| TlsClient { config, name })
        };
        let protection = match (self.url.tls(), self.start_tls) {
            (true, _) => Protection::Tls(client()?),
            (false, true) => Protection::StartTls(client()?),
            (false, false) => Protection::None,
        };
        let Self { url, bind, budgets, addresses, .. } = self;
        let server = Server { url, protection, bind, budgets, addresses };
        Ok(LdapDirectory { server, idle: Mutex::default(), pipelines: Pipelines::default() })
    }
}

impl LdapDirectory {
    /// A builder with an anonymous bind, the system's authorities and the default budgets.
    pub fn builder(url: LdapUrl) -> LdapDirectoryBuilder {
        LdapDirectoryBuilder {
            url,
            start_tls: false,
            trust: TlsTrust::system(),
            bind: Bind::anonymous(),
            budgets: LdapBudgets::default(),
            addresses: AddressPolicy::default(),
            clear_text_bind: false,
        }
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &LdapUrl {
        &self.server.url
    }

    /// If the connection ends, the search is repeated once from the start on a new connection. It is not
    /// repeated if entries were passed to a receiver that cannot discard them.
    async fn answer(
        &self,
        question: &Question,
        taker: &mut dyn Taker,
    ) -> Result<Completeness, DirectoryError> {
        let mut last = self.attempt(question, taker).await?;
        if matches!(last.end, Err(Fault::Lost(_))) {
            let begins_anew = last.given == 0 || taker.forget();
            if begins_anew {
                last = self.attempt(question, taker).await?;
            }
        }
        match last.end {
            Ok(()) => Ok(Completeness::Complete),
            Err(Fault::Cut(reason)) => Ok(Completeness::Partial(reason)),
            Err(Fault::Lost(what)) if last.given == 0 => Err(DirectoryError::Unreachable { what }),
            Err(Fault::Lost(_)) => Ok(Completeness::Partial(PartialReason::Interrupted)),
            Err(Fault::Failed(error)) => Err(error),
        }
    }

    async fn answer_in_time(
        &self,
        question: &Question,
        taker: &mut dyn Taker,
    ) -> Result<Completeness, DirectoryError> {
        let answer = tokio::time::timeout(self.server.budgets.search, self.answer(question, taker));
        answer.await.unwrap_or(Err(DirectoryError::TimedOut))
    }

    async fn attempt(
        &self,
        question: &Question,
        taker: &mut dyn Taker,
    ) -> Result<Attempt, DirectoryError> {
        let mut connection = match self.take_idle() {
            Some(connection) => connection,
            None => Connection::open(&self.server).await?,
        };
        let budgets = &self.server.budgets;
        let attempt = search::attempt(&mut connection, question, budgets, taker).await;
        if connection.is_free() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < KEPT {
                idle.push(connection);
            }
        }
        Ok(attempt)
    }

    fn take_idle(&self) -> Option<Connection> {
        let keep = self.server.budgets.idle;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|idle| idle.is_free() && idle.is_fresh(keep));
        idle.pop()
    }
}

#[async_trait]
impl Directory for LdapDirectory {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        let question = Question::new(base, scope, filter, attributes);
        let mut entries = Vec::new();
        let completeness = self.answer_in_time(&question, &mut entries).await?;
        Ok(SearchResult { entries, completeness })
    }

    async fn search_at_once(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        let asked = Asked { base, scope, filter, attributes };
        // The time in the queue of a slow directory is no time of this search.
        if let Some(turn) = self.pipelines.turn().await {
            let quick = self.pipelines.entries(&self.server, asked, &turn);
            let quick = tokio::time::timeout(self.server.budgets.search, quick).await;
            if let Some(entries) = quick.unwrap_or(Err(DirectoryError::TimedOut))? {
                return Ok(SearchResult::all(entries));
            }
        }
        let _turn = self.pipelines.again().await;
        let question = Question::new(base, scope, filter, attributes).at_once();
        let mut entries = Vec::new();
        let completeness = self.answer_in_time(&question, &mut entries).await?;
        Ok(SearchResult { entries, completeness })
    }

    async fn visit(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
        visitor: &mut (dyn FnMut(Entry) + Send),
    ) -> Result<Completeness, DirectoryError> {
        let question = Question::new(base, scope, filter, attributes);
        self.answer_in_time(&question, &mut Passing(visitor)).await
    }
}

impl fmt::Debug for LdapDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LdapDirectory").field("server", &self.server).finish_non_exhaustive()
    }
}
