use std::fmt;

use project_deployer_core::Problems;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why this program cannot read a stored value. It names places and never a value: stored values may be secret,
/// and this text is in logs and in errors for callers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(String);

/// Reads a stored value.
pub(crate) fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Unreadable> {
    // To follow the path takes longer than to read the value, and only an error needs it.
    if let Ok(read) = T::deserialize(&value) {
        return Ok(read);
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let place = match error.path().to_string() {
            whole if whole == "." => "it".to_owned(),
            field => format!("`{field}`"),
        };
        Unreadable(format!("{place} is not as this version of the program writes it"))
    })
}

impl From<Problems> for Unreadable {
    fn from(problems: Problems) -> Self {
        let place =
            |path: &str| if path.is_empty() { "it".to_owned() } else { format!("`{path}`") };
        let found = problems.iter().map(|it| format!("{} ({})", place(&it.path), it.code.as_str()));
        let found: Vec<_> = found.collect();
        Self(format!("not as this version of the program writes it: {}", found.join(", ")))
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

#[cfg(test)]
mod tests {
    use project_deployer_core::deployment::DeploymentSettings;
    use project_deployer_core::document::Document as _;
    use serde_json::json;

    use super::{Unreadable, typed};
    use crate::state::UpdateRecord;
    use crate::update::UpdateEvent;

    const CANARY: &str = "canary-51c0";

    #[test]
    fn an_error_names_the_place_and_no_value() {
        // R13
        let documents = [
            json!({"event": CANARY}),
            json!({"event": "resumed", "at": CANARY, "holder": 1}),
            json!({"event": "closed", "at": CANARY, "status": "FAILED"}),
            json!({"event": "started", "at": 1, "plan": {"deployment": "d", "infra": CANARY}}),
            json!(CANARY),
            json!([CANARY]),
        ];
        for document in documents {
            let error = typed::<UpdateEvent>(document.clone()).unwrap_err();
            assert!(!format!("{error:?} {error}").contains(CANARY), "{document} {error}");
        }
        let record = json!({"deployment": "d", "start": CANARY});
        let error = typed::<UpdateRecord>(record).unwrap_err();
        assert_eq!(error.to_string(), "`start` is not as this version of the program writes it");
    }

    #[test]
    fn problems_of_a_document_are_places() {
        // R13
        let broken = json!({"id": "a/b", "infraId": [CANARY], "bundleId": CANARY.repeat(99)});
        let problems = DeploymentSettings::from_document(broken).unwrap_err();
        let error = Unreadable::from(problems).to_string();
        assert!(error.contains("`infraId` (wrong-type)"), "{error}");
        assert!(!error.contains(CANARY) && !error.contains("a/b"), "{error}");
    }
}
