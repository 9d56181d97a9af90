use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::stream::{self, StreamExt as _};
use project_deployer_core::accounts::LdapSettings;
use project_deployer_core::{Login, Timestamp};

use super::LocationDirectories;
use super::one_login::LoginAsker;
use super::shared::share;
use super::sight::Sight;
use super::together::{self, Together};
use super::usernames::asked_for;
use crate::directory::{Directory, Nature};
use crate::dn::Dn;
use crate::fetched::{Fetched, Reason};
use crate::login_check::NodeSearches;
use crate::matching::{Found, MatchInput, ParityReport, Question, find_the_same, settings};
use crate::snapshot::DirectorySnapshot;

/// How many logins are asked about at the same time. A directory over the network sends fewer searches at once, over
/// a few connections.
const AT_ONCE: usize = 128;

/// The questions, by the way in which they are asked. Locations with the same directory and settings share
/// an answer.
pub(super) struct Askers<'a> {
    askers: Vec<Asker<'a>>,
    not_asked: Vec<(Question, Reason)>,
}

struct Asker<'a> {
    directory: Arc<dyn Directory>,
    settings: &'a LdapSettings,
    snapshot: Option<&'a DirectorySnapshot>,
    questions: BTreeMap<&'a Login, Vec<Question>>,
    /// The logins that a deployment needs.
    needed: BTreeSet<&'a Login>,
    /// Whether a location has accounts created on demand.
    is_on_demand: bool,
}

/// Whether two locations ask the same directory in the same way.
pub(super) fn ask_the_same(
    input: &MatchInput,
    directories: &LocationDirectories,
    one: usize,
    other: usize,
) -> bool {
    let asker = |place| Asker::of(input, directories, place);
    matches!((asker(one), asker(other)), (Ok(one), Ok(other)) if one.asks_like(&other))
}

impl<'a> Askers<'a> {
    /// Questions about an export are not asked: it cannot be.
    pub(super) fn of(
        report: &'a ParityReport,
        input: &'a MatchInput,
        directories: &LocationDirectories,
        questions: &[Question],
    ) -> Self {
        let mut askers: Vec<Asker<'a>> = Vec::new();
        let mut not_asked = Vec::new();
        let mut of_place: BTreeMap<usize, Fetched<usize>> = BTreeMap::new();
        for question in questions {
            let asker = of_place.entry(question.place).or_insert_with(|| {
                let new = Asker::of(input, directories, question.place)?;
                let same = askers.iter().position(|asker| asker.asks_like(&new));
                if let Some(known) = same.and_then(|same| askers.get_mut(same)) {
                    known.is_on_demand |= new.is_on_demand;
                }
                Ok(same.unwrap_or_else(|| {
                    askers.push(new);
                    askers.len() - 1
                }))
            });
            match asker {
                Ok(asker) => {
                    let login = report.login_at(question.row);
                    if let (Some(asker), Some(login)) = (askers.get_mut(*asker), login) {
                        asker.questions.entry(login).or_default().push(*question);
                        if report.is_needed(question.row) {
                            asker.needed.insert(login);
                        }
                    }
                }
                Err(reason) => not_asked.push((*question, reason.clone())),
            }
        }
        Self { askers, not_asked }
    }

    /// The answers, with one search for several user filters where these find the same. `even_if_unseen`: an account
    /// whose state the reader may not see counts as active.
    pub(super) async fn answers_together(
        mut self,
        even_if_unseen: bool,
        now: Timestamp,
    ) -> Vec<(Question, Reply)> {
        for directory in share(self.askers.iter_mut().map(|asker| &mut asker.directory)) {
            let of_directory: Arc<dyn Directory> = Arc::clone(&directory) as _;
            let mut logins: BTreeMap<&Login, Together> = BTreeMap::new();
            let here = |asker: &&Asker<'_>| Arc::ptr_eq(&asker.directory, &of_directory);
            for asker in self.askers.iter().filter(here) {
                asker.add_user_searches(&mut logins);
            }
            together::ask(&directory, logins).await;
        }
        self.ask_all(even_if_unseen, now).await
    }

    /// The answers to the searches that each node would make.
    pub(super) async fn answers(
        mut self,
        even_if_unseen: bool,
        now: Timestamp,
    ) -> Vec<(Question, Reply)> {
        let _ = share(self.askers.iter_mut().map(|asker| &mut asker.directory));
        self.ask_all(even_if_unseen, now).await
    }

    async fn ask_all(self, even_if_unseen: bool, now: Timestamp) -> Vec<(Question, Reply)> {
        let asked = self.askers.into_iter().map(|asker| asker.answers(even_if_unseen, now));
        let mut answers = futures::future::join_all(asked).await.concat();
        let not_asked = self.not_asked.into_iter();
        answers.extend(not_asked.map(|(question, reason)| (question, Reply::NotAsked(reason))));
        answers
    }
}

