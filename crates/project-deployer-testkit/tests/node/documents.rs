use project_deployer_testkit::{
    MockCodeEnv, MockConnection, MockGroup, MockNode, MockNodeBuilder, MockPermission, MockUser,
};
use serde_json::json;

use crate::client::admin;

fn builder() -> MockNodeBuilder {
    MockNode::builder("auto")
        .group(MockGroup::creators("ops"))
        .user(MockUser::new("mina").in_group("ops"))
        .user(MockUser::new("ann"))
}

#[tokio::test]
async fn connections_are_a_map_for_administrators_and_names_for_everybody() {
    // wire-facts 3.3
    let node = builder()
        .connection("files", "Filesystem")
        .restricted_connection(MockConnection::new("sql", "PostgreSQL").only_for(["ops"]))
        .start()
        .await;
    let (_, map) = admin(&node).get("/admin/connections/").await;
    assert_eq!(map["sql"]["type"], "PostgreSQL");
    assert_eq!(
        (&map["sql"]["usableBy"], &map["sql"]["allowedGroups"]),
        (&json!("ALLOWED"), &json!(["ops"]))
    );
    assert_eq!(map["files"]["usableBy"], "ALL");
    let ann = admin(&node).acting_as("ann");
    assert_eq!(ann.get("/admin/connections/").await.0, 403);
    assert_eq!(ann.get("/connections/get-names?type=all").await.1, json!(["files"]));
    let mina = admin(&node).acting_as("mina");
    assert_eq!(mina.get("/connections/get-names?type=PostgreSQL").await.1, json!(["sql"]));
}

#[tokio::test]
async fn secrets_of_connections_are_redacted_on_read() {
    // docs/product.md#quirks
    let connection = MockConnection::new("sql", "PostgreSQL")
        .with_param("password", "hush")
        .with_param("port", 1);
    let node = builder().restricted_connection(connection).start().await;
    let (_, reported) = admin(&node).get("/admin/connections/sql").await;
    assert_eq!(reported["params"], json!({"password": "REDACTED", "port": 1}));
}

#[tokio::test]
async fn a_missing_code_environment_is_an_internal_error_that_names_a_file() {
    // wire-facts 1.7
    let node = builder().code_env(MockCodeEnv::r("r4")).start().await;
    assert_eq!(admin(&node).get("/admin/code-envs/R/r4").await.1["envLang"], "R");
    let (status, error) = admin(&node).get("/admin/code-envs/PYTHON/r4").await;
    assert_eq!(status, 500);
    assert!(error["message"].as_str().unwrap().contains("No such file"));
}

#[tokio::test]
async fn plugins_are_told_to_everybody() {
    let node = builder().plugin("geo", "1.2.0").start().await;
    let (_, plugins) = admin(&node).acting_as("ann").get("/plugins/").await;
    assert_eq!(
        plugins,
        json!([{"id": "geo", "version": "1.2.0", "isDev": false, "meta": {"label": "geo"}}])
    );
}

#[tokio::test]
async fn a_user_document_is_replaced_and_keeps_login_and_source() {
    // wire-facts 5.1, R-L10
    let node = builder().start().await;
    let (_, mut user) = admin(&node).get("/admin/users/mina").await;
    user["enabled"] = json!(false);
    user["sourceType"] = json!("LDAP");
    assert_eq!(admin(&node).put("/admin/users/mina", &user).await.0, 200);
    let (_, changed) = admin(&node).get("/admin/users/mina").await;
    assert_eq!((&changed["enabled"], &changed["sourceType"]), (&json!(false), &json!("LOCAL")));
    assert_eq!(admin(&node).put("/admin/users/ghost", &user).await.0, 404);
}

#[tokio::test]
async fn a_user_is_created_once_and_its_password_never_told() {
    let node = builder().start().await;
    let user = json!({"login": "lena", "password": "hush", "displayName": "Lena",
        "sourceType": "LOCAL", "groups": ["ops"], "userProfile": "READER", "email": null});
    let (status, reported) = admin(&node).post("/admin/users/", &user).await;
    assert_eq!((status.as_u16(), reported), (201, json!({"msg": "Created user lena"})));
    let (status, error) = admin(&node).post("/admin/users/", &user).await;
    assert_eq!((status.as_u16(), &error["code"]), (400, &json!("ERR_SECURITY_USER_EXISTS")));
    let (_, users) = admin(&node).get("/admin/users/").await;
    let lena = users.as_array().unwrap().iter().find(|user| user["login"] == "lena").unwrap();
    assert_eq!(lena.get("password"), None);
    assert!(!format!("{:?}", node.user("lena")).contains("hush"));
}

#[tokio::test]
async fn bulk_calls_answer_one_status_each() {
    // wire-facts 5.2
    let node = builder().start().await;
    let users = json!([{"login": "lena"}, {"login": "x"}, {"login": "mina"}]);
    let (status, outcomes) = admin(&node).post("/admin/users/actions/bulk", &users).await;
    let reported: Vec<_> =
        outcomes.as_array().unwrap().iter().map(|o| o["status"].clone()).collect();
    assert_eq!(
        (status.as_u16(), reported),
        (200, vec!["SUCCESS".into(), "FAILURE".into(), "FAILURE".into()])
    );
}

