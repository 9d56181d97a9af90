//! What no two mocks have in common, so that none answers the tests of another.

use std::hash::{BuildHasher as _, RandomState};

/// Thirty-two hexadecimal digits that nothing else has, in this process or in another. They are no secret for a
/// server that strangers can reach.
pub(crate) fn mark() -> String {
    // Each state has keys of its own, from the system's random numbers.
    let number = || RandomState::new().hash_one("mock");
    format!("{:016x}{:016x}", number(), number())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_marks_are_equal() {
        let marks: HashSet<String> = (0..1_000).map(|_| mark()).collect();
        assert_eq!(marks.len(), 1_000);
        assert!(marks.iter().all(|mark| mark.len() == 32), "{marks:?}");
    }
}
