//! What a Deployer makes of a plan, without one.

use std::collections::BTreeSet;

use project_deployer_core::accounts::Group;
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_store::Revision;

use super::parsed;
use crate::estate::observed::{
    Deployed, ObservedEstate, Reserved, Seen, SeenAccounts, SeenDeployment, SeenFleet, SeenInfra,
    SeenProject, Version,
};
use crate::estate::plan::{
    EstatePlan, OwnWork, Work, creation_of, edited_deployment, edited_project,
};
use crate::estate::secrets::EstateSecrets;
use crate::maintenance::MaintenanceScope;
use crate::windows::WindowsChange;

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

fn at<T>(value: T, revision: u64) -> Seen<T> {
    Seen { value, version: Version::Revision(Revision(revision)) }
}

/// What only an engine offers. It never leaves itself without an administrator.
fn own_step(after: &mut ObservedEstate, work: &OwnWork, revision: u64) {
    if let OwnWork::SaveStages(stages) = work {
        after.stages = at(stages.clone(), revision);
        return;
    }
    if let OwnWork::RemoveStages(stages) = work {
        let mut left = after.stages.value.clone();
        for stage in stages {
            left = left.remove(stage, Vec::new()).unwrap();
            without_windows(after, &MaintenanceScope::Stage(stage.clone()));
        }
        after.stages = at(left, revision);
        return;
    }
    if let OwnWork::SaveWindows(change) = work {
        return windows_step(after, change, revision);
    }
    let Reserved::Seen(fleets) = &mut after.fleets else { panic!("fleets are not read") };
    match work {
        OwnWork::CreateFleet(settings) | OwnWork::SaveFleet(settings) => {
            assert!(settings.problems_on(&after.stages.value, None).is_empty());
            let kept = match fleets.get(&settings.id) {
                Some(current) => {
                    settings.as_ref().clone().keeping_secrets_of(&current.settings.value)
                }
                None => settings.as_ref().clone(),
            };
            let seen = SeenFleet { settings: at(kept, revision), members: Vec::new() };
            fleets.insert(settings.id.clone(), seen);
        }
        OwnWork::DeleteFleet(id) => {
            let removed = fleets.remove(id).unwrap();
            assert!(removed.members.is_empty());
        }
        _ => account_step(after, work, revision),
    }
}

/// As the engine does it (`session/windows.rs`).
fn windows_step(after: &mut ObservedEstate, change: &WindowsChange, revision: u64) {
    match &change.scope {
        MaintenanceScope::Everything => {}
        MaintenanceScope::Stage(id) => assert!(after.stages.value.get(id).is_some()),
        MaintenanceScope::Infra(id) => assert!(after.infras.contains_key(id)),
    }
    let Reserved::Seen(windows) = &mut after.windows else { panic!("windows are not read") };
    let known = windows.sets.remove(&change.scope);
    assert_eq!(known.is_none(), change.is_new);
    let known = known.as_ref().map(|known| &known.value);
    assert!(change.is_as_planned(known));
    let new = change.applied_to(known, &windows.caller, windows.now).unwrap();
    if !new.windows.is_empty() {
        windows.sets.insert(change.scope.clone(), at(new, revision));
    }
}

/// Windows go with what they are of.
fn without_windows(after: &mut ObservedEstate, scope: &MaintenanceScope) {
    if let Reserved::Seen(windows) = &mut after.windows {
        windows.sets.remove(scope);
    }
}

fn account_step(after: &mut ObservedEstate, work: &OwnWork, revision: u64) {
    let Reserved::Seen(accounts) = &mut after.accounts else { panic!("accounts are not read") };
    let had_one = has_administrator(accounts);
    match work {
        OwnWork::CreateGroup(group) => {
            let seen = at(group.as_ref().clone(), revision);
            assert!(accounts.groups.insert(group.name.clone(), seen).is_none());
        }
        OwnWork::SaveGroup(group) => {
            let seen = at(group.as_ref().clone(), revision);
            assert!(accounts.groups.insert(group.name.clone(), seen).is_some());
        }
        OwnWork::DeleteGroup(name) => drop(accounts.groups.remove(name).unwrap()),
        OwnWork::CreateUser(user) => {
            let seen = at(user.as_ref().clone(), revision);
            assert!(accounts.users.insert(user.login.clone(), seen).is_none());
        }
        OwnWork::SaveUser(user) => {
            let seen = at(user.as_ref().clone(), revision);
            assert!(accounts.users.insert(user.login.clone(), seen).is_some());
        }
        OwnWork::DeleteUser(login) => drop(accounts.users.remove(login).unwrap()),
        other => panic!("{other:?} is no step of an account"),
    }
    assert!(!had_one || has_administrator(accounts), "the engine refuses {work:?}");
}

/// As the engine decides it (`session/administrators.rs`).
fn has_administrator(accounts: &SeenAccounts) -> bool {
    let is_admin =
        |name| accounts.groups.get(name).is_some_and(|seen: &Seen<Group>| seen.value.admin);
    let mut users = accounts.users.values().map(|seen| &seen.value);
    users.any(|user| user.enabled && user.groups.iter().any(is_admin))
}

pub(super) fn step_of(
    after: &mut ObservedEstate,
    work: &Work,
    secrets: &EstateSecrets,
    revision: u64,
) {
    match work {
        Work::Own(work) => own_step(after, work, revision),
        Work::CreateInfra(settings) | Work::SaveInfra(settings) => {
            settings.validate(&after.stages.value).unwrap();
            let current = after.infras.get(&settings.id).and_then(|seen| seen.settings.as_ref());
            let settings = match current {
                Some(current) => InfraSettings::clone(settings).keeping_keys_of(&current.value),
                None => InfraSettings::clone(settings),
            };
            let id = settings.id.clone();
            let seen = SeenInfra {
                settings: Some(at(settings, revision)),
                has_keys: true,
                managed: None,
                unread_fleet: None,
            };
            after.add_infra(id, seen);
        }
        Work::DeleteInfra(id) => {
            let mut users = after.deployments.values();
            assert!(users.all(|seen| seen.settings.value.infra_id != *id));
            after.infras.remove(id);
            without_windows(after, &MaintenanceScope::Infra(id.clone()));
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
