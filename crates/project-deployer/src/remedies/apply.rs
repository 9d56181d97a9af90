use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt as _};
use project_deployer_client::{Effect, ExternalUser, NodeAccounts, NodeError, NodeErrorKind};
use project_deployer_core::Login;
use project_deployer_core::accounts::{SourceType, User};
use project_deployer_ldap::matching::LocationId;
use project_deployer_ldap::{Reason, Told};

use super::facts::owned;
use super::outcome::{Applied, Outcome, Written};
use super::work::RemedyWork;
use super::write::Write;
use crate::parity::{LocationAccounts, told};

/// How many locations are written to at the same time.
const AT_ONCE: usize = 8;

/// Whether calls are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is sent.
    DryRun,
    /// Everything is.
    Apply,
}

/// Sends the calls of a work, and tells what became of each.
pub async fn apply(work: &RemedyWork, accounts: &LocationAccounts, mode: Mode) -> Applied {
    let written = match mode {
        Mode::Apply => applying(&work.writes, accounts).collect().await,
        Mode::DryRun => {
            let not_sent =
                |write: &Write| Written { write: write.clone(), outcome: Outcome::NotSent };
            work.writes.iter().map(not_sent).collect()
        }
    };
    Applied { written }
}

/// The same call by call. Each is sent when its outcome is waited for: whoever drops the stream stops
/// there, and loses nothing but what is left to do.
pub fn applying<'a>(writes: &'a [Write], accounts: &'a LocationAccounts) -> BoxStream<'a, Written> {
    let mut by_location: BTreeMap<&LocationId, Vec<&'a Write>> = BTreeMap::new();
    for write in writes {
        by_location.entry(write.at()).or_default().push(write);
    }
    let each = by_location.into_iter().map(|(at, writes)| at_location(writes, accounts.at(at)));
    stream::iter(each).flatten_unordered(AT_ONCE).boxed()
}

/// The calls of one location, one after the other. Once it does not answer, the rest would only wait for
/// the same deadline again.
fn at_location(
    writes: Vec<&Write>,
    accounts: Told<Arc<dyn NodeAccounts>>,
) -> BoxStream<'_, Written> {
    let writes = writes.into_iter();
    stream::unfold((writes, accounts), |(mut writes, accounts)| async move {
        let write = writes.next()?;
        let (outcome, accounts) = match accounts {
            Err(reason) => (Outcome::NotTried { reason: reason.clone() }, Err(reason)),
            Ok(accounts) => {
                let sent = send(write, &*accounts).await;
                let silent = sent.as_ref().err().filter(|error| is_silence(&error.kind));
                let left = silent.map_or(Ok(Arc::clone(&accounts)), |error| Err(Reason::of(error)));
                (outcome(write, sent, &*accounts).await, left)
            }
        };
        Some((Written { write: write.clone(), outcome }, (writes, accounts)))
    })
    .boxed()
}

/// Whom a call could not be sent for, with the reason; mostly nobody.
type Left = Option<(BTreeSet<Login>, Reason)>;

async fn send(write: &Write, accounts: &dyn NodeAccounts) -> Result<Left, NodeError> {
    match write {
        Write::Enable { login, .. } => accounts.set_user_enabled(login, true).await.map(|()| None),
        Write::Provision { source, logins, .. } => provision(source, logins, accounts).await,
        Write::Resync { users, .. } => {
            let logins: Vec<Login> = users.keys().cloned().collect();
            accounts.resync(&logins).await.map(|()| None)
        }
    }
}

/// Accounts are made from what the source says of the users at this moment. Nobody else is in the call.
async fn provision(
    source: &SourceType,
    logins: &BTreeSet<Login>,
    accounts: &dyn NodeAccounts,
) -> Result<Left, NodeError> {
    let supplied = accounts.external_users(source).await?;
    let users: Vec<ExternalUser> =
        supplied.into_iter().filter(|user| logins.contains(&user.login)).collect();
    let listed: BTreeSet<&Login> = users.iter().map(|user| &user.login).collect();
    let unlisted = owned(logins.iter().filter(|login| !listed.contains(login)));
    if !users.is_empty() {
        accounts.provision_users(source, &users).await?;
    }
    let reason = || Reason::new(format!("{source} does not list the user there"));
    Ok((!unlisted.is_empty()).then(|| (unlisted, reason())))
}

async fn outcome(
    write: &Write,
    sent: Result<Left, NodeError>,
    accounts: &dyn NodeAccounts,
) -> Outcome {
    let error = match sent {
        Ok(None) => return Outcome::Done { read_back: false },
        Ok(Some((left, reason))) if left.len() == write.logins().len() => {
            return Outcome::Refused { reason };
        }
        Ok(Some((left, reason))) => return Outcome::Partly { left, reason },
        Err(error) => error,
    };
    let reason = Reason::of(&error);
    if error.kind.effect() == Effect::None {
        return Outcome::Refused { reason };
    }
    match told(accounts.users().await) {
        Ok(users) => read_back(write, &users, reason),
        Err(second) => Outcome::Unclear {
            reason: Reason::new(format!("{reason}; and the look at the location: {second}")),
        },
    }
}

/// What of a call whose answer was lost is there.
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
        all if all == logins.len() => Outcome::Refused { reason },
        _ => Outcome::Partly { left, reason },
    }
}

fn is_silence(kind: &NodeErrorKind) -> bool {
    matches!(
        kind,
        NodeErrorKind::Unreachable
            | NodeErrorKind::Tls(_)
            | NodeErrorKind::TimedOut(_)
            | NodeErrorKind::Unspeakable(_)
    )
}
