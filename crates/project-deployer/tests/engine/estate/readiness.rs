use project_deployer::estate::{EstatePlan, PlanOptions};
use project_deployer::maintenance::MaintenanceRequest;
use project_deployer::windows::{Recurrence, WindowEffect, WindowRequest};
use project_deployer_client::prelude::*;
use project_deployer_core::messages::Severity;
use project_deployer_core::rights::{InfraGrant, InfraRight};

use super::{DEPLOYMENTS, TEXT, apply, brought, estate, plan};
use crate::installation::{Installation, parsed};

fn notes(plan: &EstatePlan, severity: Severity) -> Vec<String> {
    let notes = plan.notes().iter().filter(|note| note.severity == severity);
    notes.map(|note| format!("{} {}: {}", note.kind.noun(), note.id, note.what)).collect()
}

/// CHURN on `dev`, with a connection that is remapped to one that the node lacks.
fn missing() -> String {
    DEPLOYMENTS.replace("{sql-prod: sql-prod}", "{sql-prod: sql-nowhere}")
}

#[tokio::test]
async fn a_plan_names_per_deployment_what_its_nodes_lack() {
    // F7
    let installation = Installation::new().await.with_bundle().await;
    brought(&installation.admin(), TEXT, &PlanOptions::default()).await;
    let dana = installation.dana();
    // Who may not administer the infrastructure may not have its nodes checked.
    let unchecked = plan(&dana, &estate(&missing()), &PlanOptions::default()).await.unwrap();
    assert!(notes(&unchecked, Severity::Warning)[0].contains("may not administer"));

    let admin = installation.admin();
    let made = plan(&admin, &estate(&missing()), &PlanOptions::default()).await.unwrap();
    let warnings = notes(&made, Severity::Warning).join("\n");
    for expected in [
        "deployment churn-dev: node `auto-dev`: connections: there is no connection `sql-nowhere`",
        "login parity",
        "`root`",
    ] {
        assert!(warnings.contains(expected), "{expected} in {warnings}");
    }
    assert!(made.blockers().next().is_none(), "nothing is deployed: {warnings}");
    assert!(installation.dev.calls().iter().all(|call| !call.operation.changes()));
}

#[tokio::test]
async fn only_administrators_learn_from_a_plan_which_groups_there_are() {
    // Whoever owns a project might ask for one name after the other.
    let installation = Installation::new().await.with_bundle().await;
    let admin = installation.admin();
    let accounts = "{version: 1, groups: [{name: chiefs, admin: true}, {name: deployers}], \
                    users: [{login: chief, groups: [chiefs]}]}";
    brought(&admin, accounts, &PlanOptions::default()).await;
    let file = estate("{version: 1, projects: [{key: CHURN, rights: {nobody: [read]}}]}");
    let made = plan(&admin, &file, &PlanOptions::default()).await.unwrap();
    let said = ["project CHURN: there is no group `nobody`, so its right counts for nobody"];
    assert_eq!(notes(&made, Severity::Warning), said);
    let made = plan(&installation.dana(), &file, &PlanOptions::default()).await.unwrap();
    assert_eq!((made.changes().len(), notes(&made, Severity::Error)), (1, Vec::new()));
    assert_eq!(notes(&made, Severity::Warning), [""; 0]);
}

#[tokio::test]
async fn what_would_make_the_update_fail_prevents_a_plan_that_deploys() {
    // F7
    let installation = Installation::new().await.with_bundle().await;
    let admin = installation.admin();
    brought(&admin, TEXT, &PlanOptions::default()).await;
    let deploying = PlanOptions::default().with_deploy(true);
    let made = plan(&admin, &estate(&missing()), &deploying).await.unwrap();
    let blockers = notes(&made, Severity::Error).join("\n");
    assert!(blockers.contains("sql-nowhere"), "{blockers}");
    assert!(apply(&admin, &estate(&missing()), &made).await.is_err());
    assert!(admin.deployments().await.unwrap().is_empty());
}

