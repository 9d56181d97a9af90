//! Keys that rotations left on a node: which of them nothing needs, and when their node is asked for them again. No IO.

use std::collections::BTreeSet;

use project_deployer_client::ListedGlobalKey;
use project_deployer_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::RotationRecord;
use super::machine::RotationEnd;

/// The beginning of the label of each key that a rotation makes. The id of the rotation follows.
pub(super) const LABEL: &str = "project-deployer rotation ";

/// Milliseconds after the end of a rotation at which its node is asked again for keys that it should not have: a call to
/// make a key may have its effect late, and a deletion that was refused may be allowed.
const LOOKS: [i64; 5] = [60_000, 5 * 60_000, 30 * 60_000, 2 * 3_600_000, 12 * 3_600_000];

/// How many earlier rotations of a node are remembered.
const MOST_EARLIER: usize = 20;

/// An earlier rotation of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Earlier {
    rotation: String,
    /// The id of the key that it left in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// What is known of keys that a rotation left on its node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Left {
    /// The ids of keys that rotations of this Deployer made, that nothing needs, and that the node did not delete.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) orphans: Vec<String>,
    /// Why it did not delete the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<String>,
    /// The ids of keys that look like those of a rotation, and that no rotation of this Deployer made for all it knows.
    /// Another Deployer may use them, so they are not deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unknown: Vec<String>,
    /// The ids of keys that earlier rotations of this Deployer left in use, and that no settings of this node have now.
    /// Other infrastructures of this Deployer may use them, so they are not deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) was_in_use: Vec<String>,
    /// A call to make a key had no answer: it may have its effect at any time.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) unsure: bool,
    /// How often the node was asked again since the end.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) looks: usize,
    /// When it was asked the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) looked: Option<Timestamp>,
    /// The earlier rotations of the node, the newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) earlier: Vec<Earlier>,
}

fn is_zero(looks: &usize) -> bool {
    *looks == 0
}

/// Keys on a node that rotations made, apart from those that something needs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct LeftKeys {
    /// Made by this rotation.
    pub(super) own: Vec<String>,
    /// Made by earlier or other rotations of this Deployer that have ended.
    pub(super) others: Vec<String>,
    /// Left in use by an earlier rotation of this Deployer: another infrastructure may have it, or another program.
    pub(super) was_in_use: Vec<String>,
    /// Made by nobody that this Deployer knows.
    pub(super) unknown: Vec<String>,
}

/// Which keys of a node nothing needs. `in_use` are the ids of keys that stay; `others` the records of other rotations.
pub(super) fn left_keys(
    keys: &[ListedGlobalKey],
    in_use: &[&str],
    record: &RotationRecord,
    others: &[RotationRecord],
) -> LeftKeys {
    let mut left = LeftKeys::default();
    let in_use: BTreeSet<&str> = in_use.iter().copied().collect();
    for key in keys.iter().filter(|key| !in_use.contains(key.id.as_str())) {
        let Some(rotation) = key.label.strip_prefix(LABEL) else { continue };
        // Another rotation asks with it.
        let asks = |other: &RotationRecord| other.facts.old_key.as_ref() == Some(&key.id);
        if others.iter().any(|other| !other.has_ended() && asks(other)) {
            continue;
        }
        if rotation == record.facts.rotation {
            left.own.push(key.id.clone());
            continue;
        }
        if let Some(other) = others.iter().find(|other| other.facts.rotation == rotation) {
            // One that goes on looks after its keys itself.
            if other.has_ended() && other.key_in_use() != Some(&key.id) {
                left.others.push(key.id.clone());
            }
            continue;
        }
        let mut known = others.iter().chain([record]).flat_map(|it| &it.facts.left.earlier);
        match known.find(|earlier| earlier.rotation == rotation) {
            Some(earlier) if earlier.key.as_ref() == Some(&key.id) => {
                left.was_in_use.push(key.id.clone());
            }
            Some(_) => left.others.push(key.id.clone()),
            None => left.unknown.push(key.id.clone()),
        }
    }
    left
}

