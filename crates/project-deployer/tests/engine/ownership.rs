//! Several deployments of one project key on one infrastructure (wire-facts 9.4).

use project_deployer::readiness::Check;
use project_deployer_client::Warnings;
use project_deployer_client::prelude::*;
use project_deployer_core::health::Health;
use project_deployer_core::infra::Hook;
use project_deployer_core::messages::Severity;
use project_deployer_core::rights::{InfraGrant, InfraRight, ProjectGrant, ProjectRight};
use project_deployer_core::status::UpdateStatus;

use crate::installation::{Installation, churn, deployment, parsed};

/// `churn-dev` with `v1`, and then `newer` with `v2`.
async fn installation() -> Installation {
    let installation = Installation::new().await.with_deployment().await;
    installation.publish("v2").await;
    let newer = deployment("newer", "dev", "v2");
    installation.dana().create_deployment(&newer, Warnings::AsErrors).await.unwrap();
    installation
}

async fn superseded(installation: &Installation) -> Vec<String> {
    let all = installation.dana().deployments().await.unwrap();
    let older = all.into_iter().filter(|status| status.superseded);
    older.map(|status| status.deployment_basic_info.id.to_string()).collect()
}

async fn update(installation: &Installation, id: &str) -> Result<UpdateStatus, String> {
    let dana = installation.dana();
    let task = dana.start_update(&parsed(id)).await.map_err(|error| error.to_string())?;
    Ok(dana.wait(&task).await.unwrap().status)
}

#[tokio::test]
async fn the_newest_owns_the_project_and_the_older_one_does_not_update() {
    let installation = installation().await;
    assert_eq!(superseded(&installation).await, ["churn-dev"]);
    let refused = update(&installation, "churn-dev").await.unwrap_err();
    let expected = "deployment `churn-dev` is superseded: deployment `newer` owns project `CHURN`; \
                    update that one, or save the settings of this one with warnings ignored to \
                    make it the owner";
    assert_eq!(refused, expected);
    assert_eq!(update(&installation, "newer").await, Ok(UpdateStatus::Success));
    let status = installation.dana().deployment_status(&parsed("churn-dev")).await.unwrap();
    assert_eq!(status.health, Health::OutOfSync);
    assert_eq!(status.health_messages.0[0].code, "WARN_DEPLOYMENT_SUPERSEDED");
    let status = installation.dana().deployment_status(&parsed("newer")).await.unwrap();
    assert_eq!(status.health, Health::Healthy);
}

#[tokio::test]
async fn saving_with_warnings_ignored_is_the_confirmation() {
    let installation = installation().await;
    let dana = installation.dana();
    let settings = dana.deployment_settings(&parsed("churn-dev")).await.unwrap();
    dana.save_deployment_settings(&settings, Warnings::AsErrors).await.unwrap();
    assert_eq!(superseded(&installation).await, ["churn-dev"]);
    dana.save_deployment_settings(&settings, Warnings::Ignore).await.unwrap();
    assert_eq!(superseded(&installation).await, ["newer"]);
    assert_eq!(update(&installation, "churn-dev").await, Ok(UpdateStatus::Success));
    assert!(update(&installation, "newer").await.is_err());
}

#[tokio::test]
async fn where_the_owner_is_deleted_the_next_newest_owns_the_project() {
    let installation = installation().await;
    let dana = installation.dana();
    let third = deployment("third", "dev", "v1");
    dana.create_deployment(&third, Warnings::AsErrors).await.unwrap();
    assert_eq!(superseded(&installation).await, ["churn-dev", "newer"]);
    dana.delete_deployment(&parsed("third")).await.unwrap();
    assert_eq!(superseded(&installation).await, ["churn-dev"]);
    dana.delete_deployment(&parsed("churn-dev")).await.unwrap();
    assert_eq!(update(&installation, "newer").await, Ok(UpdateStatus::Success));
    dana.delete_deployment(&parsed("newer")).await.unwrap();
    dana.create_deployment(&deployment("again", "dev", "v1"), Warnings::AsErrors).await.unwrap();
    assert_eq!(superseded(&installation).await, Vec::<String>::new());
}

#[tokio::test]
async fn deployments_of_other_keys_and_infrastructures_are_independent() {
    let installation = installation().await;
    let mut other = deployment("other-key", "dev", "v1");
    other.deployed_project_key = Some(parsed("CHURN_2"));
    installation.dana().create_deployment(&other, Warnings::AsErrors).await.unwrap();
    assert_eq!(superseded(&installation).await, ["churn-dev"]);
}

#[tokio::test]
async fn who_may_not_change_the_owner_cannot_supersede_it() {
    // R-P8
    let installation = installation().await;
    installation
        .change_infra("dev", |infra| {
            infra.permissions.push(InfraGrant::new(parsed("others"), InfraRight::Deploy));
        })
        .await;
    let oli = installation.member("oli", &["others"]);
    let bundle = project_deployer_client::Upload::from_bytes(
        "o1.zip",
        crate::installation::archive("OTHER", "o1", serde_json::json!({})),
    );
    installation.admin().upload_bundle(bundle, None).await.unwrap();
    let mut project = installation.admin().project_settings(&parsed("OTHER")).await.unwrap();
    project.permissions =
        vec![ProjectGrant::new(parsed("others"), &[ProjectRight::Read, ProjectRight::Deploy])];
    installation.admin().save_project_settings(&project).await.unwrap();
    let mut creation = deployment("theirs", "dev", "o1");
    creation.published_project_key = parsed("OTHER");
    creation.deployed_project_key = Some(churn());
    let error = oli.create_deployment(&creation, Warnings::Ignore).await.unwrap_err().to_string();
    assert!(
        error.contains("`deployedProjectKey`") && error.contains("you may not change it"),
        "{error}"
    );
    assert!(!error.contains("newer"), "{error}");
}

#[tokio::test]
async fn readiness_points_at_projects_that_several_deployments_write() {
    let installation = installation().await;
    let found = installation.admin().readiness(&parsed("dev")).await.unwrap();
    let keys: Vec<_> = found.findings.iter().filter(|it| it.check == Check::ProjectKeys).collect();
    let [finding] = &keys[..] else { panic!("{found:#?}") };
    assert_eq!(finding.severity, Severity::Warning);
    let expected =
        "several deployments write project `CHURN`: newer owns it, superseded: churn-dev";
    assert_eq!(finding.what, expected);
}

#[tokio::test]
async fn readiness_says_that_hooks_stop_updates() {
    // R-H4
    let installation = installation().await;
    installation.change_infra("dev", |infra| infra.hooks.pre.push(Hook::new("check"))).await;
    let found = installation.admin().readiness(&parsed("dev")).await.unwrap();
    assert!(!found.is_ready());
    assert!(found.findings.iter().any(|it| it.check == Check::Hooks), "{found:#?}");
}
