use project_deployer_testkit::{AccountSource, MockGroup, MockNode, MockUser, NodeKind};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::client::{admin, http};

async fn node() -> MockNode {
    MockNode::builder("auto-prod")
        .group(MockGroup::creators("ops"))
        .user(MockUser::new("mina").in_group("ops"))
        .user(MockUser::new("gone").disabled())
        .user(MockUser::new("ann").from_source(AccountSource::Ldap))
        .start()
        .await
}

#[tokio::test]
async fn both_prefixes_are_one_api_and_slashes_do_not_count() {
    // wire-facts 1.1, 1.2
    let node = node().await;
    for path in [
        "/public/api/instance-info",
        "/dip/publicapi/instance-info",
        "//dip/publicapi//instance-info/",
    ] {
        let url = format!("{}{path}", node.url());
        let answer =
            http().build().unwrap().get(url).bearer_auth(node.admin_api_key()).send().await;
        let text = answer.unwrap().text().await.unwrap();
        assert!(text.contains(r#""nodeId":"auto-prod""#), "{path}: {text}");
    }
    assert_eq!(node.calls_to("GET", "/instance-info").len(), 3);
}

#[tokio::test]
async fn no_key_and_a_wrong_key_get_the_error_envelope() {
    let node = node().await;
    let url = format!("{}/public/api/auth/info", node.url());
    assert_eq!(http().build().unwrap().get(url).send().await.unwrap().status(), 401);
    let (status, error) = admin(&node).with_key("wrong").get("/auth/info").await;
    assert_eq!(status, 401);
    assert_eq!(error["errorType"], "UnauthorizedException");
    assert_eq!(error["detailedMessage"], error["message"]);
}

#[tokio::test]
async fn the_key_is_itself_until_it_acts_as_somebody() {
    let node = node().await;
    let (_, info) = admin(&node).get("/auth/info").await;
    assert_eq!(info, json!({"authIdentifier": "admin-key", "admin": true}));
    let (_, info) = admin(&node).acting_as("mina").get("/auth/info").await;
    assert_eq!(info, json!({"authIdentifier": "mina", "admin": false, "groups": ["ops"]}));
}

#[tokio::test]
async fn nobody_acts_as_a_login_that_is_unknown_or_disabled() {
    // R-S9
    let node = node().await;
    for login in ["ghost", "gone", "MINA"] {
        let (status, error) = admin(&node).acting_as(login).get("/projects/").await;
        assert_eq!(status, 403, "{login}: {error}");
        assert!(error["message"].as_str().unwrap().contains(login));
    }
}

#[tokio::test]
async fn a_personal_key_has_the_rights_of_its_owner_and_may_not_act_as_others() {
    let node = node().await;
    let wanted = json!({"user": "mina", "label": "ci", "description": ""});
    let (_, key) = admin(&node).post("/admin/personal-api-keys/", &wanted).await;
    let mina = admin(&node).with_key(key["key"].as_str().unwrap());
    assert_eq!(mina.get("/auth/info").await.1["authIdentifier"], "mina");
    assert_eq!(mina.get("/admin/users/").await.0, 403);
    assert_eq!(mina.acting_as("ann").get("/auth/info").await.0, 403);
    let (_, listed) = admin(&node).get("/admin/personal-api-keys/").await;
    assert_eq!((&listed[0]["user"], &listed[0]["key"]), (&json!("mina"), &json!("********")));
}

#[tokio::test]
async fn a_global_key_with_groups_has_their_rights() {
    let node = node().await;
    let wanted = json!({"label": "limited", "groups": ["ops"]});
    let (_, key) = admin(&node).post("/admin/global-api-keys/", &wanted).await;
    let limited = admin(&node).with_key(key["key"].as_str().unwrap());
    assert_eq!(limited.get("/admin/users/").await.0, 403);
    let project = json!({"projectKey": "P", "name": "P"});
    assert_eq!(limited.post("/projects/", &project).await.0, 200);
    let id = key["id"].as_str().unwrap();
    assert_eq!(admin(&node).delete(&format!("/admin/global-api-keys/{id}")).await.0, 200);
    assert_eq!(limited.get("/projects/").await.0, 401);
}

#[tokio::test]
async fn the_journal_tells_who_did_what_as_whom() {
    let node = node().await;
    let mina = admin(&node).acting_as("mina");
    mina.post("/projects/", &json!({"projectKey": "P", "name": "P"})).await;
    let calls = node.journal();
    assert_eq!(calls[0].to_string(), "POST /projects as mina -> 200");
    assert_eq!(calls[0].key_id.as_deref(), Some("admin-key"));
    assert_eq!(calls[0].body.as_ref().unwrap()["projectKey"], "P");
}

#[tokio::test]
async fn calls_one_after_the_other_do_not_overlap() {
    let node = node().await;
    admin(&node).get("/projects/").await;
    admin(&node).get("/plugins/").await;
    let calls = node.journal();
    assert!(!calls[0].overlaps(&calls[1]));
    assert!(calls[0].overlaps(&calls[0]));
}

#[tokio::test]
async fn a_wrong_method_and_an_unknown_route_are_told_apart() {
    let node = node().await;
    let (status, error) = admin(&node).delete("/instance-info").await;
    assert_eq!((status.as_u16(), &error["errorType"]), (405, &json!("MethodNotAllowedException")));
    let (status, error) = admin(&node).get("/lunar-phase").await;
    assert_eq!(status, 404);
    assert!(error["errorType"].as_str().unwrap().ends_with("NotFoundException"));
}

#[tokio::test]
async fn outside_the_api_there_are_pages() {
    let node = node().await;
    let answer = http().build().unwrap().get(node.url()).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert!(answer.text().await.unwrap().starts_with("<html>"));
}

#[tokio::test]
async fn instance_info_says_what_the_node_is() {
    let node = MockNode::builder("hub").kind(NodeKind::Deployer).version("14.3.0").start().await;
    let (_, info) = admin(&node).get("/instance-info").await;
    assert_eq!((&info["nodeType"], &info["dssVersion"]), (&json!("DEPLOYER"), &json!("14.3.0")));
}

#[tokio::test]
async fn a_stopped_node_answers_no_more() {
    let node = node().await;
    let request = admin(&node).request(Method::GET, "/instance-info");
    let _nobody = node.stop().await;
    assert!(request.send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_dropped_node_ends_its_connections() {
    // Another program may take its port from now on, so an open connection shows the end.
    let node = node().await;
    let mut open = tokio::net::TcpStream::connect(node.address()).await.unwrap();
    open.write_all(b"GET / HTTP/1.1\r\nhost: auto\r\n\r\n").await.unwrap();
    assert!(open.read(&mut [0; 16]).await.unwrap() > 0);
    drop(node);
    open.read_to_end(&mut Vec::new()).await.unwrap_or_default();
}
