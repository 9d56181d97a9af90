use project_deployer_store::{Collection, Secrets};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Failure, without_secrets};
use crate::state::repository::{Record, Stored};

/// A mark of an administrator's operation on the whole store. Copies do not contain marks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StateMark {
    /// Which mark.
    pub(crate) id: String,
    /// The place, or the key, that it names.
    pub(crate) place: String,
    /// How the secrets were sealed before, for the record of a change of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<Value>,
}

impl Record for StateMark {
    const KIND: Collection = Collection::new("state-mark");
    const NOUN: &'static str = "mark of the state";

    fn id(&self) -> String {
        self.id.clone()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        without_secrets(self)
    }

    fn read(stored: Stored) -> Result<Self, Failure> {
        Ok(serde_json::from_value(stored.body)?)
    }
}
