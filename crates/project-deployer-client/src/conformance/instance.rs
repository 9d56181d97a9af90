//! The caller, the node and its resources.

use project_deployer_core::GroupName;
use project_deployer_core::node::{CodeEnv, NodeConnection, NodeType, Plugin};

use super::NodeUnderTest;
use super::fixture::{Fixture, bundle, churn};
use crate::automation_node::BundleProjectOptions;
use crate::error::{NodeError, NodeErrorKind};

/// And that it is an Automation node.
pub async fn the_node_tells_its_name<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let info = fixture.node.instance_info().await.unwrap();
    assert_eq!(info.node_id.unwrap().as_str(), "auto-1");
    assert_eq!(info.node_type, Some(NodeType::Automation));
    assert!(info.dss_version.is_some_and(|version| version.starts_with(char::is_numeric)));
}

/// Whatever it is called, it is not a user.
pub async fn the_key_is_taken_for_an_administrator<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let info = fixture.as_key().await.auth_info().await.unwrap();
    assert!(!info.auth_identifier.is_empty());
    assert_ne!(info.admin, Some(false));
    assert!(info.groups.is_none_or(|groups| groups.is_empty()));
}

/// With the user's groups (R-S7).
pub async fn a_login_is_taken_for_its_user<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let info = fixture.node.auth_info().await.unwrap();
    assert_eq!(info.auth_identifier, "dana");
    assert_eq!(info.groups, Some(vec![GroupName::parse("deployers").unwrap()]));
    assert_ne!(info.admin, Some(true));
}

fn is_kept_out(error: &NodeError) -> bool {
    matches!(error.kind, NodeErrorKind::Forbidden(_) | NodeErrorKind::Unauthorized(_))
}

async fn is_refused_everything<N: NodeUnderTest>(login: &str) {
    let fixture = Fixture::<N>::new().await;
    let node = fixture.as_login(login).await;
    let error = node.auth_info().await.unwrap_err();
    assert!(is_kept_out(&error), "{error}");
    let error = node.project(&churn()).await.unwrap_err();
    assert!(is_kept_out(&error), "{error}");
    let archive = fixture.upload(&bundle("v1"));
    let options = BundleProjectOptions::default();
    let error = node.create_project_from_bundle(archive, &options).await.unwrap_err();
    assert!(is_kept_out(&error), "{error}");
    assert_eq!(fixture.as_key().await.project(&churn()).await.unwrap(), None);
}

/// Logins have to match (R-S9).
pub async fn an_unknown_login_is_refused<N: NodeUnderTest>() {
    is_refused_everything::<N>("nobody").await;
}

/// Although the group would allow it (R-L11).
pub async fn a_disabled_login_is_refused<N: NodeUnderTest>() {
    is_refused_everything::<N>("gone").await;
}

/// And with the groups that may use them (R-C2).
pub async fn resources_list_connections_with_their_type<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let resources = fixture.as_key().await.resources().await.unwrap();
    let reported = |name: &str, kind: &str, allowed_groups| {
        let expected = NodeConnection::new(name.to_owned())
            .with_kind(Some(kind.to_owned()))
            .with_allowed_groups(allowed_groups);
        assert_eq!(resources.connection(name), Some(&expected));
    };
    reported("sql-prod", "PostgreSQL", None);
    reported("files", "Filesystem", None);
    reported("vault", "PostgreSQL", Some(vec!["administrators".to_owned()]));
    assert_eq!(resources.connection("sql-dev"), None);
}

/// To administrators.
pub async fn resources_list_code_envs_and_plugins<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let resources = fixture.as_key().await.resources().await.unwrap();
    let env = CodeEnv::new("py-prod", "PYTHON");
    assert!(resources.code_envs.unwrap().contains(&env));
    let plugin = Plugin::new("geo", Some("1.2.0".to_owned()));
    assert!(resources.plugins.unwrap().contains(&plugin));
}

/// That others may not list code environments is no error, and does not read as "there are none".
pub async fn no_administrator_learns_more_than_names_of_usable_connections<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let resources = fixture.node.resources().await.unwrap();
    let mut names: Vec<_> = resources.connections.iter().map(|found| found.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["files", "sql-prod"]);
    assert!(resources.connections.iter().all(|found| found.kind.is_none()));
    assert_eq!(resources.code_envs, None);
}

/// The root folder has no name.
pub async fn a_folder_tells_its_name_and_its_projects<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let options =
        BundleProjectOptions { folder: Some("live".to_owned()), ..BundleProjectOptions::default() };
    let archive = fixture.upload(&bundle("v1"));
    fixture.node.create_project_from_bundle(archive, &options).await.unwrap();
    let live = fixture.node.project_folder(Some("live".to_owned())).await.unwrap().unwrap();
    assert_eq!((live.id.as_str(), live.name.as_deref()), ("live", Some("Folder live")));
    assert_eq!(live.project_keys, ["CHURN"]);
    let root = fixture.node.project_folder(None).await.unwrap().unwrap();
    assert_eq!(root.name, None);
    assert!(root.project_keys.is_empty());
}

/// The two look alike.
pub async fn a_folder_that_is_absent_or_hidden_is_none<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    for id in ["locked", "nowhere"] {
        assert_eq!(fixture.node.project_folder(Some(id.to_owned())).await.unwrap(), None, "{id}");
    }
    let key = fixture.as_key().await;
    assert!(key.project_folder(Some("locked".to_owned())).await.unwrap().is_some());
}
