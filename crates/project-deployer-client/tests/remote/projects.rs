//! Rows 9 to 14 of wire-facts 2.1.

use project_deployer_client::prelude::*;
use serde_json::json;

use crate::samples::{key, project_settings, project_status};
use crate::server::{Server, answer, json_answer};

#[tokio::test]
async fn rows_9_and_11_a_published_project_is_read_alone_and_in_a_list() {
    let server = Server::with([
        json_answer(200, &json!([project_status()])),
        json_answer(200, &project_status()),
    ])
    .await;
    let listed = server.deployer().projects().await.unwrap();
    let one = server.deployer().project(&key()).await.unwrap();
    assert_eq!(listed, std::slice::from_ref(&one));
    assert!(one.is_admin && one.can_deploy && one.can_write);
    assert_eq!(one.packages[0].design_node_info.install_id.as_deref(), Some("inst-4411"));
    assert_eq!(one.infras[0].stage.as_str(), "Production");
    assert_eq!(
        server.lines(),
        ["GET /project-deployer/projects", "GET /project-deployer/projects/CHURN"]
    );
}

#[tokio::test]
async fn row_10_a_creation_names_the_published_key() {
    let server = Server::json(json!({"whatever": 1})).await;
    server.deployer().create_project(&key()).await.unwrap();
    let seen = server.only();
    assert_eq!(seen.line, "POST /project-deployer/projects");
    assert_eq!(seen.json(), json!({"publishedProjectKey": "CHURN"}));
}

#[tokio::test]
async fn row_12_a_published_project_is_deleted() {
    let server = Server::empty().await;
    server.deployer().delete_project(&key()).await.unwrap();
    assert_eq!(server.only().line, "DELETE /project-deployer/projects/CHURN");
}

#[tokio::test]
async fn rows_13_and_14_settings_survive_a_read_and_a_write_with_what_we_do_not_know() {
    let server = Server::with([json_answer(200, &project_settings()), answer(200, "")]).await;
    let deployer = server.deployer();
    let settings = deployer.project_settings(&key()).await.unwrap();
    deployer.save_project_settings(&settings).await.unwrap();
    let [read, written] = <[_; 2]>::try_from(server.seen()).unwrap();
    assert_eq!(read.line, "GET /project-deployer/projects/CHURN/settings");
    assert_eq!(written.line, "PUT /project-deployer/projects/CHURN/settings");
    assert_eq!(written.json(), project_settings());
}
