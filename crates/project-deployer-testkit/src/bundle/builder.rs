use std::io::{Cursor, Write as _};
use std::path::Path;

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{BundleError, BundleLayout, BundleScenario, layout};
use crate::other_fields::OtherFields;
use crate::seed::{CodeEnvLanguage, MockCodeEnv, MockPermission, MockPlugin, Profile};

/// Makes bundles that a [`MockNode`](crate::MockNode) reads. Equal builders make equal bytes.
///
/// ```
/// use project_deployer_testkit::BundleBuilder;
/// let archive = BundleBuilder::new("CHURN", "v1").connection("sql", "PostgreSQL").build()?;
/// assert!(archive.starts_with(b"PK"));
/// # Ok::<(), project_deployer_testkit::BundleError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct BundleBuilder {
    pub(super) layout: BundleLayout,
    pub(super) project_key: String,
    pub(super) is_bundle: bool,
    pub(super) bundle_id: String,
    pub(super) project_name: String,
    pub(super) owner: String,
    pub(super) exported_on: i64,
    pub(super) release_notes: Option<String>,
    pub(super) connections: Vec<(String, String)>,
    pub(super) code_envs: Vec<MockCodeEnv>,
    pub(super) plugins: Vec<MockPlugin>,
    scenarios: Vec<BundleScenario>,
    webapps: Vec<String>,
    pub(super) permissions: Vec<MockPermission>,
    pub(super) tags: Vec<String>,
    pub(super) variables: OtherFields,
    pub(super) settings: OtherFields,
    files: Vec<(String, Vec<u8>)>,
    pub(super) exported_by: Option<String>,
    pub(super) design_node: String,
    pub(super) release: String,
}

impl BundleBuilder {
    /// A bundle of a project that uses nothing.
    pub fn new(project_key: impl Into<String>, bundle_id: impl Into<String>) -> Self {
        let project_key = project_key.into();
        Self {
            project_name: project_key.clone(),
            project_key,
            layout: BundleLayout::default(),
            is_bundle: true,
            bundle_id: bundle_id.into(),
            owner: "designer".to_owned(),
            exported_on: 1_767_225_600_000,
            release_notes: None,
            connections: Vec::new(),
            code_envs: Vec::new(),
            plugins: Vec::new(),
            scenarios: Vec::new(),
            webapps: Vec::new(),
            permissions: Vec::new(),
            tags: Vec::new(),
            variables: OtherFields::default(),
            settings: OtherFields::default(),
            files: Vec::new(),
            exported_by: None,
            design_node: "design".to_owned(),
            release: Profile::default().version().to_owned(),
        }
    }

    /// With the names of another layout in its manifest.
    pub fn layout(self, layout: BundleLayout) -> Self {
        Self { layout, ..self }
    }

    /// The project's name for people.
    pub fn project_name(self, name: impl Into<String>) -> Self {
        Self { project_name: name.into(), ..self }
    }

    /// The owner of the design project, who also exported the bundle.
    pub fn owner(self, login: impl Into<String>) -> Self {
        Self { owner: login.into(), ..self }
    }

    /// When it was exported, in milliseconds since 1970.
    pub fn exported_on(self, milliseconds: i64) -> Self {
        Self { exported_on: milliseconds, ..self }
    }

    /// What its author writes about it.
    pub fn release_notes(self, notes: impl Into<String>) -> Self {
        Self { release_notes: Some(notes.into()), ..self }
    }

    /// Uses one more connection, through a dataset.
    pub fn connection(mut self, name: impl Into<String>, kind: impl Into<String>) -> Self {
        self.connections.push((name.into(), kind.into()));
        self
    }

    /// Uses one more Python environment.
    pub fn python_env(mut self, name: impl Into<String>) -> Self {
        self.code_envs.push(MockCodeEnv::python(name));
        self
    }

    /// Uses one more plugin.
    pub fn plugin(mut self, id: impl Into<String>, version: impl Into<String>) -> Self {
        self.plugins.push(MockPlugin::new(id, version));
        self
    }

