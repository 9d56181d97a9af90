use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::identifier::{GroupName, IdentifierError};

/// The groups of many users. Each name, and each set of groups, is stored once.
#[derive(Debug, Clone, Default)]
pub(in crate::accounts) struct GroupSets {
    names: Vec<GroupName>,
    numbers: HashMap<GroupName, u32, RandomState>,
    sets: Vec<Arc<[u32]>>,
    /// The number of each set, by the numbers of its groups.
    set_numbers: HashMap<Arc<[u32]>, u32, RandomState>,
    /// A reused buffer for the set that is being read.
    read: Vec<u32>,
}

impl GroupSets {
    /// The number of a group by its name.
    ///
    /// # Errors
    ///
    /// The text is not a valid group name.
    pub(in crate::accounts) fn number(&mut self, name: &str) -> Result<u32, IdentifierError> {
        match self.numbers.get(name) {
            Some(number) => Ok(*number),
            None => Ok(self.add(name.parse()?)),
        }
    }

    /// The number of a group.
    pub(super) fn number_of(&mut self, group: &GroupName) -> u32 {
        match self.numbers.get(group) {
            Some(number) => *number,
            None => self.add(group.clone()),
        }
    }

    fn add(&mut self, group: GroupName) -> u32 {
        let number = next_number(self.names.len());
        self.names.push(group.clone());
        self.numbers.insert(group, number);
        number
    }

    /// The number of a set whose groups come one by one. The closure adds their numbers to the list that it
    /// gets.
    ///
    /// # Errors
    ///
    /// The errors of the closure.
    pub(in crate::accounts) fn set_of<E>(
        &mut self,
        name_groups: impl FnOnce(&mut Self, &mut Vec<u32>) -> Result<(), E>,
    ) -> Result<u32, E> {
        let mut groups = std::mem::take(&mut self.read);
        groups.clear();
        let named = name_groups(self, &mut groups);
        let set = named.map(|()| self.set(&groups));
        self.read = groups;
        set
    }

    /// The number of a set of groups.
    pub(in crate::accounts) fn set(&mut self, groups: &[u32]) -> u32 {
        if let Some(number) = self.set_numbers.get(groups) {
            return *number;
        }
        let (number, set) = (next_number(self.sets.len()), Arc::from(groups));
        self.sets.push(Arc::clone(&set));
        self.set_numbers.insert(set, number);
        number
    }

    /// Releases spare capacity.
    pub(super) fn end(&mut self) {
        self.read = Vec::new();
    }

    /// The groups of a set.
    pub(super) fn members(&self, set: u32) -> impl Iterator<Item = &GroupName> {
        let set = usize::try_from(set).ok().and_then(|set| self.sets.get(set));
        let numbers = set.map(|set| &**set).unwrap_or_default().iter();
        numbers.filter_map(|number| self.names.get(usize::try_from(*number).ok()?))
    }
}

/// That many do not fit into memory.
fn next_number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sets_are_kept_once_however_different_the_users_are() {
        // R23
        let mut groups = GroupSets::default();
        let names: Vec<String> = (0..20).map(|number| format!("team-{number}")).collect();
        let mut sets = Vec::new();
        for user in 0..1_000_usize {
            let of_user = names.iter().enumerate().filter(|(bit, _)| user >> (bit % 10) & 1 == 1);
            let numbers: Vec<u32> = of_user.map(|(_, name)| groups.number(name).unwrap()).collect();
            sets.push((groups.set(&numbers), numbers.len()));
        }
        assert_eq!((groups.names.len(), groups.sets.len()), (20, 1_000));
        assert!(sets.iter().all(|(set, length)| groups.members(*set).count() == *length));
        let again = groups.number("team-3").unwrap();
        assert_eq!(groups.number_of(&"team-3".parse().unwrap()), again);
        assert_eq!(groups.set(&[again]), groups.set(&[again]));
    }

    #[test]
    fn what_is_no_group_gets_no_number() {
        let mut groups = GroupSets::default();
        assert!(groups.number("a/b").is_err());
        assert!(groups.names.is_empty());
        assert_eq!(groups.members(7).count(), 0);
    }
}
