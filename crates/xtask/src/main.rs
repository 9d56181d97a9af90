//! Every command that continuous integration runs: `cargo xtask <command>`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line")]

mod bench;
mod ci;
mod debian;
mod deps;
mod full;
mod fuzz;
mod java;
mod process;
mod python;
mod rings;
mod size;
mod test;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask <command>

  test    installs what the tests need, then runs all of them; arguments go to `cargo test`
  ci      format, clippy, documentation, dependency direction, examples, then test;
          with --full then the large runs and all fuzz targets, told in docs/full-run.md
          [--fuzz-seconds N] [--fuzz-at-once N] [--seed N]
  bench   measures against peers, for docs/benchmarks.md: [name…]
  deps    checks which crate may depend on which
  fuzz    runs fuzz targets: [target…] [--seconds N] [--seed N] [--at-once N]
  size    builds from nothing and prints times and numbers of crates, for docs/benchmarks.md";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let done = match command.as_str() {
        "test" => test::test(&rest),
        "ci" if rest.iter().any(|argument| argument == "--full") => full::full(&rest),
        "ci" => ci::ci(),
        "bench" => bench::bench(&rest),
        "deps" => deps::deps(),
        "fuzz" => fuzz::fuzz(&rest),
        "size" => size::size(),
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
