use std::fmt;
use std::time::Duration;

use crate::rings::Count;

/// What came of all rounds, for `docs/test-rounds.md`.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) commit: String,
    pub(super) begun: String,
    pub(super) processors: usize,
    /// Whether each processor had other work.
    pub(super) under_load: bool,
    /// The arguments that chose some of the tests; empty for all.
    pub(super) chosen: String,
    /// How many rounds there should be.
    pub(super) wanted: usize,
    pub(super) rounds: Vec<Round>,
}

/// What came of a round.
#[derive(Debug)]
pub(super) struct Round {
    count: Count,
    /// The names of tests that failed, or why there were no tests.
    failures: Vec<String>,
    taken: Duration,
}

impl Round {
    /// A round that did not come to its end has failed, whatever it counted.
    pub(super) fn new(ended: Result<(Count, Vec<String>), String>, taken: Duration) -> Self {
        let (count, failures) = ended.unwrap_or_else(|error| (Count::default(), vec![error]));
        Self { count, failures, taken }
    }
}

impl Report {
    /// Whether every round was there, and no test failed in any.
    pub(super) fn is_clean(&self) -> bool {
        self.rounds.len() == self.wanted && self.all_passed()
    }

    fn all_passed(&self) -> bool {
        self.rounds.iter().all(|round| round.failures.is_empty())
    }

    fn outcome(&self) -> &'static str {
        match (self.all_passed(), self.is_clean()) {
            (false, _) => "**failed**",
            (true, false) => "not all rounds are there",
            (true, true) => "all passed",
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, load) = (self.wanted, if self.under_load { " --under-load" } else { "" });
        let chosen = if self.chosen.is_empty() { "" } else { " " };
        let call = format!("cargo xtask test --repeat {count}{load}{chosen}{}", self.chosen);
        writeln!(f, "# All tests, round after round\n\nWritten by `{call}`.\n")?;
        writeln!(f, "| commit | begun | processors | load | outcome |\n|---|---|---:|---|---|")?;
        let load = if self.under_load { "one burner for each processor" } else { "none" };
        let outcome = self.outcome();
        let (commit, begun) = (&self.commit, &self.begun);
        writeln!(f, "| {commit} | {begun} | {} | {load} | {outcome} |\n", self.processors)?;
        writeln!(f, "| round | passed | failed | ignored | seconds | failures |")?;
        writeln!(f, "|---:|---:|---:|---:|---:|---|")?;
        for (number, round) in (1..).zip(&self.rounds) {
            let Round { count, failures, taken } = round;
            let failures =
                if failures.is_empty() { "none".to_owned() } else { failures.join("<br>") };
            let Count { passed, failed, ignored } = count;
            let seconds = taken.as_secs();
            writeln!(f, "| {number} | {passed} | {failed} | {ignored} | {seconds} | {failures} |")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(failures: &[&str]) -> Round {
        let count = Count { passed: 1_770, failed: failures.len(), ignored: 3 };
        let failures = failures.iter().map(|&name| name.to_owned()).collect();
        Round::new(Ok((count, failures)), Duration::from_millis(200_900))
    }

    fn report(rounds: Vec<Round>, wanted: usize) -> Report {
        Report {
            commit: "0123456789ab".to_owned(),
            begun: "2026-01-01 10:00 UTC".to_owned(),
            processors: 2,
            under_load: true,
            chosen: String::new(),
            wanted,
            rounds,
        }
    }

    #[test]
    fn a_report_has_a_line_for_each_round() {
        let text = report(vec![round(&[]), round(&["wire a", "wire b"])], 2).to_string();
        for line in [
            "Written by `cargo xtask test --repeat 2 --under-load`.",
            "| 0123456789ab | 2026-01-01 10:00 UTC | 2 | one burner for each processor | **failed** |",
            "| 1 | 1770 | 0 | 3 | 200 | none |",
            "| 2 | 1770 | 2 | 3 | 200 | wire a<br>wire b |",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn only_all_rounds_without_a_failure_are_clean() {
        assert!(report(vec![round(&[]), round(&[])], 2).is_clean());
        let begun = report(vec![round(&[])], 2);
        assert!(!begun.is_clean());
        assert!(begun.to_string().contains("| not all rounds are there |"), "{begun}");
        assert!(!report(vec![round(&[]), round(&["wire a"])], 2).is_clean());
        let stopped = Round::new(Err("it does not build".to_owned()), Duration::ZERO);
        assert!(!report(vec![stopped], 1).is_clean());
    }
}
