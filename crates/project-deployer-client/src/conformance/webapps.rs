//! Webapps of a project on the node (R-S8).

use project_deployer_core::bundle::{BundleContents, BundleWebapp};
use project_deployer_core::node::{Webapp, WebappBackend};
use serde_json::json;

use super::NodeUnderTest;
use super::fixture::{Fixture, bundle, churn, login};
use crate::automation_node::ProjectChange;

/// Bundle `v1` with webapps `board` and `form`.
fn with_webapps() -> BundleContents {
    let webapp = |id: &str| BundleWebapp::new(id, id);
    bundle("v1").with_webapps(vec![webapp("board"), webapp("form")])
}

async fn webapps<N: NodeUnderTest>(fixture: &Fixture<N>) -> Vec<Webapp> {
    let mut webapps = fixture.node.webapps(&churn()).await.unwrap();
    webapps.sort_by(|one, other| one.id.cmp(&other.id));
    webapps
}

/// Nobody has set a user, and no backend runs.
pub async fn activation_brings_the_webapps_of_the_bundle<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_project(&with_webapps()).await;
    assert!(webapps(&fixture).await.is_empty());
    fixture.activate("v1").await.unwrap();
    let expected = ["board", "form"].map(|id| Webapp::new(id, id));
    assert_eq!(webapps(&fixture).await, expected);
}

/// Of that webapp and of the other one. R4: a step whose reply was lost is made again.
pub async fn a_webapp_takes_another_user_and_keeps_the_rest<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&with_webapps()).await;
    for _ in 0..2 {
        fixture.node.configure_webapp(&churn(), "board", &login("rita")).await.unwrap();
    }
    let board = Webapp::new("board", "board").with_run_as_user(Some("rita".to_owned()));
    assert_eq!(webapps(&fixture).await, [board, Webapp::new("form", "form")]);
}

/// One that did not run, and one that did.
pub async fn a_restart_makes_a_backend_run<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&with_webapps()).await;
    for _ in 0..2 {
        fixture.node.restart_webapp(&churn(), "board").await.unwrap();
        let board = Webapp::new("board", "board").with_backend(WebappBackend::Running);
        assert_eq!(webapps(&fixture).await, [board, Webapp::new("form", "form")]);
    }
}

/// It goes on under the user before.
pub async fn a_change_of_the_user_leaves_the_backend_alone<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&with_webapps()).await;
    fixture.node.restart_webapp(&churn(), "board").await.unwrap();
    for id in ["board", "form"] {
        fixture.node.configure_webapp(&churn(), id, &login("rita")).await.unwrap();
    }
    let running: Vec<_> = webapps(&fixture).await.iter().map(Webapp::is_running).collect();
    assert_eq!(running, [true, false]);
}

/// Neither its user nor its backend.
pub async fn a_reader_changes_no_webapp<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&with_webapps()).await;
    let mut permissions = fixture.configuration().await.permissions;
    let entry = json!({"group": "analysts", "readProjectContent": true});
    permissions.permissions = vec![serde_json::from_value(entry).unwrap()];
    fixture.configure(ProjectChange::Permissions(permissions)).await;
    let rita = fixture.as_login("rita").await;
    assert_eq!(rita.webapps(&churn()).await.unwrap().len(), 2);
    let error = rita.configure_webapp(&churn(), "board", &login("rita")).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    let error = rita.restart_webapp(&churn(), "board").await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    assert_eq!(webapps(&fixture).await, ["board", "form"].map(|id| Webapp::new(id, id)));
}

/// Neither to change nor to restart.
pub async fn an_absent_webapp_is_not_found<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&with_webapps()).await;
    let error = fixture.node.restart_webapp(&churn(), "absent").await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let error =
        fixture.node.configure_webapp(&churn(), "absent", &login("rita")).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
}
