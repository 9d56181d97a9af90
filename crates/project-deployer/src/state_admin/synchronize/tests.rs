use proptest::prelude::*;

use super::*;

fn names(differences: &[Difference<u8>]) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let mut sorted = (Vec::new(), Vec::new(), Vec::new());
    for difference in differences {
        match difference {
            Difference::New(name) => sorted.0.push(*name),
            Difference::Both(name) => sorted.1.push(*name),
            Difference::Gone(name) => sorted.2.push(*name),
        }
    }
    sorted
}

#[test]
fn names_after_the_end_of_a_page_are_not_taken_for_gone() {
    let (found, end) = merged(&[1, 3], &[2, 3, 4], 2);
    assert_eq!((names(&found), end), ((vec![1], vec![3], vec![2]), Some(3)));
    let (found, end) = merged(&[1], &[2], 2);
    assert_eq!((names(&found), end), ((vec![1], vec![], vec![2]), None));
}

proptest! {
    #[test]
    fn pages_of_any_size_find_every_difference_once(
        from in prop::collection::btree_set(any::<u8>(), 0..40),
        to in prop::collection::btree_set(any::<u8>(), 0..40),
        page in 1_usize..10,
    ) {
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let rest = |names: &std::collections::BTreeSet<u8>| -> Vec<u8> {
                let later = names.iter().filter(|name| after.is_none_or(|after| **name > after));
                later.take(page).copied().collect()
            };
            let (found, end) = merged(&rest(&from), &rest(&to), page);
            all.extend(found);
            match end {
                Some(end) => after = Some(end),
                None => break,
            }
        }
        let (new, both, gone) = names(&all);
        prop_assert_eq!(new, from.difference(&to).copied().collect::<Vec<_>>());
        prop_assert_eq!(both, from.intersection(&to).copied().collect::<Vec<_>>());
        prop_assert_eq!(gone, to.difference(&from).copied().collect::<Vec<_>>());
    }
}
