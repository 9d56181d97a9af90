//! The output of libFuzzer.

use std::fmt;

/// The findings of a fuzzer, with its counters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Inputs that were run.
    pub(crate) executions: u64,
    /// Covered edges of the program.
    pub(crate) edges: u64,
    /// The faults, with the files that repeat them.
    pub(crate) faults: Vec<String>,
}

impl Findings {
    /// Reads everything that was printed.
    pub(crate) fn read(printed: &str) -> Self {
        let mut findings = Self::default();
        let mut summary = "";
        for line in printed.lines() {
            if let Some((executions, edges)) = status(line) {
                findings.executions = findings.executions.max(executions);
                findings.edges = findings.edges.max(edges);
            } else if let Some(text) = line.strip_prefix("SUMMARY: ") {
                summary = text;
            } else if let Some((_, place)) = line.split_once("Test unit written to ") {
                let file = place.rsplit('/').next().unwrap_or(place);
                findings.faults.push(file.to_owned());
            }
        }
        if findings.faults.is_empty() && !summary.is_empty() {
            findings.faults.push(summary.to_owned());
        }
        findings
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Executions and edges of a line such as `#2097152 pulse  cov: 310 ft: 512 corp: …`.
fn status(line: &str) -> Option<(u64, u64)> {
    let mut words = line.strip_prefix('#')?.split_whitespace();
    let executions = words.next()?.parse().ok()?;
    words.find(|word| *word == "cov:")?;
    Some((executions, words.next()?.parse().ok()?))
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} executions, {} edges", self.executions, self.edges)?;
        if self.is_clean() { Ok(()) } else { write!(f, ", found {}", self.faults.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_status_counts() {
        let printed = "INFO: Seed: 1\n#2\tINITED cov: 90 ft: 91 corp: 1/1b exec/s: 0 rss: 39Mb\n\
            #1024\tNEW    cov: 121 ft: 180 corp: 20/60b lim: 4 exec/s: 0 rss: 40Mb L: 3/3\n\
            \tNEW_FUNC[1/2]: 0x55 in a\n\
            #65536\tDONE   cov: 120 ft: 181 corp: 21/62b lim: 8 exec/s: 3276 rss: 44Mb\n\
            Done 65536 runs in 20 second(s)\n";
        let findings = Findings::read(printed);
        assert_eq!((findings.executions, findings.edges), (65_536, 121));
        assert!(findings.is_clean());
        assert_eq!(findings.to_string(), "65536 executions, 121 edges");
    }

    #[test]
    fn a_crash_is_named_by_its_file() {
        let printed = "#512\tNEW    cov: 12 ft: 13 corp: 2/2b\nthread '<unnamed>' panicked at src/a.rs:1:1:\n\
            SUMMARY: libFuzzer: deadly signal\n\
            artifact_prefix='/x/'; Test unit written to /x/artifacts/dn/crash-0a1b\nBase64: AA==\n";
        let findings = Findings::read(printed);
        assert_eq!(findings.faults, ["crash-0a1b"]);
        assert_eq!(findings.executions, 512);
    }

    #[test]
    fn a_fault_without_a_file_is_told_too() {
        let printed = "SUMMARY: AddressSanitizer: 8 byte(s) leaked in 1 allocation(s).\n";
        assert!(!Findings::read(printed).is_clean());
    }
}
