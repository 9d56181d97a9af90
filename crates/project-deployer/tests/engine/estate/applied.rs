use project_deployer::estate::{
    Estate, EstateAccess, EstateError, EstateKind, ExportOptions, ObservedEstate, PlanOptions,
    PlannedAction, PlannedChange,
};
use project_deployer_client::prelude::*;
use project_deployer_client::{Failure, NodeErrorKind, Operation};
use project_deployer_core::rights::{InfraGrant, InfraRight};
use project_deployer_core::stage::Stage;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{Collection, Commit, Expected, MemoryStore, Store as _};

use super::{DEPLOYMENTS, TEXT, apply, brought, changes, estate, plan, secrets};
use crate::installation::{Installation, KEY, churn, parsed};

/// The revision of the store: it grows with each commit.
async fn revision(store: &MemoryStore) -> u64 {
    store.status().await.unwrap().revision.0
}

fn usual() -> PlanOptions {
    PlanOptions::default()
}

fn deploying() -> PlanOptions {
    PlanOptions::default().with_deploy(true)
}

#[tokio::test]
async fn an_empty_deployer_is_brought_to_three_stages_and_a_second_run_sends_nothing() {
    // F7, J6
    let installation = Installation::new().await;
    let admin = installation.admin();
    let before = revision(&installation.store).await;
    let first = plan(&admin, &estate(TEXT), &usual()).await.unwrap();
    assert_eq!(changes(&first), ["change ", "create dev", "create prod", "create CHURN"]);
    assert_eq!(revision(&installation.store).await, before, "a plan writes nothing");
    assert!(installation.dev.calls().iter().all(|call| !call.operation.changes()));
    let applied = apply(&admin, &estate(TEXT), &first).await.unwrap();
    assert_eq!(applied.changes, 4);

    let stages = admin.stages().await.unwrap();
    let stages: Vec<_> = stages.iter().map(|stage| stage.id.as_str()).collect();
    assert_eq!(stages, ["Development", "Acceptance", "Test", "Production"]);
    let prod = admin.infra_settings(&parsed("prod")).await.unwrap();
    assert_eq!(prod.permissions, [InfraGrant::new(parsed("deployers"), InfraRight::Deploy)]);
    assert_eq!(prod.remapping.connection("sql-dev"), "sql-prod");
    assert_eq!(prod.target.entries()[0].admin_api_key.as_ref().unwrap().expose(), KEY);
    assert_eq!(admin.project_settings(&churn()).await.unwrap().name, "Customer churn");

    let before = revision(&installation.store).await;
    let second = brought(&admin, TEXT, &usual()).await;
    assert_eq!((second.changes, revision(&installation.store).await), (0, before));
}

#[tokio::test]
async fn a_deployment_is_created_updated_and_updated_again_only_when_its_bundle_changes() {
    // F7
    let installation = Installation::new().await.with_bundle().await;
    let admin = installation.admin();
    let dana = installation.dana();
    brought(&admin, TEXT, &usual()).await;
    let applied = brought(&dana, DEPLOYMENTS, &deploying()).await;
    let ends: Vec<_> = applied.updates.iter().map(|(_, end)| end.as_ref().unwrap()).collect();
    assert_eq!((ends, applied.is_success()), (vec![&UpdateStatus::Success], true));
    let settings = dana.deployment_settings(&parsed("churn-dev")).await.unwrap();
    assert_eq!(settings.tags, ["nightly"]);
    assert_eq!(settings.local_variables.get("token").unwrap(), KEY);
    let before = revision(&installation.store).await;
    let again = brought(&dana, DEPLOYMENTS, &deploying()).await;
    assert_eq!((again.changes, again.updates.len()), (0, 0));
    assert_eq!(revision(&installation.store).await, before);

    installation.publish("v2").await;
    let newer = DEPLOYMENTS.replace("v1", "v2");
    let saved = brought(&dana, &newer, &usual()).await;
    assert_eq!((saved.changes, saved.updates.len()), (1, 0));
    // What was saved and not deployed is deployed later.
    let deployed = brought(&dana, &newer, &deploying()).await;
    assert_eq!((deployed.changes, deployed.updates.len()), (0, 1));
    assert!(deployed.is_success());
    let tagged = newer.replace("nightly", "weekly");
    let saved = brought(&dana, &tagged, &usual()).await;
    assert_eq!((saved.changes, saved.updates.len()), (1, 0));
    assert_eq!(brought(&dana, &tagged, &deploying()).await.updates.len(), 1);
    assert_eq!(brought(&dana, &tagged, &deploying()).await.updates.len(), 0);
}

