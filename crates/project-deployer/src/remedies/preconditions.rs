use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use futures::stream::{self, StreamExt as _};
use project_deployer_core::accounts::{LdapSettings, SourceType};
use project_deployer_core::{Login, Timestamp};
use project_deployer_ldap::matching::{Location, LocationId};
use project_deployer_ldap::supplier::SupplierRules;
use project_deployer_ldap::{Directory, Fetched, LoginAnswer, LoginCheck, Reason};
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
    clock: &'a dyn Clock,
    opt_in: OptIn,
    sites: BTreeMap<&'a LocationId, Site<'a>>,
    /// One location for each different way to ask a directory.
    readers: Vec<&'a LocationId>,
}

/// A location, and what is prepared when it is first asked for.
#[derive(Debug)]
struct Site<'a> {
    location: &'a Location,
    directory: Fetched<Arc<dyn Directory>>,
    check: OnceCell<Fetched<LoginCheck>>,
    sources: OnceLock<HashMap<&'a str, &'a SourceType>>,
}

impl<'a> Preconditions<'a> {
    /// Uses the directories of an assessment.
    #[must_use]
    pub fn new(assessment: &'a ParityAssessment, opt_in: &OptIn, clock: &'a dyn Clock) -> Self {
        let mut sites = BTreeMap::new();
        for location in &assessment.input.locations {
            sites.entry(&location.id).or_insert_with(|| Site::new(assessment, location));
        }
        let mut readers: Vec<&Site<'_>> = Vec::new();
        for site in sites.values().filter(|site| site.reads_directory()) {
            if !readers.iter().any(|reader| reader.asks_like(site)) {
                readers.push(site);
            }
        }
        let readers = readers.into_iter().map(|site| &site.location.id).collect();
        Self { clock, opt_in: opt_in.clone(), sites, readers }
    }

    /// The time that decides which accounts have expired.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What is done on request only.
    pub(super) fn opt_in(&self) -> &OptIn {
        &self.opt_in
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
        let Some(site) = self.sites.get(at) else {
            return Err(Blocker::Unknown { reason: not_asked() });
        };
        let source = source.or_else(|| site.source_of(login));
        let supplied = matches!(source, None | Some(SourceType::Ldap));
        match &site.location.ldap {
            Ok(Some(_)) => match judge(self.ask(site, login).await, supplied)? {
                Known::There => Ok(()),
                Known::Elsewhere => self.check_elsewhere(site, login).await,
            },
            Err(reason) if supplied => Err(Blocker::Unknown { reason: reason.clone() }),
            Ok(None) | Err(_) => self.check_elsewhere(site, login).await,
        }
    }

    /// Whether the directory of another location blocks a login that the location's own does not have.
    async fn check_elsewhere(&self, site: &Site<'a>, login: &Login) -> Result<(), Blocker> {
        let readers = self.readers.iter().filter_map(|id| self.sites.get(id));
        for reader in readers.filter(|reader| !reader.asks_like(site)) {
            match self.ask(reader, login).await {
                LoginAnswer::Blocked(block) => return Err(Blocker::BlockedInDirectory { block }),
                LoginAnswer::Unknown(reason) => return Err(Blocker::Unknown { reason }),
                LoginAnswer::Accepted
                | LoginAnswer::NotFound
                | LoginAnswer::Ambiguous
                | LoginAnswer::NotAuthorized => {}
                _ => return Err(Blocker::Unknown { reason: not_known() }),
            }
        }
        Ok(())
    }

    async fn ask(&self, site: &Site<'_>, login: &Login) -> LoginAnswer {
        let answer = async {
            let username = site.username(login)?;
            let prepare = || site.prepare(self.opt_in.allows_disabled());
            let check = site.check.get_or_init(prepare).await.as_ref().map_err(Clone::clone)?;
            let asked = username.as_deref().unwrap_or(login.as_str());
            Ok(match check.ask(asked, self.clock.now()).await {
                // Nobody is known to become this login. Somebody who has it may still be blocked.
                answer @ (LoginAnswer::Blocked(_) | LoginAnswer::Unknown(_)) => answer,
                answer if username.is_some() => answer,
                _ => LoginAnswer::NotFound,
            })
        };
        answer.await.unwrap_or_else(LoginAnswer::Unknown)
    }
}

