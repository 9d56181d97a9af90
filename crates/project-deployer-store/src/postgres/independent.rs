//! Commits that a few statements write: one, or a group of which none depends on another.

use std::collections::{HashMap, HashSet};

use tokio_postgres::types::Type;

use super::commit::Sealed;
use super::pool::Parameter;
use crate::stored::{is_possible, number};

/// The smallest group, but one, for which these statements take less time.
const FEWEST: usize = 6;

/// Commits of which none depends on another one: none reads or writes a document that another one writes. The parameters
/// of `write_independent_commits_5` and `write_one_commit_5`, in their order.
#[derive(Default)]
pub(super) struct Independent<'a> {
    ids: Vec<Vec<u8>>,
    contents: Vec<&'a [u8]>,
    fences: Vec<&'a str>,
    tokens: Vec<i64>,
    places: Vec<i64>,
    collections: Vec<&'a str>,
    keys: Vec<&'a str>,
    expected: Vec<i64>,
    bodies: Vec<Option<&'a str>>,
    streams: Vec<&'a str>,
    turns: Vec<i64>,
    entries: Vec<&'a str>,
}

impl<'a> Independent<'a> {
    /// The columns of a group; none if one of its commits depends on another one, or does what the statements over sets
    /// do not: deletes a document, removes a journal or has secrets.
    pub(super) fn of(group: &[&'a Sealed]) -> Option<Self> {
        if (2..FEWEST).contains(&group.len()) {
            return None;
        }
        let mut this = Self::default();
        let (mut ids, mut documents) = (HashSet::new(), HashMap::new());
        let mut last_turns = HashMap::new();
        for (place, commit) in (1..).zip(group) {
            for (key, is_written) in commit.documents() {
                // Any number of commits may check the same document, if none writes it.
                if documents.insert(key, is_written).is_some_and(|other| other || is_written) {
                    return None;
                }
            }
            if !commit.is_plain() || !ids.insert(commit.id) {
                return None;
            }
            this.push(place, commit, &mut last_turns)?;
        }
        Some(this)
    }

    fn push(
        &mut self,
        place: i64,
        commit: &'a Sealed,
        last_turns: &mut HashMap<&'a str, i64>,
    ) -> Option<()> {
        self.ids.push(commit.id.to_bytes().to_vec());
        self.contents.push(&commit.content);
        if let Some(fence) = &commit.fence {
            // No lease has such a name: the commit is refused.
            self.fences.push(Some(&*fence.name).filter(|name| is_possible(name))?);
            self.tokens.push(number(fence.token()));
        }
        for (write, key) in commit.writes.iter().zip(&commit.keys) {
            self.places.push(place);
            self.collections.push(key.collection.name());
            self.keys.push(&key.id);
            self.expected.push(write.expected);
            self.bodies.push(write.body.as_deref());
        }
        for (stream, body) in &commit.entries {
            let turn = last_turns.entry(stream.as_str()).or_insert(0);
            *turn += 1;
            self.streams.push(stream);
            self.turns.push(*turn);
            self.entries.push(body);
        }
        Some(())
    }

    pub(super) fn parameters(&self) -> [Parameter<'_>; 12] {
        [
            (&self.ids, Type::BYTEA_ARRAY),
            (&self.contents, Type::BYTEA_ARRAY),
            (&self.fences, Type::TEXT_ARRAY),
            (&self.tokens, Type::INT8_ARRAY),
            (&self.places, Type::INT8_ARRAY),
            (&self.collections, Type::TEXT_ARRAY),
            (&self.keys, Type::TEXT_ARRAY),
            (&self.expected, Type::INT8_ARRAY),
            (&self.bodies, Type::TEXT_ARRAY),
            (&self.streams, Type::TEXT_ARRAY),
            (&self.turns, Type::INT8_ARRAY),
            (&self.entries, Type::TEXT_ARRAY),
        ]
    }
}
