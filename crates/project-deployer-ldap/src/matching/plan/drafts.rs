//! From the findings of a report to steps, location by location, so that only the findings of one location are
//! held with their texts.

use std::collections::BTreeMap;
use std::ops::Range;

use super::shares::{Share, shares};
use super::steps::{Source, Steps};
use super::{Breadth, Remedy};
use crate::matching::login_set::push_row;
use crate::matching::report::ParityReport;
use crate::texts::number;

/// One step for each remedy. Logins that need a remedy in a directory at the same locations share a step.
#[derive(Default)]
struct Drafts(BTreeMap<(u8, Remedy), Draft>);

struct Draft {
    source: Source,
    /// The rows at each place, by its position.
    rows: Vec<(usize, Vec<Range<u32>>)>,
}

impl Drafts {
    fn add(&mut self, remedy: Remedy, source: Source, position: usize, rows: Vec<Range<u32>>) {
        let new = || Draft { source, rows: Vec::new() };
        let draft = self.0.entry((remedy.rank(), remedy)).or_insert_with(new);
        draft.rows.push((position, rows));
    }

    fn finish(self, steps: &mut Steps) {
        for ((rank, remedy), draft) in self.0 {
            let in_directory = remedy.in_directory();
            for Share { places, rows } in shares(draft.rows) {
                steps.push((rank, in_directory, draft.source), &places, &rows);
            }
        }
    }
}

/// The steps of a report, and the remedies of the groups among them.
pub(super) fn steps(report: &ParityReport, breadth: Breadth) -> (Steps, Vec<Remedy>) {
    let mut steps = Steps::of_places(report.places.len());
    let mut in_directories = Drafts::default();
    let mut groups: Vec<(Option<usize>, Remedy)> = Vec::new();
    for finding in report.group_findings() {
        let position = report.places.iter().position(|place| place.id == finding.place.id);
        groups.push((position, finding.remedy));
    }
    for position in 0..report.places.len() {
        let mut here = Drafts::default();
        for (code, rows) in rows_by_code(report, position, breadth) {
            let Some(remedy) = of_code(report, position, code) else { continue };
            let drafts = if remedy.in_directory() { &mut in_directories } else { &mut here };
            drafts.add(remedy, Source::Presence(number(code)), position, rows);
        }
        let of_groups = groups.iter().enumerate().filter(|(_, (at, _))| *at == Some(position));
        for (index, (_, remedy)) in of_groups {
            here.add(remedy.clone(), Source::Group(number(index)), position, Vec::new());
        }
        here.finish(&mut steps);
    }
    in_directories.finish(&mut steps);
    steps.sort();
    (steps, groups.into_iter().map(|(_, remedy)| remedy).collect())
}

fn of_code(report: &ParityReport, position: usize, code: usize) -> Option<Remedy> {
    Remedy::of(report.rows.presences.get(code)?, report.places.get(position)?)
}

/// The rows at one location that a remedy may concern. A remedy is then looked up once for each presence, not for
/// each login.
fn rows_by_code(
    report: &ParityReport,
    position: usize,
    breadth: Breadth,
) -> BTreeMap<usize, Vec<Range<u32>>> {
    let mut rows_of: BTreeMap<usize, Vec<Range<u32>>> = BTreeMap::new();
    let Some(place) = report.places.get(position) else { return rows_of };
    for row in report.rows.numbers(breadth, &place.id) {
        if let (Some(code), Ok(row)) = (report.rows.code(row, position), u32::try_from(row)) {
            push_row(rows_of.entry(code).or_default(), row);
        }
    }
    rows_of.values_mut().for_each(Vec::shrink_to_fit);
    rows_of
}
