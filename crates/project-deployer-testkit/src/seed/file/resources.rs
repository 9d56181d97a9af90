//! Connections, code environments, plugins and folders.

use std::collections::BTreeSet;

use super::fields::Fields;
use crate::node::MockNodeBuilder;
use crate::seed::{CodeEnvLanguage, MockCodeEnv, MockConnection, MockFolder, MockPlugin};

pub(super) fn seed(fields: &mut Fields<'_>, mut builder: MockNodeBuilder) -> MockNodeBuilder {
    let name = |connection: &MockConnection| connection.name.clone();
    for connection in fields.each("connections", ("name", name), connection) {
        builder = builder.restricted_connection(connection);
    }
    let name = |env: &MockCodeEnv| (env.name.clone(), env.language);
    for env in fields.each("codeEnvs", ("envName", name), code_env) {
        builder = builder.code_env(env);
    }
    for plugin in fields.each("plugins", ("id", |plugin: &MockPlugin| plugin.id.clone()), plugin) {
        builder = builder.plugin(plugin.id, plugin.version);
    }
    let mut parents = BTreeSet::from(["ROOT".to_owned()]);
    let id = |folder: &MockFolder| folder.id.clone();
    for folder in fields.each("folders", ("id", id), |fields| folder(fields, &mut parents)) {
        builder = builder.folder(folder);
    }
    builder
}

fn connection(fields: &mut Fields<'_>) -> MockConnection {
    let mut connection = MockConnection::new(fields.required("name"), fields.required("type"));
    fields.set("allowedGroups", &mut connection.allowed_groups);
    fields.set("params", &mut connection.params);
    connection
}

fn code_env(fields: &mut Fields<'_>) -> MockCodeEnv {
    let mut env = MockCodeEnv {
        name: fields.required("envName"),
        language: CodeEnvLanguage::default(),
        built: true,
    };
    fields.set("envLang", &mut env.language);
    fields.set("built", &mut env.built);
    env
}

fn plugin(fields: &mut Fields<'_>) -> MockPlugin {
    MockPlugin::new(fields.required("id"), fields.required("version"))
}

/// A parent has to come before its children, so that no folder is in itself.
fn folder(fields: &mut Fields<'_>, parents: &mut BTreeSet<String>) -> MockFolder {
    let mut folder = MockFolder::new(fields.required("id"), fields.required("name"));
    fields.set("parentId", &mut folder.parent);
    fields.set("readers", &mut folder.readers);
    fields.set("writers", &mut folder.writers);
    folder.readers.extend(folder.writers.iter().cloned());
    if folder.id == "ROOT" {
        fields.refuse("id", "is `ROOT`, which every node has; give the folder another id");
    }
    if folder.parent.as_ref().is_some_and(|parent| !parents.contains(parent)) {
        fields.refuse(
            "parentId",
            "is no folder before this one; move the parent before its children",
        );
    }
    parents.insert(folder.id.clone());
    folder
}
