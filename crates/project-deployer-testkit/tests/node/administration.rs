use project_deployer_testkit::{
    BundleBuilder, MockConnection, MockGroup, MockNode, MockPermission, MockPlugin, MockUser,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, admin, http};

async fn node() -> MockNode {
    MockNode::builder("auto")
        .group(MockGroup::creators("ops"))
        .user(MockUser::new("mina").in_group("ops"))
        .user(MockUser::new("gone").disabled())
        .start()
        .await
}

fn mina(node: &MockNode) -> Client {
    admin(node).acting_as("mina")
}

/// What a task that was asked once has as its result.
async fn result(client: &Client, state: &Value) -> Value {
    let look = format!("/futures/{}?peek=False", state["jobId"].as_str().unwrap());
    client.get(&look).await.1["result"].clone()
}

#[tokio::test]
async fn a_ticket_stands_for_whoever_asked_for_it() {
    // wire-facts 1.4
    let node = node().await;
    let (_, issued) = mina(&node).post("/auth/ticket", &json!({})).await;
    let ask = |ticket: &str| {
        let request = http().build().unwrap().get(format!("{}/public/api/auth/info", node.url()));
        request.header("X-DKU-APITicket", ticket).send()
    };
    let reported = ask(issued["ticket"].as_str().unwrap()).await.unwrap().text().await.unwrap();
    assert!(reported.contains("mina"), "{reported}");
    assert_eq!(ask("other").await.unwrap().status(), 401);
    node.remove_user("mina");
    assert_eq!(ask(issued["ticket"].as_str().unwrap()).await.unwrap().status(), 401);
}

#[tokio::test]
async fn users_change_what_is_their_own_and_nothing_else() {
    // wire-facts 3.2
    let node = node().await;
    let own = json!({"groups": ["administrators"], "userProperties": {"team": "x"},
                     "secrets": [{"name": "s", "value": "v", "secret": true}]});
    assert_eq!(mina(&node).put("/current-user", &own).await.0, 200);
    let (_, reported) = mina(&node).get("/current-user").await;
    assert_eq!(
        (&reported["groups"], &reported["secrets"][0]["name"]),
        (&json!(["ops"]), &json!("s"))
    );
    assert_eq!(admin(&node).get("/admin/users/mina").await.1.get("secrets"), None);
    assert_eq!(admin(&node).get("/current-user").await.0, 400);
}

#[tokio::test]
async fn the_authorization_matrix_adds_rights_up_per_user_and_per_group() {
    // wire-facts 5.5, R-P12
    let node = node().await;
    let readers = MockPermission::group("ops").may("readProjectContent");
    let query = "/projectsFromBundle/?permissionsPropagationPolicy=ALL";
    let bundle = BundleBuilder::new("P", "v1").permission(readers);
    assert_eq!(admin(&node).upload(query, &bundle).await.0, 200);
    let (_, matrix) = admin(&node).get("/admin/authorization-matrix").await;
    let find = |list: &str, name: &str, value: &str| {
        let entries = matrix[list].as_array().unwrap();
        entries.iter().find(|entry| entry[name] == value).cloned().unwrap()
    };
    let project = json!([{"projectKey": "P", "permissions": ["readProjectContent"]}]);
    let mina_entry = find("perUser", "login", "mina");
    assert_eq!((&mina_entry["admin"], &mina_entry["projects"]), (&json!(false), &project));
    assert_eq!(find("perUser", "login", "admin")["admin"], true);
    assert_eq!(find("perGroup", "group", "ops")["mayCreateProjects"], true);
    assert_eq!(mina(&node).get("/admin/authorization-matrix").await.0, 403);
}

