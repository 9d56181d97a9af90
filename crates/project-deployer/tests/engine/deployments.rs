use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, FakeCall, Warnings};
use project_deployer_core::health::Health;
use project_deployer_core::infra::GovernCheckPolicy;
use project_deployer_core::rights::{Caller, InfraGrant, InfraRight, ProjectGrant, ProjectRight};
use project_deployer_store::{Collection, Commit, Expected, Store as _};
use serde_json::json;

use crate::installation::{Installation, churn, deployment, parsed};

#[tokio::test]
async fn a_new_deployment_sends_nothing() {
    // R-D4
    let installation = Installation::new().await.with_deployment().await;
    let seen = installation.dana().deployment(&parsed("churn-dev")).await.unwrap();
    assert!(seen.never_ever_deployed);
    let heavy = installation.dana().deployment_status(&parsed("churn-dev")).await.unwrap();
    assert_eq!(heavy.health, Health::Unknown);
    assert_eq!(installation.dev.calls(), Vec::<FakeCall>::new());
}

#[tokio::test]
async fn it_takes_the_right_on_both_sides() {
    // R-P8
    let installation = Installation::new().await.with_bundle().await;
    let creation = deployment("d", "dev", "v1");
    let dave = installation.member("dave", &["deployers"]);
    let hidden =
        dave.create_deployment(&creation, Warnings::AsErrors).await.unwrap_err().to_string();
    assert!(hidden.contains("there is no published project `CHURN`"), "{hidden}");
    let mut settings = installation.dana().project_settings(&churn()).await.unwrap();
    settings.permissions = vec![ProjectGrant::new(parsed("deployers"), &[ProjectRight::Read])];
    installation.dana().save_project_settings(&settings).await.unwrap();
    let refused = dave.create_deployment(&creation, Warnings::AsErrors).await.unwrap_err();
    assert!(matches!(refused, DeployerError::Forbidden(_)), "{refused}");
    settings.permissions = vec![ProjectGrant::new(parsed("all"), &[ProjectRight::Deploy])];
    installation.dana().save_project_settings(&settings).await.unwrap();
    let alma = installation.member("alma", &["all"]);
    let hidden =
        alma.create_deployment(&creation, Warnings::AsErrors).await.unwrap_err().to_string();
    assert!(hidden.contains("there is no infrastructure `dev`"), "{hidden}");
    let both = installation.member("dave", &["deployers", "all"]);
    both.create_deployment(&creation, Warnings::AsErrors).await.unwrap();
}

