//! How records are kept. Equal texts are shared: most ids are named by several records.

use std::sync::Arc;

use project_deployer_core::DeploymentId;
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::ProjectRight;

use super::entries::Entry;
use super::kept::{InfraWithoutKeys, Kept};
use super::snapshot::Snapshot;
use super::sorted::Sorted;
use crate::fleets::ManagedInfra;
use crate::maintenance::Maintenance;
use crate::state::{BundleRecord, DeployedKey, DeploymentRecord, LatestUpdate, Record, Stages};
use crate::windows::WindowSet;

/// A record that is kept. `forget` gets the id of the document, which need not be the id of any record.
pub(super) trait Held: Record {
    fn forget(model: &mut Snapshot, id: &str);
    fn keep(model: &mut Snapshot, kept: Kept<Self>);
}

/// Replaces a key by the one in the map, so that all records that name it share its text.
fn share<K: Ord + Clone, V>(entries: &Sorted<K, V>, key: &mut K) {
    if let Some(known) = entries.key(key) {
        *key = known.clone();
    }
}

/// The same for a key that is known.
fn share_equal<K: Eq + Clone>(known: &K, key: &mut K) {
    if known == key {
        *key = known.clone();
    }
}

fn settings_of<'a>(model: &'a Snapshot, id: &DeploymentId) -> Option<&'a DeploymentSettings> {
    Some(&model.deployments.get(id)?.record.as_ref()?.value.settings)
}

/// Changes an entry, and removes it if nothing is left. What is kept leaves something.
fn change<K, E>(entries: &mut Sorted<K, E>, key: &K, change: impl Fn(&mut E))
where
    K: Ord + Clone,
    E: Entry + Clone + Default,
{
    entries.update(key.clone(), change);
    if entries.get(key).is_some_and(E::is_vacant) {
        entries.remove(key);
    }
}

impl Held for Stages {
    fn forget(model: &mut Snapshot, id: &str) {
        model.stages = model.stages.take().filter(|_| id != Self::ID);
    }

    fn keep(model: &mut Snapshot, kept: Kept<Self>) {
        model.stages = Some(kept);
    }
}

impl Held for InfraSettings {
    fn forget(model: &mut Snapshot, id: &str) {
        if let Some(known) = model.infras.get(id).and_then(|entry| entry.record.clone()) {
            change(&mut model.infras, &known.value.id, |entry| entry.record = None);
        }
    }

    fn keep(model: &mut Snapshot, Kept { value, revision }: Kept<Self>) {
        let id = value.id.clone();
        // The only reference: it was made for this call.
        let mut settings = Arc::unwrap_or_clone(value);
        let grants = settings.permissions.iter_mut().map(|grant| {
            let sees = grant.right().is_some();
            (&mut grant.group, sees)
        });
        let viewers = model.group_names.viewers(grants);
        let kept = Kept { value: Arc::new(InfraWithoutKeys::new(settings, viewers)), revision };
        model.infras.update(id.clone(), |entry| entry.record = Some(kept.clone()));
    }
}

impl Held for PublishedProjectSettings {
    fn forget(model: &mut Snapshot, id: &str) {
        if let Some(known) = model.projects.get(id).and_then(|entry| entry.record.clone()) {
            change(&mut model.projects, &known.value.id, |entry| {
                entry.set(None, Arc::default());
            });
        }
    }

    fn keep(model: &mut Snapshot, Kept { value, revision }: Kept<Self>) {
        let mut settings = Arc::unwrap_or_clone(value);
        let grants = settings.permissions.iter_mut().map(|grant| {
            let sees = grant.gives(ProjectRight::Read);
            (&mut grant.group, sees)
        });
        let readers = Arc::new(model.group_names.viewers(grants));
        let kept = Kept { value: Arc::new(settings), revision };
        let id = &kept.value.id;
        model.projects.update(id.clone(), |entry| {
            entry.set(Some(kept.clone()), Arc::clone(&readers));
        });
    }
}

impl Held for BundleRecord {
    fn forget(model: &mut Snapshot, id: &str) {
        let Some((project, bundle)) = id.split_once('/') else { return };
        let entry = model.projects.get(project);
        let Some(known) = entry.and_then(|entry| entry.bundles.get(bundle)).cloned() else {
            return;
        };
        change(&mut model.projects, &known.value.project, |entry| {
            entry.change_bundles(|bundles| bundles.remove(bundle));
        });
    }

    fn keep(model: &mut Snapshot, Kept { value, revision }: Kept<Self>) {
        let mut record = Arc::unwrap_or_clone(value);
        share(&model.projects, &mut record.project);
        if let Some(published) = &mut record.published {
            share_equal(&record.project, &mut published.published_project_key);
            share_equal(&record.project, &mut published.contents.project_key);
            share_equal(&record.id, &mut published.contents.bundle_id);
        }
        let kept = Kept { value: Arc::new(record), revision };
        model.projects.update(kept.value.project.clone(), |entry| {
            entry.change_bundles(|bundles| bundles.insert(kept.value.id.clone(), kept.clone()));
        });
    }
}

