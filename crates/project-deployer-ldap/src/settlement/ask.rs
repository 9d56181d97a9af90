use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::stream::{self, StreamExt as _};
use project_deployer_core::accounts::LdapSettings;
use project_deployer_core::{Login, Timestamp};

use super::LocationDirectories;
use crate::account_state::AccountState;
use crate::directory::{Directory, Nature};
use crate::entry::Entry;
use crate::fetched::{Fetched, Reason};
use crate::login_check::NodeSearches;
use crate::matching::{Found, MatchInput, ParityReport, Question, find_the_same, settings};
use crate::remapping::TimeBudget;
use crate::snapshot::DirectorySnapshot;

/// How many logins are asked about at the same time in one directory, each on its own connection.
const AT_ONCE: usize = 8;

/// How many entries of one login are named.
const SHOWN: usize = 10;

/// The questions, by the way in which they are asked. Locations with the same directory and settings share
/// an answer.
pub(super) struct Askers<'a> {
    askers: Vec<Asker<'a>>,
    not_asked: Vec<(Question, Reason)>,
}

/// What the directories answered, and why others have no answer.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) found: Vec<(Question, Fetched<Found>)>,
    pub(super) not_asked: Vec<(Question, Reason)>,
}

impl Answers {
    fn none(questions: impl IntoIterator<Item = Question>, reason: &Reason) -> Self {
        let not_asked = questions.into_iter().map(|question| (question, reason.clone()));
        Self { found: Vec::new(), not_asked: not_asked.collect() }
    }

    fn joined(self, other: Self) -> Self {
        let Self { mut found, mut not_asked } = self;
        found.extend(other.found);
        not_asked.extend(other.not_asked);
        Self { found, not_asked }
    }
}

struct Asker<'a> {
    directory: Arc<dyn Directory>,
    settings: &'a LdapSettings,
    snapshot: Option<&'a DirectorySnapshot>,
    questions: BTreeMap<&'a Login, Vec<Question>>,
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
                    }
                }
                Err(reason) => not_asked.push((*question, reason.clone())),
            }
        }
        Self { askers, not_asked }
    }

    pub(super) async fn answers(self, now: Timestamp) -> Answers {
        let asked = self.askers.into_iter().map(|asker| asker.answers(now));
        let not_asked = Answers { found: Vec::new(), not_asked: self.not_asked };
        futures::future::join_all(asked).await.into_iter().fold(not_asked, Answers::joined)
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
        Ok(Self { directory, settings, snapshot, questions: BTreeMap::new() })
    }

    fn asks_like(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.directory, &other.directory)
            && find_the_same(self.settings, other.settings)
    }

    async fn answers(self, now: Timestamp) -> Answers {
        let searches = match NodeSearches::new(Arc::clone(&self.directory), self.settings) {
            Ok(searches) => searches,
            // The listing has the same reason.
            Err(reason) => return Answers::none(self.questions.into_values().flatten(), &reason),
        };
        let usernames = self.usernames(&searches);
        let (searches, usernames) = (&searches, &usernames);
        let asked = self.questions.into_iter().map(|(login, questions)| async move {
            let Some(Username { name, is_only }) = usernames.get(login) else {
                let reason = Reason::new("which login is remapped to this one is unknown");
                return Answers::none(questions, &reason);
            };
            let found = ask(searches, name, now).await;
            if !is_only && found == Ok(Found::Nobody) {
                let reason = "a login that the reader may not see could be remapped to this one";
                return Answers::none(questions, &Reason::new(reason));
            }
            let found = questions.into_iter().map(|question| (question, found.clone()));
            Answers { found: found.collect(), not_asked: Vec::new() }
        });
        stream::iter(asked)
            .buffer_unordered(AT_ONCE)
            .fold(Answers::default(), |all, one| std::future::ready(all.joined(one)))
            .await
    }

    /// The login to ask for, for each login that can be asked for.
    fn usernames(&self, searches: &NodeSearches) -> BTreeMap<&'a Login, Username> {
        let logins: BTreeSet<&'a Login> = self.questions.keys().copied().collect();
        let as_is =
            |login: &'a Login, is_only| (login, Username { name: login.to_string(), is_only });
        let remapping = &searches.rules().remapping;
        if remapping.is_empty() {
            return logins.into_iter().map(|login| as_is(login, true)).collect();
        }
        let Some(snapshot) = self.snapshot else { return BTreeMap::new() };
        let Ok(known) = snapshot.usernames(self.settings, &logins) else { return BTreeMap::new() };
        let mut budget = TimeBudget::new();
        let mut username = |(login, known): (&'a Login, Fetched<Option<String>>)| match known {
            Ok(Some(name)) => Some((login, Username { name, is_only: true })),
            Ok(None) => {
                let made = remapping.applied(login.as_str(), &mut budget);
                let stays = made.is_ok_and(|made| made == login.as_str());
                stays.then(|| as_is(login, false))
            }
            Err(_) => None,
        };
        known.into_iter().filter_map(&mut username).collect()
    }
}

/// A login before remapping.
#[derive(Debug, Clone)]
struct Username {
    name: String,
    /// Whether no other login is remapped to the same.
    is_only: bool,
}

/// The two searches of a node.
async fn ask(searches: &NodeSearches, username: &str, now: Timestamp) -> Fetched<Found> {
    let states = AccountState::attributes().iter().cloned();
    let people = searches.people(username, states).await.map_err(|reason| asked(&reason))?;
    Ok(match people.as_slice() {
        [] => Found::Nobody,
        [entry] => Found::One {
            authorized: searches
                .is_authorized(username, entry)
                .await
                .map_err(|reason| asked(&reason))?,
            state: AccountState::of(entry, now),
        },
        several => {
            let mut names: Vec<String> = several.iter().map(name).collect();
            names.sort();
            names.truncate(SHOWN);
            Found::Several(names)
        }
    })
}

fn name(entry: &Entry) -> String {
    entry.dn.to_string()
}

fn asked(reason: &Reason) -> Reason {
    Reason::new(format!("the directory was asked about this login: {reason}"))
}
