use std::collections::BTreeSet;

use project_deployer_client::{DeployerError, ProjectDeployer};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::status::{DeploymentLightStatus, PublishedProjectStatus};
use project_deployer_core::{GroupName, InfraId, Login};
use project_deployer_ldap::matching::{
    GroupRequirement, LocationId, Locations, LoginRequirement, Role,
};

use super::scope::Infras;

/// The logins that deployments use, with location and reason. The users who created or last changed
/// a deployment are its requesters.
pub(super) fn needs(
    infras: &Infras,
    deployments: &[DeploymentLightStatus],
) -> Vec<LoginRequirement> {
    let settings = infras.iter().filter_map(|(_, settings)| settings.as_ref().ok());
    let mut needs: Vec<LoginRequirement> = settings.flat_map(of_infra).collect();
    for deployment in deployments {
        let summary = &deployment.deployment_basic_info;
        let requesters: BTreeSet<Login> =
            [&summary.created_by_display_name, &summary.last_modified_by_display_name]
                .into_iter()
                .filter_map(|name| Login::parse(name.as_str()).ok())
                .collect();
        for login in requesters {
            needs.push(LoginRequirement::new(
                login,
                Role::Requester,
                format!("deployment `{}`", summary.id),
                Locations::At(requester_places(infras, &summary.infra_id)),
            ));
        }
    }
    needs
}

fn of_infra(infra: &InfraSettings) -> Vec<LoginRequirement> {
    let roles = [
        (&infra.deploy_as_user, Role::DeployAs),
        (&infra.scenarios_run_as_user, Role::RunScenariosAs),
        (&infra.webapps_run_as_user, Role::RunWebappsAs),
    ];
    let need = |(login, role): (&Option<Login>, Role)| {
        Some(LoginRequirement::new(
            login.clone()?,
            role,
            format!("infrastructure `{}`", infra.id),
            Locations::At(nodes_of(infra).collect()),
        ))
    };
    roles.into_iter().filter_map(need).collect()
}

fn nodes_of(infra: &InfraSettings) -> impl Iterator<Item = LocationId> {
    let id = infra.id.clone();
    let entries = infra.target.entries().iter();
    entries.map(move |entry| LocationId::Node { infra: id.clone(), node: entry.node_id.clone() })
}

/// The Deployer, and the nodes unless a deploy-as user acts there (R-S7).
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

/// The groups that have rights on the Deployer. Groups of settings that the caller may not read are
/// left out.
pub(super) async fn group_requirements(
    deployer: &dyn ProjectDeployer,
    infras: &Infras,
    projects: &[PublishedProjectStatus],
) -> Result<Vec<GroupRequirement>, DeployerError> {
    let mut needs = group_needs_of_infras(infras);
    for project in projects {
        let key = &project.project_basic_info.id;
        let settings = match deployer.project_settings(key).await {
            Ok(settings) => settings,
            Err(DeployerError::Forbidden(_) | DeployerError::NotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        let reason = || format!("published project `{key}`");
        needs.extend(settings.permissions.iter().map(|g| on_deployer(&g.group, reason())));
    }
    Ok(needs)
}

/// The groups that the settings of infrastructures name.
pub(super) fn group_needs_of_infras(infras: &Infras) -> Vec<GroupRequirement> {
    let grants = infras.iter().flat_map(|(id, settings)| {
        let grants = settings.iter().flat_map(|settings| &settings.permissions);
        grants.map(move |grant| on_deployer(&grant.group, format!("infrastructure `{id}`")))
    });
    grants.collect()
}

fn on_deployer(group: &GroupName, reason: String) -> GroupRequirement {
    GroupRequirement::new(
        group.clone(),
        reason,
        Locations::At(BTreeSet::from([LocationId::Deployer])),
    )
}
