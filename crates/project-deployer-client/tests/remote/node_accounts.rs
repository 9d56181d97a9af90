//! Accounts, keys and settings of any node (wire-facts 1.9, 3.1, 3.2, 5).

use project_deployer_client::NodeAccounts as _;
use project_deployer_client::request::futures::Tasks;
use project_deployer_client::request::keys::{GlobalKeyRights, NewGlobalKey};
use project_deployer_client::request::suppliers::ExternalSearch;
use project_deployer_client::request::users::{NewUser, UserChange};
use project_deployer_client::request::{
    accounts, administration, futures, groups, instance, keys, suppliers, users,
};
use project_deployer_core::UnknownFields;
use project_deployer_core::accounts::{Group, SourceType};
use project_deployer_core::node::FutureOutcome;
use project_deployer_core::{GroupName, Login};
use serde_json::{Value, json};

use crate::server::{Server, answer, json_answer};

fn mina() -> Login {
    Login::parse("mina").unwrap()
}

fn ops() -> GroupName {
    GroupName::parse("ops").unwrap()
}

/// 5.1
fn user() -> Value {
    json!({"login": "mina", "displayName": "Mina Okoro", "email": "mina@example.test",
        "groups": ["ops"], "sourceType": "LOCAL", "userProfile": "FULL_DESIGNER", "enabled": true,
        "codeAllowed": true, "creationDate": 1_735_689_600_000_i64, "userProperties": {},
        "adminProperties": {}, "secrets": [{"name": "s", "value": "canary-of-a-document"}], "credentials": {}})
}

#[tokio::test]
async fn a_user_survives_a_read_and_a_write_and_shows_no_secret() {
    // R13
    let server = Server::with([json_answer(200, &user()), json_answer(200, &json!({}))]).await;
    let node = server.node();
    let read = node.user(&mina()).await.unwrap().unwrap();
    assert!(!format!("{read:?}").contains("canary"));
    node.call(&accounts::save_user(&read.login, &read)).await.unwrap();
    assert_eq!(server.seen()[1].json(), user());
    assert_eq!(server.lines(), ["GET /admin/users/mina", "PUT /admin/users/mina"]);
}

#[tokio::test]
async fn a_new_user_is_sent_with_what_is_known_and_shows_no_password() {
    let server = Server::json(json!({"msg": "Created user mina"})).await;
    let mut new = NewUser::new(mina(), SourceType::Local);
    new.password = Some("canary-of-a-document".to_owned().into());
    new.groups = vec![ops()];
    server.node().call(&users::create(&new)).await.unwrap();
    assert_eq!(
        server.only().json(),
        json!({"login": "mina", "displayName": "mina", "sourceType": "LOCAL", "groups": ["ops"],
            "password": "canary-of-a-document"})
    );
    assert!(!format!("{new:?}").contains("canary"));
}

#[tokio::test]
async fn each_entry_of_a_bulk_call_has_its_own_outcome() {
    // wire-facts 5.2
    let outcomes = json!([{"login": "ann", "status": "SUCCESS", "error": ""},
        {"login": "x", "status": "FAILURE", "error": "Login is too short"}]);
    let server = Server::with((0..3).map(|_| json_answer(200, &outcomes))).await;
    let node = server.node();
    let created =
        node.call(&users::create_many(&[NewUser::new(mina(), SourceType::Ldap)])).await.unwrap();
    assert!(created[0].succeeded() && !created[1].succeeded());
    assert_eq!(created[1].error, "Login is too short");
    let change = UserChange::of(mina()).with_enabled(Some(false));
    node.call(&users::change_many(&[change])).await.unwrap();
    node.call(&users::delete_many(&[mina()], false)).await.unwrap();
    let bodies: Vec<Value> = server.seen().iter().map(|seen| seen.json()).collect();
    assert_eq!(bodies[1], json!([{"login": "mina", "enabled": false}]));
    assert_eq!(bodies[2], json!(["mina"]));
}

#[tokio::test]
async fn users_that_everybody_may_see_have_few_fields() {
    // wire-facts 3.2
    let visible = json!({"login": "mina", "displayName": "Mina", "groups": ["ops"],
        "email": null, "enabled": false});
    let server = Server::with([
        json_answer(200, &json!([visible])),
        json_answer(200, &visible),
        json_answer(200, &json!([{"name": "ops", "description": "?"}])),
    ])
    .await;
    let node = server.node();
    assert!(!node.call(&users::visible()).await.unwrap()[0].enabled);
    assert_eq!(node.call(&users::visible_one(&mina())).await.unwrap().groups, [ops()]);
    assert_eq!(node.call(&groups::visible()).await.unwrap(), [ops()]);
}

