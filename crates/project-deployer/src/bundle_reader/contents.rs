use std::collections::BTreeMap;
use std::io::{Read, Seek};

use project_deployer_core::ProjectKey;
use project_deployer_core::bundle::{BundleContents, BundleScenario, DesignNode};
use project_deployer_core::node::ProjectPermission;
use project_deployer_core::problem::{ProblemCode, Problems};

use super::archive::{Document, DocumentKind, Documents};
use super::document::Part;
use super::error::{BundleError, LimitedBy, shown};
use super::limits::BundleLimits;
use super::required::Required;

/// Reads every document of a bundle and puts together what they say.
pub(super) fn read<R: Read + Seek>(
    mut documents: Documents<R>,
    limits: &BundleLimits,
) -> Result<BundleContents, BundleError> {
    let manifest = documents.next()?.ok_or(BundleError::NoManifest)?;
    let mut gathered = checked(&manifest, Gathered::of_manifest)?;
    gathered.check(&manifest.path, limits)?;
    while let Some(document) = documents.next()? {
        checked(&document, |part, problems| {
            gathered.read(&document, part, problems);
            Some(())
        })?;
        gathered.check(&document.path, limits)?;
    }
    Ok(gathered.finish())
}

/// Reads one document; its problems become an error that names it.
fn checked<T>(
    document: &Document,
    read: impl FnOnce(&Part<'_>, &mut Problems) -> Option<T>,
) -> Result<T, BundleError> {
    let mut problems = Problems::none();
    let part = Part::document(&document.value, &mut problems);
    match read(&part, &mut problems) {
        Some(outcome) if problems.is_empty() => Ok(outcome),
        _ => Err(BundleError::Document { entry: shown(&document.path), problems }),
    }
}

/// What the documents said so far.
struct Gathered {
    contents: BundleContents,
    required: Required,
    scenarios: BTreeMap<String, BundleScenario>,
}

impl Gathered {
    fn of_manifest(manifest: &Part<'_>, problems: &mut Problems) -> Option<Self> {
        let project_key = manifest.identifier("projectKey", problems);
        let bundle_id = manifest.identifier("bundleId", problems);
        for (field, absent) in
            [("projectKey", project_key.is_none()), ("bundleId", bundle_id.is_none())]
        {
            if absent {
                manifest.missing(field, problems);
            }
        }
        let mut required = Required::default();
        required.read_manifest(manifest, problems);
        let project_name = manifest.name("projectName", problems);
        let release_notes = manifest.prose("releaseNotes", problems);
        let project_key: ProjectKey = project_key?;
        let contents = BundleContents {
            design_node: design_node(manifest, &project_key, problems),
            project_name,
            release_notes,
            ..BundleContents::empty(project_key, bundle_id?)
        };
        Some(Self { contents, required, scenarios: BTreeMap::new() })
    }

    fn read(&mut self, document: &Document, part: &Part<'_>, problems: &mut Problems) {
        match document.kind {
            DocumentKind::Manifest => {}
            DocumentKind::Project => self.read_project(part, problems),
            DocumentKind::Dataset => self.required.read_dataset(part, problems),
            DocumentKind::Recipe | DocumentKind::Webapp => self.required.read_code(part, problems),
            DocumentKind::Scenario => self.read_scenario(document.stem(), part, problems),
        }
    }

    fn read_project(&mut self, params: &Part<'_>, problems: &mut Problems) {
        let key = params.identifier::<ProjectKey>("projectKey", problems);
        if key.is_some_and(|key| key != self.contents.project_key) {
            let what = "this is another project than the manifest's";
            params.field("projectKey").note(problems, ProblemCode::Conflict, what);
        }
        let name = params.name("name", problems);
        self.contents.project_name = self.contents.project_name.take().or(name);
        let entries = params.list("permissions", problems);
        self.contents.permissions =
            entries.iter().filter_map(|entry| permission(entry, problems)).collect();
        self.required.read_project(params, problems);
    }

    fn read_scenario(&mut self, stem: &str, part: &Part<'_>, problems: &mut Problems) {
        let id = part.name("id", problems).unwrap_or_else(|| stem.to_owned());
        let scenario = BundleScenario {
            id: id.clone(),
            name: part.name("name", problems).unwrap_or_default(),
            marked_as_test: part.flag("markedAsTest", problems),
            // Blank means its last editor (`wire-facts.md` 3.8).
            run_as_user: part.name("runAsUser", problems),
        };
        if self.scenarios.insert(id, scenario).is_some() {
            let what = "another scenario of this bundle has the same id";
            part.field("id").note(problems, ProblemCode::Duplicate, what);
        }
    }

    fn check(&self, entry: &str, limits: &BundleLimits) -> Result<(), BundleError> {
        let permissions = self.contents.permissions.len();
        let most = self.required.most().max(self.scenarios.len()).max(permissions);
        let (found, allowed) = (most as u64, limits.max_listed as u64);
        BundleError::check_limit(LimitedBy::Listed, found, allowed, Some(entry))
    }

    fn finish(self) -> BundleContents {
        let mut contents = self.contents;
        self.required.fill(&mut contents);
        contents.scenarios = self.scenarios.into_values().collect();
        contents
    }
}

fn design_node(manifest: &Part<'_>, project: &ProjectKey, problems: &mut Problems) -> DesignNode {
    let node = manifest.object("designNode", problems);
    let url = node.name("url", problems);
    // People will be offered this address to click on.
    if url.as_ref().is_some_and(|url| !is_web_address(url)) {
        let what = "this has to begin with http:// or https://";
        node.field("url").note(problems, ProblemCode::Invalid, what);
    }
    DesignNode {
        project_key: Some(project.clone()),
        node_id: node.identifier("nodeId", problems),
        url,
        install_id: node.name("installId", problems),
    }
}

fn is_web_address(url: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)))
}

fn permission(entry: &Part<'_>, problems: &mut Problems) -> Option<ProjectPermission> {
    match serde_json::from_value(entry.value().clone()) {
        Ok(permission) => Some(permission),
        Err(error) => {
            entry.note(problems, ProblemCode::Invalid, &error.to_string());
            None
        }
    }
}
