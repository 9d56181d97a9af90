use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, InfraCreation, NodeKeyRequest};
use project_deployer_core::document::Document as _;
use project_deployer_core::infra::{GovernCheckPolicy, InfraSettings};
use project_deployer_core::rights::InfraRight;
use project_deployer_core::{Login, StageId};
use serde_json::json;

use super::{by, by_key, deployed, deployer, infra};

#[tokio::test]
async fn infrastructures_are_read_with_the_rights_of_the_caller() {
    // Rows 2 and 4, R-P13
    let (deployer, mina) = deployed("prod").await;
    let all = mina.infras().await.unwrap();
    let ids: Vec<_> = all.iter().map(|found| found.infra_basic_info.id.as_str()).collect();
    assert_eq!(ids, ["both", "prod"]);
    assert_eq!(all[0].infra_basic_info.kind.as_deref(), Some("MULTI_AUTOMATION_NODE"));
    assert_eq!(all[0].infra_basic_info.govern_check_policy, GovernCheckPolicy::Warn);
    let prod = mina.infra(&infra("prod")).await.unwrap();
    assert!(prod.can_deploy && !prod.is_admin);
    assert_eq!(prod.deployments[0].created_by_display_name, "mina");
    let url = prod.infra_basic_info.automation_node_url.unwrap();
    assert_eq!(url.to_string().trim_end_matches('/'), "https://auto.example");
    assert!(by(&deployer, "kit").infra(&infra("prod")).await.unwrap().is_admin);
}

#[tokio::test]
async fn infrastructures_are_created_once_and_deleted_unless_they_are_used() {
    // Rows 3 and 5, R-I5, R-P9
    let (deployer, mina) = deployed("prod").await;
    let admin = by_key(&deployer);
    let lab = InfraCreation::new(infra("lab"), StageId::parse("Test").unwrap());
    let denied = mina.create_infra(&lab).await.unwrap_err();
    assert!(matches!(denied, DeployerError::Denied(_)), "{denied}");
    admin.create_infra(&lab).await.unwrap();
    assert_eq!(deployer.infra_settings("lab").unwrap()["stage"], "Test");
    let taken = admin.create_infra(&lab).await.unwrap_err();
    assert!(
        matches!(&taken, DeployerError::AlreadyExists(named) if named.id() == "lab"),
        "{taken}"
    );
    let used = admin.delete_infra(&infra("prod")).await.unwrap_err();
    assert!(matches!(used, DeployerError::Refused { status: 400, .. }), "{used}");
    admin.delete_infra(&infra("lab")).await.unwrap();
    assert!(deployer.infra_settings("lab").is_none());
}

#[tokio::test]
async fn an_infrastructure_is_created_with_its_node_by_one_call() {
    // Rows 3, 6 and 7
    let (deployer, _) = deployed("prod").await;
    let admin = by_key(&deployer);
    let lab = InfraCreation::new(infra("lab"), StageId::parse("Test").unwrap())
        .with_node("https://lab.example".parse().unwrap(), "key-of-lab".parse().unwrap())
        .granting("ops".parse().unwrap(), InfraRight::Deploy);
    admin.create_infra(&lab).await.unwrap();
    let saved = deployer.infra_settings("lab").unwrap();
    assert_eq!((&saved["adminApiKey"], &saved["stage"]), (&json!("key-of-lab"), &json!("Test")));
    assert_eq!(saved["permissions"][0]["group"], "ops");
}

#[tokio::test]
async fn keys_are_read_by_administrators_only_and_survive_whoever_saves() {
    // Rows 6 and 7; wire-facts 8.2, item 7
    let deployer = deployer().await;
    let reported = by_key(&deployer).infra_settings(&infra("prod")).await.unwrap();
    assert!(reported.target.entries()[0].admin_api_key.is_some());
    let kit = by(&deployer, "kit");
    let masked = kit.infra_settings(&infra("prod")).await.unwrap();
    assert!(masked.target.entries()[0].admin_api_key.is_none());
    let mut document = masked.to_document();
    document["automationNodeUrl"] = json!("https://other.example");
    kit.save_infra_settings(&InfraSettings::from_document(document).unwrap()).await.unwrap();
    let saved = deployer.infra_settings("prod").unwrap();
    assert_eq!(saved["adminApiKey"], "key-of-auto");
    assert!(saved["automationNodeUrl"].as_str().unwrap().starts_with("https://other.example"));
    assert_eq!(saved["permissions"].as_array().unwrap().len(), 3, "nothing else was lost");
}

#[tokio::test]
async fn keys_of_several_nodes_survive_too() {
    let deployer = deployer().await;
    let admin = by_key(&deployer);
    let settings = admin.infra_settings(&infra("both")).await.unwrap();
    let without = InfraSettings::from_document(settings.to_document()).unwrap();
    admin.save_infra_settings(&without).await.unwrap();
    let saved = deployer.infra_settings("both").unwrap();
    let keys: Vec<_> =
        (0..2).map(|place| &saved["automationNodes"][place]["adminApiKey"]).collect();
    assert_eq!(keys, ["key-1", "key-2"]);
}

#[tokio::test]
async fn a_personal_key_tells_on_which_nodes_it_is() {
    // Row 8
    let deployer = deployer().await;
    let own = NodeKeyRequest::default().with_label("ci");
    let key = by(&deployer, "mina").create_node_key(&infra("both"), &own).await.unwrap();
    assert!(!key.created_on_all_nodes);
    assert_eq!((key.user.as_str(), key.nodes_and_keys[0].node_id.as_str()), ("mina", "auto-1"));
    assert_eq!(key.nodes_where_user_does_not_exist[0].node_id.as_str(), "auto-2");
    let for_ann = own.clone().with_for_user(Some(Login::parse("ann").unwrap()));
    let key = by_key(&deployer).create_node_key(&infra("both"), &for_ann).await.unwrap();
    assert!(key.created_on_all_nodes && key.error.is_none());
    let single = by(&deployer, "mina").create_node_key(&infra("prod"), &own).await.unwrap_err();
    assert!(matches!(single, DeployerError::Refused { status: 400, .. }), "{single}");
}
