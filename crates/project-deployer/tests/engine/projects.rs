use project_deployer_client::DeployerError;
use project_deployer_client::prelude::*;
use project_deployer_core::rights::{ProjectGrant, ProjectRight};

use crate::installation::{Installation, churn, parsed};

#[tokio::test]
async fn whoever_creates_a_published_project_owns_it() {
    // R-P10
    let installation = Installation::new().await;
    installation.dana().create_project(&churn()).await.unwrap();
    let settings = installation.dana().project_settings(&churn()).await.unwrap();
    assert_eq!(settings.owner.unwrap().as_str(), "dana");
    let again = installation.dana().create_project(&churn()).await.unwrap_err();
    let expected = "published project `CHURN` exists already; choose another id";
    assert_eq!(again.to_string(), expected);
}

#[tokio::test]
async fn creating_one_takes_the_global_right() {
    // R-P10
    let installation = Installation::new().await;
    let dave = installation.member("dave", &["deployers"]);
    assert!(matches!(dave.create_project(&churn()).await, Err(DeployerError::Forbidden(_))));
}

#[tokio::test]
async fn rights_are_granted_to_groups_and_shown_to_their_members() {
    // R-P7
    let installation = Installation::new().await.with_bundle().await;
    let mut settings = installation.dana().project_settings(&churn()).await.unwrap();
    settings.permissions.push(ProjectGrant::new(parsed("writers"), &[ProjectRight::Write]));
    installation.dana().save_project_settings(&settings).await.unwrap();
    let wim = installation.member("wim", &["writers"]);
    let seen = wim.project(&churn()).await.unwrap();
    assert!(seen.can_write && !seen.can_deploy && !seen.is_admin);
    assert_eq!(seen.packages[0].id.as_str(), "v1");
    assert_eq!(wim.projects().await.unwrap().len(), 1);
    let nora = installation.member("nora", &[]);
    assert!(nora.projects().await.unwrap().is_empty());
    assert!(matches!(nora.project(&churn()).await, Err(DeployerError::NotFound(_))));
    assert!(matches!(wim.save_project_settings(&settings).await, Err(DeployerError::Forbidden(_))));
}

#[tokio::test]
async fn one_that_deployments_use_is_not_deleted() {
    // R-D2
    let installation = Installation::new().await.with_deployment().await;
    let used = installation.dana().delete_project(&churn()).await.unwrap_err();
    assert!(matches!(used, DeployerError::InUse { .. }), "{used}");
    installation.dana().delete_deployment(&parsed("churn-dev")).await.unwrap();
    installation.dana().delete_project(&churn()).await.unwrap();
    assert!(installation.dana().projects().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_user_who_was_put_into_a_group_may_do_more_at_once() {
    let installation = Installation::new().await.with_bundle().await;
    let (admin, login) = (installation.admin(), parsed("uma"));
    let user = project_deployer_core::accounts::User::new(parsed("uma"), Default::default());
    admin.save_user(&user).await.unwrap();
    let uma = installation.deployer.acting_as_user(login);
    assert!(uma.infras().await.unwrap().is_empty());
    admin.save_user(&user.clone().in_groups([parsed("deployers")])).await.unwrap();
    assert_eq!(uma.infras().await.unwrap().len(), 2);
    let disabled = user.with_enabled(false);
    admin.save_user(&disabled).await.unwrap();
    let refused = uma.infras().await.unwrap_err().to_string();
    assert!(refused.contains("`uma` is disabled"), "{refused}");
}
