//! Rows 1 to 8 of wire-facts 2.1.

use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, InfraCreation, NodeKeyRequest};
use project_deployer_core::document::Document as _;
use project_deployer_core::infra::{GovernCheckPolicy, InfraSettings};
use project_deployer_core::rights::InfraRight;
use project_deployer_core::{Login, StageId};
use serde_json::json;

use crate::samples::{infra_id, infra_settings, infra_status};
use crate::server::{AUTHORIZATION, Server, answer, json_answer, refusal};

#[tokio::test]
async fn row_1_stages_keep_their_order() {
    let server = Server::json(json!([
        {"id": "Test", "desc": "Acceptance"},
        {"id": "Production", "desc": "Live", "addedIn16": 1},
    ]))
    .await;
    let stages = server.deployer().stages().await.unwrap();
    assert_eq!(stages.names().to_string(), "`Test`, `Production`");
    assert_eq!(server.only().line, "GET /project-deployer/stages");
}

#[tokio::test]
async fn rows_2_and_4_an_infrastructure_is_read_alone_and_in_a_list() {
    let server = Server::with([
        json_answer(200, &json!([infra_status()])),
        json_answer(200, &infra_status()),
    ])
    .await;
    let listed = server.deployer().infras().await.unwrap();
    let one = server.deployer().infra(&infra_id()).await.unwrap();
    assert_eq!(listed, std::slice::from_ref(&one));
    assert!(one.can_deploy && !one.is_admin);
    assert_eq!(one.infra_basic_info.govern_check_policy, GovernCheckPolicy::Warn);
    assert_eq!(one.deployments[0].bundle_id.as_str(), "2026-01");
    assert_eq!(
        server.lines(),
        ["GET /project-deployer/infras", "GET /project-deployer/infras/prod-eu"]
    );
}

#[tokio::test]
async fn row_3_a_creation_says_three_things_and_the_answer_is_ignored() {
    let server = Server::json(json!({})).await;
    let creation = InfraCreation::new(infra_id(), StageId::parse("Production").unwrap());
    server.deployer().create_infra(&creation).await.unwrap();
    let seen = server.only();
    assert_eq!(seen.line, "POST /project-deployer/infras");
    assert_eq!(
        seen.json(),
        json!({"id": "prod-eu", "stage": "Production", "governCheckPolicy": "NO_CHECK"})
    );
    assert_eq!(seen.content_type.as_deref(), Some("application/json"));
}

/// A creation that says more than the product's own creation takes.
fn with_node() -> InfraCreation {
    InfraCreation::new(infra_id(), StageId::parse("Production").unwrap())
        .with_node("https://auto.example".parse().unwrap(), "key-of-the-node".parse().unwrap())
        .granting("ops".parse().unwrap(), InfraRight::Deploy)
}

#[tokio::test]
async fn rows_3_6_and_7_a_creation_with_its_node_is_saved_over_what_the_deployer_made() {
    let made = json!({"id": "prod-eu", "stage": "Production", "addedIn16": {"a": 1}});
    let server =
        Server::with([json_answer(200, &json!({})), json_answer(200, &made), answer(200, "")])
            .await;
    server.deployer().create_infra(&with_node()).await.unwrap();
    let lines = [
        "POST /project-deployer/infras",
        "GET /project-deployer/infras/prod-eu/settings",
        "PUT /project-deployer/infras/prod-eu/settings",
    ];
    assert_eq!(server.lines(), lines);
    let saved = server.seen()[2].json();
    assert_eq!(saved["addedIn16"], json!({"a": 1}), "what we do not know is kept");
    assert_eq!(saved["adminApiKey"], "key-of-the-node");
    assert_eq!(saved["permissions"][0]["group"], "ops");
}

#[tokio::test]
async fn an_infrastructure_whose_settings_were_not_saved_stays_and_the_error_says_so() {
    let made = json!({"id": "prod-eu", "stage": "Production"});
    let refused = refusal(400, "IllegalArgumentException", "canary-4711 is no key");
    let server =
        Server::with([json_answer(200, &json!({})), json_answer(200, &made), refused]).await;
    let error = server.deployer().create_infra(&with_node()).await.unwrap_err();
    assert_eq!(server.seen().len(), 3, "it is not deleted: {:?}", server.lines());
    let DeployerError::SettingsNotSaved { object, source } = &error else { panic!("{error}") };
    assert_eq!(object.id(), "prod-eu");
    assert!(matches!(**source, DeployerError::Refused { status: 400, .. }), "{source}");
    assert!(error.to_string().contains("was created"), "{error}");
    assert!(!format!("{error:?} {error} {source}").contains("canary"), "R13: {error:?}");
}

