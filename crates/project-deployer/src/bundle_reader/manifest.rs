use project_deployer_core::bundle::{BundleContents, DesignNode};
use project_deployer_core::problem::ProblemCode;
use project_deployer_core::{BundleId, ProjectKey};

use super::document::Part;
use super::noted::Noted;
use super::two_names::Named;

/// The name of the project's key in the manifest of a design node.
const PROJECT_KEY: &str = "originalProjectKey";

/// Reads the manifest except its lists of requirements.
pub(super) fn read(manifest: &Part<'_>, noted: &mut Noted) -> Option<BundleContents> {
    let project_key = project_key(manifest, noted);
    let bundle_id = bundle_id(manifest, noted);
    let author = manifest.object("exportUserInfo", noted);
    let release_notes = Named::read(&author, "releaseNotes", Part::prose, noted);
    let older = Named::read(manifest, "releaseNotes", Part::prose, noted);
    let release_notes = release_notes.or_equal(older, noted);
    let exported_by = Named::read(&author, "exportedBy", Part::name, noted);
    let older = Named::read(manifest, "exportedBy", Part::name, noted);
    let exported_by = exported_by.or_equal(older, noted);
    let exported_on = Named::read(&author, "exportedOn", Part::time, noted);
    let older = Named::read(manifest, "exportedOn", Part::time, noted);
    let exported_on = exported_on.or_equal(older, noted);
    let project_name = manifest.name("projectName", noted);
    let generated_with = manifest.name("generatedWithDSSVersion", noted);
    let design_node = design_node(manifest, project_key.as_ref(), noted);
    Some(
        BundleContents::empty(project_key?, bundle_id?)
            .with_project_name(project_name)
            .with_release_notes(release_notes)
            .with_exported_by(exported_by)
            .with_exported_on(exported_on)
            .with_generated_with(generated_with)
            .with_design_node(design_node),
    )
}

fn project_key(manifest: &Part<'_>, noted: &mut Noted) -> Option<ProjectKey> {
    let key = Named::read(manifest, PROJECT_KEY, Part::identifier, noted);
    let older = Named::read(manifest, "projectKey", Part::identifier, noted);
    let key = key.or_equal(older, noted);
    if key.is_none() && manifest.field("projectKey").is_blank() {
        manifest.missing(PROJECT_KEY, noted);
    }
    key
}

fn bundle_id(manifest: &Part<'_>, noted: &mut Noted) -> Option<BundleId> {
    let id = manifest.identifier("bundleId", noted);
    if id.is_none() && manifest.field("bundleId").is_blank() {
        let what = "this is missing, as in the export of a project that is no bundle";
        manifest.field("bundleId").note(noted, ProblemCode::Missing, what);
    }
    id
}

fn design_node(manifest: &Part<'_>, project: Option<&ProjectKey>, noted: &mut Noted) -> DesignNode {
    let node = manifest.object("designNode", noted);
    let url = node.name("url", noted);
    // This address is shown as a link.
    if url.as_ref().is_some_and(|url| !is_web_address(url)) {
        let what = "this has to begin with http:// or https://";
        node.field("url").note(noted, ProblemCode::Invalid, what);
    }
    let id = Named::read(manifest, "designNodeId", Part::identifier, noted);
    let older = Named::read(&node, "nodeId", Part::identifier, noted);
    let mut design_node = DesignNode::default();
    design_node.project_key = project.cloned();
    design_node.node_id = id.or_equal(older, noted);
    design_node.url = url;
    design_node.install_id = node.name("installId", noted);
    design_node
}

fn is_web_address(url: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)))
}
