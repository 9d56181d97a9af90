use std::time::{Duration, Instant};

/// How long all rules together may work on one login. Ordinary rules take microseconds.
const TIME_LIMIT: Duration = Duration::from_secs(1);
/// A look at the clock takes as long as an ordinary search, and a million logins are searched.
const SEARCHES_A_LOOK: u32 = 16;

/// What is left of the time for one login.
#[derive(Debug, Default)]
pub(super) struct Patience {
    searches: u32,
    deadline: Option<Instant>,
}

impl Patience {
    /// Whether the time is over before the next search. The first look at the clock starts it.
    pub(super) fn is_over(&mut self) -> bool {
        self.searches = self.searches.wrapping_add(1);
        if !self.searches.is_multiple_of(SEARCHES_A_LOOK) {
            return false;
        }
        let now = Instant::now();
        now > *self.deadline.get_or_insert(now + TIME_LIMIT)
    }

    #[cfg(test)]
    pub(super) fn exhausted() -> Self {
        Self { searches: 0, deadline: Instant::now().checked_sub(TIME_LIMIT) }
    }
}
