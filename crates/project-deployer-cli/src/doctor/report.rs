use std::fmt::Write as _;

use serde::Serialize;

use crate::output::{SCHEMA_VERSION, SheetPage, Shown};
use crate::status::Tone;

/// The name of the check that shows which Deployer is read.
pub(super) const CHOSEN_DEPLOYER: &str = "Deployer to ask";

/// What was seen.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DoctorReport {
    /// The version of `docs/output.schema.json`.
    schema_version: u32,
    /// When.
    read_at: String,
    /// What was looked at, in the order of [`Area`].
    checks: Vec<Check>,
}

/// What a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Area {
    /// The release of this command.
    Version,
    /// A variable of the environment.
    Environment,
    /// A file or an option that configures the command.
    Configuration,
    /// The Deployer.
    Deployer,
    /// An Automation node.
    Node,
    /// A directory that a node or the Deployer names.
    Directory,
}

/// How it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// It works.
    Ok,
    /// A fact that is neither good nor bad.
    Info,
    /// It works, but needs attention.
    Warning,
    /// It does not work.
    Problem,
}

/// One thing that was looked at. No text has a secret in it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Check {
    area: Area,
    name: String,
    state: State,
    what: String,
    /// What to do; only where something is wrong and its text does not say so already.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
    /// The release of this command, of a Deployer or a node.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

impl Area {
    fn title(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Environment => "environment",
            Self::Configuration => "configuration",
            Self::Deployer => "Deployer",
            Self::Node => "nodes",
            Self::Directory => "directories",
        }
    }
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

impl Check {
    fn new(area: Area, name: impl Into<String>, state: State, what: impl Into<String>) -> Self {
        Self { area, name: name.into(), state, what: what.into(), fix: None, version: None }
    }

    pub(super) fn ok(area: Area, name: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(area, name, State::Ok, what)
    }

    pub(super) fn info(area: Area, name: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(area, name, State::Info, what)
    }

    pub(super) fn warning(area: Area, name: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(area, name, State::Warning, what)
    }

    pub(super) fn problem(area: Area, name: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(area, name, State::Problem, what)
    }

    /// The name in a table. JSON keeps the longer one as an id.
    fn label(&self) -> &str {
        match self.name.as_str() {
            CHOSEN_DEPLOYER => "Deployer",
            name => name,
        }
    }

    /// Whether it works.
    pub(super) fn is_ok(&self) -> bool {
        self.state == State::Ok
    }

    /// With what to do.
    pub(super) fn with_fix(self, fix: &str) -> Self {
        Self { fix: Some(fix.to_owned()), ..self }
    }

    /// With a release.
    pub(super) fn of_version(self, version: impl Into<String>) -> Self {
        Self { version: Some(version.into()), ..self }
    }
}

impl DoctorReport {
    pub(super) fn new(read_at: String, checks: Vec<Check>) -> Self {
        Self { schema_version: SCHEMA_VERSION, read_at, checks }
    }

    /// Whether something does not work.
    pub(crate) fn has_problems(&self) -> bool {
        self.count(State::Problem) > 0
    }

    fn count(&self, state: State) -> usize {
        self.checks.iter().filter(|check| check.state == state).count()
    }

    fn verdict(&self) -> (Tone, String) {
        let (problems, warnings) = (self.count(State::Problem), self.count(State::Warning));
        let tone = match (problems, warnings) {
            (0, 0) => Tone::Good,
            (0, _) => Tone::Waiting,
            (_, _) => Tone::Bad,
        };
        (tone, format!("problems: {problems}, warnings: {warnings}"))
    }
}

impl Shown for DoctorReport {
    fn table(&self) -> String {
        let mut text = String::new();
        let mut area = None;
        let widths = self.checks.iter().map(|check| check.label().chars().count().min(40));
        let width = widths.max().unwrap_or_default();
        for check in &self.checks {
            if area.replace(check.area) != Some(check.area) {
                let _ = writeln!(text, "{}", check.area.title());
            }
            let (state, name, what) = (check.state.word(), check.label(), &check.what);
            let _ = writeln!(text, "  {state:<8} {name:<width$}  {what}");
            if let Some(fix) = &check.fix {
                let _ = writeln!(text, "  {:<8} {:<width$}  fix: {fix}", "", "");
            }
        }
        let (_, verdict) = self.verdict();
        let _ = writeln!(text, "{verdict}");
        text
    }

    fn sheet(&self) -> Vec<Vec<String>> {
        let head = ["area", "name", "state", "what", "fix", "version"];
        let rows = self.checks.iter().map(|check| {
            vec![
                check.area.title().to_owned(),
                check.name.clone(),
                check.state.word().to_owned(),
                check.what.clone(),
                check.fix.clone().unwrap_or_default(),
                check.version.clone().unwrap_or_default(),
            ]
        });
        std::iter::once(head.map(str::to_owned).to_vec()).chain(rows).collect()
    }

    fn page(&self) -> Result<String, askama::Error> {
        SheetPage::render_of("Doctor", &self.read_at, self.verdict(), &self.sheet())
    }
}
