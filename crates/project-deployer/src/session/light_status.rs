use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;
use project_deployer_core::status::{DeploymentLightStatus, DeploymentSummary, Package};

use crate::read_model::Visible;
use crate::state::DeploymentRecord;

/// The statuses of deployments. What several of them say is shared.
#[derive(Default)]
pub(super) struct LightStatuses {
    /// Bundles with the release notes of one of them, by the addresses of the list without notes and of the notes.
    with_notes: HashMap<(usize, usize), Arc<[Package]>, FixedState>,
}

impl LightStatuses {
    pub(super) fn of(&mut self, found: &Visible<'_>) -> DeploymentLightStatus {
        let project = found.project_info();
        let mut status = DeploymentLightStatus::new(
            found.record.summary(),
            Arc::clone(found.infra.basic()),
            Arc::clone(&project.basic),
        );
        status.packages = match found.release_notes() {
            Some(notes) => self.with_notes(found, &project.packages, notes),
            None => Arc::clone(&project.packages),
        };
        status.never_ever_deployed = found.latest.is_none();
        status.superseded = found.superseded;
        status
    }

    /// All bundles of the project, and the release notes of the deployment's own one.
    fn with_notes(
        &mut self,
        found: &Visible<'_>,
        packages: &Arc<[Package]>,
        notes: &str,
    ) -> Arc<[Package]> {
        let own = &found.record.settings.bundle_id;
        let list = (packages.as_ptr().addr(), notes.as_ptr().addr());
        let new = || {
            let mut packages = packages.to_vec();
            for package in packages.iter_mut().filter(|package| package.id == *own) {
                package.release_notes = Some(notes.to_owned());
            }
            packages.into()
        };
        Arc::clone(self.with_notes.entry(list).or_insert_with(new))
    }
}

impl DeploymentRecord {
    pub(super) fn summary(&self) -> DeploymentSummary {
        let settings = &self.settings;
        let mut summary = DeploymentSummary::new(
            settings.id.clone(),
            settings.infra_id.clone(),
            settings.published_project_key.clone(),
            settings.bundle_id.clone(),
        );
        summary.tags = settings.tags.clone();
        summary.created_by_display_name = self.created_by.as_str().to_owned();
        summary.last_modified_by_display_name = self.modified_by.as_str().to_owned();
        summary.deployed_project_key = Some(settings.deployed_project_key.clone());
        summary
    }
}
