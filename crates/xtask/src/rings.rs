//! Counts tests by ring, from the output of `cargo test`.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// Binaries of tests with several crates, or with servers and clients of others.
const SYSTEM: [&str; 6] = ["contract", "directories", "postgres", "servers", "system", "cli"];
/// Where tests speak over loopback.
const WIRE: [&str; 4] = ["wire", "node", "network", "remote"];

/// What a test needs, from nothing to real servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ring {
    /// Functions over data, and the engine on nodes in memory.
    Pure,
    /// One suite for all implementations of a boundary.
    Conformance,
    /// HTTP on loopback.
    Wire,
    /// Several crates together, real servers and clients.
    System,
    /// Examples in the documentation.
    Documentation,
}

/// Passed, failed and ignored tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) ignored: usize,
}

/// The tests of a run.
#[derive(Debug, Default)]
pub(crate) struct Rings {
    counts: BTreeMap<Ring, Count>,
    failures: Vec<String>,
}

impl Rings {
    /// Reads the next event of `cargo nextest`, a line of JSON such as
    /// `{"type":"test","event":"ok","name":"crate::binary$module::test"}`.
    pub(crate) fn read_event(&mut self, line: &str) {
        let event: Value = serde_json::from_str(line).unwrap_or_default();
        let text = |field: &str| event[field].as_str().unwrap_or_default();
        if text("type") == "test" && text("event") != "started" {
            let (binary, name) = text("name").split_once('$').unwrap_or_default();
            self.count(ring(binary, name), &format!("{binary} {name}"), text("event"));
        }
    }

    /// Reads the next line of `cargo test --doc`, such as `test src/lib.rs - Name (line 3) ... ok`.
    pub(crate) fn read_documentation(&mut self, line: &str) {
        let Some(test) = line.trim().strip_prefix("test ") else { return };
        let Some((name, end)) = test.rsplit_once(" ... ") else { return };
        let end = end.split(',').next().unwrap_or(end);
        if ["ok", "FAILED", "ignored"].contains(&end) {
            self.count(Ring::Documentation, name, end);
        }
    }

    fn count(&mut self, ring: Ring, name: &str, end: &str) {
        let count = self.counts.entry(ring).or_default();
        match end {
            "ok" => count.passed += 1,
            "ignored" => count.ignored += 1,
            _ => {
                count.failed += 1;
                self.failures.push(name.to_owned());
            }
        }
    }

    pub(crate) fn total(&self) -> Count {
        self.counts.values().fold(Count::default(), |sum, count| Count {
            passed: sum.passed + count.passed,
            failed: sum.failed + count.failed,
            ignored: sum.ignored + count.ignored,
        })
    }

    /// The names of the tests that failed.
    pub(crate) fn failures(&self) -> &[String] {
        &self.failures
    }
}

/// The ring of a test, by its binary as nextest names it: the crate, `::`, and the file.
fn ring(binary: &str, name: &str) -> Ring {
    let file = binary.rsplit("::").next().unwrap_or(binary);
    if SYSTEM.contains(&file) {
        Ring::System
    } else if WIRE.contains(&file) {
        Ring::Wire
    } else if file == "conformance" || name.contains("conformance::") {
        Ring::Conformance
    } else {
        Ring::Pure
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} ignored", self.passed, self.failed, self.ignored)
    }
}

/// A line for each ring.
impl fmt::Display for Rings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (ring, count) in &self.counts {
            let ring = format!("{ring:?}").to_lowercase();
            writeln!(f, "{ring:<14} {:>5} passed {:>3} failed", count.passed, count.failed)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: &str = r#"{"type":"suite","event":"started","test_count":4,"nextest":{"crate":"project-deployer-store"}}
{"type":"test","event":"started","name":"project-deployer-store::project_deployer_store$memory::store::conformance::a_lease_has_one_holder"}
{"type":"test","event":"ok","name":"project-deployer-store::project_deployer_store$memory::store::conformance::a_lease_has_one_holder","exec_time":0.005}
{"type":"test","event":"ok","name":"project-deployer-store::project_deployer_store$digest::tests::a_digest_has_64_digits","exec_time":0.005}
{"type":"test","event":"ignored","name":"project-deployer-store::project_deployer_store$slow"}
{"type":"test","event":"failed","name":"project-deployer-tests::wire$html::a_page_is_not_the_product","exec_time":0.1,"stdout":"thread panicked"}
{"type":"test","event":"failed","name":"project-deployer-tests::wire$it_hangs","exec_time":600.0,"reason":"time limit exceeded"}
{"type":"test","event":"ok","name":"project-deployer-tests::contract$the_contract_holds_with_every_version","exec_time":4.0}
{"type":"test","event":"ok","name":"project-deployer-testkit::servers$open_ldap::a_server_leaves_nothing_behind","exec_time":0.4}
{"type":"suite","event":"failed","passed":4,"failed":2,"ignored":1}"#;

    fn rings() -> Rings {
        let mut rings = Rings::default();
        EVENTS.lines().for_each(|line| rings.read_event(line));
        for line in [
            "   Doc-tests project_deployer_core",
            "running 2 tests",
            "test crates/core/src/identifier.rs - InfraId (line 3) ... ok",
            "test crates/core/src/lib.rs - (line 9) ... FAILED",
            "test result: FAILED. 1 passed; 1 failed; 0 ignored",
        ] {
            rings.read_documentation(line);
        }
        rings
    }

    #[test]
    fn tests_are_counted_in_their_ring() {
        let expected = "pure               1 passed   0 failed
conformance        1 passed   0 failed
wire               0 passed   2 failed
system             2 passed   0 failed
documentation      1 passed   1 failed
";
        assert_eq!(rings().to_string(), expected);
        assert_eq!(rings().total().to_string(), "5 passed, 3 failed, 1 ignored");
    }

    #[test]
    fn every_test_that_failed_is_named() {
        let names = [
            "project-deployer-tests::wire html::a_page_is_not_the_product",
            "project-deployer-tests::wire it_hangs",
            "crates/core/src/lib.rs - (line 9)",
        ];
        assert_eq!(rings().failures(), names);
    }

    #[test]
    fn what_is_no_event_counts_nothing() {
        let mut rings = Rings::default();
        for line in ["", "test result: ok", "{\"type\":\"test\"", "[1]", "{\"type\":7}"] {
            rings.read_event(line);
        }
        assert_eq!(rings.total(), Count::default());
    }
}
