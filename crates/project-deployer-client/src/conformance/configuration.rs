//! The settings of a project that belong to the node.

use project_deployer_core::deployment::{
    BundleContainerSettings, CodeEnvsBehavior, EnvSpecificationMode, ImportTimeMode,
};
use project_deployer_core::node::{
    AuthorizedObjects, ProjectPermission, ProjectPermissions, ProjectVariables,
};
use project_deployer_core::remapping::{NameRemapping, Remapping};
use project_deployer_core::{GroupName, UnknownFields};
use serde_json::{Map, Value, json};

use super::NodeUnderTest;
use super::bundles::granted;
use super::fixture::{Fixture, bundle, churn, login};
use crate::automation_node::{ProjectChange, ProjectConfiguration};

fn fields(document: Value) -> UnknownFields {
    let fields: Map<String, Value> = serde_json::from_value(document).unwrap();
    fields.into()
}

fn container_settings() -> BundleContainerSettings {
    let rule =
        |source: &str, target: &str| vec![NameRemapping::new(source.to_owned(), target.to_owned())];
    BundleContainerSettings::default()
        .with_remapping(
            Remapping::default()
                .with_connections(rule("sql-dev", "sql-prod"))
                .with_code_envs(rule("py-dev", "py-prod"))
                .with_container_execs(rule("small", "large")),
        )
        .with_code_envs_behavior(
            CodeEnvsBehavior::default()
                .with_import_time_mode(ImportTimeMode::FailIfMiss)
                .with_env_import_specification_mode(EnvSpecificationMode::Actual),
        )
}

fn variables() -> ProjectVariables {
    ProjectVariables::new(
        fields(json!({"region": "eu"})),
        fields(json!({"limits": {"rows": 12_345_678_901_u64, "on": [true, null]}, "ü": ""})),
    )
}

fn permissions() -> ProjectPermissions {
    for_analysts(json!({"readProjectContent": true, "runScenarios": true}))
}

fn for_analysts(flags: Value) -> ProjectPermissions {
    let analysts = ProjectPermission::default()
        .with_group(Some(GroupName::parse("analysts").unwrap()))
        .with_flags(fields(flags));
    ProjectPermissions::default().with_owner(Some(login("dana"))).with_permissions(vec![analysts])
}

/// The node may add fields of its own.
fn assert_same_settings(read: &ProjectConfiguration, wanted: &BundleContainerSettings) {
    let read = &read.container_settings;
    assert_eq!(read.remapping.connections, wanted.remapping.connections);
    assert_eq!(read.remapping.code_envs, wanted.remapping.code_envs);
    assert_eq!(read.remapping.container_execs, wanted.remapping.container_execs);
    let (read, wanted) = (&read.code_envs_behavior, &wanted.code_envs_behavior);
    assert_eq!(read.import_time_mode, wanted.import_time_mode);
    assert_eq!(read.env_import_specification_mode, wanted.env_import_specification_mode);
}

/// And again after they were replaced by nothing.
pub async fn container_settings_come_back_as_written<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_project(&bundle("v1")).await;
    for wanted in [container_settings(), BundleContainerSettings::default()] {
        fixture.configure(ProjectChange::ContainerSettings(wanted.clone())).await;
        assert_same_settings(&fixture.configuration().await, &wanted);
    }
}

/// What is not named is gone.
pub async fn variables_come_back_as_written<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_project(&bundle("v1")).await;
    for wanted in [variables(), ProjectVariables::default()] {
        fixture.configure(ProjectChange::Variables(wanted.clone())).await;
        assert_eq!(fixture.configuration().await.variables, wanted);
    }
}

/// And they count.
pub async fn permissions_come_back_as_written<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_project(&bundle("v1")).await;
    fixture.configure(ProjectChange::Permissions(permissions())).await;
    let read = fixture.configuration().await.permissions;
    assert_eq!(read.owner, Some(login("dana")));
    assert_eq!(granted(&read), granted(&permissions()));
    assert!(fixture.as_login("rita").await.project(&churn()).await.unwrap().is_some());
}

/// As if it were not there.
pub async fn a_flag_that_is_off_gives_no_right<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_project(&bundle("v1")).await;
    let off = for_analysts(json!({"admin": false, "readProjectContent": false}));
    fixture.configure(ProjectChange::Permissions(off)).await;
    let error = fixture.as_login("rita").await.project(&churn()).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
}

/// Local variables, remappings and permissions survive an activation too (R-A9).
pub async fn a_change_of_one_part_leaves_the_others<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_project(&bundle("v1")).await;
    fixture.configure(ProjectChange::ContainerSettings(container_settings())).await;
    fixture.configure(ProjectChange::Permissions(permissions())).await;
    fixture.configure(ProjectChange::Variables(variables())).await;
    fixture.activate("v1").await.unwrap();
    let read = fixture.configuration().await;
    assert_same_settings(&read, &container_settings());
    assert_eq!(granted(&read.permissions), granted(&permissions()));
    assert_eq!(read.variables.local, variables().local);
}

/// Neither to read nor to write.
pub async fn an_absent_project_has_no_configuration<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let error = fixture.node.project_configuration(&churn()).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let changes = [
        ProjectChange::ContainerSettings(container_settings()),
        ProjectChange::Variables(variables()),
        ProjectChange::Permissions(permissions()),
    ];
    for change in changes {
        let error = fixture.node.configure_project(&churn(), &change).await.unwrap_err();
        assert!(error.is_not_found(), "{error}");
    }
}

/// wire-facts 9.4: beside the entries of groups and users, which stay.
pub async fn authorized_objects_come_back_as_written<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_project(&bundle("v1")).await;
    fixture.configure(ProjectChange::Permissions(permissions())).await;
    let object =
        json!({"objectRef": {"objectType": "DATASET", "objectId": "a"}, "modes": ["READ"]});
    let objects = AuthorizedObjects::new(vec![object]);
    for _ in 0..2 {
        let current = fixture.configuration().await.permissions;
        fixture.configure(ProjectChange::Permissions(current.authorizing(&objects))).await;
    }
    let read = fixture.configuration().await.permissions;
    assert_eq!(read.authorized_objects().unwrap().authorizations, objects.authorizations);
    assert_eq!(granted(&read), granted(&permissions()));
}
