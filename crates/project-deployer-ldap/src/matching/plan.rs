use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use project_deployer_core::Login;
use serde::Serialize;

use super::presence::quoted;
use super::remedy::{Mender, Remedy};
use super::report::ParityReport;
use super::world::LocationId;

/// The remedies of a report, in the order to follow, each once. It is a value to be shown: carrying it
/// out is another's task, and a plan made afterwards has no step left that was carried out (R11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RemedyPlan {
    steps: Vec<RemedyStep>,
}

/// One remedy for all logins and locations that it helps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemedyStep {
    /// What to do.
    pub remedy: Remedy,
    /// Who can do it.
    pub mender: Mender,
    /// For whom; empty where it concerns a group.
    pub logins: BTreeSet<Login>,
    /// Where; several for what is done once in a directory.
    pub places: Vec<LocationId>,
}

/// Which findings a plan takes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breadth {
    /// Those of logins where a deployment needs them, and of groups that rights name.
    Needed,
    /// All.
    Everything,
}

/// Steps are one when remedy and location are; the location does not count for a directory.
type Drafts = BTreeMap<(u8, Option<usize>, Remedy), (BTreeSet<Login>, BTreeSet<LocationId>)>;

impl RemedyPlan {
    /// The plan of a report.
    #[must_use]
    pub fn of(report: &ParityReport, breadth: Breadth) -> Self {
        let mut drafts = Drafts::new();
        let mut draft = |remedy: Remedy, place: &LocationId, login: Option<&Login>| {
            // By kind, then by place as the report has them: an address, which may change from run to
            // run, decides nothing.
            let position = report.places.iter().position(|known| known.id == *place);
            let at = position.filter(|_| !remedy.in_directory());
            let (logins, places) = drafts.entry((remedy.rank(), at, remedy)).or_default();
            logins.extend(login.cloned());
            places.insert(place.clone());
        };
        for finding in report.findings() {
            if breadth == Breadth::Everything || !finding.needs.is_empty() {
                draft(finding.remedy, &finding.place.id, Some(finding.login));
            }
        }
        for finding in report.group_findings() {
            draft(finding.remedy, &finding.place.id, None);
        }
        let steps = drafts.into_iter().map(|((_, _, remedy), (logins, places))| RemedyStep {
            mender: remedy.mender(),
            remedy,
            logins,
            places: places.into_iter().collect(),
        });
        Self { steps: steps.collect() }
    }

    /// The steps in order.
    #[must_use]
    pub fn steps(&self) -> &[RemedyStep] {
        &self.steps
    }

    /// The steps that we can carry out.
    pub fn ours(&self) -> impl Iterator<Item = &RemedyStep> {
        self.steps.iter().filter(|step| step.mender == Mender::Us)
    }

    /// Whether nothing is to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl fmt::Display for RemedyStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places: Vec<String> = self.places.iter().map(ToString::to_string).collect();
        let places = places.join(", ");
        if self.logins.is_empty() {
            return write!(f, "{places}: {}", self.remedy);
        }
        let logins: Vec<&Login> = self.logins.iter().collect();
        write!(f, "{} for {places}: {}", quoted(&logins), self.remedy)
    }
}

impl fmt::Display for RemedyPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return f.write_str("nothing to do");
        }
        for (index, step) in self.steps.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            let who = if step.mender == Mender::Us { "us" } else { "a person" };
            write!(f, "{separator}{}. [{who}] {step}", index + 1)?;
        }
        Ok(())
    }
}
