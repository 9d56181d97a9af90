//! What nodes and policies have to say about the deployments of a plan.

use project_deployer_client::DeployerError;
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::{InfoMessages, Severity};
use project_deployer_core::{DeploymentId, InfraId};

use super::observe::EstateAccess;
use super::plan::{EstateKind, EstatePlan, PlanNote};
use crate::causes::with_causes;
use crate::maintenance::Maintenance;
use crate::readiness::Finding;
use crate::windows::WindowRefusal;

impl EstatePlan {
    /// Adds what the nodes and the policies of infrastructures have to say about deployments whose bundle changes: the
    /// checks of readiness, per deployment. It changes nothing.
    ///
    /// With the option to deploy an error prevents the plan; without it the nodes stay as they are, so it is a warning.
    /// What is in a bundle of another Deployer is unknown, so there is one note that says so.
    ///
    /// # Errors
    ///
    /// The store does not answer. A node that does not answer is a note.
    pub async fn check(&mut self, access: EstateAccess<'_>) -> Result<(), DeployerError> {
        match access {
            EstateAccess::Engine(session) => session.check_estate_plan(self).await,
            EstateAccess::Other(_) => {
                if let Some(first) = self.affected.first() {
                    let note = PlanNote::new(
                        Severity::Info,
                        EstateKind::Deployments,
                        &first.id,
                        "whether nodes are ready for new bundles, and whether rules of infrastructures accept them, is \
                         unknown: the contents of bundles of another Deployer are not read",
                        "run `deployer check`",
                    );
                    self.notes.push(note);
                }
                Ok(())
            }
        }
    }

    /// Adds what the policy of an infrastructure says of a bundle (R-G1).
    pub(crate) fn heed_policy(
        &mut self,
        infra: &InfraSettings,
        deployment: &DeploymentSettings,
        status: &InfoMessages,
    ) {
        let accepted = self.options.accept_warnings && !status.is_fatal();
        for message in &status.0 {
            let severity = if accepted { Severity::Warning } else { Severity::Error };
            let hint = match status.is_fatal() {
                true => format!("the policy of infrastructure `{}` prevents it", infra.id),
                false => "accept warnings (`--accept-warnings`) to go on anyway".to_owned(),
            };
            let what = message.message.clone();
            let note = PlanNote::new(severity, EstateKind::Deployments, &deployment.id, what, hint);
            self.notes.push(note);
        }
    }

    /// Adds that the infrastructure of a deployment is in maintenance, which would refuse its update (M7).
    pub(crate) fn heed_maintenance(
        &mut self,
        deployment: &DeploymentSettings,
        maintenance: &Maintenance,
    ) {
        let hint = "wait for its end, or ask who started it to end it";
        self.heed_refusal(deployment, maintenance.to_string(), hint);
    }

    /// Adds that the infrastructure of a deployment is in quarantine, which would refuse its update (I3).
    pub(crate) fn heed_quarantine(
        &mut self,
        deployment: &DeploymentSettings,
        refusal: &DeployerError,
    ) {
        let hint = "bring the node back, or release the infrastructure from its fleet";
        self.heed_refusal(deployment, refusal.to_string(), hint);
    }

    /// Adds that windows would refuse the update of a deployment now (B5).
    pub(crate) fn heed_windows(
        &mut self,
        deployment: &DeploymentSettings,
        refusal: &WindowRefusal,
    ) {
        let hint = match (refusal.until, self.options.deploy) {
            (Some(until), true) => format!(
                "apply it from {until} on, or in the next window; or apply it without updates, and break the glass for \
                 those that cannot wait"
            ),
            (None, true) => "change the windows; or apply it without updates, and break the glass for those that cannot \
                             wait"
                .to_owned(),
            (Some(until), false) => {
                format!("its update can start from {until} on; break the glass if it cannot wait")
            }
            (None, false) => "change the windows, or break the glass for its update".to_owned(),
        };
        self.heed_refusal(deployment, refusal.to_string(), &hint);
        if let Some(note) = self.notes.last_mut() {
            note.awaits_window = true;
        }
    }

    /// Adds that a maintenance or windows about the infrastructure of a deployment cannot be read, which would refuse its
    /// update (M3).
    pub(crate) fn heed_unreadable(
        &mut self,
        deployment: &DeploymentSettings,
        error: &DeployerError,
    ) {
        let hint =
            "let an administrator remove what cannot be read, or use the program that wrote it";
        self.heed_refusal(deployment, with_causes(error), hint);
    }

    /// Adds that nothing is known of an infrastructure that the caller does not administer: neither whether its nodes are
    /// ready, nor what its rules say of the deployments (R-G1, R-P5).
    pub(crate) fn note_unseen(&mut self, infra: &InfraId) {
        let kind = EstateKind::Infrastructures;
        let notes = [
            (
                "whether its nodes are ready is unknown: you may not administer it",
                "let one of its administrators check it",
            ),
            (
                "its rules were not seen: whether its governance policy accepts the bundles, and which of its hooks run, is \
                 unknown",
                "let one of its administrators plan the file; the start of an update applies these rules",
            ),
        ];
        for (what, hint) in notes {
            self.notes.push(PlanNote::new(Severity::Warning, kind, infra, what, hint));
        }
    }

    /// Forgets what windows say: of a plan that was begun within them.
    pub(crate) fn forget_windows(&mut self) {
        self.notes.retain(|note| !note.awaits_window);
    }

    fn heed_refusal(&mut self, deployment: &DeploymentSettings, what: String, hint: &str) {
        let severity = if self.options.deploy { Severity::Error } else { Severity::Warning };
        let kind = EstateKind::Deployments;
        self.notes.push(PlanNote::new(severity, kind, &deployment.id, what, hint));
    }

    /// Adds that the projects of deployments use objects of each other in a circle (E7).
    pub(crate) fn note_cycle(&mut self, cycle: &[DeploymentId]) {
        let Some(first) = cycle.first() else { return };
        let names: Vec<_> = cycle.iter().map(|id| format!("`{id}`")).collect();
        let what = format!(
            "no order suits deployments whose projects use objects of each other in a circle: {}",
            names.join(", ")
        );
        let hint = "update them again when all are there";
        self.notes.push(PlanNote::new(
            Severity::Warning,
            EstateKind::Deployments,
            first,
            what,
            hint,
        ));
    }

    /// Adds a finding of readiness.
    pub(crate) fn note_finding(&mut self, deployment: &DeploymentSettings, finding: Finding) {
        let severity = match finding.severity {
            Severity::Error if !self.options.deploy => Severity::Warning,
            severity => severity,
        };
        let place = finding.node.map(|node| format!("node `{node}`: ")).unwrap_or_default();
        let what = format!("{place}{}: {}", finding.check, finding.what);
        let (kind, hint) = (EstateKind::Deployments, finding.remedy);
        self.notes.push(PlanNote::new(severity, kind, &deployment.id, what, hint));
    }
}