#[tokio::test]
async fn a_creation_with_problems_sends_nothing() {
    let server = Server::with([]).await;
    let twice = with_node().granting("ops".parse().unwrap(), InfraRight::View);
    let error = server.deployer().create_infra(&twice).await.unwrap_err();
    assert!(matches!(error, DeployerError::Invalid { .. }), "{error}");
    assert!(server.lines().is_empty());
}

#[tokio::test]
async fn row_5_an_infrastructure_is_deleted() {
    let server = Server::empty().await;
    server.deployer().delete_infra(&infra_id()).await.unwrap();
    assert_eq!(server.only().line, "DELETE /project-deployer/infras/prod-eu");
}

#[tokio::test]
async fn rows_6_and_7_settings_survive_a_read_and_a_write_with_what_we_do_not_know() {
    let server = Server::with([json_answer(200, &infra_settings()), answer(200, "")]).await;
    let deployer = server.deployer();
    let settings = deployer.infra_settings(&infra_id()).await.unwrap();
    deployer.save_infra_settings(&settings).await.unwrap();
    let [read, written] = <[_; 2]>::try_from(server.seen()).unwrap();
    assert_eq!(read.line, "GET /project-deployer/infras/prod-eu/settings");
    assert_eq!(written.line, "PUT /project-deployer/infras/prod-eu/settings");
    let written = written.json();
    for (name, value) in infra_settings().as_object().unwrap() {
        assert_eq!(&written[name], value, "{name}");
    }
}

#[tokio::test]
async fn a_key_that_is_absent_from_settings_stays_what_it_was() {
    // wire-facts 8.2, item 7: what a PUT without a key does is unknown.
    let server = Server::with([json_answer(200, &infra_settings()), answer(200, "")]).await;
    let mut without = infra_settings();
    without.as_object_mut().unwrap().remove("adminApiKey");
    let without = InfraSettings::from_document(without).unwrap();
    server.deployer().save_infra_settings(&without).await.unwrap();
    assert_eq!(
        server.lines(),
        [
            "GET /project-deployer/infras/prod-eu/settings",
            "PUT /project-deployer/infras/prod-eu/settings"
        ]
    );
    assert_eq!(server.seen()[1].json()["adminApiKey"], "key-of-the-node");
}

#[tokio::test]
async fn row_8_a_key_on_every_node_is_asked_for_in_the_query() {
    let server = Server::json(json!({"createdOnAllNodes": false, "user": "mina",
        "secret": "canary", "nodesAndKeys": [{"nodeId": "auto-1", "keyId": "k1"}], "error": null,
        "nodesWhereUserDoesNotExist": [{"nodeId": "auto-2"}], "nodesWhereUserIsDisabled": []}))
    .await;
    let key = NodeKeyRequest::default()
        .with_label("ci & co")
        .with_for_user(Some(Login::parse("mina").unwrap()));
    let created = server.deployer().create_node_key(&infra_id(), &key).await.unwrap();
    assert_eq!(created.secret.as_deref(), Some("canary"));
    assert_eq!(created.nodes_where_user_does_not_exist[0].node_id.as_str(), "auto-2");
    let seen = server.only();
    assert_eq!(
        seen.line,
        "POST /project-deployer/infras/prod-eu/generate-personal-api-key?label=ci+%26+co&description=&forUser=mina"
    );
    assert!(seen.body.is_empty());
}

#[tokio::test]
async fn the_key_is_the_user_name_and_a_login_is_acted_as() {
    // wire-facts 1.4
    let server = Server::with([json_answer(200, &json!([])), json_answer(200, &json!([]))]).await;
    let deployer = server.deployer();
    deployer.infras().await.unwrap();
    let mina = deployer.acting_as(Login::parse("mina").unwrap()).unwrap();
    mina.infras().await.unwrap();
    let [as_key, as_mina] = <[_; 2]>::try_from(server.seen()).unwrap();
    assert_eq!((as_key.authorization.as_str(), as_key.login), (AUTHORIZATION, None));
    assert_eq!(
        (as_mina.authorization.as_str(), as_mina.login.as_deref()),
        (AUTHORIZATION, Some("mina"))
    );
}
