//! What a hook of the settings says: its kind, or why it cannot be run.

use std::collections::BTreeSet;
use std::time::Duration;

use project_deployer_core::NodeAddress;
use project_deployer_core::infra::{Hook, HookPhase, Hooks, InfraSettings};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::signature::is_malformed;

/// How long a hook may run if it does not say.
const USUAL_SECONDS: u64 = 60;

/// The longest time that a hook may ask for.
const MOST_SECONDS: u64 = 3600;

/// The kinds that run, for texts.
pub(crate) const KINDS: &str = "`http`, `process` and `in-process`";

/// What is said of the second of two hooks.
const TWICE: &str = "another hook of this phase has the same name; rename one";

/// A hook that this program can run. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HookDefinition {
    /// The name, which is unique in its phase.
    pub name: String,
    /// How long it may run, in seconds.
    pub timeout_seconds: u64,
    /// What runs.
    pub kind: HookKind,
}

/// What a hook runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "type")]
#[non_exhaustive]
pub enum HookKind {
    /// A POST to an address.
    Http {
        /// The address.
        url: NodeAddress,
        /// Accept any certificate.
        trust_all_certificates: bool,
    },
    /// A program on the machine of the Deployer.
    Process {
        /// The name of its file in the directory of hook programs.
        program: String,
        /// Its arguments.
        arguments: Vec<String>,
        /// The names of the variables of the Deployer's environment that it gets.
        variables: Vec<String>,
    },
    /// A hook that the host of the Deployer registered.
    InProcess {
        /// The name under which it was registered.
        hook: String,
    },
}

/// An HTTP hook as settings have it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenHttp {
    url: NodeAddress,
    #[serde(default, rename = "trustAllSSLCertificates")]
    trust_all_certificates: bool,
    #[serde(default = "usual_seconds")]
    timeout_seconds: u64,
}

/// A process hook as settings have it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenProcess {
    program: String,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(default)]
    variables: Vec<String>,
    #[serde(default = "usual_seconds")]
    timeout_seconds: u64,
}

/// An in-process hook as settings have it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenInProcess {
    hook: String,
    #[serde(default = "usual_seconds")]
    timeout_seconds: u64,
}

fn usual_seconds() -> u64 {
    USUAL_SECONDS
}

impl HookDefinition {
    /// Reads a hook of the settings. The error says what is wrong with it, and repeats no value.
    pub(crate) fn of(hook: &Hook) -> Result<Self, String> {
        let (timeout_seconds, kind) = match kind_of(hook) {
            None => {
                return Err(format!(
                    "it holds Python code, which this Deployer does not run; replace it by a hook of one of the kinds \
                     {KINDS}, or remove it"
                ));
            }
            Some(Hook::HTTP) => {
                let it = fields::<WrittenHttp>(hook)?;
                check_written(hook, &it.url)?;
                let trust_all_certificates = it.trust_all_certificates;
                (it.timeout_seconds, HookKind::Http { url: it.url, trust_all_certificates })
            }
            Some("process") => {
                let WrittenProcess { program, arguments, variables, timeout_seconds } =
                    fields(hook)?;
                check_process(&program, &arguments)?;
                (timeout_seconds, HookKind::Process { program, arguments, variables })
            }
            Some("in-process") => {
                let it = fields::<WrittenInProcess>(hook)?;
                (it.timeout_seconds, HookKind::InProcess { hook: it.hook })
            }
            Some(_) => return Err(format!("its `type` is unknown; write one of {KINDS}")),
        };
        if !(1..=MOST_SECONDS).contains(&timeout_seconds) {
            return Err(format!("`timeoutSeconds` is out of range; write 1 to {MOST_SECONDS}"));
        }
        if hook.name.trim().is_empty() {
            return Err("it has no name; write one".to_owned());
        }
        Ok(Self { name: hook.name.clone(), timeout_seconds, kind })
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }
}

/// The kind that a hook names; none for one of the product. A type that is no text is none of ours.
fn kind_of(hook: &Hook) -> Option<&str> {
    hook.extra.get(Hook::KIND_FIELD).map(|kind| kind.as_str().unwrap_or_default())
}

/// Reads the fields of a kind. Values are not repeated: they may be secret.
fn fields<T: DeserializeOwned>(hook: &Hook) -> Result<T, String> {
    let mut settings = hook.settings();
    if let Some(fields) = settings.as_object_mut() {
        fields.remove(Hook::KIND_FIELD);
    }
    serde_path_to_error::deserialize(settings).map_err(|error| {
        let place = error.path().to_string();
        match error.into_inner().to_string() {
            text if text.starts_with("invalid") => format!("`{place}` has a wrong type"),
            text => text,
        }
    })
}

/// A program is a file of one directory: a path could lead out of it.
fn check_process(program: &str, arguments: &[String]) -> Result<(), String> {
    if program.is_empty() || program.starts_with('.') || program.contains(['/', '\\', '\0']) {
        return Err(
            "`program` is no file name; write the name of a file in the directory of hook programs"
                .to_owned(),
        );
    }
    if arguments.iter().any(|argument| argument.contains('\0')) {
        return Err("an argument has a null character; remove it".to_owned());
    }
    Ok(())
}

/// The hooks of an update, as they were when it began.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct PlannedHooks {
    /// Before any node is written to.
    pub pre: Vec<HookDefinition>,
    /// After a success.
    pub post: Vec<HookDefinition>,
    /// After a failure.
    pub on_failure: Vec<HookDefinition>,
}