#[tokio::test]
async fn what_it_refers_to_has_to_exist() {
    let installation = Installation::new().await.with_bundle().await;
    let dana = installation.dana();
    for (infra, bundle, missing) in
        [("moon", "v1", "infrastructure `moon`"), ("dev", "v9", "bundle `v9 of CHURN`")]
    {
        let creation = deployment("d", infra, bundle);
        let error =
            dana.create_deployment(&creation, Warnings::AsErrors).await.unwrap_err().to_string();
        assert!(error.contains(missing), "{error}");
    }
    assert!(dana.deployments().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_id_of_a_deployment_is_given_once() {
    let installation = Installation::new().await.with_deployment().await;
    let same_id = deployment("churn-dev", "prod", "v1");
    let error =
        installation.dana().create_deployment(&same_id, Warnings::AsErrors).await.unwrap_err();
    let expected = "deployment `churn-dev` exists already; choose another id";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn its_place_never_changes_and_its_bundle_has_to_exist() {
    let installation = Installation::new().await.with_deployment().await;
    let dana = installation.dana();
    let before = dana.deployment_settings(&parsed("churn-dev")).await.unwrap();
    let mut moved = before.clone();
    moved.infra_id = parsed("prod");
    let error = dana.save_deployment_settings(&moved, Warnings::AsErrors).await.unwrap_err();
    assert!(error.to_string().contains("`infraId`"), "{error}");
    let mut unknown = before.clone();
    unknown.bundle_id = parsed("v9");
    assert!(dana.save_deployment_settings(&unknown, Warnings::AsErrors).await.is_err());
    assert_eq!(dana.deployment_settings(&parsed("churn-dev")).await.unwrap(), before);
}

#[tokio::test]
async fn fields_of_a_later_release_survive() {
    let installation = Installation::new().await.with_deployment().await;
    installation.change("churn-dev", |document| document["addedIn16"] = json!({"a": [1]})).await;
    let settings = installation.dana().deployment_settings(&parsed("churn-dev")).await.unwrap();
    assert_eq!(settings.to_document()["addedIn16"], json!({"a": [1]}));
}

#[tokio::test]
async fn a_policy_that_asks_for_approval_warns_or_prevents() {
    // R-G1
    let installation = Installation::new().await.with_bundle().await;
    let creation = deployment("d", "dev", "v1");
    let dana = installation.dana();
    installation
        .change_infra("dev", |infra| infra.govern_check_policy = GovernCheckPolicy::Warn)
        .await;
    let refused = dana.create_deployment(&creation, Warnings::AsErrors).await.unwrap_err();
    assert!(refused.to_string().contains("not known to be approved"), "{refused}");
    dana.create_deployment(&creation, Warnings::Ignore).await.unwrap();
    let status = dana.governance_status(&parsed("d"), None).await.unwrap();
    assert_eq!(status.0[0].code, "WARN_GOVERNANCE_NOT_APPROVED");
    installation
        .change_infra("dev", |infra| infra.govern_check_policy = GovernCheckPolicy::Prevent)
        .await;
    assert!(dana.start_update(&parsed("d")).await.is_err(), "an update is prevented as well");
    let other = deployment("e", "dev", "v1");
    assert!(dana.create_deployment(&other, Warnings::Ignore).await.is_err());
    assert!(installation.dev.calls().is_empty());
}

#[tokio::test]
async fn of_several_changes_at_the_same_time_one_wins_and_the_others_are_told_to_read_again() {
    let installation = Installation::racing().await.with_deployment().await;
    let dana = installation.dana();
    let settings = dana.deployment_settings(&parsed("churn-dev")).await.unwrap();
    let mut one = settings.clone();
    one.tags = vec!["one".to_owned()];
    let sessions: [_; 3] = installation.in_processes(crate::installation::dana()).await;
    let saves = sessions.iter().map(|own| own.save_deployment_settings(&one, Warnings::AsErrors));
    let results = futures::future::join_all(saves).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for error in results.into_iter().filter_map(Result::err) {
        assert!(matches!(error, DeployerError::ChangedMeanwhile(_)), "{error}");
    }
}

#[tokio::test]
async fn two_creations_at_the_same_time_do_not_get_one_project() {
    // R5
    let installation = Installation::racing().await.with_bundle().await;
    let dana = installation.dana();
    let [first, second] = installation.in_processes(crate::installation::dana()).await;
    let (one, other) = (deployment("one", "dev", "v1"), deployment("other", "dev", "v1"));
    let results = futures::future::join_all([
        first.create_deployment(&one, Warnings::AsErrors),
        second.create_deployment(&other, Warnings::AsErrors),
    ])
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert_eq!(dana.deployments().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_infrastructure_that_is_deleted_at_the_same_time_keeps_its_deployment_or_goes_without() {
    // R-I5
    let installation = Installation::racing().await.with_bundle().await;
    let [dana] = installation.in_processes(crate::installation::dana()).await;
    let [admin] = installation.in_processes(Caller::administrator(parsed("root"))).await;
    let (creation, id) = (deployment("d", "dev", "v1"), parsed("dev"));
    let created = dana.create_deployment(&creation, Warnings::AsErrors);
    let (created, deleted) = futures::future::join(created, admin.delete_infra(&id)).await;
    assert!(created.is_ok() != deleted.is_ok(), "{created:?} {deleted:?}");
    assert_eq!(admin.infra(&id).await.is_ok(), created.is_ok());
}

#[tokio::test]
async fn a_hidden_infrastructure_is_not_told_from_an_absent_one_by_a_project_that_is_absent() {
    // R-P2, R9
    let installation = Installation::new().await.with_infras().await;
    let nora = installation.member("nora", &[]);
    let create = async |infra: &str| {
        let creation = deployment("d", infra, "v1");
        nora.create_deployment(&creation, Warnings::AsErrors).await.unwrap_err().to_string()
    };
    assert_eq!(create("prod").await.replace("prod", "none"), create("none").await);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_does_not_spoil_the_list() {
    // R-I9
    let installation = Installation::new().await.with_deployment().await;
    let bodies =
        [json!({"id": 7}), json!({"format": 1, "document": {"id": 7}}), json!({"format": 2})];
    let kinds = ["infrastructure", "published-project", "deployment", "latest-update", "bundle"];
    for (kind, body) in kinds.iter().flat_map(|kind| bodies.iter().map(move |body| (kind, body))) {
        let broken = Collection::new(kind).key(format_args!("broken {body}"));
        let commit = Commit::new().put(broken, Expected::Any, body.clone());
        installation.store.commit(commit).await.unwrap();
    }
    assert_eq!(installation.dana().deployments().await.unwrap().len(), 1);
    assert_eq!(installation.dana().infras().await.unwrap().len(), 2);
    assert_eq!(installation.dana().projects().await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_uses_an_object_is_named_only_to_those_who_may_see_it() {
    // R-P8
    let installation = Installation::new().await.with_deployment().await;
    let admins = InfraGrant::new(parsed("owners"), InfraRight::Admin);
    installation.change_infra("dev", |infra| infra.permissions.push(admins)).await;
    let used =
        installation.member("olga", &["owners"]).delete_infra(&parsed("dev")).await.unwrap_err();
    let used = used.to_string();
    assert!(used.contains("one deployment that you may not see"), "{used}");
    assert!(!used.contains("churn-dev"), "{used}");
}
