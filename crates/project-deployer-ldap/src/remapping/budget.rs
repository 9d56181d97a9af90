use std::time::{Duration, Instant};

/// The time that the rules of a node may take beyond their share for each login. Ordinary rules take
/// microseconds.
const ALLOWED: Duration = Duration::from_secs(2);
/// The share of a login.
const FOR_A_LOGIN: Duration = Duration::from_micros(100);
/// Reading the clock takes as long as an ordinary search, so a million logins do not read it each time.
const SEARCHES_A_LOOK: u32 = 16;

/// The time that rules may take for all logins to which they are applied. A budget that is used up stays
/// used up.
#[derive(Debug)]
pub(crate) struct TimeBudget {
    begun: Instant,
    allowed: Duration,
    searches: u32,
    is_over: bool,
}

impl TimeBudget {
    /// A budget that starts now.
    pub(crate) fn new() -> Self {
        Self::of(ALLOWED)
    }

    pub(super) fn of(allowed: Duration) -> Self {
        Self { begun: Instant::now(), allowed, searches: 0, is_over: false }
    }

    /// Adds the share of one more login.
    pub(super) fn next_login(&mut self) {
        self.allowed = self.allowed.saturating_add(FOR_A_LOGIN);
    }

    /// Whether the budget is used up. It is called before each search.
    pub(super) fn is_over(&mut self) -> bool {
        self.searches += 1;
        if self.searches == SEARCHES_A_LOOK {
            self.searches = 0;
            self.is_over |= self.begun.elapsed() > self.allowed;
        }
        self.is_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_taken_too_long_is_over_at_the_next_look_and_stays_so() {
        let mut budget = TimeBudget::of(Duration::ZERO);
        let over: Vec<bool> = (0..40).map(|_| budget.is_over()).collect();
        assert_eq!(over.iter().position(|over| *over), Some(15));
        assert!(over[15..].iter().all(|over| *over));
    }

    #[test]
    fn each_login_has_its_share() {
        let mut budget = TimeBudget::of(Duration::ZERO);
        // A minute for what takes microseconds.
        (0..600_000).for_each(|_| budget.next_login());
        assert!((0..40).all(|_| !budget.is_over()));
    }
}
