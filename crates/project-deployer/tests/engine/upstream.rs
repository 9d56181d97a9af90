//! E7: projects whose objects others use are deployed first.

use std::io::{Cursor, Write as _};
use std::time::Duration;

use project_deployer::estate::{
    AppliedEstate, Estate, EstateAccess, EstateFormat, EstatePlan, EstateSecrets, ObservedEstate,
    PlanOptions,
};
use project_deployer::readiness::Check;
use project_deployer_client::prelude::*;
use project_deployer_client::{Failure, Identity, NodeErrorKind, Operation, Upload, Warnings};
use project_deployer_core::deployment::DeploymentCreation;
use project_deployer_core::infra::Target;
use project_deployer_core::status::UpdateStatus;
use serde_json::json;

use crate::installation::{Installation, entry, parsed};

/// Bundle `v1` of a project with a recipe that reads these inputs.
fn upload(project: &str, inputs: &[&str]) -> Upload {
    let items: Vec<_> = inputs.iter().map(|input| json!({"ref": input, "deps": []})).collect();
    let recipe = json!({"type": "sync", "inputs": {"main": {"items": items}}});
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, document) in [
        ("export-manifest.json", json!({"projectKey": project, "bundleId": "v1"})),
        ("project_config/recipes/join.json", recipe),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(document.to_string().as_bytes()).unwrap();
    }
    Upload::from_bytes("v1.zip", zip.finish().unwrap().into_inner())
}

