use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lenient::null_as_default;
use crate::node::Scenario;

/// The outcomes of the test scenarios of a deployed project (wire-facts 2.12).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct TestingStatus {
    /// Test scenarios that ran.
    #[serde(deserialize_with = "null_as_default")]
    pub nb_total_ran_scenarios: usize,
    /// The number of scenarios by outcome.
    #[serde(deserialize_with = "null_as_default")]
    pub nb_scenarios_per_outcome: BTreeMap<String, usize>,
}

impl TestingStatus {
    /// Counts the last run of each test scenario (wire-facts 3.8).
    #[must_use]
    pub fn of<'a>(scenarios: impl IntoIterator<Item = &'a Scenario>) -> Self {
        let mut status = Self::default();
        let tests = scenarios.into_iter().filter(|scenario| scenario.marked_as_test);
        for outcome in tests.filter_map(|scenario| scenario.last_outcome) {
            status.nb_total_ran_scenarios += 1;
            *status.nb_scenarios_per_outcome.entry(outcome.as_str().to_owned()).or_default() += 1;
        }
        status
    }
}
