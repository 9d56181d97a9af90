//! What a node is and has (wire-facts 1.9, 3.1, 3.3, 3.4, 3.5, 3.9, 3.10, 5.7).

use std::sync::Arc;

use project_deployer_client::http::FolderSettings;
use project_deployer_client::request::code_envs::EnvLanguage::Python;
use project_deployer_client::request::futures::Tasks;
use project_deployer_client::request::plugins::PluginSource;
use project_deployer_client::request::{
    administration, code_envs, connections, folders, futures, instance, plugins,
};
use project_deployer_client::{AutomationNode as _, Upload};
use project_deployer_core::{ProjectKey, UnknownFields};
use serde_json::{Value, json};

use super::{Noted, Operation, operation, parsed};

fn key() -> ProjectKey {
    parsed("CHURN")
}

fn document(value: Value) -> UnknownFields {
    serde_json::from_value(value).unwrap()
}

pub(crate) fn operations(noted: &Arc<Noted>) -> Vec<Operation> {
    let mut all = administration();
    all.extend(connections());
    all.extend(code_envs());
    all.extend(folders(&noted.get("folder")));
    all.extend(plugins());
    all.extend(tasks(noted));
    all
}

fn administration() -> Vec<Operation> {
    vec![
        operation!(instance::auth_info(), |us| us.node.auth_info().await),
        operation!(instance::instance_info(), |us| us.node.instance_info().await),
        operation!(administration::create_ticket(), |us| us.node.create_ticket().await),
        operation!(administration::licensing(), |us| us.node.licensing().await),
        operation!(administration::general_settings(), |us| us.node.general_settings().await),
        operation!(administration::save_general_settings(json!({})), |us| {
            let settings = us.node.general_settings().await?;
            us.node.save_general_settings(&settings).await
        }),
        operation!(administration::authorization_matrix(), |us| {
            us.node.authorization_matrix().await
        }),
        operation!(administration::govern_node(), |us| us.node.govern_node().await),
        operation!(administration::sync_govern(Some(&key())), |us| {
            us.node.sync_govern(Some(&key())).await
        }),
        operation!(administration::sync_govern_deployer(), |us| {
            us.node.sync_govern_deployer().await
        }),
    ]
}

fn connections() -> Vec<Operation> {
    let files = || {
        json!({
            "name": "files", "type": "Filesystem", "description": null, "params": {"root": "/data"},
            "usableBy": "ALL", "allowedGroups": []
        })
    };
    vec![
        operation!(instance::connections(), |us| us.node.resources().await),
        operation!(instance::usable_connections(), |us| us.node.usable_connections_of("all").await),
        operation!(connections::usable_of_type("PostgreSQL"), |us| {
            us.node.usable_connections_of("PostgreSQL").await
        }),
        operation!(connections::create("files", files()), |us| {
            us.node.create_connection("files", &document(files())).await
        }),
        operation!(connections::get("files"), |us| us.node.connection("files").await),
        operation!(connections::save("files", json!({})), |us| {
            let mut connection = json!(us.node.connection("files").await?);
            connection["usableBy"] = json!("ALLOWED");
            connection["allowedGroups"] = json!(["deployers"]);
            us.node.save_connection("files", &document(connection)).await
        }),
        operation!(connections::info("sql", Some(&key())), |us| {
            us.node.connection_info("sql", Some(&key())).await
        }),
        operation!(connections::test("sql"), |us| us.node.test_connection("sql").await),
        operation!(connections::delete("files"), |us| us.node.delete_connection("files").await),
    ]
}

