//! Bundles: immutable archives of a project, by id and digest.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use crate::archive_note::{ArchiveNote, ArchiveNoteKind};
use crate::digest::BundleDigest;
use crate::identifier::{BundleId, GitCommit, Login, NodeId, ProjectKey};
use crate::lenient::empty_as_none;
use crate::node::{AuthorizedObjects, ProjectPermission};
use crate::setters;
use crate::time::Timestamp;

/// A bundle that was published to the Deployer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PublishedBundle {
    /// The published project that it belongs to.
    pub published_project_key: ProjectKey,
    /// When it was published.
    pub published_on: Timestamp,
    /// The login of the publisher.
    pub published_by: Login,
    /// The digest of its archive.
    pub digest: BundleDigest,
    /// The size of its archive in bytes.
    pub size: u64,
    /// The contents that the reader found.
    pub contents: BundleContents,
    /// The Git commit that it was made from, as its publisher said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_commit: Option<GitCommit>,
}

setters!(PublishedBundle {
    with_git_commit(git_commit: Option<GitCommit>),
});

impl PublishedBundle {
    /// A bundle that was published.
    #[must_use]
    pub fn new(
        published_project_key: ProjectKey,
        published_on: Timestamp,
        published_by: Login,
        (digest, size): (BundleDigest, u64),
        contents: BundleContents,
    ) -> Self {
        Self {
            published_project_key,
            published_on,
            published_by,
            digest,
            size,
            contents,
            git_commit: None,
        }
    }

    /// The id, unique within the published project (R-D10).
    #[must_use]
    pub fn id(&self) -> &BundleId {
        &self.contents.bundle_id
    }
}

/// The contents and requirements of a bundle, as far as the reader knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BundleContents {
    /// What the reader looked for: [`BundleContents::VERSION`], or less for a bundle that an earlier version read.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub contents_version: u32,
    /// The project that was bundled.
    pub project_key: ProjectKey,
    /// The id of the bundle.
    pub bundle_id: BundleId,
    /// The name of the project.
    #[serde(default)]
    pub project_name: Option<String>,
    /// The release notes of its author.
    #[serde(default)]
    pub release_notes: Option<String>,
    /// The login of its author, as the bundle states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exported_by: Option<String>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exported_on: Option<Timestamp>,
    /// The release of the node that created it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated_with: Option<String>,
    /// The node that it was created on.
    #[serde(default)]
    pub design_node: DesignNode,
    /// Connections that it uses, by the names of the design node.
    #[serde(default)]
    pub connections: Vec<RequiredConnection>,
    /// Code environments that it uses, by the names of the design node.
    #[serde(default)]
    pub code_envs: Vec<RequiredCodeEnv>,
    /// Plugins that it uses or may use.
    #[serde(default)]
    pub plugins: Vec<RequiredPlugin>,
    /// Scenarios that it contains.
    #[serde(default)]
    pub scenarios: Vec<BundleScenario>,
    /// Webapps that it contains. Bundles that an earlier version read have none here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub webapps: Vec<BundleWebapp>,
    /// The permissions of the design project, for propagation (R-S2, R-S3).
    #[serde(default)]
    pub permissions: Vec<ProjectPermission>,
    /// The authorized objects of the design project, where the bundle has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorized_objects: Option<AuthorizedObjects>,
    /// Whether the bundle has authorized objects that cannot be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub authorized_objects_unreadable: bool,
    /// Other projects whose objects its recipes use.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub uses_projects: BTreeSet<ProjectKey>,
    /// Other projects that it shares objects with.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub shares_with: BTreeSet<ProjectKey>,
    /// Contents that some readers cannot read, each kind once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub archive_notes: Vec<ArchiveNote>,
}

impl BundleContents {
    /// What a reader of this version looks for. 1: authorized objects, projects whose objects are used or shared with, webapps,
    /// and which code environments the manifest lists.
    pub const VERSION: u32 = 1;

    /// Whether the authorized objects are known: that there are none, too.
    #[must_use]
    pub fn knows_authorized_objects(&self) -> bool {
        self.contents_version >= 1 && !self.authorized_objects_unreadable
    }

    /// Whether the projects are known whose objects are used or shared with.
    #[must_use]
    pub fn knows_shared_objects(&self) -> bool {
        self.contents_version >= 1
    }

    /// The webapps, if they are known: that there are none, too.
    #[must_use]
    pub fn known_webapps(&self) -> Option<&[BundleWebapp]> {
        (self.contents_version >= 1).then_some(&self.webapps)
    }

    /// The contents of an empty bundle.
    #[must_use]
    pub fn empty(project_key: ProjectKey, bundle_id: BundleId) -> Self {
        Self {
            contents_version: Self::VERSION,
            project_key,
            bundle_id,
            project_name: None,
            release_notes: None,
            exported_by: None,
            exported_on: None,
            generated_with: None,
            design_node: DesignNode::default(),
            connections: Vec::new(),
            code_envs: Vec::new(),
            plugins: Vec::new(),
            scenarios: Vec::new(),
            webapps: Vec::new(),
            permissions: Vec::new(),
            authorized_objects: None,
            authorized_objects_unreadable: false,
            uses_projects: BTreeSet::new(),
            shares_with: BTreeSet::new(),
            archive_notes: Vec::new(),
        }
    }
}