#[tokio::test]
async fn an_update_that_failed_is_started_again_by_the_next_apply() {
    // F7
    let installation = Installation::new().await.with_bundle().await;
    let dana = installation.dana();
    brought(&installation.admin(), TEXT, &usual()).await;
    brought(&dana, DEPLOYMENTS, &deploying()).await;
    let tagged = DEPLOYMENTS.replace("nightly", "weekly");
    let refused = Failure::Before(NodeErrorKind::Forbidden("not for you".to_owned()));
    installation.dev.fail_next(Operation::ActivateBundle, refused);
    let failed = brought(&dana, &tagged, &deploying()).await;
    assert_eq!((failed.changes, failed.is_success()), (1, false));
    let again = brought(&dana, &tagged, &deploying()).await;
    assert_eq!((again.changes, again.updates.len(), again.is_success()), (0, 1, true));
    assert_eq!(brought(&dana, &tagged, &deploying()).await.updates.len(), 0);
}

#[tokio::test]
async fn pruned_are_only_the_stages_and_bundles_of_the_plan() {
    let installation = Installation::new().await.with_bundle().await;
    let admin = installation.admin();
    let text = "version: 1\nprojects: []";
    let options = PlanOptions::default().with_prune([EstateKind::Projects].into());
    let made = plan(&admin, &estate(text), &options).await.unwrap();
    installation.publish("v2").await;
    let outdated = apply(&admin, &estate(text), &made).await.unwrap_err();
    assert!(
        matches!(&outdated, EstateError::Outdated { moved } if moved == "bundles of project CHURN"),
        "{outdated}"
    );
    let text = "version: 1\nstages: [{id: Production}, {id: Development}]";
    let options = PlanOptions::default().with_prune([EstateKind::Stages].into());
    let wanted = estate(text);
    let made = plan(&admin, &wanted, &options).await.unwrap();
    let other = admin.clone();
    let report = move |change: &PlannedChange| {
        if change.action == PlannedAction::Delete {
            let stage = Stage::new(parsed("QA"), "added meanwhile".to_owned());
            futures::executor::block_on(other.add_stage(stage)).unwrap();
        }
    };
    made.apply(EstateAccess::Engine(&admin), &wanted, &secrets(&wanted), &report).await.unwrap();
    let stages = admin.stages().await.unwrap();
    let stages: Vec<_> = stages.iter().map(|stage| stage.id.as_str()).collect();
    assert_eq!(stages, ["Production", "Development", "QA"]);
}

#[tokio::test]
async fn an_order_of_updates_that_cannot_be_made_stops_after_the_changes() {
    // E7, F7
    let installation = Installation::new().await.with_bundle().await;
    let (admin, dana) = (installation.admin(), installation.dana());
    brought(&admin, TEXT, &usual()).await;
    brought(&dana, DEPLOYMENTS, &usual()).await;
    let wanted = estate(&format!("{DEPLOYMENTS}projects: [{{key: CHURN, name: Churn}}]\n"));
    let made = plan(&dana, &wanted, &deploying()).await.unwrap();
    assert_eq!(changes(&made), ["change CHURN", "update churn-dev"]);
    let store = installation.store.clone();
    let report = move |change: &PlannedChange| {
        if change.kind == EstateKind::Projects {
            let deployment = Collection::new("deployment").key("churn-dev");
            let gone = Commit::new().delete(deployment, Expected::Any);
            futures::executor::block_on(store.commit(gone)).unwrap();
        }
    };
    let access = EstateAccess::Engine(&dana);
    let stopped = made.apply(access, &wanted, &secrets(&wanted), &report).await.unwrap_err();
    let expected = "deployment `churn-dev`";
    assert!(
        matches!(&stopped, EstateError::Stopped { object, done: 1, .. } if object == expected),
        "{stopped}"
    );
    let project = dana.project_settings(&churn()).await.unwrap();
    assert_eq!(project.name, "Churn", "what was done before stays");
    assert!(installation.dev.calls().iter().all(|call| !call.operation.changes()));
}

#[tokio::test]
async fn secret_variables_alone_leave_the_others_as_they_are() {
    let installation = Installation::new().await.with_bundle().await;
    brought(&installation.admin(), TEXT, &usual()).await;
    let dana = installation.dana();
    let one = DEPLOYMENTS.replace("token:", "other:");
    brought(&dana, &one, &usual()).await;
    let secrets = DEPLOYMENTS.replace("    localVariables: {region: eu}\n", "");
    brought(&dana, &secrets, &usual()).await;
    let settings = dana.deployment_settings(&parsed("churn-dev")).await.unwrap();
    assert_eq!(settings.local_variables.get("region").unwrap(), "eu");
    assert_eq!(settings.local_variables.get("token").unwrap(), KEY);
    assert!(settings.local_variables.get("other").is_some());
}