async fn with(installation: &Installation, project: &str, inputs: &[&str]) {
    let dana = installation.dana();
    dana.upload_bundle(upload(project, inputs), None).await.unwrap();
    let id = parsed(&project.to_lowercase());
    let creation = DeploymentCreation::new(id, parsed(project), parsed("dev"), parsed("v1"));
    dana.create_deployment(&creation, Warnings::AsErrors).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn plan_and_update_name_the_projects_that_have_to_be_deployed_first() {
    // E7, F7
    let installation = Installation::new().await.with_infras().await;
    with(&installation, "BOARD", &["own", "SALES.orders"]).await;
    with(&installation, "SALES", &[]).await;
    let board = parsed("board");
    let plan = installation.dana().plan_deployment(&board, None).await.unwrap();
    let found = plan.nodes[0].findings.iter().find(|it| it.check == Check::UpstreamProjects);
    let what = "there is no project `SALES`, whose objects board uses";
    assert_eq!(found.unwrap().what, what, "{plan}");
    assert!(installation.dev.calls().iter().all(|call| !call.operation.changes()));
    let detail = installation.update("board").await;
    assert_eq!(detail.status, UpdateStatus::Warning);
    let log = detail.logs.unwrap().lines.join("\n");
    assert!(log.contains("there is no project SALES, whose objects bundle v1 uses"), "{log}");

    assert_eq!(installation.update("sales").await.status, UpdateStatus::Success);
    assert_eq!(installation.update("board").await.status, UpdateStatus::Success);
    let plan = installation.dana().plan_deployment(&board, None).await.unwrap();
    assert!(plan.nodes[0].findings.iter().all(|it| it.check != Check::UpstreamProjects), "{plan}");
}

#[tokio::test(start_paused = true)]
async fn projects_of_others_are_asked_for_as_the_acting_login_in_one_list() {
    // E7: the administrator's key would say that a project exists which the login may not see.
    let installation = Installation::new().await.with_infras().await;
    with(&installation, "BOARD", &["SALES.orders"]).await;
    with(&installation, "SALES", &[]).await;
    assert_eq!(installation.update("sales").await.status, UpdateStatus::Success);
    let _ = installation.dev.take_calls();
    installation.dana().plan_deployment(&parsed("board"), None).await.unwrap();
    assert_eq!(installation.update("board").await.status, UpdateStatus::Success);
    let calls = installation.dev.take_calls();
    let sales = Some(parsed("SALES"));
    assert!(calls.iter().all(|call| call.project != sales), "the list is enough: {calls:?}");
    let lists = calls.iter().filter(|call| call.operation == Operation::ProjectKeys);
    let lists: Vec<_> = lists.map(|call| call.acting.clone()).collect();
    assert_eq!(
        lists,
        [Identity::Impersonate(parsed("dana")), Identity::Impersonate(parsed("dana"))]
    );
}

#[tokio::test(start_paused = true)]
async fn a_project_that_cannot_be_read_stops_no_update() {
    // E7: whether it is there only feeds a message.
    let installation = Installation::new().await.with_infras().await;
    with(&installation, "BOARD", &["SALES.orders"]).await;
    let odd = Failure::Before(NodeErrorKind::Malformed("odd".to_owned()));
    installation.dev.fail_next(Operation::Project, odd);
    let detail = installation.update("board").await;
    assert_eq!(detail.status, UpdateStatus::Success, "{detail:?}");
    let log = detail.logs.unwrap().lines.join("\n");
    assert!(log.contains("whether project SALES is there is unknown"), "{log}");
}

#[tokio::test(start_paused = true)]
async fn an_update_waits_for_its_own_upstream_deployments_alone() {
    // E7: the update of SLOW never ends.
    let installation = Installation::new().await.with_infras().await;
    let far = Target::SingleNode(entry("prod"));
    installation.register("far", "Test", far).await;
    for (project, inputs) in [("SLOW", &[][..]), ("SALES", &[]), ("BOARD", &["SALES.orders"])] {
        installation.dana().upload_bundle(upload(project, inputs), None).await.unwrap();
    }
    installation.prod.fail_next(Operation::CreateProjectFromBundle, Failure::Stuck);
    let text = "version: 1\ndeployments:\n\
        \x20 - {id: slow, project: SLOW, infrastructure: far, bundle: v1}\n\
        \x20 - {id: board, project: BOARD, infrastructure: dev, bundle: v1}\n\
        \x20 - {id: sales, project: SALES, infrastructure: dev, bundle: v1}\n";
    let estate = Estate::parse(text, EstateFormat::Yaml).unwrap();
    let (dana, options) = (installation.dana(), PlanOptions::default().with_deploy(true));
    let access = EstateAccess::Engine(&dana);
    let observed = ObservedEstate::read(access, &estate, &options).await.unwrap();
    let secrets = EstateSecrets::default();
    let plan = EstatePlan::of(&estate, &observed, &secrets, &options);
    let apply = plan.apply(access, &estate, &secrets, &|_| {});
    let in_time = tokio::time::timeout(Duration::from_secs(600), apply).await;
    assert!(in_time.is_err(), "it waits for SLOW");
    let board = dana.last_update(&parsed("board")).await.unwrap();
    assert_eq!(board.status, UpdateStatus::Success);
}

#[tokio::test(start_paused = true)]
async fn the_order_of_several_deployments_is_from_upstream_to_downstream() {
    // E7
    let installation = Installation::new().await.with_infras().await;
    with(&installation, "BOARD", &["SALES.orders"]).await;
    with(&installation, "SALES", &["BASE.raw"]).await;
    with(&installation, "BASE", &[]).await;
    let ids = ["board", "sales", "base"].map(parsed);
    let order = installation.dana().upstream_order(&ids).await.unwrap();
    assert_eq!(order.waves, [["base"], ["sales"], ["board"]].map(|wave| wave.map(parsed).to_vec()));
    assert!(order.cycles.is_empty());
    installation.member("mallory", &[]).upstream_order(&ids).await.unwrap_err();
}

/// Applies a file with a deployment of each of these projects, in this order, and updates them.
async fn applied(installation: &Installation, projects: &[&str]) -> AppliedEstate {
    let entry = |project: &&str| {
        let id = project.to_lowercase();
        format!("  - {{id: {id}, project: {project}, infrastructure: dev, bundle: v1}}\n")
    };
    let entries: String = projects.iter().map(entry).collect();
    let text = format!("version: 1\ndeployments:\n{entries}");
    let estate = Estate::parse(&text, EstateFormat::Yaml).unwrap();
    let (dana, options) = (installation.dana(), PlanOptions::default().with_deploy(true));
    let access = EstateAccess::Engine(&dana);
    let observed = ObservedEstate::read(access, &estate, &options).await.unwrap();
    let secrets = EstateSecrets::default();
    let mut plan = EstatePlan::of(&estate, &observed, &secrets, &options);
    plan.check(access).await.unwrap();
    let applied = plan.apply(access, &estate, &secrets, &|_| {}).await.unwrap();
    let notes: Vec<_> = plan.notes().iter().map(|note| note.what.as_str()).collect();
    let says = notes.iter().any(|what| what.contains("in a circle: `two`, `one`"));
    assert_eq!(says, !applied.cycles.is_empty(), "the plan says it before: {notes:?}");
    applied
}

#[tokio::test(start_paused = true)]
async fn a_file_is_deployed_from_upstream_to_downstream_and_circles_are_named() {
    // E7
    let installation = Installation::new().await.with_infras().await;
    for (project, inputs) in
        [("BOARD", &["SALES.orders"][..]), ("SALES", &[]), ("ONE", &["TWO.x"]), ("TWO", &["ONE.x"])]
    {
        installation.dana().upload_bundle(upload(project, inputs), None).await.unwrap();
    }
    let done = applied(&installation, &["BOARD", "SALES"]).await;
    assert!(done.updates.iter().all(|(_, end)| matches!(end, Ok(UpdateStatus::Success))));
    assert!(done.cycles.is_empty());
    let calls = installation.dev.take_calls();
    let created = calls.iter().filter(|it| it.operation == Operation::CreateProjectFromBundle);
    let created: Vec<_> = created.filter_map(|call| call.project.clone()).collect();
    assert_eq!(created, ["SALES", "BOARD"].map(parsed));
    let done = applied(&installation, &["ONE", "TWO"]).await;
    assert_eq!(done.cycles, [["two", "one"].map(parsed)]);
    // The first of a circle is warned of the other, which is not there yet.
    let ends: Vec<_> =
        done.updates.iter().map(|(id, end)| (id.as_str(), end.as_ref().unwrap())).collect();
    assert_eq!(ends, [("one", &UpdateStatus::Warning), ("two", &UpdateStatus::Success)]);
}
