//! What a Fleet Manager lets one change beyond the machines.

use super::*;

async fn send(
    fleet: &MockFleetManager,
    method: Method,
    path: &str,
    body: &Value,
) -> (StatusCode, Value) {
    let answer = request(fleet, method, path).body(body.to_string()).send().await.unwrap();
    (answer.status(), serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
}

#[tokio::test]
async fn networks_are_made_saved_and_deleted_once_they_are_empty() {
    let fleet = fleet().await;
    let wanted = json!({"label": "second", "managedNodesDirectory": true});
    let (_, made) = send(&fleet, Method::POST, "/virtual-networks", &wanted).await;
    assert_eq!(made["nodesDirectoryDeployerMode"], "NO_MANAGED_DEPLOYER");
    let path = format!("/virtual-networks/{}", made["id"].as_str().unwrap());
    let mut changed = made.clone();
    changed["nodesDirectoryDeployerMode"] = json!("CENTRAL_DEPLOYER");
    changed["dnsStrategy"] = json!("NONE");
    assert_eq!(send(&fleet, Method::PUT, &path, &changed).await.0, 200);
    assert_eq!(get(&fleet, &path).await.1, changed);
    assert_eq!(send(&fleet, Method::DELETE, "/virtual-networks/vn-1", &json!({})).await.0, 400);
    let (_, task) = send(&fleet, Method::DELETE, &path, &json!({})).await;
    assert_eq!(get(&fleet, &path).await.0, 200, "its task has not ended");
    get(&fleet, &format!("/futures/{}", task["jobId"].as_str().unwrap())).await;
    assert_eq!(get(&fleet, &path).await.0, 404);
}

#[tokio::test]
async fn an_instance_is_saved_whole_and_keeps_its_machine() {
    let fleet = fleet().await;
    let path = "/instances/i-auto-1";
    let (_, mut instance) = get(&fleet, path).await;
    instance["label"] = json!("renamed");
    instance["fmTags"] = json!(["live"]);
    assert_eq!(send(&fleet, Method::PUT, path, &instance).await.0, 200);
    assert_eq!(get(&fleet, path).await.1["fmTags"], json!(["live"]));
    assert!(fleet.instance("renamed").unwrap().up);
    instance["virtualNetworkId"] = json!("vn-9");
    assert_eq!(send(&fleet, Method::PUT, path, &instance).await.0, 404);
}

#[tokio::test]
async fn snapshots_are_kept_by_instance() {
    let fleet = fleet().await;
    let path = "/instances/i-auto-1/snapshots?reasonForSnapshot=upgrade";
    let (_, taken) = send(&fleet, Method::POST, path, &json!({})).await;
    assert_eq!(taken["reasonForSnapshot"], "upgrade");
    assert_eq!(get(&fleet, "/instances/i-auto-1/snapshots").await.1, json!([taken]));
    assert_eq!(get(&fleet, "/instances/i-auto-2/snapshots").await.1, json!([]));
    assert_eq!(get(&fleet, "/instances/i-none/snapshots").await.0, 404);
}

#[tokio::test]
async fn a_password_is_reset_on_a_machine_only() {
    let fleet = fleet().await;
    let body = json!({"userName": "admin", "password": "new"});
    let of = |id: &str| format!("/instances/{id}/actions/reset-user-password");
    assert_eq!(send(&fleet, Method::POST, &of("i-auto-1"), &body).await.0, 200);
    assert_eq!(send(&fleet, Method::POST, &of("i-auto-2"), &body).await.0, 400);
    let (status, _) = send(&fleet, Method::POST, &of("i-auto-1"), &json!({})).await;
    assert_eq!(status, 400, "no user is named");
}
