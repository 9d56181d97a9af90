//! The hooks of an infrastructure: when they run, and their documents.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::document::{Fields, FromFields, Writer};
use crate::secret::ApiKeySecret;
use crate::unknown_fields::UnknownFields;

/// The hooks of an infrastructure. Only its administrators may see and edit them (R-P5).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hooks {
    /// Before an update; a failing one prevents it (R-H4).
    pub pre: Vec<Hook>,
    /// After an update; a failing one does not fail it (R-H4).
    pub post: Vec<Hook>,
    /// After a failed update. The product has none of this kind.
    pub on_failure: Vec<Hook>,
}

/// When a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HookPhase {
    /// Before an update, before any node is written to.
    Pre,
    /// After an update that succeeded.
    Post,
    /// After an update that failed.
    OnFailure,
}

/// One hook: its name, the secret of its signature, and its other fields unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hook {
    /// The name.
    pub name: String,
    /// The secret that signs the calls of an HTTP hook. It is sealed in the store as the keys of nodes are.
    pub secret: Option<ApiKeySecret>,
    /// All other fields, unchanged.
    pub extra: UnknownFields,
}

impl Hook {
    /// The field with the kind of a hook. The product's own hooks, which hold Python code, have none.
    pub const KIND_FIELD: &'static str = "type";

    /// The kind whose calls are signed.
    pub const HTTP: &'static str = "http";

    /// The field with the secret of an HTTP hook.
    pub const SECRET_FIELD: &'static str = "secret";

    /// A hook without code and settings.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), secret: None, extra: UnknownFields::default() }
    }

    /// The fields other than name and secret.
    #[must_use]
    pub fn settings(&self) -> Value {
        let field = |name: &str| Some((name.to_owned(), self.extra.get(name)?.clone()));
        Value::Object(self.extra.names().filter_map(field).collect::<Map<_, _>>())
    }
}

impl HookPhase {
    /// Every phase, in order.
    pub const ALL: [Self; 3] = [Self::Pre, Self::Post, Self::OnFailure];

    /// The word of the phase: `pre`, `post` or `on-failure`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pre => "pre",
            Self::Post => "post",
            Self::OnFailure => "on-failure",
        }
    }

    fn field(self) -> &'static str {
        match self {
            Self::Pre => "pre",
            Self::Post => "post",
            Self::OnFailure => "onFailure",
        }
    }
}

impl fmt::Display for HookPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no phase of hooks; write `pre`, `post` or `on-failure`")]
#[non_exhaustive]
pub struct HookPhaseError;

impl FromStr for HookPhase {
    type Err = HookPhaseError;

    fn from_str(text: &str) -> Result<Self, HookPhaseError> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == text).ok_or(HookPhaseError)
    }
}

impl Hooks {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        HookPhase::ALL.into_iter().all(|phase| self.of(phase).is_empty())
    }

    /// The hooks of a phase, in the order in which they run.
    #[must_use]
    pub fn of(&self, phase: HookPhase) -> &[Hook] {
        match phase {
            HookPhase::Pre => &self.pre,
            HookPhase::Post => &self.post,
            HookPhase::OnFailure => &self.on_failure,
        }
    }

    fn of_mut(&mut self, phase: HookPhase) -> &mut Vec<Hook> {
        match phase {
            HookPhase::Pre => &mut self.pre,
            HookPhase::Post => &mut self.post,
            HookPhase::OnFailure => &mut self.on_failure,
        }
    }

    /// The secrets, by field path.
    pub(super) fn secrets(&self) -> impl Iterator<Item = (String, ApiKeySecret)> {
        HookPhase::ALL.into_iter().flat_map(|phase| {
            let hooks = self.of(phase).iter().enumerate();
            hooks.filter_map(move |(index, hook)| {
                Some((secret_path(phase, index), hook.secret.clone()?))
            })
        })
    }

    pub(super) fn restore(&mut self, secrets: &BTreeMap<String, ApiKeySecret>) {
        for phase in HookPhase::ALL {
            for (index, hook) in self.of_mut(phase).iter_mut().enumerate() {
                if let Some(secret) = secrets.get(&secret_path(phase, index)) {
                    hook.secret = Some(secret.clone());
                }
            }
        }
    }

    /// An absent or withheld secret keeps its value from the hook of the same phase and name. It is never sent, so it
    /// stays where the address changes.
    pub(super) fn keep_secrets_of(&mut self, current: &Self) {
        for phase in HookPhase::ALL {
            let known = current.of(phase);
            let signed = |hook: &&mut Hook| hook.secret.is_none() && is_signed(&hook.extra);
            for hook in self.of_mut(phase).iter_mut().filter(signed) {
                let old = known.iter().find(|old| old.name == hook.name);
                hook.secret = old.and_then(|old| old.secret.clone());
            }
        }
    }

    pub(super) fn write<'a>(
        &'a self,
        writer: Writer,
        shown: &dyn Fn(&'a ApiKeySecret) -> &'a str,
    ) -> Writer {
        if self.is_empty() {
            return writer;
        }
        let hooks = |phase: HookPhase| -> Vec<Value> {
            let write = |hook: &'a Hook| {
                Writer::default()
                    .set("name", &hook.name)
                    .set_some(Hook::SECRET_FIELD, hook.secret.as_ref().map(shown))
                    .rest(&hook.extra)
            };
            self.of(phase).iter().map(write).collect()
        };
        // The product's document has the first two lists only.
        let always = [HookPhase::Pre, HookPhase::Post];
        let phases =
            HookPhase::ALL.into_iter().filter(|it| always.contains(it) || !self.of(*it).is_empty());
        let all: Map<_, _> =
            phases.map(|phase| (phase.field().to_owned(), hooks(phase).into())).collect();
        writer.set("hooks", all)
    }
}

