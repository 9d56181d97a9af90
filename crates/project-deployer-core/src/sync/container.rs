use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::FieldDifference;
use crate::deployment::BundleContainerSettings;
use crate::remapping::NameRemapping;

/// The differences of the settings by which a node adapts bundles.
pub(super) fn differences(
    desired: &BundleContainerSettings,
    observed: &BundleContainerSettings,
) -> Vec<FieldDifference> {
    let mut found = remapping_differences(desired, observed);
    found.extend(code_env_differences(desired, observed));
    found
}

fn remapping_differences(
    desired: &BundleContainerSettings,
    observed: &BundleContainerSettings,
) -> Vec<FieldDifference> {
    let (desired, observed) = (&desired.remapping, &observed.remapping);
    [
        ("connections", &desired.connections, &observed.connections),
        ("codeEnvs", &desired.code_envs, &observed.code_envs),
        ("containerExecs", &desired.container_execs, &observed.container_execs),
    ]
    .into_iter()
    .filter(|(_, desired, observed)| sorted(desired) != sorted(observed))
    .map(|(name, desired, observed)| {
        let field = format!("bundleContainerSettings.remapping.{name}");
        FieldDifference::new(field, shown(desired), shown(observed))
    })
    .collect()
}

/// The modes as they are written, so that one which a later release added counts as well.
fn code_env_differences(
    desired: &BundleContainerSettings,
    observed: &BundleContainerSettings,
) -> Vec<FieldDifference> {
    let (desired, observed) =
        (written(&desired.code_envs_behavior), written(&observed.code_envs_behavior));
    let differs = |name: &&str| desired.get(*name) != observed.get(*name);
    let difference = |name| {
        let field = format!("bundleContainerSettings.codeEnvsBehavior.{name}");
        FieldDifference::new(field, word(desired.get(name)), word(observed.get(name)))
    };
    let modes = ["importTimeMode", "envImportSpecificationMode"];
    modes.into_iter().filter(differs).map(difference).collect()
}

fn written(settings: &impl Serialize) -> Value {
    serde_json::to_value(settings).unwrap_or_default()
}

fn word(mode: Option<&Value>) -> String {
    let mode = mode.and_then(Value::as_str);
    mode.map_or_else(|| "another value".to_owned(), |mode| format!("`{mode}`"))
}

/// The order of a remapping has no meaning, and a node may return another one.
fn sorted(rules: &[NameRemapping]) -> BTreeMap<&str, &str> {
    rules.iter().map(|rule| (rule.source.as_str(), rule.target.as_str())).collect()
}

fn shown(rules: &[NameRemapping]) -> String {
    if rules.is_empty() {
        return "nothing".to_owned();
    }
    let one = |(source, target): (&str, &str)| format!("{source} → {target}");
    sorted(rules).into_iter().map(one).collect::<Vec<_>>().join(", ")
}
