use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use project_deployer_core::Login;
use project_deployer_core::accounts::SourceType;
use project_deployer_ldap::Reason;
use project_deployer_ldap::matching::{Actor, LocationId, Remedy, RemedyPlan, RemedyStep};
use serde::Serialize;

use super::facts::{LocationFacts, RemedyFacts, owned};
use super::manual_step::{Blocker, ManualStep, SkippedAction};
use super::memberships::{MembershipChange, changes, is_mapped};
use super::opt_in::OptIn;
use super::write::Write;

/// The maximum number of users per call. One read-back covers a call, and no call keeps a node busy
/// for long.
const BATCH: usize = 50;

/// The work for a plan: the calls to send, in their order, and what is left to people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RemedyWork {
    /// The calls to send. The calls of a location are sent one after the other.
    pub writes: Vec<Write>,
    /// The actions that are skipped.
    pub skipped: Vec<SkippedAction>,
    /// The steps that only people can do.
    pub manual_steps: Vec<ManualStep>,
}

impl RemedyWork {
    /// Computes the work for a plan.
    #[must_use]
    pub fn of(plan: &RemedyPlan, opt_in: &OptIn, facts: &RemedyFacts) -> Self {
        let mut work = Self::default();
        for step in plan.steps() {
            work.take(&step, &step.remedy, opt_in, facts);
        }
        for (at, known) in &facts.locations {
            work.follow_sources(at, known, opt_in);
        }
        work
    }

    fn take(&mut self, step: &RemedyStep, remedy: &Remedy, opt_in: &OptIn, facts: &RemedyFacts) {
        match remedy {
            Remedy::Enable => self.enable(step, opt_in, facts),
            Remedy::Provision { source } => self.provision(step, source, opt_in, facts),
            Remedy::LogInOnce { .. } => self.log_in(step, facts),
            Remedy::Unblock { block, then: Some(then) } if then.actor() == Actor::System => {
                if opt_in.allows_disabled() {
                    return self.take(step, then, opt_in, facts);
                }
                for at in &step.places {
                    let why = Blocker::BlockedInDirectory { block: block.clone() };
                    self.skip(then, at, owned(step.logins.iter()), why);
                }
            }
            other => self.manual_step(step, other.to_string(), facts),
        }
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn sends_nothing(&self) -> bool {
        self.writes.is_empty()
    }

    /// Whether there is nothing to do, for the system or for people.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.skipped.is_empty() && self.manual_steps.is_empty()
    }

    fn skip(&mut self, remedy: &Remedy, at: &LocationId, logins: BTreeSet<Login>, why: Blocker) {
        self.skipped.push(SkippedAction { remedy: remedy.clone(), at: at.clone(), logins, why });
    }

    fn enable(&mut self, step: &RemedyStep, opt_in: &OptIn, facts: &RemedyFacts) {
        for at in &step.places {
            let known = match reached(facts, at) {
                Ok(known) => known,
                Err(why) => {
                    self.skip(&Remedy::Enable, at, owned(step.logins.iter()), why);
                    continue;
                }
            };
            for login in step.logins.iter() {
                match known.still_supplied(login, opt_in) {
                    Ok(()) => {
                        self.writes.push(Write::Enable { at: at.clone(), login: login.clone() });
                    }
                    Err(why) => self.skip(&Remedy::Enable, at, owned([login]), why),
                }
            }
        }
    }

    fn provision(
        &mut self,
        step: &RemedyStep,
        source: &SourceType,
        opt_in: &OptIn,
        facts: &RemedyFacts,
    ) {
        let remedy = Remedy::Provision { source: source.clone() };
        for at in &step.places {
            let known = reached(facts, at).and_then(|known| match opt_in.allows(source) {
                true => Ok(known),
                false => Err(Blocker::NotOptedIn { source: source.clone() }),
            });
            let known = match known {
                Ok(known) => known,
                Err(why) => {
                    self.skip(&remedy, at, owned(step.logins.iter()), why);
                    continue;
                }
            };
            let (logins, held) = known.checked_all(step.logins.iter());
            for (why, logins) in held {
                self.skip(&remedy, at, logins, why);
            }
            self.writes.extend(logins.chunks(BATCH).map(|batch| Write::Provision {
                at: at.clone(),
                source: source.clone(),
                logins: owned(batch.iter().copied()),
            }));
        }
    }

    /// Where a first login alone does not help, the step says what must be done before it.
    fn log_in(&mut self, step: &RemedyStep, facts: &RemedyFacts) {
        let first = |login: &Login| {
            let mut known = step.places.iter().filter_map(|at| facts.locations.get(at));
            known.find_map(|known| known.before_login(login))
        };
        let mut by_first: BTreeMap<Option<&'static str>, BTreeSet<Login>> = BTreeMap::new();
        for login in step.logins.iter() {
            by_first.entry(first(login)).or_default().insert(login.clone());
        }
        for (first, logins) in by_first {
            let what = match first {
                Some(first) => format!("{}, after an administrator {first}", step.remedy),
                None => step.remedy.to_string(),
            };
            self.manual_step_of(step, logins, what, facts);
        }
    }

    fn manual_step(&mut self, step: &RemedyStep, what: String, facts: &RemedyFacts) {
        self.manual_step_of(step, owned(step.logins.iter()), what, facts);
    }