#[tokio::test]
async fn windows_and_maintenance_prevent_a_plan_of_whoever_only_deploys() {
    // B5, M7: no settings without their update.
    let installation = Installation::new().await.with_deployment().await;
    installation.publish("v2").await;
    let (admin, dana) = (installation.admin(), installation.dana());
    let file = estate(
        "{version: 1, deployments: [{id: churn-dev, project: CHURN, infrastructure: dev, bundle: v2}]}",
    );
    let deploying = PlanOptions::default().with_deploy(true);
    let made = plan(&dana, &file, &deploying).await.unwrap();
    assert_eq!(notes(&made, Severity::Error), [""; 0]);
    let everything = MaintenanceRequest::new(parsed("everything"), "disk");
    admin.start_maintenance(everything).await.unwrap();
    let always = Recurrence::new("0 0 * * *", 1440, "UTC").unwrap();
    let freeze = WindowRequest::new(parsed("everything"), parsed("freeze"), always, "audit week");
    admin.add_window(freeze.with_effect(WindowEffect::Deny)).await.unwrap();
    let made = plan(&dana, &file, &deploying).await.unwrap();
    let blockers = notes(&made, Severity::Error);
    assert_eq!(blockers.len(), 2, "{blockers:?}");
    let blockers = blockers.join("\n");
    assert!(blockers.contains("disk") && blockers.contains("`freeze`"), "{blockers}");
    assert!(apply(&dana, &file, &made).await.is_err());
    let settings = dana.deployment_settings(&parsed("churn-dev")).await.unwrap();
    assert_eq!(settings.bundle_id.as_str(), "v1");
}

#[tokio::test]
async fn a_file_that_moves_an_infrastructure_out_of_a_stage_with_windows_is_prevented() {
    // B5
    let installation = Installation::new().await.with_infras().await;
    let owners = InfraGrant::new(parsed("owners"), InfraRight::Admin);
    installation.change_infra("dev", |infra| infra.permissions.push(owners)).await;
    let (admin, olga) = (installation.admin(), installation.member("olga", &["owners"]));
    let file = estate("{version: 1, infrastructures: [{id: dev, stage: Production}]}");
    let options = PlanOptions::default();
    let made = plan(&olga, &file, &options).await.unwrap();
    assert_eq!(notes(&made, Severity::Error), [""; 0]);
    let always = Recurrence::new("0 0 * * *", 1440, "UTC").unwrap();
    let scope = parsed("stage/Development");
    let freeze = WindowRequest::new(scope, parsed("freeze"), always, "audit week");
    admin.add_window(freeze.with_effect(WindowEffect::Deny)).await.unwrap();
    let made = plan(&olga, &file, &options).await.unwrap();
    let blockers = notes(&made, Severity::Error).join("\n");
    assert!(blockers.contains("dev: it may not leave stage `Development`"), "{blockers}");
    // R-P2: whoever may not see it learns neither that it is there nor its stage.
    let made = plan(&installation.member("nina", &[]), &file, &options).await.unwrap();
    let all = notes(&made, Severity::Error).join("\n");
    assert!(!all.contains("Development"), "{all}");
    let made = plan(&admin, &file, &options).await.unwrap();
    assert_eq!(notes(&made, Severity::Error), [""; 0]);
}

#[tokio::test]
async fn permissions_that_a_node_would_drop_are_named() {
    // R-S4
    let installation = Installation::new().await.with_bundle().await;
    let admin = installation.admin();
    let propagating = TEXT.replace(
        "    rights: {deployers: deploy, devs: view}\n",
        "    rights: {deployers: deploy}\n    permissionsPropagationPolicy: ALL\n",
    );
    brought(&admin, &propagating, &PlanOptions::default()).await;
    let made = plan(&admin, &estate(DEPLOYMENTS), &PlanOptions::default()).await.unwrap();
    let warnings = notes(&made, Severity::Warning).join("\n");
    assert!(warnings.contains("permissions of user `ghost` are left out"), "{warnings}");
}

#[tokio::test]
async fn a_policy_that_warns_needs_a_word_and_one_that_prevents_is_final() {
    // R-G1
    let installation = Installation::new().await.with_bundle().await;
    let admin = installation.admin();
    let accepting = PlanOptions::default().with_accept_warnings(true);
    for (policy, usual, accepted) in [("WARN", 1, 0), ("PREVENT", 1, 1)] {
        let text = TEXT.replace(
            "stage: Development\n",
            &format!("stage: Development\n    governCheckPolicy: {policy}\n"),
        );
        brought(&admin, &text, &PlanOptions::default()).await;
        let blockers = |plan: &EstatePlan| notes(plan, Severity::Error).len();
        let made = plan(&admin, &estate(DEPLOYMENTS), &PlanOptions::default()).await.unwrap();
        assert_eq!(blockers(&made), usual, "{policy}");
        let made = plan(&admin, &estate(DEPLOYMENTS), &accepting).await.unwrap();
        assert_eq!(blockers(&made), accepted, "{policy}");
    }
}
