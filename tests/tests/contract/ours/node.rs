//! What a node is and has (wire-facts 1.9, 3.1, 3.3, 3.4, 3.5, 3.9, 3.10, 5.7).

use std::sync::Arc;

use project_deployer_client::request::code_envs::EnvLanguage::Python;
use project_deployer_client::request::code_envs::ListedCodeEnv;
use project_deployer_client::request::folders::{Folder, FolderSettings};
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
        operation!(administration::create_ticket()),
        operation!(administration::licensing()),
        operation!(administration::general_settings()),
        operation!(administration::save_general_settings(&json!({})), |us| {
            let settings = us.node.call(&administration::general_settings()).await?;
            us.node.call(&administration::save_general_settings(&settings)).await
        }),
        operation!(administration::authorization_matrix()),
        operation!(administration::govern_node()),
        operation!(administration::sync_govern(Some(&key()))),
        operation!(administration::sync_govern_deployer()),
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
        operation!(instance::usable_connections(), |us| {
            us.node.call(&connections::usable_of_type("all")).await
        }),
        operation!(connections::usable_of_type("PostgreSQL")),
        operation!(connections::create("files", &document(files()))),
        operation!(connections::get("files")),
        operation!(connections::save("files", &json!({})), |us| {
            let mut connection = json!(us.node.call(&connections::get("files")).await?);
            connection["usableBy"] = json!("ALLOWED");
            connection["allowedGroups"] = json!(["deployers"]);
            us.node.call(&connections::save("files", &document(connection))).await
        }),
        operation!(connections::info("sql", Some(&key()))),
        operation!(connections::test("sql")),
        operation!(connections::delete("files")),
    ]
}

fn code_envs() -> Vec<Operation> {
    let new = || json!({"deploymentMode": "AUTOMATION_SINGLE", "pythonInterpreter": "PYTHON310"});
    vec![
        operation!(instance::code_envs(), |us| {
            us.node.json::<Vec<ListedCodeEnv>>(&instance::code_envs()).await
        }),
        operation!(code_envs::create(Python, "py-new", &document(new()))),
        operation!(code_envs::get(Python, "py-new")),
        operation!(code_envs::save(Python, "py-new", &json!({})), |us| {
            let env = us.node.call(&code_envs::get(Python, "py-new")).await?;
            us.node.call(&code_envs::save(Python, "py-new", &env)).await
        }),
        operation!(code_envs::build(Python, "py-new", true, None)),
        operation!(code_envs::build_images(Python, "py-new", None)),
        operation!(code_envs::version_for(Python, "py-prod", &key())),
        operation!(code_envs::usages(Python, "py-prod")),
        operation!(code_envs::all_usages()),
        operation!(code_envs::logs(Python, "py-prod")),
        operation!(code_envs::log(Python, "py-prod", "install.log")),
        operation!(code_envs::delete(Python, "py-new")),
    ]
}

fn live_now() -> FolderSettings {
    serde_json::from_value(json!({"name": "Live now", "owner": "admin", "permissions": []}))
        .unwrap()
}

fn folders(pilot: &str) -> Vec<Operation> {
    vec![
        operation!(instance::project_folder(Some("live")), |us| {
            us.node.json::<Folder>(&instance::project_folder(Some("live"))).await
        }),
        operation!(folders::settings("live")),
        operation!(folders::save_settings("live", &live_now())),
        operation!(folders::create("live", "Pilot")),
        operation!(folders::move_to(pilot, "ROOT")),
        operation!(folders::delete(pilot)),
        operation!(folders::move_project("ROOT", &key(), "live")),
        operation!(folders::of_project(&key())),
        operation!(folders::default_for_new_projects("live")),
    ]
}

/// Under the name of the official client's; it is never opened.
fn maps() -> Upload {
    Upload::from_bytes("maps.zip", "maps")
}

fn plugins() -> Vec<Operation> {
    let source = || {
        PluginSource::new("https://git.example/geo", "v2").with_subpath(Some("plugin".to_owned()))
    };
    vec![
        operation!(instance::plugins()),
        operation!(plugins::install(), |us| {
            us.node.call_with(&plugins::install(), maps()).await
        }),
        operation!(plugins::install_from_store("geo")),
        operation!(plugins::install_from_git(&source())),
    ]
}

fn tasks(noted: &Noted) -> Vec<Operation> {
    let (task, aborted) = (noted.get("task"), noted.get("aborted"));
    vec![
        operation!(futures::list(Tasks::Others, false)),
        operation!(futures::look(&task)),
        operation!(instance::future(&task), |us| us.node.task(&instance::future(&task)).await),
        operation!(futures::abort(&aborted)),
    ]
}
