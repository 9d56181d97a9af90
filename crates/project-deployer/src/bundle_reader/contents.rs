use std::collections::BTreeMap;
use std::io::{Read, Seek};

use project_deployer_core::ProjectKey;
use project_deployer_core::bundle::{BundleContents, BundleScenario, BundleWebapp};
use project_deployer_core::node::{AuthorizedObjects, ProjectPermission};
use project_deployer_core::problem::ProblemCode;
use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::archive::{Document, DocumentKind, Documents};
use super::document::Part;
use super::error::{BundleError, LimitedBy};
use super::limits::BundleLimits;
use super::noted::Noted;
use super::required::Required;
use super::shared_objects::SharedObjects;
use super::{manifest, requirements, weight};

/// Reads every document of a bundle and combines their contents.
pub(super) fn read<R: Read + Seek>(
    mut documents: Documents<'_, '_, R>,
    limits: &BundleLimits,
) -> Result<BundleContents, BundleError> {
    let manifest = documents.next()?.ok_or(BundleError::NoManifest)?;
    let mut gathered = checked(&manifest, Gathered::of_manifest)?;
    gathered.check(&manifest.path, limits)?;
    while let Some(document) = documents.next()? {
        checked(&document, |part, noted| {
            gathered.read(&document, part, noted);
            Some(())
        })?;
        gathered.check(&document.path, limits)?;
    }
    Ok(gathered.finish())
}

/// Reads one document; its problems become an error with its name.
fn checked<T>(
    document: &Document,
    read: impl FnOnce(&Part<'_>, &mut Noted) -> Option<T>,
) -> Result<T, BundleError> {
    let mut noted = Noted::default();
    let part = Part::document(&document.value, &mut noted);
    match read(&part, &mut noted) {
        Some(outcome) if noted.is_empty() => Ok(outcome),
        _ => Err(noted.into_error(&document.path)),
    }
}

/// The contents of the documents so far.
struct Gathered {
    contents: BundleContents,
    required: Required,
    scenarios: BTreeMap<String, BundleScenario>,
    webapps: BTreeMap<String, BundleWebapp>,
    shared: SharedObjects,
    /// The memory of scenarios, webapps and permissions in bytes.
    bytes: usize,
}

impl Gathered {
    fn of_manifest(manifest: &Part<'_>, noted: &mut Noted) -> Option<Self> {
        let mut required = Required::default();
        requirements::read(manifest, &mut required, noted);
        let contents = manifest::read(manifest, noted)?;
        let (scenarios, webapps) = (BTreeMap::new(), BTreeMap::new());
        let shared = SharedObjects::default();
        Some(Self { contents, required, scenarios, webapps, shared, bytes: 0 })
    }

    fn read(&mut self, document: &Document, part: &Part<'_>, noted: &mut Noted) {
        match document.kind {
            DocumentKind::Manifest => {}
            DocumentKind::Project => self.read_project(part, noted),
            DocumentKind::Dataset => self.required.read_dataset(part, noted),
            DocumentKind::Recipe => {
                self.required.read_code(part, noted);
                self.shared.read_recipe(part.value(), &self.contents.project_key);
            }
            DocumentKind::Webapp => {
                self.required.read_code(part, noted);
                self.read_webapp(document.stem(), part, noted);
            }
            DocumentKind::Scenario => self.read_scenario(document.stem(), part, noted),
        }
    }

    fn read_project(&mut self, params: &Part<'_>, noted: &mut Noted) {
        let key = params.identifier::<ProjectKey>("projectKey", noted);
        if key.is_some_and(|key| key != self.contents.project_key) {
            let what = "this is another project than the manifest's";
            params.field("projectKey").note(noted, ProblemCode::Conflict, what);
        }
        let name = params.name("name", noted);
        self.contents.project_name = self.contents.project_name.take().or(name);
        for entry in params.list("permissions", noted) {
            self.bytes += weight::of_value(entry.value());
            self.contents.permissions.extend(permission(&entry, noted));
        }
        // One that is not as expected is merged into nothing, and no reason to refuse the bundle.
        if let Some(authorized) = params.value().get(AuthorizedObjects::FIELD) {
            self.bytes += weight::of_value(authorized);
            let read = AuthorizedObjects::deserialize(authorized).ok();
            self.contents.authorized_objects_unreadable = read.is_none() && !authorized.is_null();
            self.contents.authorized_objects = read;
        }
        self.required.read_project(params, noted);
        self.shared.read_project(params.value(), &self.contents.project_key);
    }

    fn read_scenario(&mut self, stem: &str, part: &Part<'_>, noted: &mut Noted) {
        let id = part.name("id", noted).unwrap_or_else(|| stem.to_owned());
        let scenario =
            BundleScenario::new(id.clone(), part.name("name", noted).unwrap_or_default())
                .with_marked_as_test(part.flag("markedAsTest", noted))
                // Blank means the last editor of the scenario (wire-facts 3.8).
                .with_run_as_user(part.name("runAsUser", noted));
        let run_as_user = scenario.run_as_user.as_deref().unwrap_or_default();
        // The id is kept twice while documents are read.
        self.bytes += weight::of_texts([id.as_str(), &id, &scenario.name, run_as_user]);
        if self.scenarios.insert(id, scenario).is_some() {
            let what = "another scenario of this bundle has the same id";
            part.field("id").note(noted, ProblemCode::Duplicate, what);
        }
    }

    fn read_webapp(&mut self, stem: &str, part: &Part<'_>, noted: &mut Noted) {
        let id = part.name("id", noted).unwrap_or_else(|| stem.to_owned());
        let name = part.name("name", noted).unwrap_or_default();
        // The id is kept twice while documents are read.
        self.bytes += weight::of_texts([id.as_str(), &id, &name]);
        // Two documents of one id are the same webapp to a node, which reads one of them.
        self.webapps.insert(id.clone(), BundleWebapp::new(id, name));
    }

    fn check(&self, entry: &str, limits: &BundleLimits) -> Result<(), BundleError> {
        let permissions = self.contents.permissions.len();
        let own = self.scenarios.len().max(self.webapps.len()).max(permissions);
        let most = self.required.most().max(self.shared.most()).max(own);
        let (found, allowed) = (most as u64, limits.max_listed as u64);
        BundleError::check_limit(LimitedBy::Listed, found, allowed, Some(entry))?;
        let bytes = (self.bytes + self.required.bytes() + self.shared.bytes()) as u64;
        BundleError::check_limit(
            LimitedBy::ListedBytes,
            bytes,
            limits.max_listed_bytes,
            Some(entry),
        )
    }

    fn finish(self) -> BundleContents {
        let mut contents = self.contents;
        self.required.fill(&mut contents);
        self.shared.fill(&mut contents);
        contents.scenarios = self.scenarios.into_values().collect();
        contents.webapps = self.webapps.into_values().collect();
        contents
    }
}

/// Every field except these two is a flag, and is kept unchanged.
fn permission(entry: &Part<'_>, noted: &mut Noted) -> Option<ProjectPermission> {
    let Value::Object(fields) = entry.value() else {
        entry.note(noted, ProblemCode::WrongType, "this has to be an object");
        return None;
    };
    let flags = fields.iter().filter(|(name, _)| !matches!(name.as_str(), "group" | "user"));
    let flags: Map<String, Value> =
        flags.map(|(name, value)| (name.clone(), value.clone())).collect();
    Some(
        ProjectPermission::default()
            .with_group(entry.identifier("group", noted))
            .with_user(entry.identifier("user", noted))
            .with_flags(flags),
    )
}
