//! Nodes that do not answer are asked less often (G7): a round leaves them out until their time has come, and the first
//! answer ends that. What is kept is part of the record of the rounds, so that every process and a restart go on with it.

use std::collections::BTreeMap;

use project_deployer_core::Timestamp;
use project_deployer_store::Revision;
use serde::{Deserialize, Serialize};

use super::schedule::Rhythm;

/// A node that does not answer is asked in every 16th round at least, and once an hour at least if rounds are not rarer.
const MOST_ROUNDS: u64 = 16;
const MOST_SECONDS: u64 = 3600;

/// A node that does not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SilentNode {
    /// As lanes call it.
    pub(crate) node: String,
    /// The beginning of the first round in which it did not answer.
    pub(crate) since: Timestamp,
    /// In how many rounds it was asked, one after the other, without an answer.
    pub(crate) times: u32,
    /// The beginning of the last one of them.
    pub(crate) asked: Timestamp,
    /// The revision of the infrastructure then: other settings may reach the node.
    pub(crate) settings: u64,
    /// Why there was no answer.
    pub(crate) reason: String,
}

/// What is known when a round begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment<'a> {
    /// None for a round at once, which asks every node.
    pub(crate) rhythm: Option<Rhythm<'a>>,
    pub(crate) began: Timestamp,
    /// The revision of the infrastructure.
    pub(crate) settings: Revision,
    /// When the latest update on the infrastructure began: its nodes may answer since.
    pub(crate) updated: Option<Timestamp>,
}

/// How many times from one round to the next pass until a node is asked again that did not answer so often: 1, 2, 4, and so
/// on, up to a bound.
pub(crate) fn rounds_to_wait(times: u32, every: u64) -> u64 {
    let most = MOST_SECONDS.checked_div(every).unwrap_or(MOST_ROUNDS).clamp(1, MOST_ROUNDS);
    let doubled = 2_u64.checked_pow(times.saturating_sub(1)).unwrap_or(most);
    doubled.min(most)
}

impl SilentNode {
    /// When it is asked again. It is the time of a round: the place of the infrastructure between two rounds stays.
    pub(crate) fn until(&self, rhythm: Rhythm<'_>) -> Timestamp {
        rhythm.after_rounds(self.asked, rounds_to_wait(self.times, rhythm.every))
    }

    /// Until when a round leaves it out; none if it is asked.
    fn rests(&self, moment: Moment<'_>) -> Option<Timestamp> {
        let until = self.until(moment.rhythm?);
        let is_changed = self.settings != moment.settings.0
            || moment.updated.is_some_and(|updated| updated >= self.asked);
        // A clock that went back must not silence a node.
        (!is_changed && self.asked <= moment.began && moment.began < until).then_some(until)
    }
}

/// The nodes that a round leaves out, each with the reason.
pub(crate) fn resting(silent: &[SilentNode], moment: Moment<'_>) -> BTreeMap<String, String> {
    let resting = silent.iter().filter_map(|it| {
        let until = it.rests(moment)?;
        let SilentNode { node, since, times, reason, .. } = it;
        let counted = if *times == 1 { "once".to_owned() } else { format!("{times} times") };
        let why = format!("asked {counted} since {since}, it did not answer ({reason}); it is asked again at {until}");
        Some((node.clone(), why))
    });
    resting.collect()
}

/// The nodes that do not answer, after a round: `sick` has those that it asked in vain, with the reason. What answered, and
/// what the infrastructure has no more, is forgotten.
pub(crate) fn silent_after(
    known: &[SilentNode],
    sick: &BTreeMap<String, String>,
    resting: &BTreeMap<String, String>,
    moment: Moment<'_>,
) -> Vec<SilentNode> {
    let (began, settings) = (moment.began, moment.settings.0);
    let known_of = |node: &str| known.iter().find(|it| it.node == node);
    let rest = resting.keys().filter_map(|node| known_of(node).cloned());
    let silent = sick.iter().map(|(node, reason)| {
        // With other settings it begins again.
        let before = known_of(node).filter(|it| it.settings == settings);
        let since = before.map_or(began, |it| it.since);
        let times = before.map_or(0, |it| it.times).saturating_add(1);
        let (node, asked, reason) = (node.clone(), began, reason.clone());
        SilentNode { node, since, times, asked, settings, reason }
    });
    let mut all: Vec<_> = rest.chain(silent).collect();
    all.sort_by(|one, other| one.node.cmp(&other.node));
    all
}
