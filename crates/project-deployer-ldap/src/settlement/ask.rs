use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::stream::{self, StreamExt as _};
use project_deployer_core::accounts::LdapSettings;
use project_deployer_core::{Login, Timestamp};

use super::LocationDirectories;
use super::login::LoginAsker;
use super::sight::Sight;
use crate::directory::{Directory, Nature};
use crate::fetched::{Fetched, Reason};
use crate::login_check::NodeSearches;
use crate::matching::{Found, MatchInput, ParityReport, Question, find_the_same, settings};
use crate::remapping::TimeBudget;
use crate::snapshot::DirectorySnapshot;

/// How many logins are asked about at the same time in one directory, each on its own connection.
const AT_ONCE: usize = 8;

/// The questions, by the way in which they are asked. Locations with the same directory and settings share
/// an answer.
pub(super) struct Askers<'a>(Vec<Asker<'a>>);

struct Asker<'a> {
    directory: Arc<dyn Directory>,
    settings: &'a LdapSettings,
    snapshot: Option<&'a DirectorySnapshot>,
    questions: BTreeMap<&'a Login, Vec<Question>>,
    /// The logins that a deployment needs.
    needed: BTreeSet<&'a Login>,
}

impl<'a> Askers<'a> {
    /// Questions about an export are left out: it cannot be asked.
    pub(super) fn of(
        report: &'a ParityReport,
        input: &'a MatchInput,
        directories: &LocationDirectories,
        questions: &[Question],
    ) -> Self {
        let mut askers: Vec<Asker<'a>> = Vec::new();
        let mut of_place: BTreeMap<usize, Option<usize>> = BTreeMap::new();
        for question in questions {
            let asker = *of_place.entry(question.place).or_insert_with(|| {
                let new = Asker::of(input, directories, question.place)?;
                let same = askers.iter().position(|asker| asker.asks_like(&new));
                Some(same.unwrap_or_else(|| {
                    askers.push(new);
                    askers.len() - 1
                }))
            });
            let asker = asker.and_then(|asker| askers.get_mut(asker));
            if let (Some(asker), Some(login)) = (asker, report.login_at(question.row)) {
                asker.questions.entry(login).or_default().push(*question);
                if report.is_needed(question.row) {
                    asker.needed.insert(login);
                }
            }
        }
        Self(askers)
    }

    /// The answers. `even_if_unseen`: an account whose state the reader may not see counts as active.
    pub(super) async fn answers(
        self,
        even_if_unseen: bool,
        now: Timestamp,
    ) -> Vec<(Question, Fetched<Found>)> {
        let asked = self.0.into_iter().map(|asker| asker.answers(even_if_unseen, now));
        futures::future::join_all(asked).await.concat()
    }
}

impl<'a> Asker<'a> {
    fn of(input: &'a MatchInput, directories: &LocationDirectories, place: usize) -> Option<Self> {
        let settings = settings(input, place)?;
        let location = input.locations.get(place)?;
        let directory = directories.get(&location.id)?.as_ref().ok()?;
        let supply = location.ldap.as_ref().ok()?.as_ref()?;
        let snapshot = supply.directory.as_deref().ok();
        (directory.nature() != Nature::Export).then(|| Self {
            directory: Arc::clone(directory),
            settings,
            snapshot,
            questions: BTreeMap::new(),
            needed: BTreeSet::new(),
        })
    }

    fn asks_like(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.directory, &other.directory)
            && find_the_same(self.settings, other.settings)
    }

    async fn answers(
        self,
        even_if_unseen: bool,
        now: Timestamp,
    ) -> Vec<(Question, Fetched<Found>)> {
        let searches = match NodeSearches::new(Arc::clone(&self.directory), self.settings) {
            Ok(searches) => searches,
            // The listing has the same reason.
            Err(_) => return Vec::new(),
        };
        let usernames = self.usernames(&searches);
        let sight = match even_if_unseen {
            true => Ok(Sight::everything()),
            false => Sight::of(searches.directory(), self.snapshot).await,
        };
        let sight = match sight {
            Ok(sight) => sight,
            Err(reason) => return self.all(&asked(&reason)),
        };
        let asker = &LoginAsker { searches: &searches, sight: &sight, now };
        let needed = self.needed;
        let asked = self.questions.into_iter().filter_map(|(login, questions)| {
            let matters = needed.contains(login);
            let Username { name, is_only } = usernames.get(login)?.clone();
            Some(async move {
                let found = asker.ask(&name, matters).await;
                // Somebody else whose login the reader may not see could become this one.
                if !is_only && matches!(found, Ok(Found::Nobody | Found::LeftOut { .. })) {
                    return Vec::new();
                }
                questions.into_iter().map(|question| (question, found.clone())).collect()
            })
        });
        let answers: Vec<Vec<_>> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
        answers.concat()
    }

    /// The same answer to every question.
    fn all(&self, reason: &Reason) -> Vec<(Question, Fetched<Found>)> {
        let questions = self.questions.values().flatten();
        questions.map(|question| (*question, Err(reason.clone()))).collect()
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

pub(super) fn asked(reason: &Reason) -> Reason {
    Reason::new(format!("the directory was asked about this login: {reason}"))
}
