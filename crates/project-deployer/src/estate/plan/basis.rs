use std::collections::BTreeMap;

use project_deployer_core::{BundleId, InfraId, ProjectKey};
use serde::{Deserialize, Serialize};

use super::{EstateKind, PlanOptions};
use crate::estate::document::Estate;
use crate::estate::observed::{Deployed, ObservedEstate, Seen};
use crate::maintenance::MaintenanceScope;

/// The documents that a plan relies on, each with its version: what the file mentions, what that refers to, and what
/// may be deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanBasis(BTreeMap<String, String>);

const ABSENT: &str = "absent";

impl PlanBasis {
    pub(super) fn of(estate: &Estate, observed: &ObservedEstate, options: &PlanOptions) -> Self {
        let mut basis = Self::default();
        let prunes = |kind: EstateKind| options.prune.contains(&kind);
        let has_stages = estate.stages.is_some() || estate.windows.is_some();
        if has_stages || estate.infrastructures.is_some() || estate.fleets.is_some() {
            basis.add("stages", observed.stages.version.text());
        }
        basis.accounts(estate, observed, options);
        basis.fleets(estate, observed, options);
        for entry in estate.infrastructures.iter().flatten() {
            basis.infra(observed, &entry.id);
            let seen = observed.infras.get(&entry.id);
            if let Some(marker) = seen.and_then(|seen| seen.managed.as_ref()) {
                let fields = marker.fields.iter().map(ToString::to_string);
                let fields = fields.collect::<Vec<_>>().join(", ");
                let what = format!("fleet of infrastructure {}", entry.id);
                basis.add(what, format!("{} with {fields}", marker.fleet));
            }
            if seen.is_some_and(|seen| seen.unread_fleet.is_some()) {
                basis.add(format!("fleet of infrastructure {}", entry.id), "unknown".to_owned());
            }
        }
        basis.windows(estate, observed, options);
        for entry in estate.projects.iter().flatten() {
            basis.project(observed, &entry.key);
        }
        for entry in estate.deployments.iter().flatten() {
            basis.infra(observed, &entry.infrastructure);
            basis.project(observed, &entry.project);
            let seen = observed.deployments.get(&entry.id);
            let version = seen.map(|seen| match &seen.deployed {
                Deployed::Bundle(bundle) if options.deploy => {
                    format!("{}, nodes have {bundle}", seen.settings.version.text())
                }
                Deployed::Behind if options.deploy => {
                    format!("{}, nodes are behind", seen.settings.version.text())
                }
                _ => seen.settings.version.text(),
            });
            basis.add(
                format!("deployment {}", entry.id),
                version.unwrap_or_else(|| ABSENT.to_owned()),
            );
        }
        if prunes(EstateKind::Infrastructures) || prunes(EstateKind::Stages) {
            observed.infras.keys().for_each(|id| basis.infra(observed, id));
        }
        if prunes(EstateKind::Projects) {
            observed.projects.keys().for_each(|key| basis.project(observed, key));
            // A bundle is no part of the settings, and is deleted with its project.
            for (key, seen) in &observed.projects {
                let bundles: Vec<&str> = seen.bundles.iter().map(BundleId::as_str).collect();
                basis.add(format!("bundles of project {key}"), bundles.join(", "));
            }
        }
        if !options.prune.is_empty() {
            for (id, seen) in &observed.deployments {
                let known = format!("deployment {id}");
                basis.0.entry(known).or_insert_with(|| seen.settings.version.text());
            }
        }
        basis
    }

    /// The accounts of the file, and who will be an administrator.
    fn accounts(&mut self, estate: &Estate, observed: &ObservedEstate, options: &PlanOptions) {
        let Some(accounts) = observed.accounts.seen() else { return };
        let groups = estate.groups.iter().flatten().map(|entry| &entry.name);
        let others =
            || accounts.groups.keys().filter(|_| options.prune.contains(&EstateKind::Groups));
        for name in groups.chain(others()) {
            let version = accounts.groups.get(name).map(|seen| seen.version.text());
            self.add(format!("group {name}"), version.unwrap_or_else(|| ABSENT.to_owned()));
        }
        let users = estate.users.iter().flatten().map(|entry| &entry.login);
        let others =
            || accounts.users.keys().filter(|_| options.prune.contains(&EstateKind::Users));
        for login in users.chain(others()) {
            let version = accounts.users.get(login).map(|seen| seen.version.text());
            self.add(format!("user {login}"), version.unwrap_or_else(|| ABSENT.to_owned()));
        }
    }

    /// The fleets of the file; of those that may be deleted, also what they manage.
    fn fleets(&mut self, estate: &Estate, observed: &ObservedEstate, options: &PlanOptions) {
        let Some(fleets) = observed.fleets.seen() else { return };
        let prunes = options.prune.contains(&EstateKind::Fleets);
        for entry in estate.fleets.iter().flatten() {
            let version = fleets.get(&entry.id).map(|seen| seen.settings.version.text());
            self.add(format!("fleet {}", entry.id), version.unwrap_or_else(|| ABSENT.to_owned()));
        }
        for (id, seen) in fleets.iter().filter(|_| prunes) {
            self.add(format!("fleet {id}"), seen.settings.version.text());
            let members: Vec<_> = seen.members.iter().map(ToString::to_string).collect();
            self.add(format!("infrastructures of fleet {id}"), members.join(", "));
        }
    }

    /// The windows of each scope of the file, and of those that may be deleted.
    fn windows(&mut self, estate: &Estate, observed: &ObservedEstate, options: &PlanOptions) {
        let Some(seen) = observed.windows.seen() else { return };
        let mentioned = estate.windows.iter().flatten().map(|entry| &entry.scope);
        let others = seen.sets.keys().chain(seen.unread.keys());
        let others = others.filter(|_| options.prune.contains(&EstateKind::Windows));
        for scope in mentioned.chain(others) {
            let version = match (seen.sets.get(scope), seen.unread.contains_key(scope)) {
                (Some(set), _) => set.version.text(),
                (None, true) => "unknown".to_owned(),
                (None, false) => ABSENT.to_owned(),
            };
            self.add(format!("{} {scope}", EstateKind::Windows.noun()), version);
            if let MaintenanceScope::Infra(id) = scope {
                self.infra(observed, id);
            }
        }
    }

    fn add(&mut self, what: impl Into<String>, version: String) {
        self.0.insert(what.into(), version);
    }

    fn infra(&mut self, observed: &ObservedEstate, id: &InfraId) {
        let seen = observed.infras.get(id).map(|seen| version_of(seen.settings.as_ref()));
        self.add(format!("infrastructure {id}"), seen.unwrap_or_else(|| ABSENT.to_owned()));
    }

    fn project(&mut self, observed: &ObservedEstate, key: &ProjectKey) {
        let seen = observed.projects.get(key).map(|seen| version_of(seen.settings.as_ref()));
        self.add(format!("project {key}"), seen.unwrap_or_else(|| ABSENT.to_owned()));
    }

    /// What has another version in `now`.
    #[must_use]
    pub fn moved(&self, now: &Self) -> Vec<String> {
        let changed = self.0.iter().filter(|(what, version)| now.0.get(*what) != Some(*version));
        let new = now.0.keys().filter(|what| !self.0.contains_key(*what));
        changed.map(|(what, _)| what.clone()).chain(new.cloned()).collect()
    }
}

fn version_of<T>(settings: Option<&Seen<T>>) -> String {
    settings.map_or_else(|| "hidden".to_owned(), |seen| seen.version.text())
}
