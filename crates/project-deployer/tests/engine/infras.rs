use project_deployer_client::DeployerError;
use project_deployer_client::prelude::*;
use project_deployer_core::infra::Target;
use project_deployer_core::problem::ProblemCode;
use project_deployer_core::rights::{InfraGrant, InfraRight};

use crate::installation::{Installation, KEY, creation, entry, parsed};

#[tokio::test]
async fn only_a_global_administrator_creates_infrastructures() {
    // R-P9
    let installation = Installation::new().await;
    let refused =
        installation.dana().create_infra(&creation("dev", "Development")).await.unwrap_err();
    assert!(matches!(refused, DeployerError::Forbidden(_)), "{refused}");
    assert!(installation.admin().infras().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_id_is_given_once() {
    // R-I3
    let installation = Installation::new().await.with_infras().await;
    let again = installation.admin().create_infra(&creation("dev", "Test")).await.unwrap_err();
    assert_eq!(again.to_string(), "infrastructure `dev` exists already; choose another id");
    let stage = installation.admin().infra(&parsed("dev")).await.unwrap().infra_basic_info.stage;
    assert_eq!(stage.as_str(), "Development", "nothing was changed");
}

#[tokio::test]
async fn an_unknown_stage_is_refused_with_the_stages_that_there_are() {
    // R-I1
    let installation = Installation::new().await;
    let error =
        installation.admin().create_infra(&creation("dev", "Moon")).await.unwrap_err().to_string();
    for part in ["`stage`", "`Moon`", "`Development`, `Test`, `Production`"] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn an_infrastructure_is_created_with_its_node_and_its_rights_by_one_call() {
    let installation = Installation::new().await;
    let prod = creation("prod", "Production")
        .with_target(Target::SingleNode(entry("prod")))
        .granting(parsed("deployers"), InfraRight::Deploy);
    installation.admin().create_infra(&prod).await.unwrap();
    assert_eq!(&installation.admin().infra_settings(prod.id()).await.unwrap(), prod.settings());
    assert!(installation.dana().infra(prod.id()).await.unwrap().can_deploy);
}

#[tokio::test]
async fn every_problem_of_a_creation_is_reported_at_once_and_nothing_is_created() {
    let installation = Installation::new().await;
    let bad = creation("prod", "Moon")
        .with_target(Target::MultiNode(vec![entry("prod")]))
        .granting(parsed("ops"), InfraRight::View)
        .granting(parsed("ops"), InfraRight::Deploy);
    let error = installation.admin().create_infra(&bad).await.unwrap_err();
    let DeployerError::Invalid { problems, .. } = &error else { panic!("{error}") };
    let codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
    let expected = [ProblemCode::Duplicate, ProblemCode::Count, ProblemCode::NotFound];
    assert_eq!(codes, expected, "{error}");
    assert!(!error.to_string().contains(KEY), "R13: {error}");
    assert!(installation.admin().infras().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_the_caller_may_not_see_does_not_exist() {
    // R-P2: the same error text for both.
    let installation = Installation::new().await.with_infras().await;
    let stranger = installation.member("nora", &["visitors"]);
    assert!(stranger.infras().await.unwrap().is_empty());
    let hidden = stranger.infra(&parsed("prod")).await.unwrap_err().to_string();
    let absent = stranger.infra(&parsed("none")).await.unwrap_err().to_string();
    assert_eq!(hidden.replace("prod", "none"), absent);
    let hidden = stranger.delete_infra(&parsed("prod")).await.unwrap_err().to_string();
    assert_eq!(hidden.replace("prod", "none"), absent);
}

#[tokio::test]
async fn settings_and_keys_are_for_administrators_of_the_infrastructure() {
    // R-P5
    let installation = Installation::new().await.with_infras().await;
    let refused = installation.dana().infra_settings(&parsed("dev")).await.unwrap_err();
    assert!(matches!(refused, DeployerError::Forbidden(_)), "{refused}");
    let admins = InfraGrant::new(parsed("owners"), InfraRight::Admin);
    installation.change_infra("dev", |infra| infra.permissions.push(admins)).await;
    let olga = installation.member("olga", &["owners"]);
    let settings = olga.infra_settings(&parsed("dev")).await.unwrap();
    let key = settings.target.entries()[0].admin_api_key.as_ref().unwrap();
    assert_eq!(key.expose(), KEY);
    assert!(olga.infra_settings(&parsed("prod")).await.is_err(), "of this one only");
}

#[tokio::test]
async fn a_withheld_key_stays_what_it_was() {
    let installation = Installation::new().await.with_infras().await;
    let keyless = entry("dev").with_admin_api_key(None);
    installation.change_infra("dev", |infra| infra.target = Target::SingleNode(keyless)).await;
    let settings = installation.admin().infra_settings(&parsed("dev")).await.unwrap();
    assert_eq!(settings.target.entries()[0].admin_api_key.as_ref().unwrap().expose(), KEY);
}

#[tokio::test]
async fn every_problem_of_the_settings_is_told_at_once_and_nothing_changes() {
    let installation = Installation::new().await.with_infras().await;
    let admin = installation.admin();
    let before = admin.infra_settings(&parsed("dev")).await.unwrap();
    let mut bad = before.clone();
    bad.stage = parsed("Moon");
    bad.target = Target::MultiNode(vec![entry("dev"), entry("dev")]);
    let twice = InfraGrant::new(parsed("deployers"), InfraRight::View);
    bad.permissions.push(twice);
    let error = admin.save_infra_settings(&bad).await.unwrap_err();
    let DeployerError::Invalid { problems, .. } = error else { panic!("{error}") };
    for (path, code) in [
        ("stage", ProblemCode::NotFound),
        ("permissions[1].group", ProblemCode::Duplicate),
        ("automationNodes[1].nodeId", ProblemCode::Duplicate),
        ("automationNodes[1].automationNodeUrl", ProblemCode::Duplicate),
    ] {
        assert!(problems.has(path, code), "{path}: {problems}");
    }
    assert_eq!(admin.infra_settings(&parsed("dev")).await.unwrap(), before);
}

#[tokio::test]
async fn one_that_deployments_use_is_not_deleted() {
    // R-I5
    let installation = Installation::new().await.with_deployment().await;
    let used = installation.admin().delete_infra(&parsed("dev")).await.unwrap_err();
    assert_eq!(
        used.to_string(),
        "infrastructure `dev` is used by churn-dev; delete or change these first"
    );
    installation.dana().delete_deployment(&parsed("churn-dev")).await.unwrap();
    installation.admin().delete_infra(&parsed("dev")).await.unwrap();
    assert!(installation.admin().infra(&parsed("dev")).await.is_err());
}

#[tokio::test]
async fn the_status_tells_what_the_caller_may_do() {
    let installation = Installation::new().await.with_deployment().await;
    let seen = installation.dana().infra(&parsed("dev")).await.unwrap();
    assert!(seen.can_deploy && !seen.is_admin);
    assert_eq!(seen.deployments[0].id.as_str(), "churn-dev");
    // View on the infrastructure alone does not show deployments of a hidden project (R-P8).
    let dave = installation.member("dave", &["deployers"]);
    let seen = dave.infra(&parsed("dev")).await.unwrap();
    assert!(seen.deployments.is_empty(), "{seen:?}");
}
