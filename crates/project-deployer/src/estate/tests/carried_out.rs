//! What a Deployer makes of a plan, without one.

use std::collections::BTreeSet;

use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_store::Revision;

use super::parsed;
use crate::estate::observed::{
    Deployed, ObservedEstate, Seen, SeenDeployment, SeenInfra, SeenProject, Version,
};
use crate::estate::plan::{EstatePlan, Work, creation_of, edited_deployment, edited_project};
use crate::estate::secrets::EstateSecrets;

/// The installation after a plan. Each change has a revision of its own.
pub(super) fn carried_out(
    observed: &ObservedEstate,
    plan: &EstatePlan,
    secrets: &EstateSecrets,
) -> ObservedEstate {
    let mut after = observed.clone();
    for (number, step) in plan.steps.iter().enumerate() {
        step_of(&mut after, &step.work, secrets, 1_000 + number as u64);
    }
    after
}

fn step_of(after: &mut ObservedEstate, work: &Work, secrets: &EstateSecrets, revision: u64) {
    fn at<T>(value: T, revision: u64) -> Seen<T> {
        Seen { value, version: Version::Revision(Revision(revision)) }
    }
    match work {
        Work::SaveStages(stages) => after.stages = at(stages.clone(), revision),
        Work::RemoveStages(stages) => {
            let mut left = after.stages.value.clone();
            for stage in stages {
                left = left.remove(stage, Vec::new()).unwrap();
            }
            after.stages = at(left, revision);
        }
        Work::CreateInfra(settings) | Work::SaveInfra(settings) => {
            settings.validate(&after.stages.value).unwrap();
            let current = after.infras.get(&settings.id).and_then(|seen| seen.settings.as_ref());
            let settings = match current {
                Some(current) => InfraSettings::clone(settings).keeping_keys_of(&current.value),
                None => InfraSettings::clone(settings),
            };
            let id = settings.id.clone();
            let seen =
                SeenInfra { settings: Some(at(settings, revision)), has_keys: true, managed: None };
            after.add_infra(id, seen);
        }
        Work::DeleteInfra(id) => {
            let mut users = after.deployments.values();
            assert!(users.all(|seen| seen.settings.value.infra_id != *id));
            after.infras.remove(id);
        }
        Work::CreateProject(entry) => {
            let made = PublishedProjectSettings::new(entry.key.clone(), parsed("root"));
            let settings = edited_project(&made, entry).document.into_owned();
            settings.validate().unwrap();
            let settings = Some(at(settings, revision));
            after
                .add_project(entry.key.clone(), SeenProject { settings, bundles: BTreeSet::new() });
        }
        Work::SaveProject(settings) => {
            settings.validate().unwrap();
            let seen = after.projects.get_mut(&settings.id).unwrap();
            seen.settings = Some(at(PublishedProjectSettings::clone(settings), revision));
        }
        Work::DeleteProject(key) => {
            let mut users = after.deployments.values();
            assert!(users.all(|seen| seen.settings.value.published_project_key != *key));
            after.projects.remove(key);
        }
        Work::CreateDeployment(entry) => {
            let creation = creation_of(entry, entry.bundle.as_ref().unwrap());
            let infra = after.infras.get(&entry.infrastructure).unwrap();
            let infra = &infra.settings.as_ref().unwrap().value;
            let made = DeploymentSettings::for_new(&creation, infra);
            let settings = edited_deployment(&made, entry, secrets).document.into_owned();
            put(after, settings, Deployed::Never, revision);
        }
        Work::SaveDeployment(settings) => {
            let current = after.deployments.get(&settings.id).unwrap();
            settings.validate_change(&current.settings.value).unwrap();
            let deployed = current.deployed.clone();
            put(after, DeploymentSettings::clone(settings), deployed, revision);
        }
        Work::DeleteDeployment(id) => drop(after.deployments.remove(id)),
        Work::Update(id) => {
            let seen = after.deployments.get_mut(id).unwrap();
            seen.deployed = Deployed::Bundle(seen.settings.value.bundle_id.clone());
        }
    }
}

fn put(
    after: &mut ObservedEstate,
    settings: DeploymentSettings,
    deployed: Deployed,
    revision: u64,
) {
    let bundles = &after.projects[&settings.published_project_key].bundles;
    assert!(bundles.contains(&settings.bundle_id));
    let id = settings.id.clone();
    let version = Version::Revision(Revision(revision));
    after.add_deployment(
        id,
        SeenDeployment { settings: Seen { value: settings, version }, deployed },
    );
}
