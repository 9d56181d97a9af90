use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt as _};
use project_deployer_client::{ExternalUser, NodeAccounts, NodeError, NodeErrorKind, SideEffect};
use project_deployer_core::Login;
use project_deployer_core::accounts::{SourceType, User};
use project_deployer_ldap::matching::LocationId;
use project_deployer_ldap::{Fetched, Reason};

use super::facts::owned;
use super::outcome::{Applied, Outcome, Written};
use super::preconditions::Preconditions;
use super::work::RemedyWork;
use super::write::Write;
use crate::parity::{LocationAccounts, fetched};

/// How many locations are changed at the same time.
const AT_ONCE: usize = 8;

/// Whether calls are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is sent.
    DryRun,
    /// Every call is sent.
    Apply,
}

/// Sends the calls of a work, and returns the outcome of each.
pub async fn apply(
    work: &RemedyWork,
    accounts: &LocationAccounts,
    preconditions: &Preconditions<'_>,
    mode: Mode,
) -> Applied {
    let written = match mode {
        Mode::Apply => applying(&work.writes, accounts, preconditions).collect().await,
        Mode::DryRun => {
            let not_sent =
                |write: &Write| Written { write: write.clone(), outcome: Outcome::NotSent };
            work.writes.iter().map(not_sent).collect()
        }
    };
    Applied { written }
}

/// Like [`apply`], as a stream with one outcome per call. A call is sent when the stream is polled
/// for its outcome. Dropping the stream stops there; only calls that were not sent are lost.
pub fn applying<'a>(
    writes: &'a [Write],
    accounts: &'a LocationAccounts,
    preconditions: &'a Preconditions<'_>,
) -> BoxStream<'a, Written> {
    let mut by_location: BTreeMap<&LocationId, Vec<&'a Write>> = BTreeMap::new();
    for write in writes {
        by_location.entry(write.at()).or_default().push(write);
    }
    let each = by_location
        .into_iter()
        .map(|(at, writes)| at_location(writes, accounts.at(at), preconditions));
    stream::iter(each).flatten_unordered(AT_ONCE).boxed()
}

/// The calls of one location, one after the other. Once a location does not answer, further calls
/// would only wait for the same deadline again.
fn at_location<'a>(
    writes: Vec<&'a Write>,
    accounts: Fetched<Arc<dyn NodeAccounts>>,
    preconditions: &'a Preconditions<'_>,
) -> BoxStream<'a, Written> {
    let writes = writes.into_iter();
    let session = accounts.map(AccountSession::of);
    stream::unfold((writes, session), move |(mut writes, session)| async move {
        let write = writes.next()?;
        let (outcome, session) = match session {
            Err(reason) => (Outcome::NotTried { reason: reason.clone() }, Err(reason)),
            Ok(mut session) => {
                let (outcome, silence) = session.take(write, preconditions).await;
                (outcome, silence.map_or(Ok(session), Err))
            }
        };
        Some((Written { write: write.clone(), outcome }, (writes, session)))
    })
    .boxed()
}

/// Logins that were skipped before sending, with the reason. Usually `None`.
type Left = Option<(BTreeSet<Login>, Reason)>;

/// Why a call failed, and when.
enum Failed {
    /// Before it was sent: it had no effect, whatever the error.
    Unsent(NodeError),
    /// When it was sent.
    Sent(NodeError),
}

impl Failed {
    /// The reason not to call the location again, where it does not answer.
    fn silence(&self) -> Option<Reason> {
        let (Self::Unsent(error) | Self::Sent(error)) = self;
        is_silence(&error.kind).then(|| Reason::of(error))
    }
}

/// The accounts of a location while it is changed.
struct AccountSession {
    accounts: Arc<dyn NodeAccounts>,
    /// What its suppliers list, fetched once: a listing is long, and there are many batches.
    listed: BTreeMap<SourceType, BTreeMap<Login, ExternalUser>>,
}

impl AccountSession {
    fn of(accounts: Arc<dyn NodeAccounts>) -> Self {
        Self { accounts, listed: BTreeMap::new() }
    }

    /// Sends a call for those whose preconditions hold. What takes long comes first, so that nothing lies
    /// between the look at the directory and the call.
    async fn take(
        &mut self,
        write: &Write,
        preconditions: &Preconditions<'_>,
    ) -> (Outcome, Option<Reason>) {
        if let Write::Provision { source, .. } = write
            && let Err(error) = self.supplied(source).await
        {
            let silence = is_silence(&error.kind).then(|| Reason::of(&error));
            return (Outcome::Refused { reason: Reason::of(&error) }, silence);
        }
        let (held, skipped) = preconditions.narrow(write).await;
        let (outcome, silence) = match &held {
            Some(write) => self.carry_out(write).await,
            None => (Outcome::Done { read_back: false }, None),
        };
        (outcome.without(write, skipped), silence)
    }

