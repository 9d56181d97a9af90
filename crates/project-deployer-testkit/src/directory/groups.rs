//! Groups whose members are groups.

use std::collections::{BTreeMap, BTreeSet};

#[cfg(feature = "servers")]
use super::MockPerson;

/// Which groups are inside which. Circles are allowed, as directories allow them.
#[derive(Debug, Default)]
pub(super) struct GroupsInGroups(BTreeMap<String, BTreeSet<String>>);

/// Those who are directly in a group.
#[cfg(feature = "servers")]
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// Logins.
    pub(crate) people: BTreeSet<String>,
    /// Names of groups.
    pub(crate) groups: BTreeSet<String>,
}

impl GroupsInGroups {
    pub(super) fn put(&mut self, group: &str, inside: &str) {
        self.0.entry(group.to_owned()).or_default().insert(inside.to_owned());
    }

    /// All groups of a person who is directly in these.
    pub(super) fn all_of(&self, direct: &BTreeSet<String>) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        let mut open: Vec<&String> = direct.iter().collect();
        while let Some(group) = open.pop() {
            if all.insert(group.clone()) {
                open.extend(self.0.get(group).into_iter().flatten());
            }
        }
        all
    }

    #[cfg(feature = "servers")]
    pub(super) fn with_people<'a>(
        &self,
        people: impl Iterator<Item = &'a MockPerson>,
    ) -> BTreeMap<String, Group> {
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        for (group, containers) in &self.0 {
            groups.entry(group.clone()).or_default();
            for container in containers {
                groups.entry(container.clone()).or_default().groups.insert(group.clone());
            }
        }
        for person in people {
            for group in &person.groups {
                groups.entry(group.clone()).or_default().people.insert(person.login.clone());
            }
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_in_a_circle_are_found_once() {
        let mut groups = GroupsInGroups::default();
        groups.put("ops", "staff");
        groups.put("staff", "everyone");
        groups.put("everyone", "ops");
        let all = groups.all_of(&BTreeSet::from(["ops".to_owned()]));
        assert_eq!(all.into_iter().collect::<Vec<_>>(), ["everyone", "ops", "staff"]);
    }
}
