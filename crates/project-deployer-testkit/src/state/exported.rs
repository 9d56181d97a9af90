use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::NodeState;
use super::project::Project;
use super::scenarios::Scenario;
use crate::answer::{Answer, Refusal};
use crate::bundle::{BundleBuilder, BundleContents, Exported, read};
use crate::caller::Caller;
use crate::seed::{NodeKind, Profile, Quirk};

/// A bundle that was made of a project of this node (wire-facts 4).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExportedBundle {
    pub(crate) bundle_id: String,
    contents: BundleContents,
    pub(crate) archive: Bytes,
    pub(crate) exported_on: i64,
    pub(crate) exported_by: String,
    /// When and by whom it was published.
    published: Option<(i64, String)>,
    skipped_standards: bool,
}

/// A bundle that a node has published to its Deployer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MockPublication {
    /// The key of the published project.
    pub project_key: String,
    /// The id of the bundle.
    pub bundle_id: String,
    /// Who published it.
    pub published_by: String,
    /// The bundle.
    pub archive: Vec<u8>,
}

/// How a bundle is to be made.
#[derive(Debug, Clone)]
pub(crate) struct Export {
    pub(crate) bundle_id: String,
    pub(crate) release_notes: Option<String>,
    pub(crate) with_standards_checks: bool,
}

impl ExportedBundle {
    /// The fields of wire-facts 9.2; the values of `state` and `typeBadges`, and the fields beside
    /// them, are our choice.
    fn listed(&self) -> Value {
        let mut listed = json!({
            "bundleId": self.bundle_id,
            "state": "EXPORTED",
            "typeBadges": [],
            "exportManifest": self.manifest(),
            "exportedOn": self.exported_on,
            "exportedBy": self.exported_by,
        });
        if let Some((on, by)) = &self.published {
            listed["publishedBundleState"] = json!({"publishedOn": on, "publishedBy": by});
            listed["publishedOn"] = json!(on);
        }
        listed
    }

    /// The manifest of the archive, and what the node knows beside it.
    fn manifest(&self) -> Value {
        let mut manifest = self.contents.manifest.clone();
        manifest["projectStandardsSkipped"] = json!(self.skipped_standards);
        manifest
    }

    /// Content summary, manifest and change log are documented (wire-facts 4, row 2); how they are
    /// named and what they contain is our choice.
    pub(crate) fn details(&self) -> Value {
        let contents = &self.contents;
        json!({
            "bundleId": self.bundle_id,
            "exportManifest": self.manifest(),
            "contentSummary": {
                "scenarios": contents.scenarios.len(),
                "webapps": contents.webapps.len(),
                "connections": contents.connections.len(),
                "codeEnvs": contents.code_envs.len(),
            },
            "changeLog": [],
        })
    }
}

impl Project {
    pub(crate) fn exported_json(&self) -> Value {
        json!({"bundles": self.exported.iter().map(ExportedBundle::listed).collect::<Vec<_>>()})
    }

    pub(crate) fn exported(&self, id: &str) -> Answer<&ExportedBundle> {
        let found = self.exported.iter().find(|bundle| bundle.bundle_id == id);
        found.ok_or_else(|| Refusal::not_found("Bundle", id))
    }

    /// What a bundle of this project holds: what it was seeded with, and what changed since.
    pub(super) fn design(&self) -> BundleBuilder {
        let seeded = self.design.clone();
        let seeded = seeded.unwrap_or_else(|| BundleBuilder::new(&self.key, ""));
        let mut builder = seeded.project_name(&self.name).owner(&self.owner);
        builder.set_tags(self.tags.iter().cloned());
        builder.set_permissions(&self.permissions);
        builder.set_variables(&self.standard_variables);
        builder.set_settings(&self.settings);
        for (id, scenario) in &self.scenarios {
            let document = Value::Object(scenario.definition.clone()).to_string();
            builder = builder.file(format!("project_config/scenarios/{id}.json"), document);
        }
        builder
    }
}

impl NodeState {
    /// Puts a project there as a bundle of it, which holds this, describes it.
    pub(crate) fn put_design_project(&mut self, builder: &BundleBuilder, contents: BundleContents) {
        let scenario = |definition: Map<String, Value>| {
            let (id, definition) = super::activation::by_id(definition)?;
            Some((id, Scenario { definition, ..Scenario::default() }))
        };
        let project = Project {
            key: contents.project_key.clone(),
            name: contents.project_name,
            folder: "ROOT".to_owned(),
            owner: builder.design_owner().to_owned(),
            permissions: contents.permissions,
            tags: contents.tags,
            settings: super::settings::of_new_project(),
            standard_variables: contents.standard_variables,
            datasets: contents.datasets,
            scenarios: contents.scenarios.into_iter().filter_map(scenario).collect(),
            connections_in_use: contents.connections.into_iter().map(|(name, _)| name).collect(),
            design: Some(builder.clone()),
            ..Project::default()
        };
        self.projects.insert(contents.project_key, project);
    }