setters!(BundleContents {
    with_project_name(project_name: Option<String>),
    with_release_notes(release_notes: Option<String>),
    with_exported_by(exported_by: Option<String>),
    with_exported_on(exported_on: Option<Timestamp>),
    with_generated_with(generated_with: Option<String>),
    with_design_node(design_node: DesignNode),
    with_connections(connections: Vec<RequiredConnection>),
    with_code_envs(code_envs: Vec<RequiredCodeEnv>),
    with_plugins(plugins: Vec<RequiredPlugin>),
    with_scenarios(scenarios: Vec<BundleScenario>),
    with_webapps(webapps: Vec<BundleWebapp>),
    with_permissions(permissions: Vec<ProjectPermission>),
    with_contents_version(contents_version: u32),
    with_authorized_objects(authorized_objects: Option<AuthorizedObjects>),
    with_authorized_objects_unreadable(authorized_objects_unreadable: bool),
    with_uses_projects(uses_projects: BTreeSet<ProjectKey>),
    with_shares_with(shares_with: BTreeSet<ProjectKey>),
    with_archive_notes(archive_notes: Vec<ArchiveNote>),
});

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(version: &u32) -> bool {
    *version == 0
}

/// The origin of a bundle. Node id and URL are known only if that node is in a fleet
/// (wire-facts 2.6).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct DesignNode {
    /// The project there.
    #[serde(deserialize_with = "empty_as_none", skip_serializing_if = "Option::is_none")]
    pub project_key: Option<ProjectKey>,
    /// The id of the node.
    #[serde(deserialize_with = "empty_as_none", skip_serializing_if = "Option::is_none")]
    pub node_id: Option<NodeId>,
    /// Its external address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The id of its installation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub install_id: Option<String>,
}

/// A connection that a bundle uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RequiredConnection {
    /// Its name on the design node.
    pub name: String,
    /// Its type, such as `PostgreSQL`, if the bundle has it.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

impl RequiredConnection {
    /// A connection, with its type if the bundle has it.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: Option<String>) -> Self {
        Self { name: name.into(), kind }
    }
}

/// A code environment that a bundle uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RequiredCodeEnv {
    /// Its name on the design node.
    pub name: String,
    /// `PYTHON` or `R`.
    pub language: String,
    /// Whether the manifest lists it. Otherwise it was guessed from other documents, or an earlier version read the bundle:
    /// that it is missing then stops no update.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listed: bool,
}

impl RequiredCodeEnv {
    /// A code environment that the manifest lists.
    #[must_use]
    pub fn new(name: impl Into<String>, language: impl Into<String>) -> Self {
        Self { name: name.into(), language: language.into(), listed: true }
    }

    /// A code environment that a recipe, a webapp or the project names: its language is guessed, and so is that it is
    /// used.
    #[must_use]
    pub fn guessed(name: impl Into<String>, language: impl Into<String>) -> Self {
        Self { listed: false, ..Self::new(name, language) }
    }
}

/// A plugin that a bundle uses or may use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RequiredPlugin {
    /// Its id.
    pub id: String,
    /// The version on the design node, if the bundle has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether the design node only had it installed, so that the bundle may not use it
    /// (wire-facts 9.1).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_be_unused: bool,
}

impl RequiredPlugin {
    /// A plugin that a bundle uses.
    #[must_use]
    pub fn used(id: impl Into<String>, version: Option<String>) -> Self {
        Self { id: id.into(), version, may_be_unused: false }
    }

    /// A plugin that the design node had installed.
    #[must_use]
    pub fn installed(id: impl Into<String>, version: Option<String>) -> Self {
        Self { id: id.into(), version, may_be_unused: true }
    }
}

/// A scenario that a bundle contains.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BundleScenario {
    /// Its id.
    pub id: String,
    /// The display name.
    #[serde(default)]
    pub name: String,
    /// Whether it is a test scenario.
    #[serde(default)]
    pub marked_as_test: bool,
    /// The run-as user. A bundle that brings one could run code as another user, so an infrastructure may
    /// impose a user (R-S8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_as_user: Option<String>,
}

impl BundleScenario {
    /// A scenario that is no test, and that no user is set for.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), marked_as_test: false, run_as_user: None }
    }
}

setters!(BundleScenario {
    with_marked_as_test(marked_as_test: bool),
    with_run_as_user(run_as_user: Option<String>),
});

/// A webapp that a bundle contains.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BundleWebapp {
    /// Its id.
    pub id: String,
    /// The display name.
    #[serde(default)]
    pub name: String,
}

impl BundleWebapp {
    /// A webapp.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into() }
    }
}
