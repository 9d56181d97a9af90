use serde_json::{Value, json};

/// A scenario in a bundle.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct BundleScenario {
    id: String,
    name: String,
    active: bool,
    marked_as_test: bool,
    run_as_user: Option<String>,
    triggers: Vec<Value>,
}

impl BundleScenario {
    /// A step-based scenario without triggers, active where it was made.
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            active: true,
            marked_as_test: false,
            run_as_user: None,
            triggers: Vec::new(),
        }
    }

    /// With a name for people.
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Not active where it was made.
    pub fn inactive(self) -> Self {
        Self { active: false, ..self }
    }

    /// A test scenario.
    pub fn marked_as_test(self) -> Self {
        Self { marked_as_test: true, ..self }
    }

    /// Set to run as a user.
    pub fn run_as(self, login: impl Into<String>) -> Self {
        Self { run_as_user: Some(login.into()), ..self }
    }

    /// With one more trigger of a type, such as `temporal`.
    pub fn trigger(mut self, id: impl Into<String>, kind: impl Into<String>) -> Self {
        self.triggers.push(json!({
            "id": id.into(),
            "active": true,
            "type": kind.into(),
            "params": {},
        }));
        self
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "type": "step_based",
            "active": self.active,
            "runAsUser": self.run_as_user,
            "markedAsTest": self.marked_as_test,
            "triggers": self.triggers,
            "reporters": [],
            "params": {"steps": []},
            "tags": [],
        })
    }
}
