//! E7: projects whose objects others use are deployed first.

use std::io::{Cursor, Write as _};

use project_deployer::readiness::Check;
use project_deployer_client::prelude::*;
use project_deployer_client::{Upload, Warnings};
use project_deployer_core::deployment::DeploymentCreation;
use project_deployer_core::status::UpdateStatus;
use serde_json::json;

use crate::installation::{Installation, parsed};

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
