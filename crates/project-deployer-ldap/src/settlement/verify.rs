use std::collections::BTreeMap;

use project_deployer_core::{Login, Timestamp};
use serde::Serialize;

use super::LocationDirectories;
use super::ask::{Askers, Reply};
use crate::fetched::Reason;
use crate::matching::{Breadth, LocationId, MatchInput, ParityReport, Presence, Question};

/// A sample of verdicts, compared with what the directories answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verification {
    /// How many verdicts were compared, by status.
    pub compared: BTreeMap<&'static str, usize>,
    /// The verdicts that the directories contradict.
    pub disagreements: Vec<Disagreement>,
    /// How many verdicts could not be compared.
    pub unanswered: usize,
    /// Why they could not be compared, with how many for each reason.
    pub reasons: BTreeMap<Reason, usize>,
}

/// What a verification shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum VerificationOutcome {
    /// At least one verdict was compared, and the directories agree with each that was.
    Agree,
    /// The directories contradict a verdict.
    Contradicted,
    /// Nothing was compared, so nothing is known: no verdict comes from a directory, or no directory
    /// answered.
    NothingCompared,
}

/// A verdict of a report that the directory contradicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Disagreement {
    /// The login.
    pub login: Login,
    /// The location.
    pub place: LocationId,
    /// The verdict of the report.
    pub reported: Presence,
    /// What the node's own two searches find.
    pub asked: Presence,
}

impl ParityReport {
    /// Asks the directories about `count` verdicts, drawn at random over all statuses: the same ones for the
    /// same `seed`. Verdicts that the directories gave already are asked for again.
    pub async fn verify_with(
        &self,
        input: &MatchInput,
        directories: &LocationDirectories,
        (breadth, count, seed): (Breadth, usize, u64),
        now: Timestamp,
    ) -> Verification {
        let drawn = self.drawn(input, breadth, count, seed);
        let mut verification = Verification::default();
        let useful = self.useful_groups(input);
        let answers = Askers::of(self, input, directories, &drawn).answers(false, now).await;
        for (question, reply) in answers {
            let found = match reply {
                Reply::Found(found) => found,
                Reply::Left(why) => {
                    verification.leave_out(Reason::new(why));
                    continue;
                }
                Reply::NotAsked(reason) => {
                    verification.leave_out(reason);
                    continue;
                }
            };
            let (Some(reported), Some(login), Some(place)) = (
                self.presence_at(question.place, question.row),
                self.login_at(question.row),
                self.places.get(question.place),
            ) else {
                continue;
            };
            let asked = match (self.presence_of(input, &useful, question, &found), found) {
                (Some(Presence::Unknown { reason }), _) | (None, Err(reason)) => {
                    verification.leave_out(reason);
                    continue;
                }
                (None, Ok(_)) => continue,
                (Some(asked), _) => asked,
            };
            *verification.compared.entry(reported.status()).or_default() += 1;
            if !agree(reported, &asked) {
                verification.disagreements.push(Disagreement {
                    login: login.clone(),
                    place: place.id.clone(),
                    reported: reported.clone(),
                    asked,
                });
            }
        }
        verification
            .disagreements
            .sort_by(|one, other| (&one.login, &one.place).cmp(&(&other.login, &other.place)));
        verification
    }

    /// Draws from each status in turn, so that rare ones are compared as well.
    fn drawn(
        &self,
        input: &MatchInput,
        breadth: Breadth,
        count: usize,
        seed: u64,
    ) -> Vec<Question> {
        let mut by_status: BTreeMap<&str, Vec<Question>> = BTreeMap::new();
        for question in self.directory_verdicts(input, breadth) {
            if let Some(presence) = self.presence_at(question.place, question.row) {
                by_status.entry(presence.status()).or_default().push(question);
            }
        }
        let mut random = SplitMix(seed);
        let mut drawn = Vec::new();
        let mut left: Vec<Vec<Question>> = by_status.into_values().collect();
        while drawn.len() < count && !left.is_empty() {
            for questions in &mut left {
                if drawn.len() < count && !questions.is_empty() {
                    drawn.push(questions.swap_remove(random.below(questions.len())));
                }
            }
            left.retain(|questions| !questions.is_empty());
        }
        drawn
    }
}

/// Whether both say the same about a login. The names of entries may be those of a part only.
fn agree(reported: &Presence, asked: &Presence) -> bool {
    match (reported, asked) {
        (
            Presence::BlockedInDirectory { otherwise: one, .. },
            Presence::BlockedInDirectory { otherwise: other, .. },
        ) => agree(one, other),
        _ => reported.status() == asked.status(),
    }
}

/// A small generator of the numbers that SplitMix64 gives.
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        usize::try_from(mixed % limit.max(1)).unwrap_or_default()
    }
}

impl Verification {
    /// What it shows.
    #[must_use]
    pub fn outcome(&self) -> VerificationOutcome {
        match (self.disagreements.len(), self.total()) {
            (0, 0) => VerificationOutcome::NothingCompared,
            (0, _) => VerificationOutcome::Agree,
            _ => VerificationOutcome::Contradicted,
        }
    }

    /// Whether verdicts were compared, and every one of them is right. Others may be left out:
    /// [`unanswered`](Self::unanswered).
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.outcome() == VerificationOutcome::Agree
    }

    fn leave_out(&mut self, reason: Reason) {
        self.unanswered += 1;
        *self.reasons.entry(reason).or_default() += 1;
    }

    /// How many verdicts were compared.
    #[must_use]
    pub fn total(&self) -> usize {
        self.compared.values().sum()
    }
}

impl std::fmt::Display for Disagreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { login, place, reported, asked } = self;
        write!(f, "`{login}` at {place}: the report says \"{reported}\", the directory \"{asked}\"")
    }
}
