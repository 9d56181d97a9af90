//! Every command that continuous integration runs: `cargo xtask <command>`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line")]

mod archivers;
mod bench;
mod burner;
mod ci;
mod debian;
mod deny;
mod deps;
mod features;
mod full;
mod fuzz;
mod git;
mod java;
mod lines;
mod nextest;
mod npm;
mod package;
mod process;
mod published;
mod python;
mod repeat;
mod rings;
mod rustdoc;
mod sbom;
mod semver;
mod size;
mod surface;
mod test;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask <command>

  test    installs what the tests need, then runs all of them; arguments go to `cargo nextest run`
          [--repeat N [--under-load]] runs all N times, with other work on each processor,
          and writes docs/test-rounds.md
  ci      format, clippy, documentation, dependencies, packages, examples, then test;
          --full adds the large runs and all fuzz targets, reported in docs/full-run.md
          [--fuzz-seconds N] [--fuzz-at-once N] [--seed N]
  bench   measures against peers, for docs/benchmarks.md: [name…]
  deny    checks licences, duplicates and sources of dependencies, and advisories if their
          database can be fetched
  deps    checks the allowed dependencies between crates
  features
          builds each published crate by itself and without features
  fuzz    runs fuzz targets: [target…] [--seconds N] [--seed N] [--at-once N]
  lines   counts lines by crate: production, test, generated; here, or at a revision: [revision]
  package packs each published crate, and builds it from its package
  sbom    writes a bill of materials of the published crates (CycloneDX) to target/sbom/
  semver  compares public interfaces with the last release, or with the previous commit
  size    builds from scratch and prints times and numbers of crates, for docs/benchmarks.md
  surface checks that public signatures show only libraries of the contract";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let done = match command.as_str() {
        "test" => test::test(&rest),
        "ci" if rest.iter().any(|argument| argument == "--full") => full::full(&rest),
        "ci" => ci::ci(),
        "bench" => bench::bench(&rest),
        "deny" => deny::deny(),
        "deps" => deps::deps(),
        "features" => features::features(),
        "fuzz" => fuzz::fuzz(&rest),
        "lines" => lines::lines(&rest),
        "package" => package::package(),
        "sbom" => sbom::sbom(),
        "semver" => semver::semver(),
        "size" => size::size(),
        "surface" => surface::surface(),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}