    /// The address leads only to where the step is carried out.
    fn manual_step_of(
        &mut self,
        step: &RemedyStep,
        logins: BTreeSet<Login>,
        what: String,
        facts: &RemedyFacts,
    ) {
        let in_directory = step.remedy.leads_to_directory();
        let elsewhere = in_directory || matches!(step.remedy, Remedy::Retry { .. });
        let address = match step.places.as_slice() {
            [only] if !elsewhere => {
                facts.locations.get(only).and_then(|known| known.address.clone())
            }
            _ => None,
        };
        let places = step.places.clone();
        self.manual_steps.push(ManualStep { logins, places, in_directory, address, what });
    }

    /// Refreshes users whose groups do not follow their source, where the location allows it.
    /// Otherwise their rights do not follow (R-L3, R-L6).
    fn follow_sources(&mut self, at: &LocationId, known: &LocationFacts, opt_in: &OptIn) {
        let (Ok(users), Ok(groups)) = (&known.users, &known.groups) else { return };
        let enabled = self.enabled_at(at);
        for (source, supplied) in &known.suppliers {
            if !groups.iter().any(|group| is_mapped(group, source)) {
                continue;
            }
            let concerned = users.iter().filter(|user| {
                user.source_type == *source && (user.enabled || enabled.contains(&user.login))
            });
            match supplied {
                Ok(supplied) => {
                    let changes = changes(concerned, supplied, groups);
                    self.follow(at, known, source, changes, opt_in);
                }
                Err(reason) => {
                    let why = Blocker::Unknown { reason: reason.clone() };
                    let logins = owned(concerned.map(|user| &user.login));
                    if !logins.is_empty() {
                        self.skip(&Remedy::Resync, at, logins, why);
                    }
                }
            }
        }
    }

    /// The logins that this work enables at a location.
    fn enabled_at(&self, at: &LocationId) -> BTreeSet<Login> {
        let enabled = self.writes.iter().filter_map(|write| match write {
            Write::Enable { at: place, login } if place == at => Some(login.clone()),
            _ => None,
        });
        enabled.collect()
    }

    /// Refreshes the users of one source whose memberships change.
    fn follow(
        &mut self,
        at: &LocationId,
        known: &LocationFacts,
        source: &SourceType,
        changes: BTreeMap<Login, Option<MembershipChange>>,
        opt_in: &OptIn,
    ) {
        let mut unlisted = BTreeSet::new();
        let mut refreshed = BTreeMap::new();
        for (login, change) in changes {
            match change {
                None => drop(unlisted.insert(login)),
                Some(change) if change.is_empty() => {}
                Some(change) => match known.may_refresh(&login, opt_in) {
                    Ok(()) => drop(refreshed.insert(login, change)),
                    Err(why) => self.skip(&Remedy::Resync, at, owned([&login]), why),
                },
            }
        }
        if !refreshed.is_empty() {
            self.refresh(at, known, source, refreshed);
        }
        // A refresh would disable these users (R-L5), and a listing may be wrong (D7), so people
        // decide.
        if !unlisted.is_empty() {
            let what = format!(
                "{source} no longer lists this person: add the person to {source} again, or disable the account"
            );
            self.manual_step_at(at, known, unlisted, what);
        }
    }

    fn manual_step_at(
        &mut self,
        at: &LocationId,
        known: &LocationFacts,
        logins: BTreeSet<Login>,
        what: String,
    ) {
        let (places, address) = (vec![at.clone()], known.address.clone());
        let in_directory = false;
        self.manual_steps.push(ManualStep { logins, places, in_directory, address, what });
    }

    fn refresh(
        &mut self,
        at: &LocationId,
        known: &LocationFacts,
        source: &SourceType,
        users: BTreeMap<Login, MembershipChange>,
    ) {
        if let Err(reason) = &known.reached {
            let why = Blocker::Unreached { reason: reason.clone() };
            return self.skip(&Remedy::Resync, at, users.into_keys().collect(), why);
        }
        let what = match known.syncs(source) {
            (true, _) => {
                let users: Vec<_> = users.into_iter().collect();
                return self.writes.extend(users.chunks(BATCH).map(|batch| Write::Resync {
                    at: at.clone(),
                    users: batch.iter().cloned().collect(),
                }));
            }
            (false, true) => "log in again, so that the groups follow".to_owned(),
            (false, false) => {
                format!("switch on the refresh of users from {source}, on demand or at login")
            }
        };
        self.manual_step_at(at, known, users.into_keys().collect(), what);
    }
}

fn reached<'a>(facts: &'a RemedyFacts, at: &LocationId) -> Result<&'a LocationFacts, Blocker> {
    let Some(known) = facts.locations.get(at) else {
        let reason = Reason::new("it was not queried");
        return Err(Blocker::Unreached { reason });
    };
    match &known.reached {
        Ok(()) => Ok(known),
        Err(reason) => Err(Blocker::Unreached { reason: reason.clone() }),
    }
}

impl fmt::Display for RemedyWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing to do");
        }
        let automatic = self.writes.iter().map(|write| format!("[automatic] {write}"));
        let skipped = self.skipped.iter().map(|skipped| format!("[skipped] {skipped}"));
        let manual = self.manual_steps.iter().map(|manual_step| format!("[manual] {manual_step}"));
        let lines: Vec<String> = automatic.chain(skipped).chain(manual).collect();
        f.write_str(&lines.join("\n"))
    }
}
