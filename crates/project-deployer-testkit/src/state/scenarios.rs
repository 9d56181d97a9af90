use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::activation::by_id;
use super::project::Project;
use super::runs::Run;
use crate::answer::{Answer, Refusal};

/// A scenario of a project on the node (wire-facts 3.8).
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scenario {
    pub(crate) definition: Map<String, Value>,
    /// Whether a bundle brought it; others were made on the node.
    pub(crate) from_bundle: bool,
    /// The code of a scenario that is a script.
    pub(crate) script: String,
    pub(crate) runs: Vec<Run>,
}

/// What belongs to a scenario on this node, whatever a bundle says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LocalState {
    active: bool,
    run_as_user: Option<String>,
}

impl Scenario {
    pub(crate) fn id(&self) -> &str {
        self.text("id")
    }

    pub(super) fn text(&self, field: &str) -> &str {
        self.definition.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn flag(&self, field: &str) -> bool {
        self.definition.get(field).and_then(Value::as_bool).unwrap_or_default()
    }

    /// None means the last editor.
    pub(crate) fn run_as_user(&self) -> Option<&str> {
        Some(self.text("runAsUser")).filter(|login| !login.is_empty())
    }

    /// The fields in lists, and the light form.
    pub(crate) fn summary(&self, project: &str) -> Value {
        json!({
            "id": self.id(),
            "projectKey": project,
            "name": self.text("name"),
            "type": self.text("type"),
            "active": self.flag("active"),
            "running": self.runs.iter().any(Run::is_running),
            "start": self.runs.iter().find(|run| run.is_running()).map_or(0, |run| run.start),
            "nextRun": 0,
            "markedAsTest": self.flag("markedAsTest"),
            "description": self.definition.get("description"),
            "shortDesc": self.definition.get("shortDesc"),
            "tags": self.definition.get("tags").cloned().unwrap_or_else(|| json!([])),
        })
    }

    fn local_state(&self) -> LocalState {
        LocalState {
            active: self.flag("active"),
            run_as_user: self.run_as_user().map(str::to_owned),
        }
    }
}

impl Project {
    /// Scenarios of a new bundle take the place of those of the old one, and of local ones with the
    /// same id (R-A7) unless the node leaves those alone. What the node knows of their triggers and users stays (R-A6); a scenario that
    /// was never here is inactive until a user turns it on.
    pub(crate) fn take_over_scenarios(
        &mut self,
        brought: Vec<Map<String, Value>>,
        active: &BTreeMap<String, bool>,
        overwrites: bool,
    ) {
        for (id, scenario) in &self.scenarios {
            if scenario.from_bundle {
                self.remembered.insert(id.clone(), scenario.local_state());
            }
        }
        let old = std::mem::take(&mut self.scenarios);
        let mut runs: BTreeMap<String, Vec<Run>> = BTreeMap::new();
        for (id, scenario) in old {
            if scenario.from_bundle {
                runs.insert(id, scenario.runs);
            } else {
                self.scenarios.insert(id, scenario);
            }
        }
        for (id, mut definition) in brought.into_iter().filter_map(by_id) {
            if !overwrites && self.scenarios.contains_key(&id) {
                continue;
            }
            let known = self.remembered.get(&id);
            let is_active = active.get(&id).copied();
            let is_active = is_active.unwrap_or_else(|| known.is_some_and(|known| known.active));
            definition.insert("active".to_owned(), json!(is_active));
            if let Some(known) = known {
                definition.insert("runAsUser".to_owned(), json!(known.run_as_user));
            }
            let runs = runs.remove(&id).unwrap_or_default();
            self.scenarios.insert(
                id,
                Scenario { definition, from_bundle: true, runs, ..Scenario::default() },
            );
        }
    }

    pub(crate) fn scenario(&self, id: &str) -> Answer<&Scenario> {
        self.scenarios.get(id).ok_or_else(|| Refusal::not_found("Scenario", id))
    }

    pub(crate) fn scenario_mut(&mut self, id: &str) -> Answer<&mut Scenario> {
        self.scenarios.get_mut(id).ok_or_else(|| Refusal::not_found("Scenario", id))
    }

    /// Replaces the definition of a scenario. Id and origin stay.
    pub(crate) fn save_scenario(
        &mut self,
        id: &str,
        mut definition: Map<String, Value>,
    ) -> Answer<()> {
        definition.insert("id".to_owned(), json!(id));
        self.scenario_mut(id)?.definition = definition;
        Ok(())
    }

    /// The light form changes these fields only; others are dropped without a word.
    pub(crate) fn save_light(&mut self, id: &str, light: &Map<String, Value>) -> Answer<Value> {
        const CHANGEABLE: [&str; 5] = ["active", "checklists", "description", "shortDesc", "tags"];
        let key = self.key.clone();
        let scenario = self.scenario_mut(id)?;
        for field in CHANGEABLE {
            if let Some(value) = light.get(field) {
                scenario.definition.insert(field.to_owned(), value.clone());
            }
        }
        Ok(scenario.summary(&key))
    }

    /// Makes a scenario on the node itself. Without an id, which the official client never sends, it
    /// gets one after its name.
    pub(crate) fn add_local_scenario(
        &mut self,
        mut definition: Map<String, Value>,
    ) -> Answer<Value> {
        if !definition.contains_key("id") {
            let name = definition.get("name").and_then(Value::as_str);
            let name = name.ok_or_else(|| Refusal::illegal("The scenario has no name"))?;
            definition.insert("id".to_owned(), json!(self.free_scenario_id(name)));
        }
        let (id, definition) =
            by_id(definition).ok_or_else(|| Refusal::illegal("The id is no text"))?;
        if self.scenarios.contains_key(&id) {
            return Err(Refusal::illegal(format!("Scenario exists already: {id}")));
        }
        let scenario = Scenario { definition, ..Scenario::default() };
        self.scenarios.insert(id.clone(), scenario);
        Ok(json!({"id": id}))
    }

    /// A name in capitals, with a number where it is taken.
    fn free_scenario_id(&self, name: &str) -> String {
        let letter = |c: char| if c.is_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        let wanted: String = name.chars().map(letter).collect();
        let numbered = (2..).map(|number| format!("{wanted}_{number}"));
        let mut ids = std::iter::once(wanted.clone()).chain(numbered);
        ids.find(|id| !self.scenarios.contains_key(id)).unwrap_or(wanted)
    }
}