impl PlannedHooks {
    /// The hooks of a phase, in order.
    #[must_use]
    pub fn of(&self, phase: HookPhase) -> &[HookDefinition] {
        match phase {
            HookPhase::Pre => &self.pre,
            HookPhase::Post => &self.post,
            HookPhase::OnFailure => &self.on_failure,
            // Later versions plan what they know.
            _ => &[],
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pre.is_empty() && self.post.is_empty() && self.on_failure.is_empty()
    }

    /// Reads all hooks of an infrastructure. The errors name every hook that cannot be run.
    pub(crate) fn read(hooks: &Hooks) -> Result<Self, Vec<String>> {
        let mut planned = Self::default();
        let mut problems = Vec::new();
        for phase in HookPhase::ALL {
            let mut names = BTreeSet::new();
            let mut found = Vec::new();
            for hook in hooks.of(phase) {
                let read = HookDefinition::of(hook);
                match read {
                    Ok(_) if !names.insert(&hook.name) => {
                        problems.push(named(phase, &hook.name, TWICE));
                    }
                    Ok(definition) => found.push(definition),
                    Err(what) => problems.push(named(phase, &hook.name, &what)),
                }
            }
            match phase {
                HookPhase::Pre => planned.pre = found,
                HookPhase::Post => planned.post = found,
                _ => planned.on_failure = found,
            }
        }
        if problems.is_empty() { Ok(planned) } else { Err(problems) }
    }
}

/// What is wrong with each hook of our kinds in one phase, with its position: no secret is needed for it.
pub(crate) fn mistakes_of_each(hooks: &[(usize, Hook)]) -> Vec<(usize, String)> {
    let mut names = BTreeSet::new();
    let ours = hooks.iter().filter(|(_, hook)| kind_of(hook).is_some());
    let wrong = ours.filter_map(|(index, hook)| {
        let what = match HookDefinition::of(hook) {
            Ok(_) if !names.insert(&hook.name) => TWICE.to_owned(),
            Ok(_) => return None,
            Err(what) => what,
        };
        Some((*index, what))
    });
    wrong.collect()
}

/// A sentence about a hook.
pub(crate) fn named(phase: HookPhase, name: &str, what: &str) -> String {
    format!("{phase} hook `{name}`: {what}")
}

/// What is wrong with hooks that name one of our kinds. Hooks of the product are kept as they are.
pub(crate) fn mistakes(settings: &InfraSettings) -> Vec<String> {
    mistakes_beside(settings, &Hooks::default())
}

/// The same where secrets of the hooks `unread` were not read: a hook of the same phase and name keeps its own.
pub(crate) fn mistakes_beside(settings: &InfraSettings, unread: &Hooks) -> Vec<String> {
    let mut ours = settings.hooks.clone();
    let is_ours = |hook: &Hook| kind_of(hook).is_some();
    ours.pre.retain(is_ours);
    ours.post.retain(is_ours);
    ours.on_failure.retain(is_ours);
    let mut mistakes = PlannedHooks::read(&ours).err().unwrap_or_default();
    mistakes.extend(unsigned(&without_secrets_of(&ours, unread)));
    mistakes.extend(wrong_secrets(&ours));
    mistakes
}

/// The hooks without those that keep a secret which was not read.
fn without_secrets_of(hooks: &Hooks, unread: &Hooks) -> Hooks {
    let mut left = hooks.clone();
    for (phase, hooks) in [
        (HookPhase::Pre, &mut left.pre),
        (HookPhase::Post, &mut left.post),
        (HookPhase::OnFailure, &mut left.on_failure),
    ] {
        let known = unread.of(phase).iter().filter(|old| kind_of(old) == Some(Hook::HTTP));
        let known: BTreeSet<&str> = known.map(|old| old.name.as_str()).collect();
        hooks.retain(|hook| hook.secret.is_some() || !known.contains(hook.name.as_str()));
    }
    left
}

/// An address is sent without a slash at its end.
fn check_written(hook: &Hook, url: &NodeAddress) -> Result<(), String> {
    let written = hook.extra.get("url").and_then(serde_json::Value::as_str).unwrap_or_default();
    if written.ends_with('/') && url.url().path() != "/" {
        return Err(
            "its `url` ends with `/`, which is not sent; use an address without it".to_owned()
        );
    }
    Ok(())
}

/// Secrets that begin as those of Standard Webhooks and are none.
fn wrong_secrets(hooks: &Hooks) -> Vec<String> {
    let mut wrong = Vec::new();
    for phase in HookPhase::ALL {
        for hook in hooks.of(phase) {
            if hook.secret.as_ref().is_some_and(is_malformed) {
                let what = "its `secret` begins with `whsec_`, and is no Base64 of 24 to 64 bytes after it";
                wrong.push(named(phase, &hook.name, what));
            }
        }
    }
    wrong
}

/// HTTP hooks without a secret. The settings need their secrets.
pub(crate) fn unsigned(hooks: &Hooks) -> Vec<String> {
    let all = HookPhase::ALL
        .into_iter()
        .flat_map(|phase| hooks.of(phase).iter().map(move |hook| (phase, hook)));
    let unsigned =
        all.filter(|(_, hook)| kind_of(hook) == Some(Hook::HTTP) && hook.secret.is_none());
    let what = "it has no `secret`, so that its calls cannot be signed; write one";
    unsigned.map(|(phase, hook)| named(phase, &hook.name, what)).collect()
}
