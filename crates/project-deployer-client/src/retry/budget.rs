/// What repetitions are paid with. It is shared by all nodes of a connector, so that an outage of all
/// of them adds a tenth to the traffic and not twice as much again (R7).
///
/// Among any number of calls in a row at most [`RetryBudget::RESERVE`] repetitions and one more for
/// every ten calls are paid for. No clock is in it: a budget that fills up with time would let a
/// client that asks seldom repeat everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RetryBudget {
    tenths: u32,
}

impl RetryBudget {
    /// How many repetitions a budget that has rested pays for. With less than a tenth of 100, the
    /// first call to each of 100 nodes that are gone stays below 1.2 times the traffic.
    pub(crate) const RESERVE: u32 = 8;
    const PRICE: u32 = 10;

    pub(crate) fn full() -> Self {
        Self { tenths: Self::RESERVE * Self::PRICE }
    }

    /// What a call earns.
    pub(crate) fn earn(&mut self) {
        self.tenths = (self.tenths + 1).min(Self::RESERVE * Self::PRICE);
    }

    /// Pays for a repetition, unless too little is left.
    #[must_use]
    pub(crate) fn pay(&mut self) -> bool {
        match self.tenths.checked_sub(Self::PRICE) {
            Some(rest) => {
                self.tenths = rest;
                true
            }
            None => false,
        }
    }
}