impl<'a> Asker<'a> {
    fn of(input: &'a MatchInput, directories: &LocationDirectories, place: usize) -> Fetched<Self> {
        let none = || Reason::new("no directory is known for the location");
        let settings = settings(input, place).ok_or_else(none)?;
        let location = input.locations.get(place).ok_or_else(none)?;
        let directory = directories.get(&location.id).ok_or_else(none)?.clone()?;
        if directory.nature() == Nature::Export {
            return Err(Reason::new(
                "the directory is an export, which cannot be asked; name the directory itself in the inventory",
            ));
        }
        let supply = location.ldap.as_ref().map_err(Reason::clone)?.as_ref().ok_or_else(none)?;
        let snapshot = supply.directory.as_deref().ok();
        let (questions, needed) = (BTreeMap::new(), BTreeSet::new());
        let is_on_demand = settings.allow_on_demand_users_provisioning;
        Ok(Self { directory, settings, snapshot, questions, needed, is_on_demand })
    }

    /// Adds the user searches for the logins that no rule remaps.
    fn add_user_searches(&self, logins: &mut BTreeMap<&'a Login, Together>) {
        let searches = NodeSearches::new(Arc::clone(&self.directory), self.settings);
        let searches = searches.ok().filter(|searches| searches.rules().remapping.is_empty());
        let (Some(searches), Some(snapshot)) = (searches, self.snapshot) else { return };
        let attributes = searches.wanted_of_people();
        for login in self.questions.keys() {
            let place = (searches.rules().url().base().clone(), attributes.clone());
            let filters = logins.entry(login).or_default().entry(place).or_default();
            let filter = searches.rules().user_template.fill(login.as_str(), &Dn::root());
            let is_new = !filters.contains(&filter);
            if is_new && together::is_independent(&filter, snapshot.schema()) {
                filters.push(filter);
            }
        }
    }

    fn asks_like(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.directory, &other.directory)
            && find_the_same(self.settings, other.settings)
    }

    async fn answers(self, even_if_unseen: bool, now: Timestamp) -> Vec<(Question, Reply)> {
        let searches = match NodeSearches::new(Arc::clone(&self.directory), self.settings) {
            Ok(searches) => searches,
            Err(reason) => return self.all(&Reply::NotAsked(reason)),
        };
        let sight = match even_if_unseen {
            true => Ok(Sight::everything()),
            false => Sight::of(searches.directory(), searches.rules().url(), self.snapshot).await,
        };
        let sight = match sight {
            Ok(sight) => sight,
            Err(reason) => return self.all(&Reply::Found(Err(asked(&reason)))),
        };
        let logins: BTreeSet<&'a Login> = self.questions.keys().copied().collect();
        let names = asked_for(searches.rules(), self.snapshot, self.settings, &logins);
        let is_listed = self.snapshot.is_some_and(|snapshot| snapshot.lists_people(self.settings));
        let is_on_demand = self.is_on_demand;
        let asker = &LoginAsker { searches: &searches, sight: &sight, now, is_on_demand };
        let (names, needed) = (&names, &self.needed);
        let asked = self.questions.into_iter().filter_map(|(login, questions)| {
            let names = names.get(login)?;
            Some(async move {
                let found = asker.ask(login, &names.names, needed.contains(login)).await;
                let reply = match found.map_err(|reason| asked(&reason)) {
                    Ok(Found::Absent { similar: None, unseen }) if names.are_all && !is_listed => {
                        let similar = asker.similar(login, &names.names).await;
                        Reply::Found(Ok(Found::Absent { similar, unseen }))
                    }
                    Ok(found) if !names.are_all && found.is_absence() => {
                        Reply::Left(names.why_left())
                    }
                    found => Reply::Found(found),
                };
                questions.into_iter().map(|question| (question, reply.clone())).collect()
            })
        });
        let answers: Vec<Vec<_>> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
        answers.concat()
    }

    /// The same answer to every question.
    fn all(&self, reply: &Reply) -> Vec<(Question, Reply)> {
        let questions = self.questions.values().flatten();
        questions.map(|question| (*question, reply.clone())).collect()
    }
}

/// What comes of a question.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    Found(Fetched<Found>),
    /// The directory cannot settle it, for this reason: it finds nobody by the logins that were asked for.
    Left(String),
    /// No directory was asked, for this reason.
    NotAsked(Reason),
}

fn asked(reason: &Reason) -> Reason {
    Reason::new(format!("the directory was asked about this login: {reason}"))
}
