//! Looks for the reason of refusals: a person who is in an authorized group only through another group, or by the
//! primary group, is not to be added to it without a word.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::stream::{self, StreamExt as _};
use project_deployer_core::Login;
use project_deployer_core::accounts::LdapSettings;

use super::LocationDirectories;
use super::shared::share;
use crate::directory::Directory;
use crate::login_check::{IndirectMemberships, NodeSearches};
use crate::matching::{
    IndirectMembership, MatchInput, ParityReport, Question, find_the_same, settings,
};
use crate::snapshot::{DirectorySnapshot, Usernames};

/// How many logins are looked for at the same time in one directory.
const AT_ONCE: usize = 8;

/// How many logins are looked for, so that a wrong group filter, which refuses everybody, costs little.
const LOOKED_FOR: usize = 500;

/// The refusals of locations with one directory and the same settings.
struct Refusals<'a> {
    directory: Arc<dyn Directory>,
    settings: &'a LdapSettings,
    snapshot: &'a DirectorySnapshot,
    questions: BTreeMap<&'a Login, Vec<Question>>,
}

impl ParityReport {
    /// Names the indirect membership of needed logins that no authorized group lists. A directory that does not
    /// answer leaves the refusal without it.
    pub(super) async fn name_indirect_memberships(
        &mut self,
        input: &MatchInput,
        directories: &LocationDirectories,
    ) {
        let (mut found, mut left) = (Vec::new(), LOOKED_FOR);
        let mut all = self.refusals(input, directories);
        let _ = share(all.iter_mut().map(|refusals| &mut refusals.directory));
        for mut refusals in all {
            refusals.questions = refusals.questions.into_iter().take(left).collect();
            left -= refusals.questions.len();
            found.extend(refusals.memberships().await);
        }
        for (question, by) in found {
            self.explain(question, by);
        }
    }

    fn refusals<'a>(
        &'a self,
        input: &'a MatchInput,
        directories: &LocationDirectories,
    ) -> Vec<Refusals<'a>> {
        let mut all: Vec<Refusals<'a>> = Vec::new();
        for question in self.refused(input) {
            let new = Refusals::at(input, directories, question.place);
            let (Some(new), Some(login)) = (new, self.login_at(question.row)) else { continue };
            let same = |known: &Refusals<'_>| {
                Arc::ptr_eq(&known.directory, &new.directory)
                    && find_the_same(known.settings, new.settings)
            };
            let known = all.iter().position(same).unwrap_or(all.len());
            if known == all.len() {
                all.push(new);
            }
            if let Some(refusals) = all.get_mut(known) {
                refusals.questions.entry(login).or_default().push(question);
            }
        }
        all
    }
}

impl<'a> Refusals<'a> {
    fn at(input: &'a MatchInput, directories: &LocationDirectories, place: usize) -> Option<Self> {
        let settings = settings(input, place)?;
        let location = input.locations.get(place)?;
        let directory = Arc::clone(directories.get(&location.id)?.as_ref().ok()?);
        let snapshot = location.ldap.as_ref().ok()?.as_ref()?.directory.as_deref().ok()?;
        Some(Self { directory, settings, snapshot, questions: BTreeMap::new() })
    }

    async fn memberships(self) -> Vec<(Question, IndirectMembership)> {
        let logins: BTreeSet<&Login> = self.questions.keys().copied().collect();
        let searches = NodeSearches::new(self.directory, self.settings);
        let usernames = self.snapshot.usernames(self.settings, &logins);
        let (Ok(searches), Ok(usernames)) = (searches, usernames) else { return Vec::new() };
        let Some(memberships) =
            IndirectMemberships::new(&searches, self.snapshot.schema().is_domain())
        else {
            return Vec::new();
        };
        let (memberships, usernames) = (&memberships, &usernames);
        let asked = self.questions.into_iter().map(async |(login, questions)| {
            let username = usernames.get(login).and_then(Usernames::of_one_person);
            let Some(username) = username else { return Vec::new() };
            let Ok(Some(by)) = memberships.of(username).await else { return Vec::new() };
            questions.into_iter().map(|question| (question, by.clone())).collect()
        });
        let found: Vec<Vec<_>> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
        found.concat()
    }
}