fn code_envs() -> Vec<Operation> {
    let new = || json!({"deploymentMode": "AUTOMATION_SINGLE", "pythonInterpreter": "PYTHON310"});
    vec![
        operation!(instance::code_envs(), |us| us.node.code_envs().await),
        operation!(code_envs::create(Python, "py-new", new()), |us| {
            us.node.create_code_env(Python, "py-new", &document(new())).await
        }),
        operation!(code_envs::get(Python, "py-new"), |us| us.node.code_env(Python, "py-new").await),
        operation!(code_envs::save(Python, "py-new", json!({})), |us| {
            let env = us.node.code_env(Python, "py-new").await?;
            us.node.save_code_env(Python, "py-new", &env).await
        }),
        operation!(code_envs::build(Python, "py-new", true, None), |us| {
            us.node.build_code_env(Python, "py-new", true, None).await
        }),
        operation!(code_envs::build_images(Python, "py-new", None), |us| {
            us.node.build_code_env_images(Python, "py-new", None).await
        }),
        operation!(code_envs::version_for(Python, "py-prod", &key()), |us| {
            us.node.code_env_version(Python, "py-prod", &key()).await
        }),
        operation!(code_envs::usages(Python, "py-prod"), |us| {
            us.node.code_env_usages(Python, "py-prod").await
        }),
        operation!(code_envs::all_usages(), |us| us.node.all_code_env_usages().await),
        operation!(code_envs::logs(Python, "py-prod"), |us| {
            us.node.code_env_logs(Python, "py-prod").await
        }),
        operation!(code_envs::log(Python, "py-prod", "install.log"), |us| {
            us.node.code_env_log(Python, "py-prod", "install.log").await
        }),
        operation!(code_envs::delete(Python, "py-new"), |us| {
            us.node.delete_code_env(Python, "py-new").await
        }),
    ]
}

fn live_now() -> FolderSettings {
    serde_json::from_value(json!({"name": "Live now", "owner": "admin", "permissions": []}))
        .unwrap()
}

fn folders(pilot: &str) -> Vec<Operation> {
    let (moved, deleted) = (pilot.to_owned(), pilot.to_owned());
    vec![
        operation!(instance::project_folder(Some("live")), |us| us.node.folder(Some("live")).await),
        operation!(folders::settings("live"), |us| us.node.folder_settings("live").await),
        operation!(folders::save_settings("live", json!({})), |us| {
            us.node.save_folder_settings("live", &live_now()).await
        }),
        operation!(folders::create("live", "Pilot"), |us| {
            us.node.create_folder("live", "Pilot").await
        }),
        operation!(folders::move_to(pilot, "ROOT"), |us| us.node.move_folder(&moved, "ROOT").await),
        operation!(folders::delete(pilot), |us| us.node.delete_folder(&deleted).await),
        operation!(folders::move_project("ROOT", &key(), "live"), |us| {
            us.node.move_project(&key(), "ROOT", "live").await
        }),
        operation!(folders::of_project(&key()), |us| us.node.folder_of(&key()).await),
        operation!(folders::default_for_new_projects("live"), |us| {
            us.node.default_folder("live").await
        }),
    ]
}

/// Under the name of the official client's; it is never opened.
fn maps() -> Upload {
    Upload::from_bytes("maps.zip", "maps")
}

fn plugins() -> Vec<Operation> {
    let source = || PluginSource {
        repository: "https://git.example/geo".to_owned(),
        checkout: "v2".to_owned(),
        subpath: Some("plugin".to_owned()),
    };
    vec![
        operation!(instance::plugins(), |us| us.node.plugins().await),
        operation!(plugins::install(), |us| us.node.install_plugin(maps()).await),
        operation!(plugins::install_from_store("geo"), |us| {
            us.node.install_plugin_from_store("geo").await
        }),
        operation!(plugins::install_from_git(&source()), |us| {
            us.node.install_plugin_from_git(&source()).await
        }),
    ]
}

fn tasks(noted: &Noted) -> Vec<Operation> {
    let (task, aborted) = (noted.get("task"), noted.get("aborted"));
    let (looked, stopped) = (task.clone(), aborted.clone());
    vec![
        operation!(futures::list(Tasks::Others, false), |us| {
            us.node.tasks(Tasks::Others, false).await
        }),
        operation!(futures::look(&task), |us| us.node.look_at_task(&looked).await),
        operation!(instance::future(&task), |us| us.node.task(&instance::future(&task)).await),
        operation!(futures::abort(&aborted), |us| us.node.abort_task(&stopped).await),
    ]
}
