//! Counts tests by ring, from the output of `cargo test`.

use std::collections::BTreeMap;
use std::fmt;

/// Test binaries with several crates, or with real servers and clients.
const SYSTEM: [&str; 5] =
    ["tests/contract/", "tests/directories/", "tests/servers/", "tests/system/", "tests/cli/"];
/// Test binaries that use loopback.
const WIRE: [&str; 4] = ["tests/wire/", "tests/node/", "tests/network/", "tests/remote/"];

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

/// Passed, failed and ignored tests of a ring.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) ignored: usize,
}

/// The tests of a run.
#[derive(Debug, Default)]
pub(crate) struct Rings {
    binary: String,
    counts: BTreeMap<Ring, Count>,
}

impl Rings {
    /// Reads the next line of the output.
    pub(crate) fn read(&mut self, line: &str) {
        let line = line.trim();
        if let Some(binary) = line.strip_prefix("Running ") {
            self.binary = binary.to_owned();
        } else if line.starts_with("Doc-tests ") {
            self.binary = line.to_owned();
        } else if let Some((name, end)) = test_line(line) {
            let ring = self.ring(name);
            let count = self.counts.entry(ring).or_default();
            match end {
                "ok" => count.passed += 1,
                "FAILED" => count.failed += 1,
                _ => count.ignored += 1,
            }
        }
    }

    fn ring(&self, name: &str) -> Ring {
        let binary = self.binary.as_str();
        if binary.starts_with("Doc-tests ") {
            Ring::Documentation
        } else if SYSTEM.iter().any(|folder| binary.starts_with(folder)) {
            Ring::System
        } else if WIRE.iter().any(|folder| binary.starts_with(folder)) {
            Ring::Wire
        } else if binary.starts_with("tests/conformance/") || name.contains("conformance::") {
            Ring::Conformance
        } else {
            Ring::Pure
        }
    }

    pub(crate) fn total(&self) -> Count {
        self.counts.values().fold(Count::default(), |sum, count| Count {
            passed: sum.passed + count.passed,
            failed: sum.failed + count.failed,
            ignored: sum.ignored + count.ignored,
        })
    }
}

/// The name and the outcome of a test, if the line has one.
fn test_line(line: &str) -> Option<(&str, &str)> {
    let (name, end) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let end = end.split(',').next().unwrap_or(end);
    matches!(end, "ok" | "FAILED" | "ignored").then_some((name, end))
}

impl fmt::Display for Rings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (ring, count) in &self.counts {
            let ring = format!("{ring:?}").to_lowercase();
            writeln!(f, "{ring:<14} {:>5} passed {:>3} failed", count.passed, count.failed)?;
        }
        let total = self.total();
        write!(f, "{} passed, {} failed", total.passed, total.failed)?;
        if total.ignored > 0 { write!(f, ", {} ignored", total.ignored) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_counted_in_their_ring() {
        let mut rings = Rings::default();
        for line in [
            "     Running unittests src/lib.rs (target/debug/deps/store-1)",
            "test memory::store::conformance::a_lease_has_one_holder ... ok",
            "test digest::tests::a_digest_has_64_digits ... ok",
            "test slow ... ignored, by hand",
            "test result: ok. 2 passed; 0 failed; 1 ignored",
            "     Running tests/wire/main.rs (target/debug/deps/wire-1)",
            "test html::a_page_is_not_the_product ... FAILED",
            "     Running tests/contract/main.rs (target/debug/deps/contract-1)",
            "test the_contract_holds_with_every_version ... ok",
            "     Running tests/servers/main.rs (target/debug/deps/servers-1)",
            "test open_ldap::a_server_leaves_nothing_behind ... ok",
            "   Doc-tests project_deployer_core",
            "test crates/core/src/identifier.rs - InfraId (line 3) ... ok",
        ] {
            rings.read(line);
        }
        let text = rings.to_string();
        let expected = "pure               1 passed   0 failed
conformance        1 passed   0 failed
wire               0 passed   1 failed
system             2 passed   0 failed
documentation      1 passed   0 failed
5 passed, 1 failed, 1 ignored";
        assert_eq!(text, expected);
    }
}
