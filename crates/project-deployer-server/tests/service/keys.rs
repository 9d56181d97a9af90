//! API keys and accounts over the service (wire-facts 5.1 to 5.5).

use axum::http::StatusCode;
use serde_json::json;

use crate::installation::Installation;

const PERSONAL: &str = "/public/api/personal-api-keys";
const GLOBAL: &str = "/public/api/admin/global-api-keys";

#[tokio::test]
async fn a_secret_is_shown_once() {
    // R13
    let installation = Installation::empty().await;
    let body = json!({"label": "script", "description": "nightly"}).to_string();
    let made = installation.send("POST", PERSONAL, &installation.key, body).await.json();
    let secret = made["key"].as_str().unwrap().to_owned();
    let one = format!("{PERSONAL}/{}", made["id"].as_str().unwrap());
    for path in [PERSONAL, &one, "/public/api/admin/personal-api-keys", GLOBAL] {
        let answer = installation.get(path, &secret).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(!answer.text().contains(&secret), "{path}");
        assert!(!answer.text().contains(secret.rsplit('_').next().unwrap()), "{path}");
    }
    assert_eq!(installation.get(&one, &secret).await.json()["label"], "script");
}

#[tokio::test]
async fn a_deleted_key_opens_nothing() {
    let installation = Installation::empty().await;
    let made = installation.send("POST", PERSONAL, &installation.key, "{}").await.json();
    let secret = made["key"].as_str().unwrap();
    let path = format!("{PERSONAL}/{}", made["id"].as_str().unwrap());
    let deleted = installation.send("DELETE", &path, secret, "").await;
    assert_eq!(deleted.status, StatusCode::OK, "{}", deleted.text());
    assert_eq!(installation.get(PERSONAL, secret).await.status, StatusCode::UNAUTHORIZED);
    let again = installation.send("DELETE", &path, &installation.key, "").await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_user_sees_and_makes_only_keys_of_its_own() {
    let installation = Installation::empty().await;
    let key = installation.user("zoe", "askers").await;
    let listed = installation.get(PERSONAL, &key).await.json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed[0]["user"], "zoe");
    let all = installation.get(PERSONAL, &installation.key).await.json();
    let of_admin = all.as_array().unwrap().iter().find(|key| key["user"] == "admin").unwrap();
    let path = format!("{PERSONAL}/{}", of_admin["id"].as_str().unwrap());
    let hidden = installation.get(&path, &key).await;
    let absent = installation.get(&path.replace(of_admin["id"].as_str().unwrap(), "0"), &key).await;
    assert_eq!((hidden.status, absent.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    for (path, body) in [
        ("/public/api/admin/personal-api-keys", json!({"user": "zoe"})),
        ("/public/api/admin/personal-api-keys", json!({"user": "admin"})),
        (GLOBAL, json!({"globalPermissions": {"admin": true}})),
    ] {
        let refused = installation.send("POST", path, &key, body.to_string()).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path} {body}");
    }
}

#[tokio::test]
async fn a_global_key_has_the_rights_that_it_was_given() {
    let installation = Installation::empty().await;
    installation.user("zoe", "askers").await;
    let cases = [
        (json!({"globalPermissions": {"admin": true}}), true, json!(null)),
        (json!({"label": "none"}), false, json!(null)),
        (json!({"groups": ["administrators"]}), true, json!(null)),
        (json!({"groups": ["askers"]}), false, json!(null)),
        (json!({"dssUserForImpersonation": "zoe"}), false, json!(["askers"])),
    ];
    for (body, admin, groups) in cases {
        let made = installation.send("POST", GLOBAL, &installation.key, body.to_string()).await;
        let secret = made.json()["key"].as_str().unwrap().to_owned();
        let info = installation.get("/public/api/auth/info", &secret).await.json();
        assert_eq!((&info["admin"], &info["groups"]), (&json!(admin), &groups), "{body}: {info}");
    }
    let ghost = json!({"dssUserForImpersonation": "ghost"}).to_string();
    let refused = installation.send("POST", GLOBAL, &installation.key, ghost).await;
    assert!(refused.text().contains("ghost"), "{}", refused.text());
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let installation = Installation::empty().await;
    let key = &installation.key;
    let (user, group) =
        ("/public/api/admin/users/admin", "/public/api/admin/groups/administrators");
    let disabled = json!({"login": "admin", "groups": ["administrators"], "enabled": false});
    let without_group = json!({"login": "admin", "groups": []});
    let no_admin = json!({"name": "administrators", "admin": false});
    for (method, path, body) in [
        ("DELETE", format!("{user}?allowSelfDeletion=True"), String::new()),
        ("PUT", user.to_owned(), disabled.to_string()),
        ("PUT", user.to_owned(), without_group.to_string()),
        ("PUT", group.to_owned(), no_admin.to_string()),
        ("DELETE", group.to_owned(), String::new()),
    ] {
        let refused = installation.send(method, &path, key, body.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{method} {path}");
        assert!(refused.text().contains("without an administrator"), "{}", refused.text());
    }
    let second = json!({"login": "mina", "groups": ["administrators"]}).to_string();
    let created = installation.send("POST", "/public/api/admin/users", key, second).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    let path = format!("{user}?allowSelfDeletion=True");
    assert_eq!(installation.send("DELETE", &path, key, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_user_is_not_deleted_by_itself_unless_it_says_so() {
    let installation = Installation::empty().await;
    let path = "/public/api/admin/users/admin";
    let refused = installation.send("DELETE", path, &installation.key, "").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text().contains("allowSelfDeletion"), "{}", refused.text());
}

#[tokio::test]
async fn unknown_fields_of_accounts_stay_and_passwords_do_not() {
    // wire-facts 1.6, R13
    let installation = Installation::empty().await;
    let key = &installation.key;
    let body = json!({"login": "mina", "password": "secret-4711", "groups": []}).to_string();
    installation.send("POST", "/public/api/admin/users", key, body).await;
    let path = "/public/api/admin/users/mina";
    let mut user = installation.get(path, key).await.json();
    user["fieldOfLater"] = json!([1, null]);
    let saved = installation.send("PUT", path, key, user.to_string()).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    let answer = installation.get(path, key).await;
    assert_eq!(answer.json()["fieldOfLater"], json!([1, null]));
    assert!(!answer.text().contains("secret-4711"), "{}", answer.text());
}

#[tokio::test]
async fn a_key_does_not_outlive_its_user() {
    let installation = Installation::empty().await;
    let key = installation.user("zoe", "askers").await;
    let acting = json!({"dssUserForImpersonation": "zoe"}).to_string();
    let acting = installation.send("POST", GLOBAL, &installation.key, acting).await.json();
    let acting = acting["key"].as_str().unwrap().to_owned();
    installation.admin().delete_user(&"zoe".parse().unwrap()).await.unwrap();
    let user = json!({"login": "zoe", "groups": ["administrators"]}).to_string();
    installation.send("POST", "/public/api/admin/users", &installation.key, user).await;
    for key in [key, acting] {
        let answer = installation.get("/public/api/auth/info", &key).await;
        assert_eq!(answer.json()["code"], "key-unknown", "{}", answer.text());
    }
}

#[tokio::test]
async fn a_key_is_deleted_by_its_own_path_only() {
    let installation = Installation::empty().await;
    let made = installation.send("POST", GLOBAL, &installation.key, "{}").await.json();
    let id = made["id"].as_str().unwrap();
    let path = format!("{PERSONAL}/{id}");
    let refused = installation.send("DELETE", &path, &installation.key, "").await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.text());
    let deleted =
        installation.send("DELETE", &format!("{GLOBAL}/{id}"), &installation.key, "").await;
    assert_eq!(deleted.status, StatusCode::OK, "{}", deleted.text());
}

#[tokio::test]
async fn fields_of_another_type_make_no_key() {
    let installation = Installation::empty().await;
    for body in [
        json!({"label": 5}),
        json!({"globalPermissions": {"admin": "true"}}),
        json!({"dssUserForImpersonation": 7}),
        json!({"groups": "administrators"}),
        json!("text"),
        json!({"label": "x".repeat(256)}),
    ] {
        let refused = installation.send("POST", GLOBAL, &installation.key, body.to_string()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}");
    }
}

#[tokio::test]
async fn two_changes_that_remove_the_last_administrator_together_do_not_both_succeed() {
    // R14
    for _ in 0..50 {
        let installation = Installation::empty().await;
        let key = &installation.key;
        let group = json!({"name": "second"}).to_string();
        installation.send("POST", "/public/api/admin/groups", key, group).await;
        let path = "/public/api/admin/groups/second";
        let admin = json!({"name": "second", "admin": true}).to_string();
        installation.send("PUT", path, key, admin).await;
        let moved = json!({"login": "admin", "groups": ["second"]}).to_string();
        let no_admin = json!({"name": "second", "admin": false}).to_string();
        futures::join!(
            installation.send("PUT", "/public/api/admin/users/admin", key, moved),
            installation.send("PUT", path, key, no_admin),
        );
        let info = installation.get("/public/api/auth/info", key).await.json();
        assert_eq!(info["admin"], true, "{info}");
    }
}

#[tokio::test]
async fn a_key_is_edited_and_keeps_its_secret_its_kind_and_its_user() {
    // wire-facts 5.5
    let installation = Installation::empty().await;
    let key = &installation.key;
    installation.user("zoe", "askers").await;
    let made = installation.send("POST", GLOBAL, key, "{}").await.json();
    let path = format!("{GLOBAL}/{}", made["id"].as_str().unwrap());
    let mut definition = installation.get(&path, key).await.json();
    definition["label"] = json!("renamed");
    definition["globalPermissions"] = json!({"admin": true});
    let saved = installation.send("PUT", &path, key, definition.to_string()).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    let secret = made["key"].as_str().unwrap();
    let info = installation.get("/public/api/auth/info", secret).await.json();
    assert_eq!(info["admin"], true, "{info}");
    assert_eq!(installation.get(&path, key).await.json()["label"], "renamed");
    definition["dssUserForImpersonation"] = json!("ghost");
    let refused = installation.send("PUT", &path, key, definition.to_string()).await;
    assert!(refused.text().contains("ghost"), "{}", refused.text());

    let own = installation.send("POST", PERSONAL, key, "{}").await.json();
    let path = format!("{PERSONAL}/{}", own["id"].as_str().unwrap());
    let mut definition = installation.get(&path, key).await.json();
    definition["label"] = json!("mine");
    let saved = installation.send("PUT", &path, key, definition.to_string()).await;
    assert_eq!(saved.json()["label"], "mine", "{}", saved.text());
    definition["user"] = json!("zoe");
    let refused = installation.send("PUT", &path, key, definition.to_string()).await;
    assert_eq!(refused.json()["code"], "not-possible", "{}", refused.text());
}