#[tokio::test]
async fn an_outdated_plan_writes_nothing_and_names_what_has_changed() {
    // F8
    let installation = Installation::new().await;
    let admin = installation.admin();
    brought(&admin, TEXT, &usual()).await;
    let wanted = estate(&TEXT.replace("devs: view", "devs: deploy").replace("Customer", "All"));
    let made = plan(&admin, &wanted, &usual()).await.unwrap();
    assert_eq!(changes(&made), ["change dev", "change CHURN"]);
    installation.change_infra("dev", |settings| settings.permissions.clear()).await;
    let before = revision(&installation.store).await;
    let refused = apply(&admin, &wanted, &made).await.unwrap_err();
    assert!(matches!(&refused, EstateError::Outdated { moved } if moved == "infrastructure dev"));
    assert_eq!(revision(&installation.store).await, before);
}

#[tokio::test]
async fn a_change_that_is_refused_stops_the_rest_and_the_next_apply_goes_on() {
    let installation = Installation::new().await;
    let dana = installation.dana();
    // She may create projects and no infrastructures.
    let wanted =
        estate("version: 1\nprojects: [{key: A}]\ninfrastructures: [{id: x, stage: Test}]");
    let made = plan(&dana, &wanted, &usual()).await.unwrap();
    let refused = apply(&dana, &wanted, &made).await.unwrap_err();
    assert!(matches!(&refused, EstateError::Stopped { done: 0, .. }), "{refused}");
    let only = estate("version: 1\nprojects: [{key: A}, {key: B}]");
    let two = plan(&dana, &only, &usual()).await.unwrap();
    dana.create_project(&parsed("A")).await.unwrap();
    let outdated = apply(&dana, &only, &two).await.unwrap_err();
    assert!(matches!(outdated, EstateError::Outdated { .. }), "{outdated}");
    let rest = plan(&dana, &only, &usual()).await.unwrap();
    assert_eq!(changes(&rest), ["create B"]);
    assert_eq!(apply(&dana, &only, &rest).await.unwrap().changes, 1);
}

#[tokio::test]
async fn what_is_pruned_is_deleted_in_an_order_that_works() {
    let installation = Installation::new().await.with_deployment().await;
    let admin = installation.admin();
    let text = "version: 1\nstages: [{id: Production}]\ninfrastructures: [{id: prod}]\nprojects: []\ndeployments: []";
    let kinds = [
        EstateKind::Stages,
        EstateKind::Infrastructures,
        EstateKind::Projects,
        EstateKind::Deployments,
    ];
    let options = PlanOptions::default().with_prune(kinds.into());
    let made = plan(&admin, &estate(text), &options).await.unwrap();
    assert_eq!(changes(&made), ["delete churn-dev", "delete CHURN", "delete dev", "delete "]);
    apply(&admin, &estate(text), &made).await.unwrap();
    assert_eq!(admin.stages().await.unwrap().iter().len(), 1);
    assert!(admin.infra(&parsed("dev")).await.is_err());
    assert!(plan(&admin, &estate(text), &options).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_export_planned_at_once_shows_no_difference() {
    // J6
    let installation = Installation::new().await.with_bundle().await;
    let admin = installation.admin();
    brought(&admin, TEXT, &usual()).await;
    brought(&admin, DEPLOYMENTS, &usual()).await;
    let observed = ObservedEstate::read_all(EstateAccess::Engine(&admin)).await.unwrap();
    let exported = observed.export(&ExportOptions::default());
    let text = exported.estate.to_text(project_deployer::estate::EstateFormat::Yaml).unwrap();
    assert!(!text.contains(KEY), "R13: {text}");
    let left = plan(&admin, &Estate::clone(&exported.estate), &usual()).await.unwrap();
    assert!(left.is_empty() && left.blockers().next().is_none(), "{:?}", changes(&left));
    assert!(exported.left_out.iter().any(|it| it.contains("local variables")));
}

#[tokio::test]
async fn what_the_caller_may_not_read_is_a_blocker_and_what_is_hidden_is_not_there() {
    // R-P2
    let installation = Installation::new().await.with_infras().await;
    let dana = installation.dana();
    let wanted = estate("version: 1\ninfrastructures: [{id: dev, deployAsUser: dana}]");
    let made = plan(&dana, &wanted, &usual()).await.unwrap();
    assert!(made.blockers().next().unwrap().what.contains("may not read"), "{:?}", made.notes());
    let refused = apply(&dana, &wanted, &made).await.unwrap_err();
    assert!(matches!(refused, EstateError::Blocked { blockers: 1 }));
    let nobody = installation.member("mallory", &[]);
    let all = ObservedEstate::read_all(EstateAccess::Engine(&nobody)).await.unwrap();
    let exported = all.export(&ExportOptions::default()).estate;
    assert_eq!(exported.infrastructures.unwrap().len(), 0);
}
