use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::NodeState;
use super::project::{ImportedBundle, NewProject, Project};
use crate::answer::{Answer, Refusal};
use crate::bundle::BundleContents;
use crate::caller::Caller;
use crate::moment;
use crate::seed::{MockPermission, NodeKind, Profile, Quirk};

/// How a project is created from a bundle (wire-facts 3.7).
#[derive(Debug, Clone)]
pub(crate) struct FromBundle {
    pub(crate) folder: Option<String>,
    pub(crate) propagation: Propagation,
    pub(crate) fail_on_missing: bool,
}

/// Which of the design project's permissions a new project gets (R-S1 to R-S3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Propagation {
    None,
    ReadOnly,
    All,
}

impl Propagation {
    pub(crate) fn parse(word: Option<&str>) -> Answer<Self> {
        match word {
            None | Some("NONE") => Ok(Self::None),
            Some("READ_ONLY") => Ok(Self::ReadOnly),
            Some("ALL") => Ok(Self::All),
            Some(other) => {
                Err(Refusal::illegal(format!("Unknown permissionsPropagationPolicy: {other}")))
            }
        }
    }
}

impl Project {
    /// The list of imported bundles, the newest last. `bundles[].bundleId` and `importState` are
    /// documented (wire-facts 9.2); that `active` shows which one is active is our choice.
    pub(crate) fn imported_json(&self) -> Value {
        let entry = |bundle: &ImportedBundle| {
            json!({
                "bundleId": bundle.contents.bundle_id,
                "active": self.active_bundle.as_ref() == Some(&bundle.contents.bundle_id),
                "importState": {"importedOn": moment::text(bundle.imported_on)},
                "importedOn": bundle.imported_on,
                "importedBy": bundle.imported_by,
                "releaseNotes": bundle.contents.release_notes,
                "exportManifest": bundle.contents.manifest,
            })
        };
        json!({"bundles": self.bundles.iter().map(entry).collect::<Vec<_>>()})
    }
}

impl NodeState {
    fn must_take_bundles(&self) -> Answer<()> {
        match self.kind {
            NodeKind::Automation => Ok(()),
            NodeKind::Design | NodeKind::Deployer => {
                Err(Refusal::illegal("Bundles can be imported on Automation nodes only"))
            }
        }
    }

    /// Creates a project under the key that the bundle names, and imports the bundle. It is not
    /// activated.
    ///
    /// # Errors
    ///
    /// The key is taken, the caller may not create it there, or users or groups are missing and the
    /// caller minds.
    pub(crate) fn create_from_bundle(
        &mut self,
        caller: &Caller,
        contents: BundleContents,
        wanted: &FromBundle,
    ) -> Answer<Value> {
        self.must_take_bundles()?;
        let permissions = self.propagated(&contents.permissions, wanted)?;
        let answer = json!({"projectKey": contents.project_key, "bundleId": contents.bundle_id});
        let sorts_tags = self.has(Quirk::TagsAreSorted);
        let now = self.clock.now();
        let project = self.create_project(
            caller,
            NewProject {
                key: contents.project_key.clone(),
                name: contents.project_name.clone(),
                owner: caller.name().to_owned(),
                folder: wanted.folder.clone(),
            },
        )?;
        project.permissions = permissions;
        project.set_tags(contents.tags.clone(), sorts_tags);
        project.bundles.push(imported(caller, contents, now));
        Ok(answer)
    }

    /// R-S1 to R-S5. The owner of the design project gets nothing: the deploying user is the owner.
    fn propagated(
        &self,
        design: &[MockPermission],
        wanted: &FromBundle,
    ) -> Answer<Vec<MockPermission>> {
        if wanted.propagation == Propagation::None {
            return Ok(Vec::new());
        }
        let unknown: BTreeSet<&str> = design.iter().filter_map(|e| self.unknown_in(e)).collect();
        // Before 15 missing ones are ignored (docs/product.md#releases).
        let may_fail = self.profile >= Profile::V15;
        if may_fail && wanted.fail_on_missing && !unknown.is_empty() {
            let names = unknown.into_iter().collect::<Vec<_>>().join(", ");
            return Err(Refusal::illegal(format!("Unknown users or groups: {names}")));
        }
        let known = design.iter().filter(|entry| self.unknown_in(entry).is_none());
        Ok(known
            .map(|entry| match wanted.propagation {
                Propagation::All => entry.clone(),
                Propagation::ReadOnly | Propagation::None => entry.as_reader(),
            })
            .collect())
    }

    fn unknown_in<'a>(&self, entry: &'a MockPermission) -> Option<&'a str> {
        match (&entry.group, &entry.user) {
            (Some(group), _) if !self.groups.contains_key(group) => Some(group),
            (None, Some(user)) if !self.users.contains_key(user) => Some(user),
            _ => None,
        }
    }

    /// Imports a bundle into a project that exists, of whatever key the bundle's own project has.
    ///
    /// # Errors
    ///
    /// The caller does not administer the project, or the bundle was imported before.
    pub(crate) fn import_bundle(
        &mut self,
        caller: &Caller,
        key: &str,
        contents: BundleContents,
    ) -> Answer<Value> {
        self.must_take_bundles()?;
        let now = self.clock.now();
        let project = self.project_mut(caller, key, "admin")?;
        let id = contents.bundle_id.clone();
        if project.bundle(&id).is_ok() {
            return Err(Refusal::illegal(format!(
                "Bundle {id} is already imported into project {key}"
            )));
        }
        project.bundles.push(imported(caller, contents, now));
        Ok(json!({"projectKey": key, "bundleId": id}))
    }

    /// Removes a bundle that is not active.
    ///
    /// # Errors
    ///
    /// It is not there, it is active, or the caller does not administer the project.
    pub(crate) fn remove_bundle(&mut self, caller: &Caller, key: &str, id: &str) -> Answer<Value> {
        let project = self.project_mut(caller, key, "admin")?;
        project.bundle(id)?;
        if project.active_bundle.as_deref() == Some(id) {
            return Err(Refusal::illegal(format!("Bundle {id} is active in project {key}")));
        }
        project.bundles.retain(|bundle| bundle.contents.bundle_id != id);
        Ok(json!({"msg": format!("Deleted bundle {id}")}))
    }
}

fn imported(caller: &Caller, contents: BundleContents, now: i64) -> ImportedBundle {
    ImportedBundle {
        contents,
        imported_on: now,
        imported_by: caller.name().to_owned(),
        preloaded: false,
    }
}
