//! Who supplies whom, as numbers.

use std::collections::HashMap;

use project_deployer_core::accounts::{SourceType, UserList, UserStanding};

/// The sources of all locations.
#[derive(Default)]
pub(super) struct Sources {
    all: Vec<SourceType>,
    numbers: HashMap<SourceType, usize>,
}

impl Sources {
    /// The sources of all these lists, and of directories.
    pub(super) fn of<'a>(lists: impl Iterator<Item = &'a UserList>) -> Self {
        let mut sources = Self::default();
        sources.add(&SourceType::Ldap);
        let standings = lists.flat_map(UserList::standings);
        standings.for_each(|standing| sources.add(&standing.source));
        sources
    }

    fn add(&mut self, source: &SourceType) {
        if !self.numbers.contains_key(source) {
            self.numbers.insert(source.clone(), self.all.len());
            self.all.push(source.clone());
        }
    }

    pub(super) fn all(&self) -> &[SourceType] {
        &self.all
    }

    pub(super) fn number(&self, source: &SourceType) -> Option<usize> {
        self.numbers.get(source).copied()
    }

    /// Of each standing of a list the number of the source, and whether the user may log in.
    pub(super) fn of_standings(&self, list: &UserList) -> Vec<(usize, bool)> {
        let of = |standing: &UserStanding| Some((self.number(&standing.source)?, standing.enabled));
        list.standings().iter().filter_map(of).collect()
    }

    pub(super) fn is_local(&self, number: usize) -> bool {
        self.all.get(number).is_some_and(is_local)
    }
}

/// Both are accounts of the node itself.
pub(super) fn is_local(source: &SourceType) -> bool {
    matches!(source, SourceType::Local | SourceType::LocalNoAuth)
}
