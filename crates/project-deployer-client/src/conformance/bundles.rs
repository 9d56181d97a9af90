//! Creation from a bundle, import, preload.

use std::collections::BTreeSet;
use std::io;

use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use project_deployer_core::deployment::{
    BundleContainerSettings, CodeEnvsBehavior, ImportTimeMode,
};
use project_deployer_core::infra::PermissionsPropagationPolicy;
use project_deployer_core::node::{CodeEnv, ProjectPermission, ProjectPermissions};
use project_deployer_core::{GroupName, ProjectKey};
use serde_json::{Map, Value};

use super::NodeUnderTest;
use super::fixture::{Fixture, bundle, bundle_id, churn, fatal_codes, is_refused, login, python};
use crate::automation_node::{BundleProjectOptions, NewProject, ProjectChange};
use crate::error::NodeErrorKind;
use crate::upload::Upload;

/// Under the key that the bundle names.
pub async fn a_project_is_created_from_a_bundle_without_activation<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    assert_eq!(fixture.create(&bundle("v1")).await.unwrap(), churn());
    let project = fixture.project().await;
    assert!(project.has_imported(&bundle_id("v1")));
    assert_eq!((project.imported.len(), project.active_bundle), (1, None));
}

/// It is not safe to repeat.
pub async fn a_second_creation_from_a_bundle_is_refused<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_project(&bundle("v1")).await;
    let error = fixture.create(&bundle("v2")).await.unwrap_err();
    assert!(is_refused(&error), "{error}");
    assert!(!fixture.project().await.has_imported(&bundle_id("v2")));
}

/// R-S7: with the login's own rights.
pub async fn a_login_without_the_right_creates_no_project_from_a_bundle<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let (rita, archive) = (fixture.as_login("rita").await, fixture.upload(&bundle("v1")));
    let options = BundleProjectOptions::default();
    let error = rita.create_project_from_bundle(archive, &options).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    assert_eq!(fixture.as_key().await.project(&churn()).await.unwrap(), None);
}

/// And nothing is imported.
pub async fn what_is_no_bundle_is_refused<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_project(&bundle("v1")).await;
    let before = fixture.snapshot().await;
    let garbage = Upload::from_bytes("bundle.zip", "this is no bundle");
    let error = fixture.node.import_bundle(&churn(), garbage).await.unwrap_err();
    assert!(is_refused(&error), "{error}");
    assert_eq!(fixture.snapshot().await, before);
}

/// The error says that it was our side, and what the node got is not taken for a bundle.
pub async fn an_archive_that_breaks_off_creates_nothing<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let whole = Bytes::from(fixture.under_test.bundle(&bundle("v1")));
    let pieces = [
        Ok(whole.slice(..whole.len() / 2)),
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive breaks off")),
    ];
    let archive = Upload::new("bundle.zip", whole.len() as u64, stream::iter(pieces).boxed());
    let options = BundleProjectOptions::default();
    let error = fixture.node.create_project_from_bundle(archive, &options).await.unwrap_err();
    assert!(matches!(error.kind, NodeErrorKind::Archive(_)), "{error}");
    assert_eq!(fixture.node.project(&churn()).await.unwrap(), None);
}

/// R-S1: nothing of the design project's permissions.
pub async fn a_new_project_belongs_to_its_creator_alone<N: NodeUnderTest>() {
    let permissions = created_with::<N>(PermissionsPropagationPolicy::None).await;
    assert_eq!(permissions.owner, Some(login("dana")));
    assert!(granted(&permissions).is_empty());
}

/// R-S3 to R-S5: without an error.
pub async fn permissions_are_propagated_without_unknown_users_and_groups<N: NodeUnderTest>() {
    let permissions = created_with::<N>(PermissionsPropagationPolicy::All).await;
    assert_eq!(permissions.owner, Some(login("dana")));
    let expected =
        [("analysts", &["runScenarios", "writeProjectContent"][..]), ("rita", &["admin"][..])];
    assert_eq!(granted(&permissions), expected.map(entry));
}

/// R-S2.
pub async fn limited_propagation_makes_readers<N: NodeUnderTest>() {
    let permissions = created_with::<N>(PermissionsPropagationPolicy::ReadOnly).await;
    let reading = &["readDashboards", "readProjectContent"][..];
    assert_eq!(granted(&permissions), [("analysts", reading), ("rita", reading)].map(entry));
}

async fn created_with<N: NodeUnderTest>(
    permissions_propagation: PermissionsPropagationPolicy,
) -> ProjectPermissions {
    let fixture = Fixture::<N>::new().await;
    let group = |name: &str, flags: &[&str]| {
        permission(flags).with_group(Some(GroupName::parse(name).unwrap()))
    };
    let user = |name: &str, flags: &[&str]| permission(flags).with_user(Some(login(name)));
    let contents = bundle("v1").with_permissions(vec![
        group("analysts", &["writeProjectContent", "runScenarios"]),
        group("strangers", &["admin"]),
        user("rita", &["admin"]),
        user("stranger", &["admin"]),
    ]);
    let options = BundleProjectOptions { permissions_propagation, ..Default::default() };
    let archive = fixture.upload(&contents);
    fixture.node.create_project_from_bundle(archive, &options).await.unwrap();
    fixture.configuration().await.permissions
}

