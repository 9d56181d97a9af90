//! Projects that are not made from a bundle.

use project_deployer_core::node::NodeProject;

use super::NodeUnderTest;
use super::fixture::{Fixture, bundle, churn, is_refused, login};
use crate::automation_node::NewProject;

fn empty_project() -> NewProject {
    NewProject { key: churn(), name: "Churn".to_owned(), owner: login("dana"), folder: None }
}

/// Rather than an error.
pub async fn an_absent_project_is_none<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    assert_eq!(fixture.node.project(&churn()).await.unwrap(), None);
    assert_eq!(fixture.as_key().await.project(&churn()).await.unwrap(), None);
}

/// And the owner that it was created for.
pub async fn an_empty_project_has_no_bundle<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    fixture.node.create_project(&empty_project()).await.unwrap();
    let empty = NodeProject::new(churn());
    assert_eq!(fixture.project().await, empty);
    let permissions = fixture.configuration().await.permissions;
    assert_eq!(permissions.owner, Some(login("dana")));
}

/// It is not safe to repeat.
pub async fn a_second_creation_is_refused<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    fixture.node.create_project(&empty_project()).await.unwrap();
    let error = fixture.node.create_project(&empty_project()).await.unwrap_err();
    assert!(is_refused(&error), "{error}");
}

/// R-S7: with the login's own rights.
pub async fn a_login_without_the_right_creates_no_project<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let rita = fixture.as_login("rita").await;
    let error = rita.create_project(&empty_project()).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    assert_eq!(fixture.as_key().await.project(&churn()).await.unwrap(), None);
}

/// Although the login may create projects.
pub async fn a_folder_for_others_takes_no_project<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let project = NewProject { folder: Some("locked".to_owned()), ..empty_project() };
    let error = fixture.node.create_project(&project).await.unwrap_err();
    assert!(error.is_forbidden() || error.is_not_found(), "{error}");
    assert_eq!(fixture.as_key().await.project(&churn()).await.unwrap(), None);
}

/// It is a folder like the others.
pub async fn the_root_folder_takes_projects_of_who_may_write_there<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let theo = fixture.as_login("theo").await;
    let project = NewProject { owner: login("theo"), ..empty_project() };
    let error = theo.create_project(&project).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    assert_eq!(fixture.as_key().await.project(&churn()).await.unwrap(), None);
    let project = NewProject { folder: Some("live".to_owned()), ..project };
    theo.create_project(&project).await.unwrap();
    assert!(theo.project(&churn()).await.unwrap().is_some());
}

/// Else it would be created once more.
pub async fn a_hidden_project_does_not_read_as_absent<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::with_project(&bundle("v1")).await;
    let error = fixture.as_login("rita").await.project(&churn()).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
}
