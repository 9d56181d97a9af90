//! All tests many times over: a test that flakes is found by this, and not by whoever runs it next.

mod report;

use std::fs;
use std::time::Instant;

use self::report::{Report, Round};
use crate::burner::{Burners, processors};
use crate::full::commit;
use crate::process::{command, output, root};
use crate::test::Suite;

/// How often the tests run, and beside what.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rounds {
    count: usize,
    under_load: bool,
}

impl Rounds {
    /// Takes `--repeat N` and `--under-load` out of the arguments. What is left is for the runner.
    ///
    /// # Errors
    ///
    /// The number is none, or there is load without rounds.
    pub(crate) fn read(arguments: &[String]) -> Result<(Option<Self>, Vec<String>), String> {
        let (mut count, mut under_load, mut more) = (None, false, Vec::new());
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--repeat" => count = Some(number(arguments.next())?),
                "--under-load" => under_load = true,
                _ => more.push(argument.clone()),
            }
        }
        match count {
            None if under_load => Err("`--under-load` goes with `--repeat N`".to_owned()),
            None => Ok((None, more)),
            Some(count) => Ok((Some(Self { count, under_load }), more)),
        }
    }

    /// Runs all rounds to the end, and writes `docs/test-rounds.md` after each.
    ///
    /// # Errors
    ///
    /// Something does not build, or a round failed.
    pub(crate) fn run(&self, suite: &Suite) -> Result<(), String> {
        suite.build()?;
        let begun = output(command("date", &["-u", "+%Y-%m-%d %H:%M UTC"]))?.trim().to_owned();
        let mut report = Report {
            commit: commit()?,
            begun,
            processors: processors(),
            under_load: self.under_load,
            chosen: suite.chosen().join(" "),
            wanted: self.count,
            rounds: Vec::new(),
        };
        let _burners = self.under_load.then(Burners::start);
        for number in 1..=self.count {
            println!("== round {number} of {}", self.count);
            report.rounds.push(round(suite));
            write(&report)?;
        }
        println!("\n{report}");
        if report.is_clean() { Ok(()) } else { Err("see docs/test-rounds.md".to_owned()) }
    }
}

fn number(text: Option<&String>) -> Result<usize, String> {
    let number = text.and_then(|text| text.parse().ok()).filter(|number| *number > 0);
    number.ok_or_else(|| "write `--repeat` and how many rounds there should be".to_owned())
}

fn round(suite: &Suite) -> Round {
    let start = Instant::now();
    let ended = suite.run().map(|rings| (rings.total(), rings.failures().to_vec()));
    Round::new(ended, start.elapsed())
}

fn write(report: &Report) -> Result<(), String> {
    let place = root().join("docs").join("test-rounds.md");
    fs::write(&place, report.to_string()).map_err(|error| format!("{}: {error}", place.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<(Option<Rounds>, Vec<String>), String> {
        Rounds::read(&arguments.iter().map(|&argument| argument.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn arguments_that_are_not_ours_go_to_the_runner() {
        assert_eq!(read(&["-p", "xtask"]), Ok((None, vec!["-p".to_owned(), "xtask".to_owned()])));
        let rounds = Rounds { count: 10, under_load: true };
        let wanted = Ok((Some(rounds), vec!["tls".to_owned()]));
        assert_eq!(read(&["--under-load", "tls", "--repeat", "10"]), wanted);
    }

    #[test]
    fn rounds_without_a_number_and_load_without_rounds_are_refused() {
        for wrong in [&["--repeat"][..], &["--repeat", "0"], &["--repeat", "x"], &["--under-load"]]
        {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