#[tokio::test]
async fn activity_of_all_may_leave_the_disabled_out() {
    let node = node().await;
    node.log_in("mina").unwrap();
    let (_, all) = admin(&node).get("/admin/users-activity").await;
    let (_, enabled) = admin(&node).get("/admin/users-activity?enabledUsersOnly=True").await;
    let logins = |list: &Value| -> Vec<String> {
        let entries = list.as_array().unwrap().iter();
        entries.map(|entry| entry["login"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(logins(&all), ["admin", "gone", "mina"]);
    assert_eq!(logins(&enabled), ["admin", "mina"]);
    assert!(enabled[1]["lastSuccessfulLogin"].as_i64().unwrap() > 0);
    assert_eq!(admin(&node).get("/admin/list-trial-expired-users").await.1, json!([]));
}

#[tokio::test]
async fn other_suppliers_and_node_variables_are_documents() {
    // wire-facts 5.6
    let node = node().await;
    for path in ["/admin/iam/sso-settings", "/admin/iam/azure-ad-settings"] {
        let (_, mut settings) = admin(&node).get(path).await;
        settings["enabled"] = json!(true);
        assert_eq!(admin(&node).put(path, &settings).await.0, 200);
        assert_eq!(admin(&node).get(path).await.1, settings);
    }
    assert_eq!(admin(&node).get("/admin/iam/none").await.0, 404);
    assert_eq!(admin(&node).put("/admin/variables/", &json!({"site": "eu"})).await.0, 200);
    admin(&node).create(&BundleBuilder::new("P", "v1")).await;
    assert_eq!(admin(&node).get("/projects/P/variables-resolved").await.1["site"], "eu");
    let (_, govern) = admin(&node).get("/admin/get-govern-node-ref").await;
    assert_eq!(govern["enabled"], false);
    let (_, state) = admin(&node).post("/admin/govern-integration-sync", &json!({})).await;
    assert_eq!(result(&admin(&node), &state).await, json!({}));
}

#[tokio::test]
async fn a_key_is_found_by_its_secret_and_renamed_by_its_owner() {
    let node = node().await;
    let path = format!("/admin/globalAPIKeys/{}", node.admin_api_key());
    let (_, found) = admin(&node).get(&path).await;
    assert_eq!((&found["id"], &found["key"]), (&json!("admin-key"), &json!("********")));
    let (_, made) = mina(&node).post("/personal-api-keys/", &json!({"label": "a"})).await;
    let own = format!("/personal-api-keys/{}", made["id"].as_str().unwrap());
    assert_eq!(mina(&node).put(&own, &json!({"label": "b"})).await.1["label"], "b");
    assert_eq!(admin(&node).acting_as("admin").put(&own, &json!({"label": "c"})).await.0, 404);
}

#[tokio::test]
async fn a_saved_global_key_has_other_rights() {
    let node = node().await;
    let new = json!({"label": "link", "groups": ["ops"]});
    let (_, mut key) = admin(&node).post("/admin/global-api-keys/", &new).await;
    let link = admin(&node).with_key(key["key"].as_str().unwrap());
    assert_eq!(link.get("/admin/users/").await.0, 403);
    key["globalPermissions"] = json!({"admin": true});
    let path = format!("/admin/global-api-keys/{}", key["id"].as_str().unwrap());
    assert_eq!(admin(&node).put(&path, &key).await.0, 200);
    assert_eq!(link.get("/admin/users/").await.0, 200);
}

#[tokio::test]
async fn groups_take_their_directory_groups_as_a_text_too() {
    // wire-facts 7.9
    let node = node().await;
    let (_, mut group) = admin(&node).get("/admin/groups/ops").await;
    group["ldapGroupNames"] = json!("cn-a, cn-b");
    assert_eq!(admin(&node).put("/admin/groups/ops", &group).await.0, 200);
    let (_, reported) = admin(&node).get("/admin/groups/ops").await;
    assert_eq!(reported["ldapGroupNames"], json!(["cn-a", "cn-b"]));
}

#[tokio::test]
async fn a_connection_tells_its_type_and_credentials_and_can_be_tested() {
    // wire-facts 3.3
    let node = node().await;
    let connection = MockConnection::new("sql", "PostgreSQL").only_for(["administrators"]);
    let connection = connection.with_param("user", "svc").with_param("password", "s3cret");
    node.put_connection(connection);
    let (_, info) = admin(&node).get("/connections/sql/info").await;
    assert_eq!(
        (&info["type"], &info["params"]["password"]),
        (&json!("PostgreSQL"), &json!("REDACTED"))
    );
    assert_eq!(info["resolvedBasicCredential"], json!({"user": "svc", "password": "s3cret"}));
    assert_eq!(mina(&node).get("/connections/sql/info").await.0, 403);
    assert_eq!(admin(&node).get("/connections/sql/test").await.1, json!({"connectionOK": true}));
    assert_eq!(mina(&node).get("/connections/sql/test").await.0, 403);
}

#[tokio::test]
async fn a_code_environment_is_made_saved_built_used_and_deleted() {
    // wire-facts 3.4
    let node = node().await;
    let env = "/admin/code-envs/PYTHON/py";
    assert_eq!(admin(&node).post(env, &json!({})).await.1["messages"]["error"], false);
    let definition = json!({"envName": "other", "specPackageList": "pandas"});
    assert_eq!(admin(&node).put(env, &definition).await.0, 200);
    let (_, reported) = admin(&node).get(env).await;
    assert_eq!(
        (&reported["envName"], &reported["specPackageList"]),
        (&json!("py"), &json!("pandas"))
    );
    for action in ["packages", "images", "jupyter"] {
        assert_eq!(admin(&node).post(&format!("{env}/{action}"), &json!({})).await.0, 200);
    }
    assert_eq!(admin(&node).get(&format!("{env}/P/version")).await.0, 404);
    admin(&node).create(&BundleBuilder::new("P", "v1").python_env("py")).await;
    admin(&node).go_live("P", "v1").await;
    assert_eq!(admin(&node).get(&format!("{env}/P/version")).await.1["bundleId"], "v1");
    for usages in [format!("{env}/usages"), "/admin/code-envs/usages".to_owned()] {
        assert_eq!(admin(&node).get(&usages).await.1[0]["projectKey"], "P");
    }
    let (_, logs) = admin(&node).get(&format!("{env}/logs")).await;
    assert_eq!(logs, json!([{"name": "install.log"}]));
    let log = admin(&node).request(Method::GET, &format!("{env}/logs/install.log"));
    assert!(log.send().await.unwrap().text().await.unwrap().contains("environment py (PYTHON)"));
    assert_eq!(admin(&node).get(&format!("{env}/logs/build")).await.0, 404);
    assert_eq!(admin(&node).delete(env).await.0, 200);
    assert_eq!(admin(&node).get(env).await.0, 500);
}

#[tokio::test]
async fn folders_are_made_changed_moved_and_deleted_when_they_are_empty() {
    // wire-facts 3.5
    let node = node().await;
    let (_, live) = mina(&node).post("/project-folders/ROOT/children?name=Live", &json!({})).await;
    let live = format!("/project-folders/{}", live["id"].as_str().unwrap());
    let (_, inner) = mina(&node).post(&format!("{live}/children?name=EU"), &json!({})).await;
    let inner = inner["id"].as_str().unwrap().to_owned();
    let (_, settings) = admin(&node).get(&format!("{live}/settings")).await;
    assert_eq!(
        (&settings["name"], &settings["permissions"][0]["group"]),
        (&json!("Live"), &json!("ops"))
    );
    let closed = json!({"name": "Live", "permissions": []});
    assert_eq!(admin(&node).put(&format!("{live}/settings"), &closed).await.0, 200);
    assert_eq!(mina(&node).get(&live).await.0, 403);
    assert_eq!(mina(&node).post(&format!("{live}/children?name=US"), &json!({})).await.0, 403);
    assert_eq!(admin(&node).delete(&live).await.0, 400);
    let into_itself = format!("{live}/move?destination={inner}");
    assert_eq!(admin(&node).post(&into_itself, &json!({})).await.0, 400);
    let out = format!("/project-folders/{inner}/move?destination=ROOT");
    assert_eq!(admin(&node).post(&out, &json!({})).await.0, 200);
    assert_eq!(admin(&node).delete(&live).await.0, 200);
    assert_eq!(admin(&node).get("/project-folders/").await.1["childrenIds"], json!([inner]));
    let default = format!("/project-folders/{inner}/default-for-project-creation");
    assert_eq!(admin(&node).get(&default).await.1["id"], inner);
    assert_eq!(admin(&node).delete("/project-folders/ROOT").await.0, 400);
}

#[tokio::test]
async fn projects_are_told_with_their_folder_and_take_tags() {
    // wire-facts 3.6
    let node = node().await;
    admin(&node).create(&BundleBuilder::new("P", "v1")).await;
    let (_, listed) = admin(&node).get("/projects/?includeLocation=True").await;
    assert_eq!(listed[0]["projectFolderId"], "ROOT");
    let new = json!({"projectKey": "Q", "name": "Q", "tags": ["x"], "description": "d",
                     "permissions": [{"group": "ops", "readProjectContent": true}]});
    assert_eq!(admin(&node).post("/projects/", &new).await.0, 200);
    assert_eq!(mina(&node).get("/projects/Q").await.1["tags"], json!(["x"]));
    assert_eq!(admin(&node).get("/projects/Q/metadata").await.1["description"], "d");
    let tags = json!({"tags": {"b": {"color": "#fff"}, "a": {}}});
    assert_eq!(admin(&node).put("/projects/P/tags", &tags).await.0, 200);
    assert_eq!(admin(&node).get("/projects/P").await.1["tags"], json!(["a", "b"]));
}

#[tokio::test]
async fn plugins_come_from_a_zip_the_store_and_git() {
    // wire-facts 3.9
    let node = node().await;
    let zip =
        BundleBuilder::new("X", "x").file("plugin.json", r#"{"id": "a", "version": "1.2.0"}"#);
    let (status, reported) = admin(&node).upload("/plugins/actions/installFromZip", &zip).await;
    assert_eq!((status.as_u16(), &reported["id"]), (200, &json!("a")));
    let (_, state) = admin(&node).upload("/plugins/actions/future/installFromZip", &zip).await;
    assert_eq!(result(&admin(&node), &state).await["version"], "1.2.0");
    let store = json!({"pluginId": "b"});
    let (_, state) = admin(&node).post("/plugins/actions/installFromStore", &store).await;
    assert_eq!(result(&admin(&node), &state).await["id"], "b");
    let git = json!({"gitRepositoryUrl": "git@git.example.test:team/c.git", "gitCheckout": "v3"});
    assert_eq!(admin(&node).post("/plugins/actions/installFromGit", &git).await.0, 200);
    let (_, all) = admin(&node).get("/plugins/").await;
    let ids: Vec<_> = all.as_array().unwrap().iter().map(|plugin| &plugin["id"]).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    let nothing = BundleBuilder::new("X", "x");
    assert_eq!(admin(&node).upload("/plugins/actions/installFromZip", &nothing).await.0, 400);
    assert_eq!(mina(&node).post("/plugins/actions/installFromStore", &store).await.0, 403);
}

#[tokio::test]
async fn a_project_uses_plugins_and_its_webapps_run() {
    // wire-facts 3.9
    let node = node().await;
    node.put_plugin(MockPlugin::new("geo", "1.0.0"));
    let bundle = BundleBuilder::new("P", "v1").plugin("geo", "1.0.0").webapp("w1");
    admin(&node).create(&bundle).await;
    admin(&node).go_live("P", "v1").await;
    assert_eq!(
        admin(&node).get("/projects/P/plugins/usages").await.1,
        json!([{"pluginId": "geo"}])
    );
    let backend = "/projects/P/webapps/w1/backend";
    let state = format!("{backend}/state");
    assert_eq!(admin(&node).get(&state).await.1["futureInfo"]["alive"], false);
    let (_, task) = admin(&node).put(&format!("{backend}/actions/restart"), &json!(null)).await;
    assert!(task["jobId"].is_string());
    assert_eq!(admin(&node).get(&state).await.1["futureInfo"]["alive"], true);
    let stop = admin(&node).request(Method::PUT, &format!("{backend}/actions/stop"));
    assert_eq!(stop.send().await.unwrap().status(), 200);
    assert_eq!(admin(&node).get(&state).await.1["futureInfo"]["alive"], false);
    assert_eq!(admin(&node).get("/projects/P/webapps/none/backend/state").await.0, 404);
}
