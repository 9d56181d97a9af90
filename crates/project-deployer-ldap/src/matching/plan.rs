use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::Serialize;

use super::input::LocationId;
use super::login_set::{LoginSet, push_row};
use super::presence::quoted_of;
use super::remedy::{Actor, Remedy};
use super::report::ParityReport;
use shares::{Share, shares};

mod shares;

/// The remedies of a report, in the order in which to carry them out, each once for the same logins. A plan is only
/// a value to be shown. A plan made afterwards has no step that was carried out (R11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RemedyPlan {
    steps: Vec<RemedyStep>,
}

/// One remedy for several logins, each of them at all of the locations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RemedyStep {
    /// What to do.
    pub remedy: Remedy,
    /// Who can carry it out.
    pub actor: Actor,
    /// The logins; empty if the remedy concerns a group.
    pub logins: LoginSet,
    /// The locations; several if the remedy is carried out once in a directory.
    pub places: Vec<LocationId>,
}

/// Which findings a plan covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breadth {
    /// Findings of logins at the locations where a deployment needs them, and of groups that grants of
    /// rights name.
    Needed,
    /// All findings.
    Everything,
}

/// One step for each remedy and location. A remedy in a directory is carried out once for all locations:
/// logins that need it at the same locations share a step.
type Drafts = BTreeMap<(u8, Option<usize>, Remedy), Draft>;

/// The rows at each place, by its position.
type Draft = Vec<(usize, Vec<Range<u32>>)>;

impl RemedyPlan {
    /// The plan of a report.
    #[must_use]
    pub fn of(report: &ParityReport, breadth: Breadth) -> Self {
        let mut drafts = Drafts::new();
        for position in 0..report.places.len() {
            of_place(&mut drafts, report, position, breadth);
        }
        for finding in report.group_findings() {
            let position = report.places.iter().position(|place| place.id == finding.place.id);
            if let Some(position) = position {
                add(&mut drafts, finding.remedy, position, Vec::new());
            }
        }
        let steps = drafts.into_iter().flat_map(|((_, _, remedy), draft)| {
            let step = |Share { places, rows }| RemedyStep {
                actor: remedy.actor(),
                remedy: remedy.clone(),
                logins: LoginSet::new(&report.rows.logins, rows),
                places: locations(report, &places),
            };
            shares(draft).into_iter().map(step).collect::<Vec<_>>()
        });
        Self { steps: steps.collect() }
    }

    /// The steps in order.
    #[must_use]
    pub fn steps(&self) -> &[RemedyStep] {
        &self.steps
    }

    /// The steps that the system can carry out.
    pub fn automatic_steps(&self) -> impl Iterator<Item = &RemedyStep> {
        self.steps.iter().filter(|step| step.actor == Actor::System)
    }

    /// Whether the plan has no step.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// Steps are ordered by kind, then by place in the order of the report. Addresses may change from run to
/// run, so they have no influence on the order.
fn add(drafts: &mut Drafts, remedy: Remedy, position: usize, rows: Vec<Range<u32>>) {
    let at = (!remedy.in_directory()).then_some(position);
    drafts.entry((remedy.rank(), at, remedy)).or_default().push((position, rows));
}

fn locations(report: &ParityReport, positions: &[usize]) -> Vec<LocationId> {
    let places = positions.iter().filter_map(|position| report.places.get(*position));
    let mut locations: Vec<LocationId> = places.map(|place| place.id.clone()).collect();
    locations.sort();
    locations
}

/// Adds the remedies for one location. It looks up a remedy once for each presence, not for each login.
fn of_place(drafts: &mut Drafts, report: &ParityReport, position: usize, breadth: Breadth) {
    let Some(place) = report.places.get(position) else { return };
    let mut rows_of: BTreeMap<usize, Vec<Range<u32>>> = BTreeMap::new();
    for row in report.rows.numbers(breadth, &place.id) {
        if let (Some(code), Ok(row)) = (report.rows.code(row, position), u32::try_from(row)) {
            push_row(rows_of.entry(code).or_default(), row);
        }
    }
    for (code, mut rows) in rows_of {
        let presence = report.rows.presences.get(code);
        if let Some(remedy) = presence.and_then(|presence| Remedy::of(presence, place)) {
            rows.shrink_to_fit();
            add(drafts, remedy, position, rows);
        }
    }
}

impl fmt::Display for RemedyStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places: Vec<String> = self.places.iter().map(ToString::to_string).collect();
        let places = places.join(", ");
        if self.logins.is_empty() {
            return write!(f, "{places}: {}", self.remedy);
        }
        let logins = quoted_of(self.logins.iter(), self.logins.len());
        if self.remedy.leads_to_directory() {
            return write!(f, "{logins} (needed on {places}): {}", self.remedy);
        }
        write!(f, "{logins} on {places}: {}", self.remedy)
    }
}

impl fmt::Display for RemedyPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return f.write_str("nothing to do");
        }
        for (index, step) in self.steps.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            let who = if step.actor == Actor::System { "automatic" } else { "manual" };
            write!(f, "{separator}{}. [{who}] {step}", index + 1)?;
        }
        Ok(())
    }
}