fn permission(flags: &[&str]) -> ProjectPermission {
    let flags: Map<String, Value> =
        flags.iter().map(|flag| ((*flag).to_owned(), Value::Bool(true))).collect();
    ProjectPermission::default().with_flags(flags)
}

type Granted = (String, BTreeSet<String>);

fn entry((name, flags): (&str, &[&str])) -> Granted {
    (name.to_owned(), flags.iter().map(|flag| (*flag).to_owned()).collect())
}

/// Who has which flags: a node may write the flags that are not set, or leave them out.
pub(super) fn granted(permissions: &ProjectPermissions) -> Vec<Granted> {
    let granted = |entry: &ProjectPermission| {
        let group = entry.group.clone().map(String::from);
        let name = group.or_else(|| entry.user.clone().map(String::from)).unwrap_or_default();
        let is_set = |flag: &&str| entry.flags.get(flag) == Some(&Value::Bool(true));
        (name, entry.flags.names().filter(is_set).map(str::to_owned).collect())
    };
    permissions.permissions.iter().map(granted).collect()
}

/// How a deployment gets another key than its bundle (wire-facts 3.7).
pub async fn a_bundle_is_imported_into_a_project_of_another_key<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let key = ProjectKey::parse("CHURN_PROD").unwrap();
    let project = NewProject {
        key: key.clone(),
        name: "Churn".to_owned(),
        owner: login("dana"),
        folder: None,
    };
    fixture.node.create_project(&project).await.unwrap();
    fixture.node.import_bundle(&key, fixture.upload(&bundle("v1"))).await.unwrap();
    let project = fixture.node.project(&key).await.unwrap().unwrap();
    assert!(project.has_imported(&bundle_id("v1")));
    assert_eq!(project.active_bundle, None);
    assert_eq!(fixture.node.project(&churn()).await.unwrap(), None);
}

/// The caller that retries reads it back.
pub async fn a_bundle_is_imported_once<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_project(&bundle("v1")).await;
    fixture.import(&bundle("v2")).await.unwrap();
    let error = fixture.import(&bundle("v2")).await.unwrap_err();
    assert!(is_refused(&error), "{error}");
    let imported = fixture.project().await.imported;
    let mut ids: Vec<_> = imported.iter().map(|imported| imported.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["v1", "v2"]);
}

/// An import creates no project (R-A8).
pub async fn a_bundle_is_not_imported_into_an_absent_project<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let error = fixture.import(&bundle("v1")).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(fixture.node.project(&churn()).await.unwrap(), None);
}

/// R-A1, R-A3: the default of the settings.
pub async fn preloading_installs_what_is_missing<N: NodeUnderTest>() {
    let contents = bundle("v1").with_code_envs(vec![python("py-prod"), python("py-new")]);
    let fixture = Fixture::<N>::with_project(&contents).await;
    for _ in 0..2 {
        fixture.node.preload_bundle(&churn(), &bundle_id("v1")).await.unwrap();
    }
    let resources = fixture.as_key().await.resources().await.unwrap();
    let env = CodeEnv::new("py-new", "PYTHON");
    assert!(resources.code_envs.unwrap().contains(&env));
    fixture.activate("v1").await.unwrap();
}

/// R-A3. Messages that are fatal are an error.
pub async fn preloading_fails_for_what_is_missing_where_the_settings_say_so<N: NodeUnderTest>() {
    let contents = bundle("v1").with_code_envs(vec![python("py-new")]);
    let fixture = Fixture::<N>::with_project(&contents).await;
    fixture.configure(with_import_time_mode(ImportTimeMode::FailIfMiss)).await;
    let error = fixture.node.preload_bundle(&churn(), &bundle_id("v1")).await.unwrap_err();
    assert_eq!(fatal_codes(&error), ["ERR_CODEENV_MISSING_ENV"]);
    let resources = fixture.as_key().await.resources().await.unwrap();
    assert!(!resources.code_envs.unwrap().iter().any(|env| env.name == "py-new"));
}

pub(super) fn with_import_time_mode(import_time_mode: ImportTimeMode) -> ProjectChange {
    ProjectChange::ContainerSettings(BundleContainerSettings::default().with_code_envs_behavior(
        CodeEnvsBehavior::default().with_import_time_mode(import_time_mode),
    ))
}

/// Nor one of an absent project.
pub async fn an_absent_bundle_is_not_preloaded<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_project(&bundle("v1")).await;
    let error = fixture.node.preload_bundle(&churn(), &bundle_id("v9")).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let absent = ProjectKey::parse("ABSENT").unwrap();
    let error = fixture.node.preload_bundle(&absent, &bundle_id("v1")).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
}
