//! The hooks of an infrastructure, compared with those of an entry.

use std::borrow::Cow;
use std::collections::BTreeSet;

use project_deployer_core::document::Document as _;
use project_deployer_core::infra::{Hook, HookPhase, Hooks, InfraSettings};
use serde_json::{Value, json};

use super::change::PlannedField;
use super::edit::Edit;
use crate::estate::document::{HooksEntry, secret_of};
use crate::estate::secrets::EstateSecrets;

/// Sets the hooks of an entry. Code and settings of a hook may hold a secret, so only names of hooks and fields are shown.
/// A secret that the entry does not name stays. One that the Deployer withholds cannot be compared, so it is only written
/// with another change of its hook.
pub(super) fn edit(
    edit: &mut Edit<'_, InfraSettings>,
    entry: &HooksEntry,
    secrets: &EstateSecrets,
    has_keys: bool,
) {
    let now = &edit.document.hooks;
    let mut wanted = hooks_of(entry, secrets);
    if !has_keys {
        for phase in HookPhase::ALL {
            let known = now.of(phase);
            for hook in list_mut(&mut wanted, phase) {
                let is_same = |old: &&Hook| old.name == hook.name && old.extra == hook.extra;
                // One that was read is compared, also where a key of a node was not.
                if known.iter().find(is_same).is_some_and(|same| same.secret.is_none()) {
                    hook.secret = None;
                }
            }
        }
    }
    let mut changed = edit.document.clone().into_owned();
    changed.hooks = wanted;
    let changed = changed.keeping_keys_of(&edit.document);
    if *now == changed.hooks {
        return;
    }
    let mut fields = Vec::new();
    for phase in HookPhase::ALL {
        let (now, wanted) = (now.of(phase), changed.hooks.of(phase));
        if now != wanted {
            let to = match names(now) == names(wanted) {
                true => names(wanted)
                    .map(|names| format!("{names} (changed: {})", changed_fields(now, wanted))),
                false => names(wanted),
            };
            fields.push(PlannedField::new(format!("hooks.{}", field_of(phase)), names(now), to));
        }
    }
    edit.document = Cow::Owned(changed);
    edit.fields.extend(fields);
}

/// The hooks of an entry as the model has them.
fn hooks_of(entry: &HooksEntry, secrets: &EstateSecrets) -> Hooks {
    let hooks = |documents: &[Value]| -> Vec<Hook> {
        documents.iter().filter_map(|hook| hook_of(hook, secrets)).collect()
    };
    let mut all = Hooks::default();
    (all.pre, all.post) = (hooks(&entry.pre), hooks(&entry.post));
    all.on_failure = hooks(&entry.on_failure);
    all
}

fn hook_of(document: &Value, secrets: &EstateSecrets) -> Option<Hook> {
    let mut hook = hook_without_secret(document)?;
    hook.secret = secret_of(document).and_then(|place| secrets.key(&place).cloned());
    Some(hook)
}

/// A hook of an entry without the place of its secret.
pub(in crate::estate) fn hook_without_secret(document: &Value) -> Option<Hook> {
    let mut document = document.clone();
    if let Some(fields) = document.as_object_mut() {
        fields.remove(Hook::SECRET_FIELD);
    }
    Hook::from_document(document).ok()
}

fn list_mut(hooks: &mut Hooks, phase: HookPhase) -> &mut [Hook] {
    match phase {
        HookPhase::Pre => &mut hooks.pre,
        HookPhase::Post => &mut hooks.post,
        _ => &mut hooks.on_failure,
    }
}

fn field_of(phase: HookPhase) -> &'static str {
    match phase {
        HookPhase::Pre => "pre",
        HookPhase::Post => "post",
        _ => "onFailure",
    }
}

fn names(hooks: &[Hook]) -> Option<String> {
    let names: Vec<&str> = hooks.iter().map(|hook| hook.name.as_str()).collect();
    Some(names.join(", ")).filter(|text| !text.is_empty())
}

/// The fields that differ between hooks of the same names.
fn changed_fields(now: &[Hook], wanted: &[Hook]) -> String {
    let mut changed = Vec::new();
    for (old, new) in now.iter().zip(wanted) {
        let fields: BTreeSet<&str> = old.extra.names().chain(new.extra.names()).collect();
        let differs = |field: &&str| old.extra.get(field) != new.extra.get(field);
        let secret = (old.secret != new.secret).then_some(Hook::SECRET_FIELD);
        let fields = fields.into_iter().filter(differs).chain(secret);
        changed.extend(fields.map(|field| format!("{}.{field}", new.name)));
    }
    changed.join(", ")
}

/// The document of a hook, for an export. Its secret is left out.
pub(in crate::estate) fn hook_document(hook: &Hook) -> Value {
    let mut document = hook.settings();
    if let Some(fields) = document.as_object_mut() {
        fields.insert("name".to_owned(), json!(hook.name));
    }
    document
}