    /// Brings one more scenario.
    pub fn scenario(mut self, scenario: BundleScenario) -> Self {
        self.scenarios.push(scenario);
        self
    }

    /// Brings one more webapp.
    pub fn webapp(mut self, id: impl Into<String>) -> Self {
        self.webapps.push(id.into());
        self
    }

    /// One more entry of the design project's permissions.
    pub fn permission(mut self, permission: MockPermission) -> Self {
        self.permissions.push(permission);
        self
    }

    /// One more tag of the project.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// One more standard variable (R-A9: they travel with the bundle).
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.variables.0.insert(name.into(), value.into());
        self
    }

    /// Adds a file at a path of the archive. It replaces an earlier one.
    pub fn file(mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.into(), bytes.into()));
        self
    }

    /// The archive.
    ///
    /// # Errors
    ///
    /// The zip cannot be written, for example because a path is longer than zip allows.
    pub fn build(&self) -> Result<Vec<u8>, BundleError> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default());
        let mut files = self.own_files();
        for (path, bytes) in &self.files {
            files.retain(|(own, _)| own != path);
            files.push((path.clone(), bytes.clone()));
        }
        for (path, bytes) in files {
            zip.start_file(path, options).map_err(BundleError::zip)?;
            zip.write_all(&bytes)?;
        }
        Ok(zip.finish().map_err(BundleError::zip)?.into_inner())
    }

    /// Writes the archive to a file.
    ///
    /// # Errors
    ///
    /// As for [`build`](Self::build), or the file cannot be written.
    pub fn write_to(&self, path: impl AsRef<Path>) -> Result<(), BundleError> {
        Ok(std::fs::write(path, self.build()?)?)
    }

    fn own_files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = vec![
            json_file("export-manifest.json", &layout::manifest(self)),
            json_file("project_config/params.json", &self.params()),
            json_file(
                "project_config/variables.json",
                &json!({"standard": self.variables, "local": {}}),
            ),
        ];
        for (index, (connection, kind)) in self.connections.iter().enumerate() {
            let name = format!("dataset_{}", index + 1);
            let document = self.dataset(&name, connection, kind);
            files.push(json_file(format!("project_config/datasets/{name}.json"), &document));
        }
        for (index, env) in self.code_envs.iter().enumerate() {
            let name = format!("recipe_{}", index + 1);
            let document = self.recipe(&name, env);
            files.push(json_file(format!("project_config/recipes/{name}.json"), &document));
        }
        for scenario in &self.scenarios {
            let path = format!("project_config/scenarios/{}.json", scenario.id());
            files.push(json_file(path, &scenario.to_json()));
        }
        for id in &self.webapps {
            let path = format!("project_config/webapps/{id}.json");
            files.push(json_file(path, &json!({"id": id, "name": id, "type": "STANDARD"})));
        }
        files
    }

    fn params(&self) -> Value {
        let mut params = json!({
            "name": self.project_name,
            "owner": self.owner,
            "permissions": self.permissions.iter().map(MockPermission::to_json).collect::<Vec<_>>(),
            "tags": self.tags,
            "settings": self.settings,
        });
        if self.layout != BundleLayout::Real {
            params["projectKey"] = self.project_key.clone().into();
        }
        params
    }

    fn dataset(&self, name: &str, connection: &str, kind: &str) -> Value {
        json!({
            "projectKey": self.project_key,
            "name": name,
            "type": kind,
            "managed": false,
            "params": {"connection": connection},
        })
    }

    fn recipe(&self, name: &str, env: &MockCodeEnv) -> Value {
        let kind = match env.language {
            CodeEnvLanguage::Python => "python",
            CodeEnvLanguage::R => "r",
        };
        json!({
            "projectKey": self.project_key,
            "name": name,
            "type": kind,
            "params": {"envSelection": {"envMode": "EXPLICIT_ENV", "envName": env.name}},
        })
    }
}

fn json_file(path: impl Into<String>, document: &Value) -> (String, Vec<u8>) {
    (path.into(), document.to_string().into_bytes())
}