impl<'a> Site<'a> {
    fn new(assessment: &ParityAssessment, location: &'a Location) -> Self {
        let directory = assessment.directories.get(&location.id).cloned();
        let directory = directory.unwrap_or_else(|| Err(not_asked()));
        Self { location, directory, check: OnceCell::new(), sources: OnceLock::new() }
    }

    fn settings(&self) -> Option<&'a LdapSettings> {
        self.location.ldap.as_ref().ok()?.as_ref().map(|supply| &supply.settings)
    }

    /// Whether it has a directory that can be asked with its settings.
    fn reads_directory(&self) -> bool {
        let usable = |settings| SupplierRules::compile(settings).is_ok();
        self.directory.is_ok() && self.settings().is_some_and(usable)
    }

    /// Whether both ask the same of the same directory.
    fn asks_like(&self, other: &Site<'_>) -> bool {
        let (Ok(own), Ok(others)) = (&self.directory, &other.directory) else { return false };
        let (Some(one), Some(two)) = (self.settings(), other.settings()) else { return false };
        Arc::ptr_eq(own, others)
            && one.user_filter == two.user_filter
            && one.username_attribute == two.username_attribute
            && one.remapping_rules == two.remapping_rules
    }

    async fn prepare(&self, even_if_disabled: bool) -> Fetched<LoginCheck> {
        let settings = self.settings().ok_or_else(|| Reason::new("LDAP is off there"))?;
        let check = LoginCheck::new(self.directory.clone()?, settings).await?;
        Ok(if even_if_disabled { check.even_if_blocked() } else { check })
    }

    /// The login as the directory has it; none where the directory has nobody who gets it.
    fn username(&self, login: &Login) -> Fetched<Option<String>> {
        let Ok(Some(supply)) = &self.location.ldap else { return Ok(Some(login.to_string())) };
        if supply.settings.remapping_rules.is_empty() {
            return Ok(Some(login.to_string()));
        }
        supply.directory.as_ref().map_err(Clone::clone)?.username(&supply.settings, login)
    }

    /// The source of the account; none where it is not known. Of two users with one login the later one
    /// counts.
    fn source_of(&self, login: &Login) -> Option<&'a SourceType> {
        let users = self.location.users.as_ref().ok()?;
        let sources = self
            .sources
            .get_or_init(|| users.iter().map(|user| (user.login, user.source)).collect());
        sources.get(login.as_str()).copied()
    }
}

/// Whose directory decides on a login that nothing blocks in the location's own.
enum Known {
    /// The location's own.
    There,
    /// Any other: its own does not have the login.
    Elsewhere,
}

/// An account that the directory supplies needs its word. One from elsewhere is only stopped by a
/// directory that blocks the person, or may do so.
fn judge(answer: LoginAnswer, supplied: bool) -> Result<Known, Blocker> {
    let not_supplied = |text: &str| Err(Blocker::NotSupplied { reason: Reason::new(text) });
    match answer {
        LoginAnswer::Accepted => Ok(Known::There),
        LoginAnswer::Blocked(block) => Err(Blocker::BlockedInDirectory { block }),
        LoginAnswer::Unknown(reason) => Err(Blocker::Unknown { reason }),
        LoginAnswer::Ambiguous | LoginAnswer::NotAuthorized if !supplied => Ok(Known::There),
        LoginAnswer::NotFound if !supplied => Ok(Known::Elsewhere),
        LoginAnswer::NotFound => {
            not_supplied("the user filter now finds no entry in the directory")
        }
        LoginAnswer::Ambiguous => {
            not_supplied("the user filter now finds several entries in the directory")
        }
        LoginAnswer::NotAuthorized => not_supplied("the person is now in no authorized group"),
        _ => Err(Blocker::Unknown { reason: not_known() }),
    }
}

/// An answer that this release does not know allows nothing.
fn not_known() -> Reason {
    Reason::new("the directory gives an answer that this version does not know")
}

fn not_asked() -> Reason {
    Reason::new("it was not asked")
}
