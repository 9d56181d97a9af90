#[cfg(feature = "fleet")]
mod fleet;
mod people;
mod resources;
mod service;
mod work;

use std::collections::BTreeMap;

use project_deployer_core::infra::PermissionsPropagationPolicy;
use project_deployer_core::{BundleId, Login, ProjectKey};
use serde_json::json;

use super::*;
use crate::automation_node::{BundleProjectOptions, NewProject};

fn key() -> ProjectKey {
    ProjectKey::parse("CHURN").unwrap()
}

fn bundle(id: &str) -> BundleId {
    BundleId::parse(id).unwrap()
}

#[test]
fn ids_are_encoded_and_cannot_leave_their_segment() {
    // wire-facts 1.3
    let base = Url::parse("https://auto.example:11200/dss").unwrap();
    let request = bundles::preload(&key(), &bundle("v1 (final) ü&x=1"));
    assert_eq!(
        request.url(&base).as_str(),
        "https://auto.example:11200/dss/dip/publicapi/projects/CHURN/bundles/imported/v1%20(final)%20%C3%BC&x=1/actions/preload"
    );
    let login = Login::parse("a?b#c%2e").unwrap();
    let url = accounts::user(&login).url(&base);
    assert_eq!((url.query(), url.fragment()), (None, None));
    assert!(url.path().ends_with("/admin/users/a%3Fb%23c%252e"), "{url}");
}

#[test]
fn missing_users_and_groups_never_fail_an_import() {
    // R-S5
    let options = BundleProjectOptions {
        folder: Some("fld8".to_owned()),
        permissions_propagation: PermissionsPropagationPolicy::ReadOnly,
    };
    let request = bundles::create_project(&options);
    assert_eq!(
        request.to_string(),
        "POST /projectsFromBundle/?projectFolderId=fld8&permissionsPropagationPolicy=READ_ONLY&failOnMissingUsersOrGroups=false"
    );
    assert!(request.carries_archive && !request.safe_to_repeat);
}

#[test]
fn activation_names_scenarios_only_when_there_are_some() {
    let none = bundles::activate(&key(), &bundle("v2"), &BTreeMap::new());
    assert_eq!(none.body, Some(json!({})));
    let some =
        bundles::activate(&key(), &bundle("v2"), &BTreeMap::from([("NIGHTLY".to_owned(), true)]));
    assert_eq!(some.body, Some(json!({"scenariosActiveOnActivation": {"NIGHTLY": true}})));
    assert!(some.safe_to_repeat);
}

#[test]
fn reads_are_safe_to_repeat_and_creations_are_not() {
    let project = NewProject {
        key: key(),
        name: "Churn".to_owned(),
        owner: Login::parse("mina").unwrap(),
        folder: None,
    };
    assert!(projects::get(&key()).safe_to_repeat);
    assert!(!projects::create(&project).safe_to_repeat);
    assert!(projects::save_variables(&key(), &json!({})).safe_to_repeat);
}

#[test]
fn debug_leaves_the_body_out() {
    // R13: variables and settings may hold secrets.
    let request = projects::save_variables(&key(), &json!({"local": {"token": "canary"}}));
    assert!(!format!("{request:?}").contains("canary"));
}
