//! Users, invites and groups of a space.

use reqwest::Method;

use super::*;

async fn send(launchpad: &MockLaunchpad, method: Method, path: &str, body: Value) -> (u16, Value) {
    let client = reqwest::Client::builder().build().unwrap();
    let asked = client
        .request(method, format!("{}/spaces/space-1{path}", launchpad.url()))
        .basic_auth(launchpad.key_id(), Some(launchpad.key_secret()))
        .body(body.to_string());
    let answer = asked.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
}

#[tokio::test]
async fn invites_are_made_found_and_deleted() {
    let launchpad = launchpad().await;
    let wanted = json!([{"email": "ann@example.test"}, {"email": "ann@example.test"}]);
    let (_, made) = send(&launchpad, Method::POST, "/invites", wanted).await;
    assert_eq!(made["successes"][0]["email"], "ann@example.test");
    assert_eq!(made["errors"][0]["email"], "ann@example.test", "she is invited already");
    let path = format!("/invite/{}", made["successes"][0]["id"].as_str().unwrap());
    assert_eq!(
        send(&launchpad, Method::GET, &path, json!({})).await.1["email"],
        "ann@example.test"
    );
    let none = json!({"emails": ["bob@example.test"]});
    assert_eq!(send(&launchpad, Method::POST, "/invites/search", none).await.1, json!([]));
    let all = json!({"emails": null});
    let (_, found) = send(&launchpad, Method::POST, "/invites/search", all).await;
    assert_eq!(found, made["successes"]);
    let ann = json!({"emails": ["ann@example.test"]});
    send(&launchpad, Method::DELETE, "/invites", ann).await;
    assert!(launchpad.invites().is_empty());
    assert_eq!(send(&launchpad, Method::GET, &path, json!({})).await.0, 404);
}

#[tokio::test]
async fn users_are_changed_and_taken_away() {
    let launchpad = MockLaunchpad::builder().user("ann@example.test").start().await;
    let all = json!({"emails": null});
    let (_, mut users) = send(&launchpad, Method::POST, "/users/search", all).await;
    users[0]["profile"] = json!({"name": "reader"});
    let (_, saved) = send(&launchpad, Method::PUT, "/users", users.clone()).await;
    assert_eq!((&saved["successes"], &saved["errors"]), (&users, &json!([])));
    let both = json!({"emails": ["ann@example.test", "bob@example.test"]});
    let (_, gone) = send(&launchpad, Method::DELETE, "/users", both).await;
    assert_eq!(gone["successes"], users);
    assert_eq!(gone["errors"][0]["email"], "bob@example.test");
    assert!(launchpad.users().is_empty());
}

#[tokio::test]
async fn groups_are_made_once_saved_and_deleted() {
    let launchpad = launchpad().await;
    let ops = json!({"name": "ops", "description": "", "users": []});
    let (_, made) = send(&launchpad, Method::POST, "/group", ops.clone()).await;
    assert_eq!((&made["group"]["name"], &made["taskId"]), (&json!("ops"), &json!(null)));
    assert_eq!(send(&launchpad, Method::POST, "/group", ops).await.0, 422);
    let path = format!("/group/{}", made["group"]["id"].as_str().unwrap());
    let renamed = json!({"name": "operators"});
    assert_eq!(send(&launchpad, Method::PUT, &path, renamed).await.1["group"]["name"], "operators");
    assert_eq!(launchpad.groups(), ["operators"]);
    assert_eq!(send(&launchpad, Method::DELETE, &path, json!({})).await.0, 200);
    assert_eq!(send(&launchpad, Method::PUT, &path, json!({"name": "x"})).await.0, 404);
}
