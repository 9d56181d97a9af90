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
    /// Whether its backend runs.
    pub running: bool,
}

impl Webapp {
    /// A webapp whose backend does not run.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), ..Self::default() }
    }
}

setters!(Webapp {
    with_run_as_user(run_as_user: Option<String>),
    with_running(running: bool),
});
