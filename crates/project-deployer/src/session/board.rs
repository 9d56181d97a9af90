use std::collections::HashMap;

use futures::stream::{self, StreamExt as _};
use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::InfraId;
use project_deployer_core::health::{Health, judge};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::status::InfraBasicInfo;

use super::{DeployerSession, View, allow, may};
use crate::board::{AT_ONCE, Board, Row, unknown};
use crate::bundle_origin::BundleOrigin;
use crate::read_model::Visible;
use crate::state::UpdateRecord;

/// Infrastructures with their node keys, or why they cannot be read.
type WithKeys<'a> = HashMap<&'a InfraId, Result<InfraSettings, DeployerError>>;

impl DeployerSession {
    /// Returns all deployments that the caller may see, by stage, with the state of their nodes.
    ///
    /// # Errors
    ///
    /// The store does not answer. A node that does not answer is part of the board.
    pub async fn board(&self) -> Result<Board, DeployerError> {
        let view = self.view().await?;
        allow(&view, Operation::ViewStages, Scope::deployer(), ResourceRef::new("stages", ""))?;
        let stages = view.model.stages()?.value.0;
        let stages: Vec<_> = stages.iter().map(|stage| stage.id.clone()).collect();
        let infras = view.model.infras().map(|kept| &**kept.value);
        let infras = infras.filter(|infra| may(&view, Operation::ViewInfra, Scope::infra(infra)));
        let infras: Vec<_> = infras.map(InfraBasicInfo::from).collect();
        let found: Vec<_> = view.visibility().deployments().collect();
        let with_keys = self.keys_for(&found).await;
        let rows = found.into_iter().map(|found| self.row(&view, &with_keys, found));
        let rows: Vec<Row> = stream::iter(rows).buffered(AT_ONCE).collect().await;
        let maintenance = view.active_maintenances(self.deployer.now());
        Ok(Board::arrange(&stages, &infras, rows).with_maintenance(&maintenance))
    }

    /// The infrastructures whose nodes are asked, each read once.
    async fn keys_for<'a>(&self, deployments: &[Visible<'a>]) -> WithKeys<'a> {
        let asked = deployments.iter().filter(|found| is_asked(found)).map(|found| &found.infra.id);
        let mut ids: Vec<_> = asked.collect();
        ids.sort_unstable();
        ids.dedup();
        let read = ids.into_iter().map(|id| async move {
            let infra = self.repository().existing::<InfraSettings>(id).await;
            (id, infra.map(|found| found.value))
        });
        stream::iter(read).buffered(AT_ONCE).collect().await
    }

    async fn row(&self, view: &View, with_keys: &WithKeys<'_>, found: Visible<'_>) -> Row {
        let (health, messages) = match self.health_of(view, with_keys, &found).await {
            Ok(health) => health,
            Err(error) => (Health::Unknown, unknown(&error)),
        };
        let settings = &found.record.settings;
        let bundle = view.model.bundle(&settings.published_project_key, &settings.bundle_id);
        let bundle = bundle.ok().flatten().and_then(|kept| kept.value.published.as_ref());
        Row {
            deployment: settings.id.clone(),
            infra: settings.infra_id.clone(),
            project: settings.published_project_key.clone(),
            deployed_as: settings.deployed_project_key.clone(),
            bundle: settings.bundle_id.clone(),
            digest: bundle.map(|bundle| bundle.digest.clone()),
            origin: bundle.map(|found| BundleOrigin::from(&found.contents)).unwrap_or_default(),
            health,
            messages,
            superseded: found.superseded,
            last_update: found.latest.map(UpdateRecord::summary),
        }
    }

    async fn health_of(
        &self,
        view: &View,
        with_keys: &WithKeys<'_>,
        found: &Visible<'_>,
    ) -> Result<(Health, InfoMessages), DeployerError> {
        let settings = &found.record.settings;
        if found.superseded
            && let Some(superseded) = view.superseded(settings)?
        {
            // What the nodes have is another deployment's.
            return Ok((Health::OutOfSync, [superseded.message()].into_iter().collect()));
        }
        let last_update = view.model.latest_update(&settings.id)?.map(|update| update.status);
        let nodes = match with_keys.get(&found.infra.id) {
            Some(infra) if last_update.is_some() => {
                let infra = infra.as_ref().map_err(unread)?;
                self.observe_nodes(infra, settings).await
            }
            // Nothing was deployed yet.
            _ => Vec::new(),
        };
        Ok(judge(last_update, &nodes))
    }
}

fn is_asked(found: &Visible<'_>) -> bool {
    !found.superseded && found.latest.is_some()
}

/// Several rows share this error.
fn unread(error: &DeployerError) -> DeployerError {
    DeployerError::state("the infrastructure", error.to_string())
}
