use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command::{NodeProcess, run};

const SECRET: &str = "CANARY-4711";

fn write(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seed.json");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// Starts a node that fails to start, and returns its errors.
async fn refusal(seed: &Path) -> String {
    let (code, output, errors) = run(&["mock-node".as_ref(), "--seed".as_ref(), seed]).await;
    assert_eq!((code, output.as_str()), (2, ""), "{errors}");
    assert!(errors.starts_with("error: "), "{errors}");
    assert!(errors.contains(&seed.display().to_string()), "the file is named: {errors}");
    assert!(!errors.contains(SECRET), "R13: {errors}");
    errors
}

async fn refusal_of(seed: &str) -> String {
    let (_folder, path) = write(seed);
    refusal(&path).await
}

#[tokio::test]
async fn a_seed_says_what_is_on_the_node() {
    let seed = json!({
        "nodeId": "auto-prod", "nodeType": "DESIGN", "dssVersion": "14.1.0", "adminApiKey": SECRET,
        "users": [{"login": "dana", "groups": ["deployers"]}],
        "groups": [{"name": "deployers", "mayCreateProjects": true}],
        "connections": [{"name": "sql", "type": "PostgreSQL"}],
        "codeEnvs": [{"envName": "py-prod"}],
        "plugins": [{"id": "geo", "version": "1.2.0"}],
        "folders": [{"id": "live", "name": "Live", "writers": ["deployers"]}],
        "ldapSettings": {"enabled": true, "allowOnDemandUsersProvisioning": true},
        "directoryPeople": [{"login": "ann"}],
    });
    let (_folder, path) = write(&seed.to_string());
    let node = NodeProcess::start(&["--seed".as_ref(), path.as_os_str()]).await;
    assert_eq!(node.key, SECRET);
    let info = node.get("/instance-info").await;
    assert_eq!(info["nodeId"], "auto-prod");
    assert_eq!((&info["nodeType"], &info["dssVersion"]), (&"DESIGN".into(), &"14.1.0".into()));
    let logins = node.get("/admin/users").await;
    let logins: Vec<_> = logins.as_array().unwrap().iter().map(|user| &user["login"]).collect();
    assert_eq!(logins, ["admin", "dana"]);
    assert_eq!(node.get("/admin/groups/deployers").await["mayCreateProjects"], true);
    assert_eq!(node.get("/admin/connections").await["sql"]["type"], "PostgreSQL");
    assert_eq!(node.get("/admin/code-envs").await[0]["envName"], "py-prod");
    assert_eq!(node.get("/plugins").await[0]["id"], "geo");
    assert_eq!(node.get("/project-folders/live").await["name"], "Live");
    assert_eq!(node.get("/admin/iam/ldap-settings").await["enabled"], true);
}

#[tokio::test]
async fn a_seed_without_a_key_gets_one_that_nobody_can_guess() {
    let (_folder, path) = write(r#"{"nodeId": "auto-prod"}"#);
    let node = NodeProcess::start(&["--seed".as_ref(), path.as_os_str()]).await;
    assert!(node.key.len() >= 32 && !node.key.contains("auto-prod"), "{}", node.key);
    assert_eq!(node.get("/instance-info").await["nodeId"], "auto-prod");
}

#[tokio::test]
async fn a_seed_that_is_missing_is_named() {
    let (folder, _) = write("{}");
    let errors = refusal(&folder.path().join("absent.json")).await;
    assert!(errors.contains("cannot be read") && errors.contains("reason: "), "{errors}");
    refusal(folder.path()).await;
}

#[tokio::test]
async fn a_seed_that_is_not_json_is_told_where() {
    let errors = refusal_of(&format!("{{\"adminApiKey\": \"{SECRET}\",\n oops}}")).await;
    assert!(errors.contains("is not JSON") && errors.contains("line 2 column 2"), "{errors}");
    refusal_of("").await;
}

#[tokio::test]
async fn an_unknown_field_is_named_with_those_that_are_known() {
    let errors = refusal_of(r#"{"users": [{"login": "dana", "gruops": []}]}"#).await;
    assert!(errors.contains("seed.json: users[0].gruops: is not known"), "{errors}");
    assert!(errors.contains("`groups`"), "{errors}");
}

#[tokio::test]
async fn a_wrong_type_is_named_without_its_value() {
    let seed = json!({"adminApiKey": [SECRET], "users": [{"login": "dana", "enabled": SECRET}]});
    let errors = refusal_of(&seed.to_string()).await;
    assert!(errors.contains("seed.json: adminApiKey: should be a text, and is a list"), "{errors}");
    let enabled = "seed.json: users[0].enabled: should be true or false, and is a text";
    assert!(errors.contains(enabled), "{errors}");
}

#[tokio::test]
async fn a_user_who_stands_there_twice_is_named() {
    let errors = refusal_of(r#"{"users": [{"login": "dana"}, {"login": "dana"}]}"#).await;
    assert!(errors.contains("seed.json: users[1].login: is the same as in `users[0]`"), "{errors}");
}

#[tokio::test]
async fn the_seed_of_the_readme_can_be_used() {
    let readme = include_str!("../../README.md");
    let (_, after) = readme.split_once("```json\n").unwrap();
    let (seed, _) = after.split_once("```").unwrap();
    let (_folder, path) = write(seed);
    let node = NodeProcess::start(&["--seed".as_ref(), path.as_os_str()]).await;
    let seed: Value = serde_json::from_str(seed).unwrap();
    assert_eq!(node.get("/instance-info").await["nodeId"], seed["nodeId"]);
}