#[tokio::test]
async fn flags_of_a_group_count_on_writing_and_not_on_creation() {
    // wire-facts 5.3
    let node = builder().start().await;
    let group = json!({"name": "new", "description": "", "sourceType": "LOCAL", "admin": true});
    assert_eq!(admin(&node).post("/admin/groups/", &group).await.0, 201);
    let (_, mut reported) = admin(&node).get("/admin/groups/new").await;
    assert_eq!(reported["admin"], false);
    reported["mayCreateProjects"] = json!(true);
    admin(&node).put("/admin/groups/new", &reported).await;
    assert_eq!(admin(&node).get("/admin/groups/new").await.1["mayCreateProjects"], true);
}

#[tokio::test]
async fn unknown_general_settings_are_dropped_without_a_word() {
    // docs/product.md#quirks
    let node = builder().start().await;
    let (_, mut settings) = admin(&node).get("/admin/general-settings").await;
    settings["lunar"] = json!(true);
    settings["ldapSettings"]["authorizedGroups"] = json!(["staff"]);
    assert_eq!(admin(&node).put("/admin/general-settings", &settings).await.0, 200);
    let (_, reported) = admin(&node).get("/admin/general-settings").await;
    assert_eq!(reported.get("lunar"), None);
    let (_, ldap) = admin(&node).get("/admin/iam/ldap-settings").await;
    assert_eq!(ldap["authorizedGroups"], json!(["staff"]));
}

#[tokio::test]
async fn ldap_settings_are_saved_below_a_doubled_slash_too() {
    // wire-facts 1.2
    let node = builder().start().await;
    let (_, mut settings) = admin(&node).get("/admin/iam/ldap-settings").await;
    settings["bindDN"] = json!("cn=reader");
    assert_eq!(admin(&node).put("/admin//iam/ldap-settings", &settings).await.0, 200);
    assert_eq!(admin(&node).get("/admin/iam/ldap-settings").await.1["bindDN"], "cn=reader");
}

#[tokio::test]
async fn tags_come_back_sorted() {
    // docs/product.md#quirks
    let node = builder().start().await;
    admin(&node).post("/projects/", &json!({"projectKey": "P", "name": "P"})).await;
    let metadata = json!({"label": "P", "tags": ["z", "a"]});
    assert_eq!(admin(&node).put("/projects/P/metadata", &metadata).await.0, 200);
    assert_eq!(admin(&node).get("/projects/P").await.1["tags"], json!(["a", "z"]));
}

#[tokio::test]
async fn a_project_is_seen_by_those_who_have_a_right_on_it() {
    let node = builder().start().await;
    admin(&node).post("/projects/", &json!({"projectKey": "P", "name": "P"})).await;
    let ann = admin(&node).acting_as("ann");
    assert_eq!(ann.get("/projects/").await.1, json!([]));
    assert_eq!(ann.get("/projects/P").await.0, 403);
    let wanted = json!({"permissions": [{"user": "ann", "readProjectContent": true}]});
    assert_eq!(admin(&node).put("/projects/P/permissions", &wanted).await.0, 200);
    assert_eq!(ann.get("/projects/").await.1[0]["projectKey"], "P");
    assert_eq!(ann.get("/projects/P/variables/").await.0, 200);
    assert_eq!(ann.put("/projects/P/variables/", &json!({})).await.0, 403);
    let granted = node.project("P").unwrap().permissions;
    assert_eq!(granted, [MockPermission::user("ann").may("readProjectContent")]);
}

#[tokio::test]
async fn an_unknown_owner_is_refused() {
    let node = builder().start().await;
    let project = json!({"projectKey": "P", "name": "P", "owner": "ghost"});
    let (status, error) = admin(&node).post("/projects/", &project).await;
    assert_eq!(status, 400);
    assert!(error["message"].as_str().unwrap().contains("ghost"));
}

#[tokio::test]
async fn a_deleted_project_is_gone() {
    let node = builder().start().await;
    admin(&node).post("/projects/", &json!({"projectKey": "P", "name": "P"})).await;
    assert_eq!(admin(&node).delete("/projects/P?clearManagedDatasets=False").await.0, 200);
    assert_eq!(node.project_keys(), Vec::<String>::new());
}

#[tokio::test]
async fn a_bulk_edit_changes_what_it_names() {
    // wire-facts 5.2
    let node = builder().start().await;
    let changes = json!([{"login": "mina", "enabled": false}, {"login": "ghost"}]);
    let (_, outcomes) = admin(&node).put("/admin/users/actions/bulk", &changes).await;
    assert_eq!(
        (&outcomes[0]["status"], &outcomes[1]["status"]),
        (&json!("SUCCESS"), &json!("FAILURE"))
    );
    let mina = node.user("mina").unwrap();
    assert_eq!((mina.enabled, mina.groups), (false, vec!["ops".to_owned()]));
}

#[tokio::test]
async fn the_activity_of_a_user_tells_the_last_login() {
    let node = builder().start().await;
    let (_, never) = admin(&node).get("/admin/users/mina/activity").await;
    assert_eq!(never["lastSuccessfulLogin"], 0);
    node.log_in("mina").unwrap();
    let (_, once) = admin(&node).get("/admin/users/mina/activity").await;
    assert!(once["lastSuccessfulLogin"].as_i64().unwrap() > 0);
}

#[tokio::test]
async fn a_group_may_come_with_nulls() {
    // The official client writes them where nothing was said.
    let node = builder().start().await;
    let group = json!({"name": "new", "description": null, "sourceType": "LOCAL"});
    assert_eq!(admin(&node).post("/admin/groups/", &group).await.0, 201);
}
