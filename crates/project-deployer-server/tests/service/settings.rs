//! Settings, sources of users and a caller's own account (wire-facts 3.2, 5.4, 5.6, 5.7).

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::installation::Installation;

const GENERAL: &str = "/public/api/admin/general-settings";

/// Calls that the product has and this Deployer refuses, with the code of the refusal.
const REFUSED: &[(&str, &str, &str)] = &[
    ("GET", "/admin/external-groups?userSourceType=LDAP", "supplier-off"),
    ("GET", "/admin/users/actions/external-groups", "supplier-off"),
    ("GET", "/admin/external-users", "supplier-off"),
    ("GET", "/admin/users/actions/external-users?login=ann", "supplier-off"),
    ("POST", "/admin/users/actions/provision", "supplier-off"),
    ("POST", "/admin/users/actions/resync-multi", "supplier-off"),
    ("POST", "/admin/users/ann/actions/resync", "supplier-off"),
    ("GET", "/admin/users/admin/activity", "not-served"),
    ("GET", "/admin/users-activity", "not-served"),
    ("GET", "/admin/licensing/status", "not-served"),
    ("GET", "/admin/globalAPIKeys/canary-4711", "not-served"),
];

#[tokio::test]
async fn what_is_not_served_says_so_to_administrators_alone() {
    let installation = Installation::empty().await;
    let stranger = installation.user("zoe", "askers").await;
    for (method, path, code) in REFUSED {
        let path = format!("/public/api{path}");
        let refused = installation.send(method, &path, &installation.key, "").await;
        let status = if *code == "not-served" { 501 } else { 400 };
        assert_eq!(refused.status.as_u16(), status, "{path}: {}", refused.text());
        assert_eq!(refused.json()["code"], *code, "{path}");
        assert!(!refused.text().contains("canary-4711"), "R13: {}", refused.text());
        let hidden = installation.send(method, &path, &stranger, "").await;
        assert_eq!(hidden.status, StatusCode::FORBIDDEN, "{path}: {}", hidden.text());
    }
}

#[tokio::test]
async fn sources_of_users_stay_off() {
    let installation = Installation::empty().await;
    for source in ["ldap", "sso", "azure-ad"] {
        let path = format!("/public/api/admin//iam/{source}-settings");
        let mut settings = installation.get(&path, &installation.key).await.json();
        assert_eq!(settings["enabled"], false, "{source}");
        let saved = installation.send("PUT", &path, &installation.key, settings.to_string()).await;
        assert_eq!(saved.status, StatusCode::OK, "{source}: {}", saved.text());
        settings["enabled"] = json!(true);
        let refused =
            installation.send("PUT", &path, &installation.key, settings.to_string()).await;
        assert_eq!(refused.json()["code"], "not-served", "{source}: {}", refused.text());
    }
}

#[tokio::test]
async fn general_settings_have_the_stages() {
    let installation = Installation::new().await;
    let key = &installation.key;
    let mut settings = installation.get(GENERAL, key).await.json();
    let stages = settings["projectDeployerSettings"]["stages"].as_array_mut().unwrap();
    stages.insert(1, json!({"id": "Canary", "desc": "a few users"}));
    settings["settingOfLater"] = json!(true);
    let saved = installation.send("PUT", GENERAL, key, settings.to_string()).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    let listed = installation.get("/public/api/project-deployer/stages", key).await.json();
    assert_eq!(listed[1]["id"], "Canary", "{listed}");
    let again = installation.get(GENERAL, key).await.json();
    assert_eq!(again["settingOfLater"], Value::Null, "unknown settings are dropped");
    for (section, value) in [
        ("ldapSettings", json!({"enabled": true})),
        ("governIntegrationSettings", json!({"enabled": true})),
        ("deployerClientSettings", json!({"mode": "REMOTE"})),
    ] {
        let mut other = again.clone();
        other[section] = value;
        other["projectDeployerSettings"]["stages"][1]["desc"] = json!("not saved");
        let refused = installation.send("PUT", GENERAL, key, other.to_string()).await;
        assert_eq!(refused.json()["code"], "not-served", "{section}: {}", refused.text());
    }
    assert_eq!(installation.get(GENERAL, key).await.json(), again);
    // A stage in use stays.
    let mut without = again.clone();
    without["projectDeployerSettings"]["stages"] = json!([{"id": "Canary", "desc": ""}]);
    let refused = installation.send("PUT", GENERAL, key, without.to_string()).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text());
}

#[tokio::test]
async fn a_user_changes_its_own_properties_and_nothing_else() {
    // wire-facts 3.2
    let installation = Installation::empty().await;
    let key = installation.user("zoe", "askers").await;
    let path = "/public/api/current-user";
    let mut own = installation.get(path, &key).await.json();
    own["userProperties"] = json!({"team": "ops"});
    own["groups"] = json!(["administrators"]);
    own["enabled"] = json!(false);
    let saved = installation.send("PUT", path, &key, own.to_string()).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    let found = installation.get(path, &key).await.json();
    assert_eq!(found["userProperties"], json!({"team": "ops"}));
    assert_eq!((&found["groups"], &found["enabled"]), (&json!(["askers"]), &json!(true)));
    let all = installation.get("/public/api/admin/users/zoe", &installation.key).await.json();
    assert_eq!(all["userProperties"], json!({"team": "ops"}), "{all}");
    own["credentials"] = json!({"sql": {"password": "canary-4711"}});
    let refused = installation.send("PUT", path, &key, own.to_string()).await;
    assert_eq!(refused.json()["code"], "not-served", "{}", refused.text());
    assert!(!refused.text().contains("canary-4711"), "R13");
}

#[tokio::test]
async fn the_matrix_of_rights_adds_up_over_groups() {
    // R-P12
    let installation = Installation::empty().await;
    installation.user("zoe", "askers").await;
    let path = "/public/api/admin/authorization-matrix";
    let matrix = installation.get(path, &installation.key).await.json();
    let user = |login: &str| {
        let users = matrix["perUser"].as_array().unwrap();
        users.iter().find(|user| user["login"] == login).unwrap().clone()
    };
    assert_eq!(user("admin")["admin"], true, "{matrix}");
    assert_eq!(user("zoe")["admin"], false, "{matrix}");
    assert!(matrix["perGroup"].as_array().unwrap().iter().any(|group| group["group"] == "askers"));
}
