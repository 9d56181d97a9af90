use serde_json::{Map, Value};

/// The activation settings of a project on the node (wire-facts 3.6), as far as the mock acts
/// on them. They are under `bundleContainerSettings` of the project's settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ContainerSettings {
    connections: Vec<(String, String)>,
    code_envs: Vec<(String, String)>,
    pub(crate) import_time_mode: ImportTimeMode,
}

/// What preloading does about a code environment that is missing (R-A3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ImportTimeMode {
    #[default]
    InstallIfMissing,
    FailIfMissing,
    DoNothing,
}

impl ContainerSettings {
    pub(crate) fn of(project_settings: &Map<String, Value>) -> Self {
        let Some(settings) = project_settings.get("bundleContainerSettings") else {
            return Self::default();
        };
        let mode = settings.pointer("/codeEnvsBehavior/importTimeMode").and_then(Value::as_str);
        Self {
            connections: pairs(settings.pointer("/remapping/connections")),
            code_envs: pairs(settings.pointer("/remapping/codeEnvs")),
            import_time_mode: match mode {
                Some("FAIL_IF_MISS") => ImportTimeMode::FailIfMissing,
                Some("DO_NOTHING") => ImportTimeMode::DoNothing,
                _ => ImportTimeMode::InstallIfMissing,
            },
        }
    }

    /// The name of a connection on the node: the same unless it is remapped (R-C1, R-C3).
    pub(crate) fn connection<'a>(&'a self, source: &'a str) -> &'a str {
        target(&self.connections, source)
    }

    /// The name of a code environment on the node (R-C5).
    pub(crate) fn code_env<'a>(&'a self, source: &'a str) -> &'a str {
        target(&self.code_envs, source)
    }
}

fn pairs(rules: Option<&Value>) -> Vec<(String, String)> {
    let rules = rules.and_then(Value::as_array).into_iter().flatten();
    let pair = |rule: &Value| {
        let text = |field: &str| rule.get(field).and_then(Value::as_str).map(str::to_owned);
        Some((text("source")?, text("target")?))
    };
    rules.filter_map(pair).collect()
}

fn target<'a>(rules: &'a [(String, String)], source: &'a str) -> &'a str {
    rules.iter().find(|(from, _)| from == source).map_or(source, |(_, to)| to)
}
