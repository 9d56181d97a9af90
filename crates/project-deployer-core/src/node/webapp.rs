use crate::setters;

/// A webapp of a project on a node (wire-facts 3.9).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Webapp {
    /// Its id.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// The run-as user, if the definition has one. None means the last editor.
    pub run_as_user: Option<String>,
    /// What the node says of its backend.
    pub backend: WebappBackend,
}

/// What a node says of the backend of a webapp.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebappBackend {
    /// It does not run, or the webapp has none.
    #[default]
    Down,
    /// It runs.
    Running,
    /// The node does not say it, for this reason.
    Unknown(String),
}

impl Webapp {
    /// A webapp whose backend does not run.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), ..Self::default() }
    }

    /// Whether the node says that its backend runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.backend == WebappBackend::Running
    }
}

impl From<bool> for WebappBackend {
    fn from(runs: bool) -> Self {
        if runs { Self::Running } else { Self::Down }
    }
}

setters!(Webapp {
    with_run_as_user(run_as_user: Option<String>),
    with_backend(backend: WebappBackend),
});
