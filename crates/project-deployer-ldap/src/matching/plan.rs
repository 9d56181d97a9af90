use std::fmt;
use std::sync::Arc;

use project_deployer_core::Login;
use serde::{Serialize, Serializer};

use super::input::LocationId;
use super::login_set::LoginSet;
use super::presence::{Presence, quoted_of};
use super::remedy::{Actor, Remedy};
use super::report::{ParityReport, Place};
use crate::texts::position;
use steps::{Compact, Source, Steps};

mod drafts;
mod shares;
mod steps;

/// The remedies of a report, in the order in which to carry them out, each once for the same logins. A plan is only
/// a value to be shown. A plan made afterwards has no step that was carried out (R11).
///
/// It shares the logins and presences of the report and makes each step when the step is asked for, so a plan of
/// hundreds of thousands of steps is small. As a document it is the list of its steps.
#[derive(Clone)]
pub struct RemedyPlan {
    logins: Arc<Vec<Login>>,
    presences: Arc<Vec<Presence>>,
    places: Vec<Place>,
    of_groups: Vec<Remedy>,
    steps: Steps,
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

impl RemedyPlan {
    /// The plan of a report.
    #[must_use]
    pub fn of(report: &ParityReport, breadth: Breadth) -> Self {
        let (steps, of_groups) = drafts::steps(report, breadth);
        Self {
            logins: Arc::clone(&report.rows.logins),
            presences: Arc::clone(&report.rows.presences),
            places: report.places.clone(),
            of_groups,
            steps,
        }
    }

    /// The steps in order.
    pub fn steps(&self) -> impl Iterator<Item = RemedyStep> {
        self.steps.iter().filter_map(|step| self.step(&step))
    }

    /// The steps that the system can carry out.
    pub fn automatic_steps(&self) -> impl Iterator<Item = RemedyStep> {
        self.steps().filter(|step| step.actor == Actor::System)
    }

    /// How many steps the plan has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether the plan has no step.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn step(&self, step: &Compact<'_>) -> Option<RemedyStep> {
        let places: Vec<&Place> =
            step.places.iter().filter_map(|at| self.places.get(position(*at))).collect();
        let remedy = self.remedy(step.source, places.first()?)?;
        let mut places: Vec<LocationId> =
            places.into_iter().map(|place| place.id.clone()).collect();
        places.sort();
        Some(RemedyStep {
            actor: remedy.actor(),
            remedy,
            logins: LoginSet::new(&self.logins, step.rows.to_vec()),
            places,
        })
    }

    /// All places of a step give the same remedy.
    fn remedy(&self, source: Source, place: &Place) -> Option<Remedy> {
        match source {
            Source::Presence(code) => Remedy::of(self.presences.get(position(code))?, place),
            Source::Group(index) => self.of_groups.get(position(index)).cloned(),
        }
    }
}

impl PartialEq for RemedyPlan {
    fn eq(&self, other: &Self) -> bool {
        self.steps().eq(other.steps())
    }
}

impl Eq for RemedyPlan {}

impl fmt::Debug for RemedyPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.steps()).finish()
    }
}

impl Serialize for RemedyPlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.steps())
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
        if self.is_empty() {
            return f.write_str("nothing to do");
        }
        for (index, step) in self.steps().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            let who = if step.actor == Actor::System { "automatic" } else { "manual" };
            write!(f, "{separator}{}. [{who}] {step}", index + 1)?;
        }
        Ok(())
    }
}