fn secret_path(phase: HookPhase, index: usize) -> String {
    format!("hooks.{}[{index}].{}", phase.field(), Hook::SECRET_FIELD)
}

fn is_signed(fields: &UnknownFields) -> bool {
    fields.get(Hook::KIND_FIELD).and_then(Value::as_str) == Some(Hook::HTTP)
}

impl FromFields for Hooks {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            pre: fields.list(HookPhase::Pre.field()),
            post: fields.list(HookPhase::Post.field()),
            on_failure: fields.list(HookPhase::OnFailure.field()),
        })
    }
}

impl FromFields for Hook {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let name = fields.text("name").unwrap_or_default();
        // A field of this name in a hook of the product is kept as it is.
        let is_http = fields.peek(Self::KIND_FIELD).and_then(Value::as_str) == Some(Self::HTTP);
        let secret = if is_http { fields.api_key(Self::SECRET_FIELD) } else { None };
        Some(Self { name, secret, extra: fields.rest_without_keys() })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::document::Document as _;
    use crate::infra::{HookPhase, InfraSettings};

    fn settings(secret: &str) -> InfraSettings {
        InfraSettings::from_document(json!({"id": "prod", "stage": "Production", "hooks": {
            "pre": [{"name": "freeze", "type": "http", "url": "https://h.example", "secret": secret}],
            "onFailure": [{"name": "page", "type": "process", "program": "page"}],
        }}))
        .unwrap()
    }

    #[test]
    fn the_secret_of_a_hook_is_withheld_and_kept_apart() {
        // R13
        let written = settings("canary-4711");
        assert!(!written.to_document().to_string().contains("canary-4711"));
        assert!(!format!("{written:?}").contains("canary-4711"));
        let keys = written.keys();
        assert_eq!(keys["hooks.pre[0].secret"].expose(), "canary-4711");
        let stored = InfraSettings::from_document(written.to_document()).unwrap();
        assert_eq!(stored.hooks.pre[0].secret, None);
        assert_eq!(stored.clone().with_keys(&keys), written);
        assert_eq!(stored.keeping_keys_of(&written), written);
    }

    #[test]
    fn the_product_sees_no_list_that_it_does_not_have() {
        let mut written = settings("canary-4711");
        assert_eq!(written.to_document()["hooks"]["onFailure"][0]["program"], "page");
        written.hooks.on_failure.clear();
        assert_eq!(written.to_document()["hooks"].as_object().unwrap().len(), 2);
    }

    #[test]
    fn a_secret_of_a_hook_of_the_product_stays_as_it_is() {
        let document = json!({"id": "a", "stage": "Dev",
            "hooks": {"pre": [{"name": "x", "secret": {"any": 1}}], "post": []}});
        let read = InfraSettings::from_document(document).unwrap();
        assert_eq!(read.to_document()["hooks"]["pre"][0]["secret"]["any"], 1);
    }

    #[test]
    fn a_phase_is_read_from_its_word() {
        for phase in HookPhase::ALL {
            assert_eq!(phase.as_str().parse(), Ok(phase));
        }
        assert!("onFailure".parse::<HookPhase>().unwrap_err().to_string().contains("on-failure"));
    }
}
