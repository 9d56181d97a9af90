use std::fmt;
use std::time::Duration;

use crate::fuzz::FuzzRun;

/// The parts of a full run with their outcomes, for `docs/full-run.md`.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) commit: String,
    pub(super) begun: String,
    pub(super) seed: u64,
    /// How long `cargo xtask ci` took.
    pub(super) checks: Duration,
    pub(super) parts: Vec<Part>,
    pub(super) runs: Vec<FuzzRun>,
}

/// A part with large tests.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    what: &'static str,
    /// The amount of work.
    count: String,
    passed: usize,
    failed: Vec<String>,
    taken: Duration,
}

impl Part {
    /// Reads what `cargo test` prints. A run without any test is a failure.
    pub(super) fn read(
        what: &'static str,
        count: String,
        printed: &str,
        succeeded: bool,
        taken: Duration,
    ) -> Self {
        let ends =
            printed.lines().filter_map(|line| line.strip_prefix("test ")?.rsplit_once(" ... "));
        let (passed, failed): (Vec<_>, Vec<_>) =
            ends.filter(|(_, end)| !end.starts_with("ignored")).partition(|(_, end)| *end == "ok");
        let mut failed: Vec<String> = failed.into_iter().map(|(name, _)| name.to_owned()).collect();
        if failed.is_empty() && passed.is_empty() {
            failed.push("no test was run".to_owned());
        } else if failed.is_empty() && !succeeded {
            failed.push("the run failed".to_owned());
        }
        Self { what, count, passed: passed.len(), failed, taken }
    }
}

impl Report {
    pub(super) fn is_clean(&self) -> bool {
        let well = self.parts.iter().all(|part| part.failed.is_empty());
        well && self.runs.iter().all(|run| run.findings.is_clean())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# The last full run\n")?;
        writeln!(
            f,
            "Written by `cargo xtask ci --full`; repeat it with `--seed {}`.\n",
            self.seed
        )?;
        writeln!(f, "| commit | begun | seed | outcome |\n|---|---|---|---|")?;
        let outcome = if self.is_clean() { "passed" } else { "**failed**" };
        writeln!(f, "| {} | {} | {} | {outcome} |\n", self.commit, self.begun, self.seed)?;
        writeln!(f, "| part | how much | tests | failed | time |\n|---|---|---:|---|---:|")?;
        let checks = minutes(self.checks);
        writeln!(f, "| `cargo xtask ci` | every change has to pass | all | none | {checks} |")?;
        for part in &self.parts {
            let failed = listed(&part.failed);
            let taken = minutes(part.taken);
            writeln!(
                f,
                "| {} | {} | {} | {failed} | {taken} |",
                part.what, part.count, part.passed
            )?;
        }
        writeln!(f, "\n## Fuzz targets\n")?;
        writeln!(f, "| target | seconds | executions | coverage edges | crashes |")?;
        writeln!(f, "|---|---:|---:|---:|---|")?;
        for FuzzRun { target, seconds, findings } in &self.runs {
            let (executions, edges) = (grouped(findings.executions), grouped(findings.edges));
            let found = listed(&findings.faults);
            writeln!(f, "| `{target}` | {seconds} | {executions} | {edges} | {found} |")?;
        }
        let all = self.runs.iter().map(|run| run.findings.executions).sum();
        writeln!(f, "\n{} executions in all.", grouped(all))
    }
}

fn listed(faults: &[String]) -> String {
    if faults.is_empty() { "none".to_owned() } else { faults.join(", ") }
}

fn minutes(taken: Duration) -> String {
    let seconds = taken.as_secs();
    format!("{}:{:02} min", seconds / 60, seconds % 60)
}

/// A number with a comma for each thousand.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::Findings;

    fn report(faults: &[&str]) -> Report {
        let printed = "test faults ... ok\ntest other ... ignored, by hand\n";
        let findings = Findings {
            executions: 1_234_567,
            edges: 890,
            faults: faults.iter().map(|&fault| fault.to_owned()).collect(),
        };
        Report {
            commit: "0123456789ab".to_owned(),
            begun: "2026-01-01 10:00 UTC".to_owned(),
            seed: 7,
            checks: Duration::from_secs(125),
            parts: vec![Part::read("calls", "20000".to_owned(), printed, true, Duration::ZERO)],
            runs: vec![FuzzRun { target: "dn".to_owned(), seconds: 300, findings }],
        }
    }

    #[test]
    fn a_report_tells_every_part_and_every_target() {
        let text = report(&[]).to_string();
        for line in [
            "| 0123456789ab | 2026-01-01 10:00 UTC | 7 | passed |",
            "| `cargo xtask ci` | every change has to pass | all | none | 2:05 min |",
            "| calls | 20000 | 1 | none | 0:00 min |",
            "| `dn` | 300 | 1,234,567 | 890 | none |",
            "1,234,567 executions in all.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_crash_makes_the_whole_run_fail() {
        let report = report(&["crash-0a1b"]);
        assert!(!report.is_clean());
        let text = report.to_string();
        assert!(text.contains("**failed**") && text.contains("| crash-0a1b |"), "{text}");
    }

    #[test]
    fn tests_that_failed_were_not_found_or_did_not_end_are_failures() {
        let part =
            |printed, well| Part::read("x", String::new(), printed, well, Duration::ZERO).failed;
        assert_eq!(part("test a ... ok\ntest b ... FAILED\n", false), ["b"]);
        assert_eq!(part("running 0 tests\n", true), ["no test was run"]);
        assert_eq!(part("test a ... ok\n", false), ["the run failed"]);
        assert!(part("test a ... ok\n", true).is_empty());
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