#[tokio::test]
async fn the_permissions_of_a_new_group_are_written_in_a_second_call() {
    // wire-facts 5.3
    let server = Server::with([
        json_answer(200, &json!({"msg": "Created group ops"})),
        json_answer(200, &json!({"name": "ops", "sourceType": "LOCAL", "ssoGroupNames": []})),
        json_answer(200, &json!({})),
    ])
    .await;
    let group = Group::new(ops()).with_may_create_projects(true);
    server.node().create_group(&group).await.unwrap();
    assert_eq!(
        server.lines(),
        ["POST /admin/groups/", "GET /admin/groups/ops", "PUT /admin/groups/ops"]
    );
    let written = server.seen()[2].json();
    assert_eq!(
        (&written["mayCreateProjects"], &written["ssoGroupNames"]),
        (&json!(true), &json!([]))
    );
}

#[tokio::test]
async fn suppliers_answer_with_futures() {
    // wire-facts 5.4
    let found = json!([{"status": "?", "profile": "READER", "userAttributes": {"login": "ann",
        "displayName": "Ann Li", "email": "ann@example.test", "sourceGroupNames": ["cn-analytics"],
        "dkuGroupNames": ["analysts"]}}]);
    let server = Server::with([
        json_answer(200, &json!({"jobId": "f1", "alive": true, "hasResult": false})),
        json_answer(200, &json!({"jobId": "f1", "hasResult": true, "result": ["cn-a", "cn-b"]})),
        json_answer(200, &json!({"hasResult": true, "result": found})),
        json_answer(200, &json!({"hasResult": true, "result": {"changed": 1}})),
    ])
    .await;
    let node = server.node();
    assert_eq!(
        node.call(&suppliers::external_groups(&SourceType::Ldap)).await.unwrap(),
        ["cn-a", "cn-b"]
    );
    let search = ExternalSearch::Login("ann".to_owned());
    let users = node.call(&suppliers::external_users(&SourceType::Ldap, &search)).await.unwrap();
    assert_eq!(users[0].source_group_names, ["cn-analytics"]);
    assert_eq!(node.call(&users::resync_many(None)).await.unwrap(), json!({"changed": 1}));
    assert_eq!(server.lines()[1], "GET /futures/f1?peek=false");
    assert!(server.seen()[3].body.is_empty());
}

#[tokio::test]
async fn ldap_settings_survive_a_read_and_a_write() {
    // wire-facts 5.6
    let settings = json!({"enabled": true, "authenticationEnabled": true,
        "url": "ldaps://dir.example.test/dc=example,dc=test", "useTls": false,
        "bindDN": "cn=reader,dc=example,dc=test", "bindPassword": "canary-of-a-document",
        "userFilter": "(uid={USERNAME})", "usernameAttribute": "uid", "groupProfiles": [],
        "authorizedGroups": ["cn-analytics"], "remappingRules": []});
    let server = Server::with([json_answer(200, &settings), answer(200, "")]).await;
    let node = server.node();
    let read = node.ldap_settings().await.unwrap();
    node.call(&suppliers::save_ldap_settings(&read)).await.unwrap();
    let written = server.seen()[1].json();
    for (name, value) in settings.as_object().unwrap() {
        assert_eq!(&written[name], value, "{name}");
    }
    assert_eq!(server.lines()[1], "PUT /admin/iam/ldap-settings");
}

#[tokio::test]
async fn the_secret_of_a_global_key_is_told_once() {
    // wire-facts 5.5
    let reported = json!({"id": "k7f3", "key": "canary-of-a-document", "label": "deployer link",
        "description": null, "globalPermissions": {"admin": true}, "createdBy": "admin",
        "createdOn": 1_767_225_600_000_i64, "expiresOn": 0});
    let server = Server::with([
        json_answer(200, &reported),
        json_answer(200, &json!([reported])),
        json_answer(200, &json!({})),
    ])
    .await;
    let node = server.node();
    let new = NewGlobalKey::new("deployer link", GlobalKeyRights::Admin);
    let created = node.call(&keys::create_global(&new)).await.unwrap();
    assert_eq!((created.id.as_str(), created.secret.expose()), ("k7f3", "canary-of-a-document"));
    let keys = node.call(&keys::global()).await.unwrap();
    assert!(keys[0].is_admin());
    assert!(!format!("{created:?}{keys:?}").contains("canary"));
    node.call(&keys::save_global(&keys[0].id, &keys[0])).await.unwrap();
    assert_eq!(server.seen()[2].json()["createdBy"], "admin");
}

