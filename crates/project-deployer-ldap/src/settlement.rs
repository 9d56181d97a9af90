//! Asks directories about the verdicts that a listing does not prove: with the two searches that a node
//! makes at a login, in that node's own directory and with its own settings. The directory is the judge.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use project_deployer_core::Timestamp;

use crate::directory::Directory;
use crate::fetched::Fetched;
use crate::matching::{Breadth, LocationId, MatchInput, ParityReport, Question};
use ask::{Askers, Reply};

mod ask;
mod explain;
mod one_login;
mod shared;
mod sight;
mod together;
mod usernames;
mod verify;

pub use verify::{Disagreement, Verification, VerificationOutcome};

/// The directory of each location.
pub type LocationDirectories = BTreeMap<LocationId, Fetched<Arc<dyn Directory>>>;

/// How many verdicts are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settling {
    /// Which logins matter. Needed ones are always asked about.
    pub breadth: Breadth,
    /// How many other verdicts are asked about. 20,000.
    pub budget: usize,
    /// Whether an account whose state the reader may not see counts as active. No.
    pub even_if_unseen: bool,
}

impl Settling {
    /// Settles what this breadth covers, within the default budget.
    #[must_use]
    pub fn of(breadth: Breadth) -> Self {
        Self { breadth, budget: 20_000, even_if_unseen: false }
    }

    /// Takes an account for active whose state the reader may not see.
    #[must_use]
    pub fn even_if_unseen(self) -> Self {
        Self { even_if_unseen: true, ..self }
    }

    /// Sets how many verdicts are asked about beside those of needed logins.
    #[must_use]
    pub fn within(self, budget: usize) -> Self {
        Self { budget, ..self }
    }
}

/// What was asked, and what is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settled {
    /// How many verdicts the directories gave.
    pub asked: usize,
    /// How many verdicts were left, because the budget was used up, or because remapping rules do not show
    /// whom to ask for.
    pub left: usize,
}

impl ParityReport {
    /// Asks the directories about every verdict that matters and that the listing does not prove, and about
    /// every refusal where a login is needed. What cannot be asked stays unknown. Then it looks for groups in which
    /// a needed person is only indirectly.
    pub async fn settle_with(
        &mut self,
        input: &MatchInput,
        directories: &LocationDirectories,
        settling: Settling,
        now: Timestamp,
    ) -> Settled {
        let questions = self.questions(input, settling.breadth);
        let (others, left) = within_budget(questions.others, input, directories, settling.budget);
        let asked: Vec<Question> = questions.needed.into_iter().chain(others).collect();
        let (asked, unanswerable) = self.ask(input, directories, &asked, (settling, now)).await;
        if !left.is_empty() {
            let why = format!(
                "the directory was not asked, since the budget is {} logins",
                settling.budget
            );
            self.leave_open(&left, &why);
        }
        self.name_indirect_memberships(input, directories).await;
        Settled { asked, left: left.len() + unanswerable }
    }

    async fn ask(
        &mut self,
        input: &MatchInput,
        directories: &LocationDirectories,
        questions: &[Question],
        (settling, now): (Settling, Timestamp),
    ) -> (usize, usize) {
        let askers = Askers::of(self, input, directories, questions);
        let answers = askers.answers_together(settling.even_if_unseen, now).await;
        let useful = self.useful_groups(input);
        let (mut settled, mut left) = (Vec::new(), BTreeMap::<String, Vec<Question>>::new());
        for (question, reply) in answers {
            match reply {
                Reply::Found(found) => {
                    let presence = self.presence_of(input, &useful, question, &found);
                    settled.extend(presence.map(|presence| (question, presence)));
                }
                Reply::Left(why) => match self.presence_left(question, &why) {
                    Some(presence) => settled.push((question, presence)),
                    None if self.is_open_at(question) => {
                        left.entry(why).or_default().push(question);
                    }
                    None => {}
                },
                // The listing has the same reason where nobody is asked.
                Reply::NotAsked(_) => {}
            }
        }
        let asked = settled.len();
        self.settle(settled);
        left.iter().for_each(|(why, questions)| self.leave_open(questions, why));
        (asked, left.values().map(Vec::len).sum())
    }
}

#[cfg(test)]
mod tests;

/// The questions within a budget, and the others. Locations with the same directory and settings share an
/// answer, so their questions about one login count once.
fn within_budget(
    questions: Vec<Question>,
    input: &MatchInput,
    directories: &LocationDirectories,
    budget: usize,
) -> (Vec<Question>, Vec<Question>) {
    let mut first: BTreeMap<usize, usize> = BTreeMap::new();
    let mut counted: HashSet<(usize, usize)> = HashSet::new();
    questions.into_iter().partition(|question| {
        let place = question.place;
        let known = first.get(&place).copied().unwrap_or_else(|| {
            let same = |other: &usize| ask::ask_the_same(input, directories, *other, place);
            let found = first.values().copied().find(same).unwrap_or(place);
            first.insert(place, found);
            found
        });
        let asked = (known, question.row);
        counted.contains(&asked) || (counted.len() < budget && counted.insert(asked))
    })
}
