//! Activation: its effects, and what prevents it.

use project_deployer_core::bundle::{BundleContents, RequiredPlugin};
use project_deployer_core::deployment::{BundleContainerSettings, ImportTimeMode};
use project_deployer_core::messages::Severity;
use project_deployer_core::remapping::{NameRemapping, Remapping};

use super::NodeUnderTest;
use super::bundles::with_import_time_mode;
use super::fixture::{Fixture, bundle, bundle_id, churn, connection, fatal_codes, python};
use crate::automation_node::ProjectChange;

/// Instead of the one before.
pub async fn activation_makes_a_bundle_the_active_one<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&bundle("v1")).await;
    assert_eq!(fixture.active_bundle().await.as_deref(), Some("v1"));
    fixture.import(&bundle("v2")).await.unwrap();
    assert_eq!(fixture.active_bundle().await.as_deref(), Some("v1"));
    assert!(!fixture.activate("v2").await.unwrap().is_fatal());
    assert_eq!(fixture.active_bundle().await.as_deref(), Some("v2"));
}

/// A rollback.
pub async fn an_earlier_bundle_is_activated_again<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&bundle("v1")).await;
    fixture.import(&bundle("v2")).await.unwrap();
    fixture.activate("v2").await.unwrap();
    fixture.activate("v1").await.unwrap();
    let project = fixture.project().await;
    assert_eq!(project.active_bundle, Some(bundle_id("v1")));
    assert!(project.has_imported(&bundle_id("v2")));
}

/// R1: a step whose reply was lost is made again.
pub async fn activation_is_safe_to_repeat<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&bundle("v1")).await;
    let before = fixture.snapshot().await;
    fixture.activate("v1").await.unwrap();
    assert_eq!(fixture.snapshot().await, before);
}

/// And the active one stays.
pub async fn an_absent_bundle_is_not_activated<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&bundle("v1")).await;
    let error = fixture.activate("v9").await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(fixture.active_bundle().await.as_deref(), Some("v1"));
}

/// `v1` is active, and the activation of `v2`, which is this bundle, fails with this code and leaves
/// no trace.
async fn activation_fails<N: NodeUnderTest>(fixture: &Fixture<N>, v2: &BundleContents, code: &str) {
    fixture.import(v2).await.unwrap();
    let before = fixture.snapshot().await;
    let error = fixture.activate("v2").await.unwrap_err();
    assert_eq!(fatal_codes(&error), [code], "{error}");
    assert_eq!(fixture.snapshot().await, before);
}

/// R-C1, R-A4.
pub async fn activate_fails_and_leaves_the_node_as_it_was_when_a_connection_is_missing<
    N: NodeUnderTest,
>() {
    let fixture = Fixture::<N>::with_active(&bundle("v1")).await;
    let v2 = bundle("v2")
        .with_connections(vec![
            connection("sql-prod", "PostgreSQL"),
            connection("sql-dev", "PostgreSQL"),
        ])
        .with_scenarios(Vec::new());
    activation_fails(&fixture, &v2, "ERR_BUNDLE_ACTIVATE_MISSING_CONNECTION").await;
}

/// R-C2.
pub async fn activate_fails_when_a_connection_has_another_type<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&bundle("v1")).await;
    let v2 = bundle("v2").with_connections(vec![connection("files", "PostgreSQL")]);
    activation_fails(&fixture, &v2, "ERR_BUNDLE_ACTIVATE_BAD_CONNECTION_TYPE").await;
}

/// R-C2.
pub async fn activate_fails_when_the_caller_may_not_use_a_connection<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&bundle("v1")).await;
    let v2 = bundle("v2").with_connections(vec![connection("vault", "PostgreSQL")]);
    activation_fails(&fixture, &v2, "ERR_BUNDLE_ACTIVATE_BAD_CONNECTION_PERMISSIONS").await;
}

/// R-A1, R-A3: the settings turn preloading off.
pub async fn activate_fails_when_a_code_env_is_missing<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&bundle("v1")).await;
    fixture.configure(with_import_time_mode(ImportTimeMode::DoNothing)).await;
    let v2 = bundle("v2").with_code_envs(vec![python("py-new")]);
    fixture.import(&v2).await.unwrap();
    fixture.node.preload_bundle(&churn(), &bundle_id("v2")).await.unwrap();
    let error = fixture.activate("v2").await.unwrap_err();
    assert_eq!(fatal_codes(&error), ["ERR_CODEENV_MISSING_ENV"], "{error}");
    assert_eq!(fixture.active_bundle().await.as_deref(), Some("v1"));
}

/// R-A1: although the environment is there.
pub async fn activate_fails_when_a_code_env_was_not_preloaded<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&bundle("v1")).await;
    let v2 = bundle("v2").with_code_envs(vec![python("py-prod")]);
    activation_fails(&fixture, &v2, "ERR_CODEENV_MISSING_ENV_VERSION").await;
}

fn remapped(source: &str, target: &str) -> ProjectChange {
    let rule = NameRemapping::new(source.to_owned(), target.to_owned());
    ProjectChange::ContainerSettings(
        BundleContainerSettings::default()
            .with_remapping(Remapping::default().with_connections(vec![rule])),
    )
}

/// R-C3.
pub async fn a_remapped_connection_is_found_under_its_other_name<N: NodeUnderTest>() {
    let contents = bundle("v1").with_connections(vec![connection("sql-dev", "PostgreSQL")]);
    let fixture = Fixture::<N>::with_project(&contents).await;
    fixture.activate("v1").await.unwrap_err();
    fixture.configure(remapped("sql-dev", "sql-prod")).await;
    fixture.activate("v1").await.unwrap();
    assert_eq!(fixture.active_bundle().await.as_deref(), Some("v1"));
}

/// R-C3: even where the source would be there.
pub async fn a_remapping_to_an_absent_connection_fails<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_active(&bundle("v1")).await;
    fixture.configure(remapped("sql-prod", "sql-dev")).await;
    activation_fails(&fixture, &bundle("v2"), "ERR_BUNDLE_ACTIVATE_MISSING_CONNECTION").await;
}

/// R-A5.
pub async fn a_missing_plugin_is_a_warning<N: NodeUnderTest>() {
    let plugin = |id: &str| RequiredPlugin::used(id, Some("1.2.0".to_owned()));
    let contents = bundle("v1").with_plugins(vec![plugin("geo"), plugin("maps")]);
    let fixture = Fixture::<N>::with_project(&contents).await;
    let messages = fixture.activate("v1").await.unwrap();
    let texts: Vec<_> = messages
        .0
        .iter()
        .filter(|message| message.severity == Severity::Warning)
        .map(ToString::to_string)
        .collect();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts.iter().all(|text| text.contains("maps")), "{texts:?}");
    assert_eq!(fixture.active_bundle().await.as_deref(), Some("v1"));
}
