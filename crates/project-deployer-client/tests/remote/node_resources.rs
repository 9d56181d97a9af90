//! Folders, connections and code environments of a node (wire-facts 3.3 to 3.5).

use project_deployer_client::NodeErrorKind;
use project_deployer_client::request::code_envs::EnvLanguage;
use project_deployer_client::request::code_envs::ListedCodeEnv;
use project_deployer_client::request::{code_envs, connections, folders, instance};
use project_deployer_core::messages::Severity;
use serde_json::{Value, json};

use crate::samples::key;
use crate::server::{Server, answer, json_answer, refusal};

fn folder(id: &str, parent: Option<&str>, children: &[&str]) -> Value {
    json!({"id": id, "name": parent.map(|_| id), "parentId": parent, "childrenIds": children,
        "projectKeys": null})
}

#[tokio::test]
async fn the_tree_of_folders_leaves_out_what_is_hidden_and_ends_in_a_circle() {
    let server = Server::with([
        json_answer(200, &folder("ROOT", None, &["a", "hidden"])),
        json_answer(200, &folder("a", Some("ROOT"), &["b", "ROOT"])),
        refusal(403, "UnauthorizedException", "no"),
        json_answer(200, &folder("b", Some("a"), &["a"])),
    ])
    .await;
    let tree = server.node().folder_tree().await.unwrap();
    let ids: Vec<_> = tree.iter().map(|folder| folder.id.as_str()).collect();
    assert_eq!(ids, ["ROOT", "a", "b"]);
    assert_eq!(tree[2].parent_id.as_deref(), Some("a"));
}

#[tokio::test]
async fn a_tree_that_cannot_be_asked_for_is_no_smaller_tree() {
    let server = Server::with([
        json_answer(200, &folder("ROOT", None, &["a"])),
        answer(400, "something else"),
    ])
    .await;
    server.node().folder_tree().await.unwrap_err();
}

#[tokio::test]
async fn folders_are_created_moved_configured_and_deleted() {
    let settings = json!({"name": "Live", "owner": "mina", "addedIn16": 1,
        "permissions": [{"group": "ops", "read": true, "writeContents": true, "admin": false}]});
    let server = Server::with([
        json_answer(200, &folder("fld8", Some("ROOT"), &[])),
        json_answer(200, &settings),
        answer(200, ""),
        answer(200, ""),
        answer(200, ""),
        json_answer(200, &folder("fld8", Some("ROOT"), &[])),
        answer(200, ""),
    ])
    .await;
    let node = server.node();
    assert_eq!(node.call(&folders::create("ROOT", "Live & more")).await.unwrap().id, "fld8");
    let read = node.call(&folders::settings("fld8")).await.unwrap();
    assert!(read.permissions[0].write_contents);
    node.call(&folders::save_settings("fld8", &read)).await.unwrap();
    node.call(&folders::move_to("fld8", "fld9")).await.unwrap();
    node.call(&folders::move_project("ROOT", &key(), "fld8")).await.unwrap();
    assert_eq!(node.call(&folders::of_project(&key())).await.unwrap().id, "fld8");
    node.call(&folders::delete("fld8")).await.unwrap();
    assert_eq!(server.seen()[2].json(), settings);
    assert_eq!(server.lines()[0], "POST /project-folders/ROOT/children?name=Live+%26+more");
}

#[tokio::test]
async fn a_connection_is_saved_with_its_credentials_and_shows_none() {
    // R13
    let definition = json!({"name": "sql-prod", "type": "PostgreSQL",
        "params": {"password": "canary-of-a-document"}});
    let report = json!({"messages": {"warning": true, "messages": [
        {"severity": "WARNING", "code": "W", "title": "Slow", "message": "indexing"}]}});
    let server = Server::with([json_answer(200, &definition), json_answer(200, &report)]).await;
    let node = server.node();
    let read = node.call(&connections::get("sql-prod")).await.unwrap();
    assert!(!format!("{read:?}").contains("canary"));
    let messages = node.call(&connections::save("sql-prod", &read)).await.unwrap();
    assert_eq!(messages.max_severity(), Some(Severity::Warning));
    assert_eq!(server.seen()[1].json(), definition);
}

#[tokio::test]
async fn a_connection_that_does_not_work_is_an_answer() {
    let server = Server::with([
        json_answer(200, &json!({"connectionOK": false, "connectionErrorMsg": "refused"})),
        json_answer(200, &json!(["sql-prod"])),
    ])
    .await;
    let node = server.node();
    let test = node.call(&connections::test("sql-prod")).await.unwrap();
    assert!(!test.works);
    assert_eq!(node.call(&connections::usable_of_type("PostgreSQL")).await.unwrap(), ["sql-prod"]);
}

#[tokio::test]
async fn code_environments_report_what_became_of_them() {
    // wire-facts 3.4
    let fine = json!({"messages": {"messages": []}});
    let fatal = json!({"messages": {"fatal": true, "messages": [
        {"severity": "ERROR", "isFatal": true, "code": "ERR", "title": "No such package"}]}});
    let server = Server::with([
        json_answer(
            200,
            &json!([{"envName": "py-prod", "envLang": "PYTHON",
            "deploymentMode": "AUTOMATION_VERSIONED", "isUptodate": true, "owner": "mina"}]),
        ),
        json_answer(200, &json!({"version": "v2", "bundleId": "2026-01"})),
        json_answer(200, &fine),
        json_answer(200, &fatal),
        answer(200, "pip said no"),
    ])
    .await;
    let node = server.node();
    let python = EnvLanguage::Python;
    let listed = node.json::<Vec<ListedCodeEnv>>(&instance::code_envs()).await.unwrap();
    assert_eq!(listed[0].deployment_mode.as_deref(), Some("AUTOMATION_VERSIONED"));
    let version = node.call(&code_envs::version_for(python, "py-prod", &key())).await.unwrap();
    assert_eq!(version.version.as_deref(), Some("v2"));
    node.call(&code_envs::build(python, "py-prod", false, None)).await.unwrap();
    let error = node.call(&code_envs::build(python, "py-prod", true, None)).await.unwrap_err();
    assert!(matches!(error.kind, NodeErrorKind::Reported(_)), "{error}");
    assert_eq!(
        node.call(&code_envs::log(python, "py-prod", "b.log")).await.unwrap(),
        "pip said no"
    );
}
