use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::problem::ProblemCode;

use super::document::Part;
use super::noted::Noted;
use super::required::{PYTHON, Required};
use super::two_names::Named;

/// Items by name, each with its type, version or whatever else describes it.
type Details = BTreeMap<String, Option<String>>;

/// Reads the lists of the manifest.
pub(super) fn read(manifest: &Part<'_>, required: &mut Required, noted: &mut Noted) {
    read_connections(manifest, required, noted);
    read_plugins(manifest, required, noted);
    read_code_envs(manifest, required, noted);
}

fn read_connections(manifest: &Part<'_>, required: &mut Required, noted: &mut Noted) {
    let connections = Named::read(manifest, "requiredConnections", connections_by_name, noted);
    let older = |manifest: &Part<'_>, field: &str, noted: &mut Noted| {
        details(manifest, field, ["name", "type"], noted)
    };
    let older = Named::read(manifest, "connections", older, noted);
    connections.compare(&older, are_the_same, noted);
    for (name, kind) in [connections.value, older.value].into_iter().flatten().flatten() {
        required.add_connection(Some(name), kind);
    }
}

/// A design node lists all plugins that it has installed; the older layout lists those that the
/// bundle uses.
fn read_plugins(manifest: &Part<'_>, required: &mut Required, noted: &mut Noted) {
    let installed = |manifest: &Part<'_>, field: &str, noted: &mut Noted| {
        details(manifest, field, ["pluginId", "version"], noted)
    };
    let installed = Named::read(manifest, "exportedWithPlugins", installed, noted);
    let used = |manifest: &Part<'_>, field: &str, noted: &mut Noted| {
        details(manifest, field, ["id", "version"], noted)
    };
    let used = Named::read(manifest, "plugins", used, noted);
    installed.compare(&used, contains, noted);
    for (id, version) in used.value.into_iter().flatten() {
        required.add_plugin(id, version);
    }
    for (id, version) in installed.value.into_iter().flatten() {
        required.add_installed_plugin(id, version);
    }
}

fn read_code_envs(manifest: &Part<'_>, required: &mut Required, noted: &mut Noted) {
    let code_envs = Named::read(manifest, "usedCodeEnvRefs", code_envs, noted);
    let older = Named::read(manifest, "codeEnvs", self::code_envs, noted);
    code_envs.compare(&older, BTreeSet::eq, noted);
    for (name, language) in [code_envs.value, older.value].into_iter().flatten().flatten() {
        required.add_code_env(name, language);
    }
}

fn connections_by_name(manifest: &Part<'_>, field: &str, noted: &mut Noted) -> Option<Details> {
    let mut found = Details::new();
    for (key, connection) in manifest.entries(field, noted)? {
        let Some(name) = connection.own_name(key, noted) else { continue };
        if !connection.is_object_or_null() {
            connection.note(noted, ProblemCode::WrongType, "this has to be an object");
            continue;
        }
        if connection.name("name", noted).is_some_and(|other| other != name) {
            let what = "this is another name than that of the field";
            connection.field("name").note(noted, ProblemCode::Conflict, what);
        }
        found.insert(name, connection.name("type", noted));
    }
    Some(found)
}

/// A list of objects or plain names; `None` where it is absent or null. Of two items with one name,
/// the first counts.
fn details(
    manifest: &Part<'_>,
    field: &str,
    [name, detail]: [&str; 2],
    noted: &mut Noted,
) -> Option<Details> {
    let mut found = Details::new();
    for item in manifest.list(field, noted) {
        let Some(name) = item_name(&item, &[name], noted) else { continue };
        let detail = if item.is_object_or_null() { item.name(detail, noted) } else { None };
        let known: &mut Option<String> = found.entry(name).or_default();
        *known = known.take().or(detail);
    }
    manifest.field(field).value().is_array().then_some(found)
}

/// The names of the fields in an item of `usedCodeEnvRefs` are unknown, so it is read like one of
/// the older layout, or by the names of the API.
fn code_envs(
    manifest: &Part<'_>,
    field: &str,
    noted: &mut Noted,
) -> Option<BTreeSet<(String, String)>> {
    let mut found = BTreeSet::new();
    for item in manifest.list(field, noted) {
        let Some(name) = item_name(&item, &["name", "envName"], noted) else { continue };
        let mut language = None;
        if item.is_object_or_null() {
            language = item.name("lang", noted).or_else(|| item.name("envLang", noted));
        }
        let language = language.map_or_else(|| PYTHON.to_owned(), |it| it.to_uppercase());
        found.insert((name, language));
    }
    manifest.field(field).value().is_array().then_some(found)
}

/// The name of an item: the item itself, or the first of these fields that has one.
fn item_name(item: &Part<'_>, fields: &[&str], noted: &mut Noted) -> Option<String> {
    if item.value().is_string() {
        return item.as_name(noted);
    }
    let name = fields.iter().find_map(|field| item.name(field, noted));
    if name.is_none()
        && let Some(first) = fields.first()
    {
        item.missing(first, noted);
    }
    name
}

/// Whether both have the same items, and no item has two details.
fn are_the_same(first: &Details, second: &Details) -> bool {
    first.len() == second.len() && contains(first, second)
}

/// Whether the first has all items of the second, and no item has two details.
fn contains(first: &Details, second: &Details) -> bool {
    second.iter().all(|(name, detail)| {
        first.get(name).is_some_and(|other| detail.is_none() || other.is_none() || detail == other)
    })
}
