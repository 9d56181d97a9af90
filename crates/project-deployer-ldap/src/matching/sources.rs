//! The sources of users, as numbers.

use std::collections::HashMap;

use project_deployer_core::accounts::{SourceType, UserList};

/// The number of LDAP, which is the first source.
pub(super) const LDAP: usize = 0;

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
        lists.flat_map(UserList::sources).for_each(|source| sources.add(source));
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

    fn number(&self, source: &SourceType) -> Option<usize> {
        self.numbers.get(source).copied()
    }

    /// The numbers of the sources of a list, by their positions there.
    pub(super) fn numbers(&self, list: &UserList) -> Vec<Option<usize>> {
        list.sources().iter().map(|source| self.number(source)).collect()
    }

    pub(super) fn is_local(&self, number: usize) -> bool {
        self.all.get(number).is_some_and(is_local)
    }
}

/// Whether the source is one of the two kinds of accounts of the node itself.
pub(super) fn is_local(source: &SourceType) -> bool {
    matches!(source, SourceType::Local | SourceType::LocalNoAuth)
}