    /// Makes a bundle of a project (D3). "Write project content" is enough (R-D11).
    ///
    /// # Errors
    ///
    /// The caller may not, there is a bundle of that id (R-D10), checks are left out that the node
    /// wants, or this is an Automation node.
    pub(crate) fn export(&mut self, caller: &Caller, key: &str, wanted: &Export) -> Answer<Value> {
        if self.kind == NodeKind::Automation {
            return Err(Refusal::illegal("Bundles are not exported on Automation nodes"));
        }
        let id = &wanted.bundle_id;
        let knows_standards = self.profile >= Profile::V14;
        if knows_standards
            && self.has(Quirk::StandardsChecksAreRequired)
            && !wanted.with_standards_checks
        {
            return Err(Refusal::illegal(
                "Project Standards checks cannot be skipped on this node",
            ));
        }
        let project = self.project(caller, key, "writeProjectContent")?;
        if project.exported(id).is_ok() {
            return Err(Refusal::illegal(format!("Bundle {id} already exists in project {key}")));
        }
        // Release notes on bundles are there since 14.1.0 (wire-facts 4).
        let notes = wanted.release_notes.clone().filter(|_| knows_standards);
        let design = project.design();
        let now = self.clock.now();
        let exported = Exported {
            bundle_id: Some(id),
            by: caller.name(),
            on: now,
            release_notes: notes,
            node_id: &self.node_id,
            release: &self.version,
        };
        let archive = build(&design.exported_as(exported))?;
        let bundle = ExportedBundle {
            bundle_id: id.clone(),
            contents: contents_of(&archive)?,
            archive,
            exported_on: now,
            exported_by: caller.name().to_owned(),
            published: None,
            skipped_standards: !wanted.with_standards_checks,
        };
        self.project_mut(caller, key, "writeProjectContent")?.exported.push(bundle);
        Ok(json!({"msg": format!("Created bundle {id}")}))
    }

    /// Deletes a bundle of a project (wire-facts 4, row 5).
    ///
    /// # Errors
    ///
    /// The caller may not, or the bundle is not there.
    pub(crate) fn remove_exported(
        &mut self,
        caller: &Caller,
        key: &str,
        id: &str,
    ) -> Answer<Value> {
        let project = self.project_mut(caller, key, "writeProjectContent")?;
        project.exported(id)?;
        project.exported.retain(|bundle| bundle.bundle_id != id);
        Ok(json!({"msg": format!("Deleted bundle {id}")}))
    }

    /// Publishes a bundle (wire-facts 4, row 6), to the key of its project unless it is said otherwise.
    /// "Write project content" is enough since 12.1.0 (R-D11).
    ///
    /// # Errors
    ///
    /// The caller may not, here or on a Deployer of its own, or the bundle is not there.
    pub(crate) fn publish(
        &mut self,
        caller: &Caller,
        key: &str,
        id: &str,
        published_key: Option<String>,
    ) -> Answer<Value> {
        let now = self.clock.now();
        let project = self.project(caller, key, "writeProjectContent")?;
        let (contents, archive) = {
            let bundle = project.exported(id)?;
            (bundle.contents.clone(), bundle.archive.clone())
        };
        let published_key = published_key.unwrap_or_else(|| key.to_owned());
        if self.is_its_own_deployer() {
            self.publish_here(caller, &published_key, contents, archive.clone(), now)?;
        }
        let published_by = caller.name().to_owned();
        let project = self.project_mut(caller, key, "writeProjectContent")?;
        for bundle in project.exported.iter_mut().filter(|bundle| bundle.bundle_id == id) {
            bundle.published = Some((now, published_by.clone()));
        }
        let publication = MockPublication {
            project_key: published_key,
            bundle_id: id.to_owned(),
            published_by,
            archive: archive.to_vec(),
        };
        let reported = json!({
            "publishedOn": now,
            "publishedBy": publication.published_by,
            "publishedProjectKey": publication.project_key,
        });
        self.published.push(publication);
        Ok(reported)
    }

    /// What lies at a path of the server's own disk (wire-facts 3.7, rows 2 and 4).
    ///
    /// # Errors
    ///
    /// Nothing lies there, or it is no bundle.
    pub(crate) fn archive_at(&self, path: &str) -> Answer<BundleContents> {
        let missing = || invalid(format!("there is no file {path} on this node"));
        contents_of(self.archives.get(path).ok_or_else(missing)?)
    }
}

pub(super) fn build(builder: &BundleBuilder) -> Answer<Bytes> {
    builder.build().map(Bytes::from).map_err(|error| Refusal::internal(error.to_string()))
}

fn contents_of(archive: &[u8]) -> Answer<BundleContents> {
    read(archive).map_err(|error| invalid(error.to_string()))
}

/// The refusal of what is no bundle.
pub(crate) fn invalid(reason: impl std::fmt::Display) -> Refusal {
    Refusal::illegal(format!("Invalid archive: {reason}")).with_code("ERR_PROJECT_INVALID_ARCHIVE")
}
