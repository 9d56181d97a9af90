use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _};
use project_deployer_core::Login;
use project_deployer_core::accounts::SourceType;
use project_deployer_ldap::matching::{Location, LocationId};
use project_deployer_ldap::{Fetched, LoginAnswer, LoginCheck, Reason};
use tokio::sync::OnceCell;

use super::manual_step::Blocker;
use super::opt_in::OptIn;
use super::write::Write;
use crate::clock::Clock;
use crate::parity::ParityAssessment;

/// How many logins are queried in a directory at the same time.
const AT_ONCE: usize = 8;

/// Checks in the directory whether a person may still get an account, or have one enabled or
/// refreshed. A listing is outdated by the time of a change: a person who was disabled in the
/// meantime is skipped.
#[derive(Debug)]
pub struct Preconditions<'a> {
    assessment: &'a ParityAssessment,
    clock: &'a dyn Clock,
    even_if_disabled: bool,
    /// By location, prepared at the first check.
    checks: BTreeMap<&'a LocationId, OnceCell<Fetched<LoginCheck>>>,
}

impl<'a> Preconditions<'a> {
    /// Uses the directories of an assessment.
    #[must_use]
    pub fn new(assessment: &'a ParityAssessment, opt_in: &OptIn, clock: &'a dyn Clock) -> Self {
        let locations = assessment.input.locations.iter();
        let checks = locations.map(|location| (&location.id, OnceCell::new())).collect();
        Self { assessment, clock, even_if_disabled: opt_in.allows_disabled(), checks }
    }

    /// The call without the logins whose preconditions do not hold, and these logins with their
    /// blockers.
    pub(super) async fn narrow(&self, write: &Write) -> (Option<Write>, BTreeMap<Login, Blocker>) {
        let logins = write.logins().into_iter().cloned().collect();
        let source = match write {
            Write::Provision { source, .. } => Some(source),
            Write::Enable { .. } | Write::Resync { .. } => None,
        };
        let answers = self.check_all(write.at(), logins, source).await;
        let skipped =
            answers.into_iter().filter_map(|(login, answer)| Some((login, answer.err()?)));
        let skipped: BTreeMap<Login, Blocker> = skipped.collect();
        (write.without(&skipped), skipped)
    }

    /// The blockers against a change of these accounts, or against new accounts from a source.
    pub(super) async fn check_all(
        &self,
        at: &LocationId,
        logins: Vec<Login>,
        source: Option<&SourceType>,
    ) -> BTreeMap<Login, Result<(), Blocker>> {
        let asked = stream::iter(logins).map(|login| async move {
            let answer = self.check(at, &login, source).await;
            (login, answer)
        });
        asked.buffer_unordered(AT_ONCE).collect().await
    }

    async fn check(
        &self,
        at: &LocationId,
        login: &Login,
        source: Option<&SourceType>,
    ) -> Result<(), Blocker> {
        let Some(location) = self.assessment.input.locations.iter().find(|one| one.id == *at)
        else {
            return Ok(());
        };
        let source = source.cloned().or_else(|| source_of(location, login));
        match &location.ldap {
            Ok(Some(_)) => judge(self.ask(location, login).await, source.as_ref()),
            Ok(None) => Ok(()),
            Err(reason) if source == Some(SourceType::Ldap) => {
                Err(Blocker::Unknown { reason: reason.clone() })
            }
            Err(_) => Ok(()),
        }
    }

    async fn ask(&self, location: &Location, login: &Login) -> LoginAnswer {
        let answer = async {
            let check =
                self.checks.get(&location.id).ok_or_else(|| Reason::new("it was not queried"))?;
            let check = check.get_or_init(|| self.prepare(location)).await.as_ref();
            let check = check.map_err(Clone::clone)?;
            let username = username(location, login)?;
            Ok(check.ask(&username, self.clock.now()).await)
        };
        answer.await.unwrap_or_else(LoginAnswer::Unknown)
    }

    async fn prepare(&self, location: &Location) -> Fetched<LoginCheck> {
        let directory = self.assessment.directories.get(&location.id);
        let directory =
            directory.cloned().unwrap_or_else(|| Err(Reason::new("it was not queried")))?;
        let Ok(Some(supply)) = &location.ldap else {
            return Err(Reason::new("LDAP is disabled there"));
        };
        let check = LoginCheck::new(directory, &supply.settings).await?;
        Ok(if self.even_if_disabled { check.even_if_blocked() } else { check })
    }
}

/// The login as the directory has it.
fn username(location: &Location, login: &Login) -> Fetched<String> {
    let Ok(Some(supply)) = &location.ldap else { return Ok(login.to_string()) };
    supply.directory.as_ref().map_err(Clone::clone)?.username(&supply.settings, login)
}

/// The source of the account; `None` where it is unknown. Of two users with one login the later one
/// counts.
fn source_of(location: &Location, login: &Login) -> Option<SourceType> {
    let users = location.users.as_ref().ok()?;
    users.iter().filter(|user| user.login == login.as_str()).last().map(|user| user.source.clone())
}

/// A person supplied by the directory must be found and authorized there. A person from another
/// source is only stopped if the directory blocks the person, or may do so.
fn judge(answer: LoginAnswer, source: Option<&SourceType>) -> Result<(), Blocker> {
    let supplied = matches!(source, None | Some(SourceType::Ldap));
    let not_supplied = |text: &str| Err(Blocker::NotSupplied { reason: Reason::new(text) });
    match answer {
        LoginAnswer::Accepted => Ok(()),
        LoginAnswer::Blocked(block) => Err(Blocker::BlockedInDirectory { block }),
        LoginAnswer::Unknown(reason) => Err(Blocker::Unknown { reason }),
        LoginAnswer::NotFound | LoginAnswer::Ambiguous | LoginAnswer::NotAuthorized
            if !supplied =>
        {
            Ok(())
        }
        LoginAnswer::NotFound => {
            not_supplied("the user filter now finds no entry in the directory")
        }
        LoginAnswer::Ambiguous => {
            not_supplied("the user filter now finds several entries in the directory")
        }
        LoginAnswer::NotAuthorized => not_supplied("the person is now in no authorized group"),
    }
}
