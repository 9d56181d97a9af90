//! Login parity: a login that a node does not have cannot deploy, and the error says what to do.

use project_deployer_core::health::Health;
use project_deployer_core::status::UpdateStatus;
use project_deployer_testkit::MockUser;

use crate::installation::{Installation, active};

#[tokio::test]
async fn whoever_has_not_logged_in_on_the_node_is_told_to_and_then_deploys() {
    // R-L1, R-S9, R-S10
    let installation = Installation::with_deployment().await;
    installation.deploy("churn-prod", "prod").await;
    let (status, log) = installation.update("churn-prod").await;
    assert_eq!(status, UpdateStatus::Failed);
    assert!(log.contains("there is no user `dana` on this node yet"), "{log}");
    assert!(log.contains(&format!("log in once at {}", installation.prod.url())), "{log}");
    assert_eq!(installation.prod.project_keys(), Vec::<String>::new());
    assert_eq!(installation.health("churn-prod").await, Health::Error);

    installation.prod.log_in("dana").unwrap();
    installation.update_well("churn-prod").await;
    assert_eq!(active(&installation.prod).as_deref(), Some("v1"));
}

#[tokio::test]
async fn readiness_says_so_before_anybody_tries() {
    // R-L1
    let installation = Installation::with_deployment().await;
    installation.deploy("churn-prod", "prod").await;
    let says_to_log_in = async || {
        let readiness = installation.admin().readiness(&"prod".parse().unwrap()).await.unwrap();
        let findings = readiness.findings.iter();
        let about_dana = findings.filter(|finding| finding.what.contains("`dana`"));
        about_dana.into_iter().any(|finding| finding.remedy.contains("log in once at"))
    };
    assert!(says_to_log_in().await);
    installation.prod.log_in("dana").unwrap();
    assert!(!says_to_log_in().await);
}

#[tokio::test]
async fn a_disabled_login_deploys_nothing_until_it_is_enabled() {
    // R-S9
    let installation = Installation::with_deployment().await;
    let dana = MockUser::new("dana").in_group("deployers");
    installation.dev.put_user(dana.clone().disabled());
    let (status, log) = installation.update("churn-dev").await;
    assert_eq!(status, UpdateStatus::Failed);
    assert!(log.contains("disabled"), "{log}");
    assert_eq!(installation.dev.project_keys(), Vec::<String>::new());

    installation.dev.put_user(dana);
    installation.update_well("churn-dev").await;
}

#[tokio::test]
async fn a_login_that_is_disabled_between_two_updates_leaves_what_is_there() {
    let installation = Installation::with_deployment().await;
    installation.update_well("churn-dev").await;
    let before = installation.dev.project("CHURN");
    installation.dev.put_user(MockUser::new("dana").in_group("deployers").disabled());
    assert_eq!(installation.update("churn-dev").await.0, UpdateStatus::Failed);
    assert_eq!(installation.dev.project("CHURN"), before);
}

#[tokio::test]
async fn a_login_without_the_right_on_the_node_is_told_so() {
    // A login that is present may lack permissions.
    let installation = Installation::with_deployment().await;
    installation.dev.put_user(MockUser::new("dana"));
    let (status, log) = installation.update("churn-dev").await;
    assert_eq!(status, UpdateStatus::Failed);
    assert!(log.contains("give the login the right on the node"), "{log}");
}

#[tokio::test]
async fn every_change_is_made_as_the_requester() {
    // R-S7
    let installation = Installation::with_deployment().await;
    installation.update_well("churn-dev").await;
    let calls = installation.dev.journal();
    let (changes, looks): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call.method != "GET");
    assert!(changes.len() >= 3, "{changes:?}");
    assert!(changes.iter().all(|call| call.acting_as.as_deref() == Some("dana")), "{changes:?}");
    assert!(looks.iter().any(|call| call.acting_as.is_none()), "{looks:?}");
}
