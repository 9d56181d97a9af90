use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::bundle::{BundleScenario, RequiredPlugin};

use super::{
    BundleDifference, BundlePart, FieldDifference, ItemChange, ItemDifference, PartDifference,
};
use crate::bundle_reader::{BundleFile, BundleInventory};

/// Files that describe the export and not the project: they differ in any two bundles.
const OF_THE_EXPORT: [&str; 2] = ["export-manifest.json", "changelog.json"];

/// Compares two bundles.
#[must_use]
pub fn compare(from: &BundleInventory, to: &BundleInventory) -> BundleDifference {
    let parts = [
        scenarios(from, to),
        part(BundlePart::Connections, &connections(from), &connections(to), |from, to| {
            vec![field("type", *from, *to)]
        }),
        part(BundlePart::CodeEnvs, &code_envs(from), &code_envs(to), |from, to| {
            vec![field("language", Some(joined(from)), Some(joined(to)))]
        }),
        part(BundlePart::Plugins, &plugins(from), &plugins(to), |from, to| of_plugin(from, to)),
        part(BundlePart::Variables, &from.variables, &to.variables, |_, _| vec![hidden("value")]),
        part(BundlePart::Files, &files(from), &files(to), |from, to| of_file(from, to)),
    ];
    BundleDifference {
        from: from.contents.bundle_id.clone(),
        to: to.contents.bundle_id.clone(),
        parts: parts.into_iter().filter(|part| part.count() > 0).collect(),
    }
}

/// Compares the items of one part by name. `fields` says what differs between two unequal items.
fn part<K: Ord + AsRef<str>, T: PartialEq>(
    part: BundlePart,
    from: &BTreeMap<K, T>,
    to: &BTreeMap<K, T>,
    fields: impl Fn(&T, &T) -> Vec<FieldDifference>,
) -> PartDifference {
    let (added, removed, changed, items) = (0, 0, 0, Vec::new());
    let mut found = PartDifference { part, added, removed, changed, items };
    let names: BTreeSet<&K> = from.keys().chain(to.keys()).collect();
    for name in names {
        let change = match (from.get(name), to.get(name)) {
            (Some(from), Some(to)) if from == to => continue,
            (Some(_), Some(_)) => ItemChange::Changed,
            (Some(_), None) => ItemChange::Removed,
            (None, _) => ItemChange::Added,
        };
        match change {
            ItemChange::Added => found.added += 1,
            ItemChange::Removed => found.removed += 1,
            ItemChange::Changed => found.changed += 1,
        }
        if found.items.len() < PartDifference::LISTED {
            let both = from.get(name).zip(to.get(name));
            let fields = both.map_or_else(Vec::new, |(from, to)| fields(from, to));
            // Fields that are equal in both are no difference.
            let differs = |field: &FieldDifference| field.from.is_none() || field.from != field.to;
            let fields = fields.into_iter().filter(differs).collect();
            found.items.push(ItemDifference { change, name: name.as_ref().to_owned(), fields });
        }
    }
    found
}

/// A scenario differs also if only its file does: the reader knows few of its fields.
fn scenarios(from: &BundleInventory, to: &BundleInventory) -> PartDifference {
    part(BundlePart::Scenarios, &with_files(from), &with_files(to), |from, to| {
        let ((from, from_file), (to, to_file)) = (from, to);
        let flag = |flag: bool| Some(if flag { "yes" } else { "no" });
        let mut fields = vec![
            field("name", Some(&from.name), Some(&to.name)),
            field("markedAsTest", flag(from.marked_as_test), flag(to.marked_as_test)),
        ];
        if from.run_as_user != to.run_as_user {
            fields.push(field("runAsUser", from.run_as_user.as_ref(), to.run_as_user.as_ref()));
        }
        if from_file != to_file {
            fields.push(hidden("definition"));
        }
        fields
    })
}

type ScenarioWithFile<'a> = (&'a BundleScenario, Option<&'a BundleFile>);

fn with_files(bundle: &BundleInventory) -> BTreeMap<&str, ScenarioWithFile<'_>> {
    let of_one = |scenario: &'_ BundleScenario| {
        bundle.files.get(&format!("project_config/scenarios/{}.json", scenario.id))
    };
    let scenarios = bundle.contents.scenarios.iter();
    scenarios.map(|scenario| (scenario.id.as_str(), (scenario, of_one(scenario)))).collect()
}

fn connections(bundle: &BundleInventory) -> BTreeMap<&str, Option<&str>> {
    let all = bundle.contents.connections.iter();
    all.map(|connection| (connection.name.as_str(), connection.kind.as_deref())).collect()
}

/// An environment of one name may be there in two languages.
fn code_envs(bundle: &BundleInventory) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for env in &bundle.contents.code_envs {
        found.entry(env.name.as_str()).or_default().insert(env.language.as_str());
    }
    found
}

fn joined(languages: &BTreeSet<&str>) -> String {
    languages.iter().copied().collect::<Vec<_>>().join(", ")
}

fn plugins(bundle: &BundleInventory) -> BTreeMap<&str, &RequiredPlugin> {
    bundle.contents.plugins.iter().map(|plugin| (plugin.id.as_str(), plugin)).collect()
}

fn of_plugin(from: &RequiredPlugin, to: &RequiredPlugin) -> Vec<FieldDifference> {
    let usage =
        |plugin: &RequiredPlugin| Some(if plugin.may_be_unused { "installed" } else { "used" });
    let mut fields = vec![field("usage", usage(from), usage(to))];
    if from.version != to.version {
        fields.insert(0, field("version", from.version.as_ref(), to.version.as_ref()));
    }
    fields
}

fn files(bundle: &BundleInventory) -> BTreeMap<&str, &BundleFile> {
    let of_project = |path: &&str| !OF_THE_EXPORT.contains(path);
    let all = bundle.files.iter().map(|(path, file)| (path.as_str(), file));
    all.filter(|(path, _)| of_project(path)).collect()
}

fn of_file(from: &BundleFile, to: &BundleFile) -> Vec<FieldDifference> {
    let size = |file: &BundleFile| Some(file.size.to_string());
    vec![field("size", size(from), size(to)), hidden("digest")]
}

fn field(
    name: &str,
    from: Option<impl Into<String>>,
    to: Option<impl Into<String>>,
) -> FieldDifference {
    let (from, to) = (from.map(Into::into), to.map(Into::into));
    FieldDifference { field: name.to_owned(), from, to }
}

/// A field whose values are not shown.
fn hidden(name: &str) -> FieldDifference {
    FieldDifference { field: name.to_owned(), from: None, to: None }
}
