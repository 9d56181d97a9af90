//! Which groups may see an object, as numbers. A list decides on hundreds of objects with hundreds of entries of
//! rights each, and a number is compared faster than a name.

use std::collections::BTreeSet;

use project_deployer_core::GroupName;

use super::sorted::Sorted;

/// The number of a group that has rights.
type Number = u32;

/// The names of groups that have rights, each with a number, so that all who name one share its text. A name stays
/// when nobody names it any more, so no number is given twice.
#[derive(Clone, Default)]
pub(super) struct GroupNames {
    numbers: Sorted<GroupName, Number>,
    next: Number,
}

/// The groups that may see an object. None of them is named by an object without rights.
#[derive(Debug, Clone, Default)]
pub(super) struct Viewers(Box<[Number]>);

/// The groups of a caller: the bit of each number is set.
pub(super) struct OwnGroups(Vec<u64>);

impl GroupNames {
    /// Replaces a name by the known one, whose text is shared, and returns its number.
    fn share(&mut self, name: &mut GroupName) -> Number {
        if let Some((known, number)) = self.numbers.entry(name) {
            *name = known.clone();
            return *number;
        }
        let number = self.next;
        self.next += 1;
        self.numbers.insert(name.clone(), number);
        number
    }

    /// Shares the names of the groups of an object. Of those that may see it, the numbers are returned.
    pub(super) fn viewers<'a>(
        &mut self,
        groups: impl Iterator<Item = (&'a mut GroupName, bool)>,
    ) -> Viewers {
        let numbers = groups.filter_map(|(name, sees)| {
            let number = self.share(name);
            sees.then_some(number)
        });
        Viewers(numbers.collect())
    }

    /// The groups of a caller. One that no object names gives no right.
    pub(super) fn own(&self, groups: &BTreeSet<GroupName>) -> OwnGroups {
        let mut bits = vec![0; self.next.div_ceil(u64::BITS) as usize];
        for number in groups.iter().filter_map(|name| self.numbers.get(name)) {
            let (word, bit) = place(*number);
            bits.get_mut(word).into_iter().for_each(|word| *word |= bit);
        }
        OwnGroups(bits)
    }
}

impl OwnGroups {
    /// Whether one of these groups may see an object.
    pub(super) fn see(&self, viewers: &Viewers) -> bool {
        viewers.0.iter().any(|number| {
            let (word, bit) = place(*number);
            self.0.get(word).is_some_and(|word| word & bit != 0)
        })
    }
}

fn place(number: Number) -> (usize, u64) {
    ((number / u64::BITS) as usize, 1 << (number % u64::BITS))
}
