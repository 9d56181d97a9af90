//! Remapping rules against `String.replaceAll` of a real Java (R-L9): the same result, or an honest refusal.
//! `PROJECT_DEPLOYER_REMAPPINGS` sets the number of triples, `PROJECT_DEPLOYER_SEED` repeats a failed run.
#![expect(clippy::unwrap_used, reason = "tests")]

mod generator;
mod java;
mod ours;

use generator::{Triple, triple};
use java::Java;
use ours::Answer;

const TRIPLES: u64 = 20_000;
const SEED: u64 = 20_260_101;
/// Triples for one start of Java.
const BATCH: u64 = 20_000;
/// Triples and what Java 17 makes of them, for a run without Java.
const RECORD: &str = include_str!("record.txt");

/// What a run has shown.
#[derive(Debug, Default)]
struct Tally {
    same: u64,
    refused_by_us: u64,
    refused_by_both: u64,
}

impl Tally {
    /// Compares the answers to a triple. Nothing is taken that Java refuses.
    fn add(&mut self, triple: &Triple, java: &str, again: &str) {
        let ours = ours::answer(triple);
        match (java.strip_prefix("ok\t"), ours) {
            (Some(wanted), Answer::Result(result)) => {
                assert_eq!(java::field(&result), wanted, "{triple:?} {again}");
                self.same += 1;
            }
            (Some(_), Answer::Refused) => self.refused_by_us += 1,
            (None, Answer::Refused) => self.refused_by_both += 1,
            // Java gives up after a number of steps; it refuses nothing.
            (None, Answer::Result(_)) => assert_eq!(java, "explodes", "{triple:?} {again}"),
        }
    }

    #[expect(clippy::print_stdout, reason = "the share of refusals is a result of the run")]
    fn show(&self, what: &str) {
        let all = self.same + self.refused_by_us + self.refused_by_both;
        let percent = self.refused_by_us * 100 / all.max(1);
        println!("{what}: {self:?}; {percent} % of {all} are refused here alone");
        // Otherwise the test has shown nothing.
        assert!(self.same * 3 >= all, "{self:?}");
    }
}

fn recorded() -> impl Iterator<Item = (Triple, &'static str)> {
    RECORD.lines().map(|line| {
        let fields: Vec<&str> = line.splitn(4, '\t').collect();
        let text = |at: usize| java::plain(fields[at]);
        (Triple { pattern: text(0), replacement: text(1), login: text(2) }, fields[3])
    })
}

#[test]
fn generated_rules_have_the_result_of_java_or_are_refused() {
    let Some(java) = Java::find() else { return };
    let seed = java::number("PROJECT_DEPLOYER_SEED", SEED);
    let count = java::number("PROJECT_DEPLOYER_REMAPPINGS", TRIPLES);
    let mut tally = Tally::default();
    for begin in (0..count).step_by(usize::try_from(BATCH).unwrap()) {
        let numbers = begin..count.min(begin + BATCH);
        let triples: Vec<Triple> =
            numbers.clone().map(|number| triple(seed.wrapping_add(number))).collect();
        for (number, (triple, answer)) in numbers.zip(triples.iter().zip(java.answers(&triples))) {
            let again = format!("PROJECT_DEPLOYER_SEED={}", seed.wrapping_add(number));
            tally.add(triple, &answer, &again);
        }
    }
    tally.show("generated");
}

#[test]
fn recorded_rules_have_the_result_of_java_or_are_refused() {
    let mut tally = Tally::default();
    recorded().for_each(|(triple, answer)| tally.add(&triple, answer, "of the record"));
    assert_eq!(recorded().count(), 5_000);
    tally.show("recorded");
}

#[test]
fn the_record_is_what_java_17_answers() {
    let Some(java) = Java::find().filter(|java| java.version == 17) else { return };
    let (triples, answers): (Vec<Triple>, Vec<&str>) = recorded().unzip();
    for (triple, (answer, recorded)) in
        triples.iter().zip(java.answers(&triples).iter().zip(answers))
    {
        assert_eq!(answer, recorded, "{triple:?}");
    }
}
