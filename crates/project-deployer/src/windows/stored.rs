use project_deployer_core::WindowName;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Window, WindowSet};
use crate::maintenance::MaintenanceScope;

/// Windows as they are stored: one of them may be removed by its name, also if this program cannot read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoredWindows {
    pub(crate) scope: MaintenanceScope,
    pub(crate) windows: Vec<Value>,
}

impl StoredWindows {
    /// The same without a window; none if there is no such window.
    pub(crate) fn without(&self, name: &WindowName) -> Option<Self> {
        let is_other = |known: &&Value| name_of(known).is_none_or(|known| known != name.as_str());
        let windows: Vec<_> = self.windows.iter().filter(is_other).cloned().collect();
        (windows.len() < self.windows.len()).then(|| Self { scope: self.scope.clone(), windows })
    }

    /// The windows that can be read, and the names of the others, as far as they have one.
    pub(crate) fn in_part(&self) -> (WindowSet, Vec<WindowName>) {
        let mut read = WindowSet::empty(self.scope.clone());
        let mut names = Vec::new();
        for stored in &self.windows {
            match serde_json::from_value::<Window>(stored.clone()) {
                Ok(window) => read.windows.push(window),
                Err(_) => names.extend(name_of(stored).and_then(|name| name.parse().ok())),
            }
        }
        (read, names)
    }
}

fn name_of(stored: &Value) -> Option<&str> {
    stored.get("name").and_then(Value::as_str)
}

/// What others read in place of the cause.
pub(crate) const NOT_SHOWN: &str = "those who may remove them see which, and why";

/// Windows that this version of the program cannot read. Updates that they are about are refused until they are removed,
/// or a program that reads them starts the updates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnreadableWindows {
    /// Where they are.
    pub scope: MaintenanceScope,
    /// The names of those that cannot be read. Empty if that is not known: then only all of the scope can be removed. Empty
    /// as well for callers who may not remove them.
    pub names: Vec<WindowName>,
    /// Why, for those who may remove them.
    pub reason: String,
}

impl UnreadableWindows {
    /// What callers see of them who may not remove them.
    pub(crate) fn for_others(self) -> Self {
        Self { names: Vec::new(), reason: NOT_SHOWN.to_owned(), ..self }
    }
}

impl std::fmt::Display for UnreadableWindows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.names.iter().map(|name| format!("`{name}`")).collect();
        let place = self.scope.in_words();
        match names.as_slice() {
            [] => write!(f, "windows of {place} cannot be read: {}", self.reason),
            [name] => write!(f, "window {name} of {place} cannot be read: {}", self.reason),
            _ => {
                write!(f, "windows {} of {place} cannot be read: {}", names.join(", "), self.reason)
            }
        }
    }
}
