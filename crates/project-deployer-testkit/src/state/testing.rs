use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::project::Project;
use crate::seed::Outcome;

/// How the test scenarios of a project went: the last run of each that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TestResults(BTreeMap<String, Outcome>);

impl Project {
    /// With a bundle, only runs count that were made while it was active.
    pub(crate) fn test_results(&self, bundle: Option<&str>) -> TestResults {
        let tests = self.scenarios.iter().filter(|(_, scenario)| scenario.flag("markedAsTest"));
        let ran = tests.filter_map(|(id, test)| Some((id.clone(), test.last_outcome(bundle)?)));
        TestResults(ran.collect())
    }
}

impl TestResults {
    pub(crate) fn of(outcomes: BTreeMap<String, Outcome>) -> Self {
        Self(outcomes)
    }

    /// The testing status (wire-facts 2.12).
    pub(crate) fn status(&self) -> Value {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for outcome in self.0.values() {
            *counts.entry(outcome.as_str()).or_default() += 1;
        }
        json!({"nbTotalRanScenarios": self.0.len(), "nbScenariosPerOutcome": counts})
    }

    /// JUnit XML; which attributes the product writes is not in the sources.
    pub(crate) fn junit(&self, project: &str) -> String {
        let failures = self.0.values().filter(|outcome| **outcome == Outcome::Failed).count();
        let mut report = format!(
            "<testsuites><testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\">",
            escaped(project),
            self.0.len()
        );
        for (id, outcome) in &self.0 {
            let inside = match outcome {
                Outcome::Failed => "<failure message=\"FAILED\"/>",
                Outcome::Aborted => "<skipped message=\"ABORTED\"/>",
                Outcome::Success | Outcome::Warning => "",
            };
            let name = escaped(id);
            // Writing to a text does not fail.
            let _ = write!(report, "<testcase name=\"{name}\">{inside}</testcase>");
        }
        report.push_str("</testsuite></testsuites>");
        report
    }

    pub(crate) fn html(&self, project: &str) -> String {
        let rows = self.0.iter().map(|(id, outcome)| {
            format!("<tr><td>{}</td><td>{}</td></tr>", escaped(id), outcome.as_str())
        });
        let rows: String = rows.collect();
        format!("<html><body><h1>{}</h1><table>{rows}</table></body></html>", escaped(project))
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