impl Held for DeploymentRecord {
    fn forget(model: &mut Snapshot, id: &str) {
        let known = model.deployments.get(id).and_then(|entry| entry.record.clone());
        let Some(known) = known else { return };
        let settings = &known.value.settings;
        change(&mut model.deployments, &settings.id, |entry| entry.record = None);
        change(&mut model.infras, &settings.infra_id, |entry| entry.deployments.remove(id));
        let project = &settings.published_project_key;
        change(&mut model.projects, project, |entry| entry.deployments.remove(id));
    }

    fn keep(model: &mut Snapshot, Kept { value, revision }: Kept<Self>) {
        let mut record = Arc::unwrap_or_clone(value);
        let settings = &mut record.settings;
        share(&model.infras, &mut settings.infra_id);
        share(&model.projects, &mut settings.published_project_key);
        if let Some(project) = model.projects.get(&settings.published_project_key) {
            share(&project.bundles, &mut settings.bundle_id);
        }
        share_equal(&settings.published_project_key, &mut settings.deployed_project_key);
        let kept = Kept { value: Arc::new(record), revision };
        let settings = &kept.value.settings;
        let id = &settings.id;
        model.deployments.update(id.clone(), |entry| entry.record = Some(kept.clone()));
        let infra = &settings.infra_id;
        model.infras.update(infra.clone(), |entry| entry.deployments.insert(id.clone(), ()));
        let project = &settings.published_project_key;
        model.projects.update(project.clone(), |entry| entry.deployments.insert(id.clone(), ()));
    }
}

impl Held for DeployedKey {
    fn forget(model: &mut Snapshot, id: &str) {
        let Some(known) = model.deployed_keys.get(id).cloned() else { return };
        model.deployed_keys.remove(id);
        for older in &known.value.older {
            change(&mut model.deployments, older, |entry| entry.superseded -= 1);
        }
    }

    fn keep(model: &mut Snapshot, Kept { value, revision }: Kept<Self>) {
        let mut record = Arc::unwrap_or_clone(value);
        share(&model.infras, &mut record.infra);
        for deployment in record.older.iter_mut().chain([&mut record.deployment]) {
            share(&model.deployments, deployment);
        }
        if let Some(settings) = settings_of(model, &record.deployment) {
            share_equal(&settings.deployed_project_key, &mut record.key);
        }
        let kept = Kept { value: Arc::new(record), revision };
        for older in &kept.value.older {
            model.deployments.update(older.clone(), |entry| entry.superseded += 1);
        }
        model.deployed_keys.insert(kept.value.id(), kept);
    }
}

impl Held for LatestUpdate {
    fn forget(model: &mut Snapshot, id: &str) {
        let known = model.deployments.get(id).and_then(|entry| entry.latest.clone());
        if let Some(known) = known {
            change(&mut model.deployments, &known.value.0.deployment, |entry| entry.latest = None);
        }
    }

    fn keep(model: &mut Snapshot, Kept { value, revision }: Kept<Self>) {
        let mut latest = Arc::unwrap_or_clone(value);
        // Only the history needs it, and reads it from the store.
        latest.0.origin = None;
        share(&model.deployments, &mut latest.0.deployment);
        if let Some(settings) = settings_of(model, &latest.0.deployment) {
            share_equal(&settings.bundle_id, &mut latest.0.bundle);
        }
        let kept = Kept { value: Arc::new(latest), revision };
        let id = &kept.value.0.deployment;
        model.deployments.update(id.clone(), |entry| entry.latest = Some(kept.clone()));
    }
}

impl Held for User {
    fn forget(model: &mut Snapshot, id: &str) {
        model.users.remove(id);
    }

    fn keep(model: &mut Snapshot, kept: Kept<Self>) {
        model.users.insert(kept.value.login.clone(), kept);
    }
}

impl Held for Group {
    fn forget(model: &mut Snapshot, id: &str) {
        model.groups.remove(id);
    }

    fn keep(model: &mut Snapshot, kept: Kept<Self>) {
        model.groups.insert(kept.value.name.clone(), kept);
    }
}

impl Held for Maintenance {
    fn forget(model: &mut Snapshot, id: &str) {
        model.maintenances.remove(id);
    }

    fn keep(model: &mut Snapshot, kept: Kept<Self>) {
        model.maintenances.insert(kept.value.id(), kept);
    }
}

impl Held for WindowSet {
    fn forget(model: &mut Snapshot, id: &str) {
        model.windows.remove(id);
    }

    fn keep(model: &mut Snapshot, kept: Kept<Self>) {
        model.windows.insert(kept.value.id(), kept);
    }
}

impl Held for ManagedInfra {
    fn forget(model: &mut Snapshot, id: &str) {
        model.managed.remove(id);
    }

    fn keep(model: &mut Snapshot, kept: Kept<Self>) {
        model.managed.insert(kept.value.infra.clone(), kept);
    }
}
