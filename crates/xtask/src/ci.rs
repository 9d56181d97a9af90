//! The checks that every change must pass.

use std::thread;
use std::time::Instant;

use crate::deny::deny;
use crate::deps::deps;
use crate::features::features;
use crate::package::package;
use crate::process::{cargo, run};
use crate::rustdoc::documentation;
use crate::semver;
use crate::surface::surface;
use crate::test::Suite;

const EXAMPLES: [&str; 4] =
    ["quickstart", "embed_in_your_program", "test_against_a_mock_node", "expect_calls_of_a_node"];

pub(crate) fn ci() -> Result<(), String> {
    // What tests need is fetched and unpacked while the compiler has the processors.
    let suite = thread::spawn(|| Suite::prepare(Vec::new()));
    step("format", || run(cargo(&["fmt", "--all", "--check"])))?;
    step("clippy", clippy)?;
    step("without features", features)?;
    step("documentation", documentation)?;
    step("dependency direction", deps)?;
    step("licences and sources", deny)?;
    step("packages", package)?;
    step("public signatures", surface)?;
    step("public interfaces", semver::if_installed)?;
    for example in EXAMPLES {
        let arguments = ["run", "--quiet", "--package", "project-deployer-examples", "--example"];
        step(example, || run(cargo(&[&arguments[..], &[example]].concat())))?;
    }
    let suite = suite.join().map_err(|_| "what the tests need was not installed")??;
    step("tests", || suite.run_once())
}

fn step(name: &str, work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    println!("== {name}");
    let start = Instant::now();
    work()?;
    println!("== {name}: {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Features are additive, so all of them and none of them (`features.rs`) cover the combinations.
fn clippy() -> Result<(), String> {
    let deny = ["--", "--deny", "warnings"];
    let all = ["clippy", "--workspace", "--all-targets", "--all-features"];
    run(cargo(&[&all[..], &deny[..]].concat()))?;
    let usual = ["clippy", "--workspace"];
    run(cargo(&[&usual[..], &deny[..]].concat()))
}
