//! What records show, and how administrators read them.

use project_deployer::DeployerError;
use project_deployer::audit::{AuditFilter, AuditOutcome};
use project_deployer_client::prelude::*;
use project_deployer_core::Timestamp;
use project_deployer_core::document::Document as _;
use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer_core::rights::{InfraGrant, InfraRight};
use serde_json::json;

use super::{administrator, installation, line, records, sqlite};
use crate::installation::{Installation, KEY, parsed};
use project_deployer_store::MemoryStore;

#[tokio::test]
async fn before_and_after_show_what_differs() {
    let (installation, _) = installation().await;
    installation
        .change_infra("dev", |settings| {
            settings.permissions.push(InfraGrant::new(parsed("ops"), InfraRight::Admin));
            settings.deploy_as_user = Some(parsed("robot"));
        })
        .await;
    let last = records(&installation.deployer).await.pop().unwrap().record;
    assert_eq!(last.action, "edit");
    let before = last.before.unwrap();
    let after = last.after.unwrap();
    assert_eq!(before["permissions"].as_array().unwrap().len(), 1);
    assert_eq!(after["permissions"][1]["group"], "ops");
    assert_eq!((&before["deployAsUser"], &after["deployAsUser"]), (&json!(null), &json!("robot")));
    assert!(after.get("automationNodeUrl").is_none(), "it is the same: {after}");
}

#[tokio::test]
async fn no_secret_is_in_a_record() {
    // R13
    let (installation, _) = installation().await;
    let canary = "canary-4711";
    installation
        .change("churn-dev", |document| {
            document["localVariables"] = json!({"password": canary, "limit": canary});
            document["newField"] = json!({"id": canary});
            document["tags"] = json!(["seen"]);
        })
        .await;
    installation
        .change_infra("dev", |settings| {
            let mut document = settings.to_document();
            document["vault"] = json!(canary);
            let key = project_deployer_core::ApiKeySecret::new(canary).unwrap();
            let target = settings.target.clone();
            *settings = InfraSettings::from_document(document).unwrap();
            let entry = target.entries()[0].clone();
            let address = entry.address.clone().unwrap();
            settings.target = Target::SingleNode(NodeEntry::new(address, key));
        })
        .await;
    let all = records(&installation.deployer).await;
    for entry in &all {
        assert!(!entry.text.contains(canary) && !entry.text.contains(KEY), "{}", entry.text);
    }
    // What was changed is visible all the same.
    let deployment = all[all.len() - 2].record.after.clone().unwrap();
    assert_eq!(deployment["settings"]["localVariables"]["limit"], "(left out)");
    assert_eq!(deployment["settings"]["newField"], "(left out)");
    assert_eq!(deployment["settings"]["tags"], json!(["seen"]));
    let infra = all[all.len() - 1].record.after.clone().unwrap();
    assert_eq!(infra["vault"], "(left out)");
    assert!(infra["(secrets)"].as_object().is_some_and(|keys| !keys.is_empty()), "{infra}");
}

#[tokio::test]
async fn only_administrators_read_the_audit() {
    let (installation, _) = installation().await;
    let dana = installation.dana();
    let listed = dana.audit(&AuditFilter::default(), None, 10).await;
    assert!(matches!(listed, Err(DeployerError::Forbidden(_))), "{listed:?}");
    assert!(dana.export_audit(None).await.is_err());
    assert!(dana.verify_audit(None).await.is_err());
}

#[tokio::test]
async fn pages_have_every_record_once_the_newest_first_while_others_write_and_seal() {
    let (store, _directory) = sqlite().await;
    let sqlite = Installation::on(store, MemoryStore::new()).await.with_deployment().await;
    for installation in [installation().await.0, sqlite] {
        let deployer = &installation.deployer;
        let mut expected: Vec<_> =
            records(deployer).await.into_iter().map(|entry| entry.id).collect();
        expected.reverse();
        let admin = administrator(deployer);
        let (mut listed, mut before) = (Vec::new(), None);
        loop {
            let page = admin.audit(&AuditFilter::default(), before.as_ref(), 2).await.unwrap();
            assert!(page.entries.len() <= 2);
            listed.extend(page.entries.into_iter().map(|entry| entry.id));
            admin
                .add_stage(project_deployer_core::stage::Stage::new(
                    parsed(&format!("s{}", listed.len())),
                    "",
                ))
                .await
                .unwrap();
            deployer.seal_audit().await.unwrap();
            match page.next {
                Some(next) => before = Some(next),
                None => break,
            }
        }
        assert_eq!(listed, expected);
    }
}

#[tokio::test]
async fn a_filter_finds_an_object_an_actor_and_a_time() {
    let (installation, _) = installation().await;
    let admin = installation.admin();
    installation.member("mallory", &[]).delete_infra(&parsed("dev")).await.unwrap_err();
    let find = async |filter: AuditFilter| -> Vec<String> {
        let page = admin.audit(&filter, None, 100).await.unwrap();
        page.entries.iter().map(line).collect()
    };
    let all = AuditFilter::default;
    let of_dev = all().with_kind(Some("infrastructure".to_owned())).with_id(Some("dev".to_owned()));
    let refused = "not-found delete infrastructure dev";
    let (edit, create) = ("edit infrastructure dev", "create infrastructure dev");
    assert_eq!(find(of_dev).await, [refused, edit, create]);
    assert_eq!(find(all().with_actor(Some("mallory".to_owned()))).await, [refused]);
    assert_eq!(find(all().with_outcome(Some(AuditOutcome::Refused))).await, [refused]);
    assert_eq!(
        find(all().with_action(Some("publish".to_owned()))).await,
        ["publish bundle CHURN/v1"]
    );
    let now = installation.deployer.now();
    let later = Timestamp::from_millis(now.as_millis() + 60_000);
    assert!(find(all().with_since(Some(later))).await.is_empty());
    let earlier = Timestamp::from_millis(now.as_millis() - 86_400_000);
    assert!(find(all().with_until(Some(earlier))).await.is_empty());
    assert!(find(all().with_since(Some(earlier))).await.len() >= 7);
}

#[tokio::test]
async fn an_exported_line_has_the_bytes_that_were_hashed() {
    let (installation, _) = installation().await;
    installation.deployer.seal_audit().await.unwrap();
    for entry in records(&installation.deployer).await {
        let line = entry.to_json_line();
        assert!(!line.contains('\n') && line.contains(&entry.text), "{line}");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["id"], entry.id.to_string());
        assert_eq!(value["hash"], entry.sealed.unwrap().hash);
    }
}
