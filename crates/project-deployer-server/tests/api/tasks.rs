//! Long tasks, and who may read them.

use project_deployer::core::accounts::User;
use serde_json::Value;

use crate::installation::{Installation, parsed};

/// Waits until a task has ended.
pub(crate) async fn ended(installation: &Installation, path: &str, key: &str) -> Value {
    loop {
        let task = installation.get(path, key).await.json();
        if !task["ended"].is_null() {
            return task;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn who_is_no_administrator_any_more_has_no_task() {
    let installation = Installation::new().await;
    let key = installation.user("zoe", "askers").await;
    let admin = installation.admin();
    let zoe: User = admin.user_settings(&parsed("zoe")).await.unwrap();
    let promoted = zoe.clone().in_groups([parsed("administrators")]);
    admin.save_user(&promoted).await.unwrap();
    let started = installation.send("POST", "/parity", &key, &[], Value::Null).await;
    assert_eq!(started.status.as_u16(), 202, "{}", started.text());
    let path = format!("/tasks/{}", started.json()["id"].as_str().unwrap());
    assert_eq!(ended(&installation, &path, &key).await["state"], "done");
    admin.save_user(&zoe).await.unwrap();
    let hidden = installation.get(&path, &key).await;
    assert_eq!((hidden.status.as_u16(), hidden.code().as_str()), (404, "task-unknown"));
    let listed = installation.get("/tasks", &key).await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 0, "{listed}");
    // Whoever started it may end it, and so may every administrator.
    for key in [&key, &installation.key] {
        let aborted = installation.send("DELETE", &path, key, &[], Value::Null).await;
        assert_eq!(aborted.status.as_u16(), 204, "{}", aborted.text());
    }
    let other = installation.user("olga", "askers").await;
    let aborted = installation.send("DELETE", &path, &other, &[], Value::Null).await;
    assert_eq!(aborted.code(), "task-unknown");
    // It is there again for an administrator.
    admin.save_user(&promoted).await.unwrap();
    assert_eq!(installation.get(&path, &key).await.json()["state"], "done");
    // Nobody else may read it.
    assert_eq!(installation.get(&path, &installation.key).await.code(), "task-unknown");
}