impl Left {
    /// Whether there may be keys on the node that nothing needs.
    fn is_open(&self) -> bool {
        self.unsure || !self.orphans.is_empty()
    }

    /// Milliseconds after the end of the rotation until the node is asked again; none if it is not.
    fn next_look(&self) -> Option<i64> {
        LOOKS.get(self.looks).copied().filter(|_| self.is_open())
    }

    /// When a node is asked again whose rotation ended at this time. Looks that were missed are not made up for at once: as
    /// much time passes between two of them as between their planned times.
    fn look_at(&self, ended: Timestamp) -> Option<i64> {
        let after = self.next_look()?;
        let planned = ended.as_millis().saturating_add(after);
        let before = self.looks.checked_sub(1).and_then(|last| LOOKS.get(last));
        let pause = after.saturating_sub(before.copied().unwrap_or_default());
        let rested = self.looked.map(|at| at.as_millis().saturating_add(pause));
        Some(rested.map_or(planned, |rested| rested.max(planned)))
    }

    /// The node is not asked again.
    pub(super) fn give_up(&mut self) {
        self.looks = LOOKS.len();
    }

    /// What is on the node, and what to do about it.
    pub(super) fn notes(&self) -> Option<String> {
        let mut notes = Vec::new();
        if !self.orphans.is_empty() {
            let reason = self.refusal.as_deref().unwrap_or("it gave no reason");
            let again = match self.next_look() {
                Some(_) => "it is asked again later; or delete them there",
                None => "it is not asked again: delete them there",
            };
            notes.push(format!(
                "the node did not delete keys that rotations made and that nothing uses, {}: {reason}; {again}",
                listed(&self.orphans)
            ));
        }
        if !self.unknown.is_empty() {
            notes.push(format!(
                "the node has keys named as those of rotations that this Deployer does not know, {}: delete them there if \
                 no other Deployer and no program uses them",
                listed(&self.unknown)
            ));
        }
        if !self.was_in_use.is_empty() {
            notes.push(format!(
                "the node has keys that earlier rotations left in use, {}: infrastructures of this Deployer may use them",
                listed(&self.was_in_use)
            ));
        }
        (!notes.is_empty()).then(|| notes.join("; "))
    }
}

fn listed(ids: &[String]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| format!("`{id}`")).collect();
    ids.join(", ")
}

impl RotationRecord {
    /// The id of the key that an ended rotation left in use, as far as is known.
    pub(super) fn key_in_use(&self) -> Option<&String> {
        let gave_up = matches!(self.facts.end, Some(RotationEnd::Failed | RotationEnd::Refused));
        self.facts.new_key.as_ref().filter(|_| !gave_up)
    }

    /// The same rotation, after one of the same node that has ended. What that one left is open until this one has looked at
    /// the node: it may end before.
    pub(crate) fn after(mut self, ended: &Self) -> Self {
        let before = &ended.facts.left;
        // Once all looks were made, what a lost call made was there or never comes.
        let unsure = before.unsure && before.looks < LOOKS.len();
        self.facts.left.unsure |= unsure;
        self.facts.left.orphans.clone_from(&before.orphans);
        self.facts.left.refusal.clone_from(&before.refusal);
        let mut earlier = before.earlier.clone();
        let key = ended.key_in_use().cloned();
        earlier.push(Earlier { rotation: ended.facts.rotation.clone(), key });
        let too_many = earlier.len().saturating_sub(MOST_EARLIER);
        self.facts.left.earlier = earlier.split_off(too_many);
        self
    }

    /// The same rotation, in place of one that this program cannot read: that one may have left anything on the node.
    pub(crate) fn after_unreadable(mut self) -> Self {
        self.facts.left.unsure = true;
        self
    }

    /// Whether its node is to be asked again for keys that nothing needs.
    pub(super) fn is_look_due(&self, now: Timestamp) -> bool {
        let at = self.facts.ended.and_then(|ended| self.facts.left.look_at(ended));
        self.has_ended() && at.is_some_and(|at| now.as_millis() >= at)
    }
}

#[cfg(test)]
mod tests;