#[tokio::test]
async fn personal_keys_are_created_listed_and_deleted() {
    let reported =
        json!({"id": "p1", "user": "mina", "key": "canary-of-a-document", "label": "ci"});
    let server = Server::with([
        json_answer(200, &reported),
        json_answer(200, &json!([reported])),
        json_answer(200, &json!([reported])),
        answer(200, ""),
    ])
    .await;
    let node = server.node();
    assert_eq!(
        node.call(&keys::create_own("ci", "")).await.unwrap().secret.expose(),
        "canary-of-a-document"
    );
    assert_eq!(node.call(&keys::own()).await.unwrap()[0].label, "ci");
    assert_eq!(node.call(&keys::personal_of_all()).await.unwrap()[0].user, Some(mina()));
    node.call(&keys::delete_own("p1")).await.unwrap();
}

#[tokio::test]
async fn a_node_tells_of_itself_and_shows_no_secret() {
    let server = Server::with([
        json_answer(200, &json!({"nodeId": "auto-eu-1", "dipInstanceId": "inst-9920"})),
        json_answer(200, &json!({"ticket": "canary-of-a-document"})),
        json_answer(200, &json!({"ldapSettings": {"bindPassword": "canary-of-a-document"}})),
        answer(200, ""),
        json_answer(200, &json!({"perUser": {"mina": {}}, "perGroup": null})),
        json_answer(
            200,
            &json!({"enabled": true, "nodeUrl": "https://govern.example",
            "apiKey": "canary-of-a-document", "trustAllSSLCertificates": null}),
        ),
    ])
    .await;
    let node = server.node();
    let instance = node.json::<UnknownFields>(&instance::instance_info()).await.unwrap();
    assert_eq!(instance.get("dipInstanceId"), Some(&json!("inst-9920")));
    let ticket = node.call(&administration::create_ticket()).await.unwrap();
    let settings = node.call(&administration::general_settings()).await.unwrap();
    node.call(&administration::save_general_settings(&settings)).await.unwrap();
    assert_eq!(server.seen()[3].json()["ldapSettings"]["bindPassword"], "canary-of-a-document");
    let matrix = node.call(&administration::authorization_matrix()).await.unwrap();
    assert_eq!(matrix.per_user, json!({"mina": {}}));
    let govern = node.call(&administration::govern_node()).await.unwrap();
    assert!(govern.enabled && govern.api_key.is_some());
    assert!(!format!("{ticket:?}{settings:?}{govern:?}").contains("canary"));
}

#[tokio::test]
async fn tasks_are_listed_looked_at_and_stopped() {
    // wire-facts 1.9
    let task = json!({"jobId": "f1", "alive": true, "hasResult": false, "owner": "mina",
        "payload": {"targets": []}});
    let server =
        Server::with([json_answer(200, &json!([task])), json_answer(200, &task), answer(200, "")])
            .await;
    let node = server.node();
    let listed = node.call(&futures::list(Tasks::Others, true)).await.unwrap();
    assert_eq!(listed[0].extra.names().collect::<Vec<_>>(), ["owner", "payload"]);
    assert_eq!(listed[0].state.clone().outcome(), FutureOutcome::Running("f1".to_owned()));
    assert!(node.call(&futures::look("f1")).await.unwrap().alive);
    node.call(&futures::abort("f1")).await.unwrap();
    assert_eq!(server.lines()[1..], ["GET /futures/f1?peek=true", "DELETE /futures/f1"]);
}

#[tokio::test]
async fn activity_tells_who_never_logged_in() {
    // R-S10
    let server = Server::json(json!([{"login": "ann", "lastSuccessfulLogin": null},
        {"login": "mina", "lastSuccessfulLogin": 1_767_225_600_000_i64, "lastLoaded": 1}]))
    .await;
    let activities = server.node().call(&users::activities(false)).await.unwrap();
    assert_eq!(activities[0].last_successful_login, None);
    assert_eq!(activities[1].last_successful_login, Some(1_767_225_600_000));
}
