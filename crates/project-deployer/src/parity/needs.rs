use std::collections::BTreeSet;

use project_deployer_client::{DeployerError, ProjectDeployer};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::status::{DeploymentLightStatus, PublishedProjectStatus};
use project_deployer_core::{GroupName, InfraId, Login};
use project_deployer_ldap::matching::{GroupNeed, LocationId, Need, Places, Role};

use super::landscape::Infras;

/// The logins that deployments use, with where and why. Who made or last changed a deployment is who
/// asks for its updates.
pub(super) fn needs(infras: &Infras, deployments: &[DeploymentLightStatus]) -> Vec<Need> {
    let settings = infras.iter().filter_map(|(_, settings)| settings.as_ref().ok());
    let mut needs: Vec<Need> = settings.flat_map(of_infra).collect();
    for deployment in deployments {
        let summary = &deployment.deployment_basic_info;
        let requesters: BTreeSet<Login> =
            [&summary.created_by_display_name, &summary.last_modified_by_display_name]
                .into_iter()
                .filter_map(|name| Login::parse(name.as_str()).ok())
                .collect();
        for login in requesters {
            needs.push(Need {
                at: Places::At(requester_places(infras, &summary.infra_id)),
                because: format!("deployment `{}`", summary.id),
                login,
                role: Role::Requester,
            });
        }
    }
    needs
}

fn of_infra(infra: &InfraSettings) -> Vec<Need> {
    let roles = [
        (&infra.deploy_as_user, Role::DeployAs),
        (&infra.scenarios_run_as_user, Role::RunScenariosAs),
        (&infra.webapps_run_as_user, Role::RunWebappsAs),
    ];
    let need = |(login, role): (&Option<Login>, Role)| {
        Some(Need {
            login: login.clone()?,
            role,
            because: format!("infrastructure `{}`", infra.id),
            at: Places::At(nodes_of(infra).collect()),
        })
    };
    roles.into_iter().filter_map(need).collect()
}

fn nodes_of(infra: &InfraSettings) -> impl Iterator<Item = LocationId> {
    let id = infra.id.clone();
    let entries = infra.target.entries().iter();
    entries.map(move |entry| LocationId::Node { infra: id.clone(), node: entry.node_id.clone() })
}

/// The Deployer, and the nodes unless somebody else acts there (R-S7).
pub(super) fn requester_places(infras: &Infras, infra: &InfraId) -> BTreeSet<LocationId> {
    let mut places = BTreeSet::from([LocationId::Deployer]);
    match infras.iter().find(|(id, _)| id == infra) {
        Some((_, Ok(settings))) if settings.deploy_as_user.is_none() => {
            places.extend(nodes_of(settings));
        }
        Some((id, Err(_))) => {
            places.insert(LocationId::Node { infra: id.clone(), node: None });
        }
        Some((_, Ok(_))) | None => {}
    }
    places
}

/// The groups that have rights on the Deployer. Those that the caller may not read are left out.
pub(super) async fn group_needs(
    deployer: &dyn ProjectDeployer,
    infras: &Infras,
    projects: &[PublishedProjectStatus],
) -> Result<Vec<GroupNeed>, DeployerError> {
    let mut needs = group_needs_of_infras(infras);
    for project in projects {
        let key = &project.project_basic_info.id;
        let settings = match deployer.project_settings(key).await {
            Ok(settings) => settings,
            Err(DeployerError::Forbidden(_) | DeployerError::NotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        let because = || format!("published project `{key}`");
        needs.extend(settings.permissions.iter().map(|g| on_deployer(&g.group, because())));
    }
    Ok(needs)
}

/// Those that the settings of infrastructures name.
pub(super) fn group_needs_of_infras(infras: &Infras) -> Vec<GroupNeed> {
    let grants = infras.iter().flat_map(|(id, settings)| {
        let grants = settings.iter().flat_map(|settings| &settings.permissions);
        grants.map(move |grant| on_deployer(&grant.group, format!("infrastructure `{id}`")))
    });
    grants.collect()
}

fn on_deployer(group: &GroupName, because: String) -> GroupNeed {
    GroupNeed {
        group: group.clone(),
        because,
        at: Places::At(BTreeSet::from([LocationId::Deployer])),
    }
}