    /// What became of a call, and the reason not to make another one, where there is one.
    async fn carry_out(&mut self, write: &Write) -> (Outcome, Option<Reason>) {
        let sent = self.send(write).await;
        let silence = sent.as_ref().err().and_then(Failed::silence);
        (outcome(write, sent, &*self.accounts).await, silence)
    }

    async fn send(&mut self, write: &Write) -> Result<Left, Failed> {
        match write {
            Write::Enable { login, .. } => {
                self.accounts.set_user_enabled(login, true).await.map_err(Failed::Sent)?;
                Ok(None)
            }
            Write::Provision { source, logins, .. } => self.provision(source, logins).await,
            Write::Resync { users, .. } => {
                let logins: Vec<Login> = users.keys().cloned().collect();
                self.accounts.resync(&logins).await.map_err(Failed::Sent)?;
                Ok(None)
            }
        }
    }

    /// Accounts are created from what the source reports in this run. The call has no other users.
    async fn provision(
        &mut self,
        source: &SourceType,
        logins: &BTreeSet<Login>,
    ) -> Result<Left, Failed> {
        let supplied = self.supplied(source).await.map_err(Failed::Unsent)?;
        let users: Vec<ExternalUser> =
            logins.iter().filter_map(|login| supplied.get(login).cloned()).collect();
        let unlisted = owned(logins.iter().filter(|login| !supplied.contains_key(*login)));
        if !users.is_empty() {
            self.accounts.provision_users(source, &users).await.map_err(Failed::Sent)?;
        }
        let reason = || Reason::new(format!("{source} does not list the user there"));
        Ok((!unlisted.is_empty()).then(|| (unlisted, reason())))
    }

    async fn supplied(
        &mut self,
        source: &SourceType,
    ) -> Result<&BTreeMap<Login, ExternalUser>, NodeError> {
        Ok(match self.listed.entry(source.clone()) {
            Entry::Occupied(listed) => listed.into_mut(),
            Entry::Vacant(vacant) => {
                let users = self.accounts.external_users(source).await?.into_iter();
                vacant.insert(users.map(|user| (user.login.clone(), user)).collect())
            }
        })
    }
}

async fn outcome(
    write: &Write,
    sent: Result<Left, Failed>,
    accounts: &dyn NodeAccounts,
) -> Outcome {
    let error = match sent {
        Ok(None) => return Outcome::Done { read_back: false },
        Ok(Some((left, reason))) if left.len() == write.logins().len() => {
            return Outcome::Refused { reason };
        }
        Ok(Some((left, reason))) => return Outcome::Partly { left, reason },
        Err(Failed::Unsent(error)) => return Outcome::Refused { reason: Reason::of(&error) },
        Err(Failed::Sent(error)) => error,
    };
    let reason = Reason::of(&error);
    if error.kind.side_effect() == SideEffect::None {
        return Outcome::Refused { reason };
    }
    match fetched(accounts.users().await) {
        Ok(users) => read_back(write, &users.to_users(), reason),
        Err(second) => Outcome::Unclear {
            reason: Reason::new(format!("{reason}; and reading the location back: {second}")),
        },
    }
}

/// Which effects of a call with a lost answer are visible. Where there are none, it may still be
/// running.
fn read_back(write: &Write, users: &[User], reason: Reason) -> Outcome {
    let is_done = |login: &Login| {
        let user = users.iter().find(|user| user.login == *login);
        user.is_some_and(|user| match write {
            Write::Enable { .. } => user.enabled,
            Write::Provision { source, .. } => user.source_type == *source,
            Write::Resync { users, .. } => {
                users.get(login).is_some_and(|change| change.holds_for(user))
            }
        })
    };
    let logins = write.logins();
    let left = owned(logins.iter().copied().filter(|login| !is_done(login)));
    match left.len() {
        0 => Outcome::Done { read_back: true },
        all if all == logins.len() => Outcome::Unclear { reason },
        _ => Outcome::Partly { left, reason },
    }
}

fn is_silence(kind: &NodeErrorKind) -> bool {
    matches!(
        kind,
        NodeErrorKind::Unreachable
            | NodeErrorKind::Tls(_)
            | NodeErrorKind::TimedOut(_)
            | NodeErrorKind::InvalidRequest(_)
    )
}
