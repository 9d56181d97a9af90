//! What the suite seeds, in the words of the testkit. A mock node reads users, groups and LDAP settings
//! from the documents that core writes: both must spell them alike.

use std::collections::BTreeMap;

use project_deployer_client::ExternalUser;
use project_deployer_client::conformance::{FolderSeed, NodeSeed};
use project_deployer_core::ProjectKey;
use project_deployer_core::bundle::BundleContents;
use project_deployer_core::node::{NodeConnection, ProjectPermission, ScenarioOutcome};
use project_deployer_testkit::{
    BundleBuilder, BundleScenario, MockCodeEnv, MockConnection, MockDirectory, MockFolder,
    MockNode, MockNodeBuilder, MockPermission, MockPerson, Outcome,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A node with all of a seed but the outcomes of scenarios.
pub(crate) fn builder(seed: NodeSeed) -> MockNodeBuilder {
    let mut builder = MockNode::builder(seed.name);
    for group in &seed.groups {
        builder = builder.group(reread(group));
    }
    for user in &seed.users {
        builder = builder.user(reread(user));
    }
    for found in seed.connections {
        builder = builder.restricted_connection(connection(found));
    }
    for env in seed.code_envs {
        assert_eq!(env.language, "PYTHON");
        builder = builder.code_env(MockCodeEnv::python(env.name));
    }
    for plugin in seed.plugins {
        builder = builder.plugin(plugin.id, plugin.version.unwrap());
    }
    for found in seed.folders {
        builder = builder.folder(folder(found));
    }
    let ldap = reread(&seed.ldap.to_document());
    builder.ldap(ldap, &directory(seed.ldap_users))
}

/// Says how the runs of scenarios end.
pub(crate) fn set_outcomes(
    node: &MockNode,
    outcomes: &BTreeMap<(ProjectKey, String), ScenarioOutcome>,
) {
    for ((project, scenario), outcome) in outcomes {
        node.set_scenario_outcome(project.as_str(), scenario, outcome_of(*outcome));
    }
}

/// The archive of a bundle.
pub(crate) fn bundle(contents: &BundleContents) -> Vec<u8> {
    let mut builder =
        BundleBuilder::new(contents.project_key.as_str(), contents.bundle_id.as_str());
    for found in &contents.connections {
        builder = builder.connection(&found.name, found.kind.as_deref().unwrap());
    }
    for env in &contents.code_envs {
        assert_eq!(env.language, "PYTHON");
        builder = builder.python_env(&env.name);
    }
    for plugin in &contents.plugins {
        builder = builder.plugin(&plugin.id, plugin.version.as_deref().unwrap());
    }
    for found in &contents.scenarios {
        let scenario = BundleScenario::new(&found.id).named(&found.name);
        let marked = found.marked_as_test;
        builder = builder.scenario(if marked { scenario.marked_as_test() } else { scenario });
    }
    for webapp in &contents.webapps {
        assert_eq!(webapp.id, webapp.name);
        builder = builder.webapp(&webapp.id);
    }
    for entry in &contents.permissions {
        builder = builder.permission(permission(entry));
    }
    builder.build().unwrap()
}

/// A document of core as the testkit reads it.
fn reread<T: DeserializeOwned>(document: &impl Serialize) -> T {
    serde_json::from_value(serde_json::to_value(document).unwrap()).unwrap()
}

fn connection(found: NodeConnection) -> MockConnection {
    let connection = MockConnection::new(found.name, found.kind.unwrap());
    match found.allowed_groups {
        Some(groups) => connection.only_for(groups),
        None => connection,
    }
}

fn folder(found: FolderSeed) -> MockFolder {
    let mut folder = MockFolder::new(found.id, found.name);
    for group in &found.readers {
        folder = folder.readable_by(group.as_str());
    }
    for group in &found.writers {
        folder = folder.writable_by(group.as_str());
    }
    folder
}

fn directory(users: Vec<ExternalUser>) -> MockDirectory {
    users.into_iter().map(person).fold(MockDirectory::new(), MockDirectory::with)
}

fn person(user: ExternalUser) -> MockPerson {
    let mut person = MockPerson::new(user.login.as_str())
        .named(user.display_name.unwrap())
        .with_email(user.email.unwrap());
    for group in user.source_group_names {
        person = person.in_group(group);
    }
    person
}

fn permission(entry: &ProjectPermission) -> MockPermission {
    let mut permission = match (&entry.group, &entry.user) {
        (Some(group), _) => MockPermission::group(group.as_str()),
        (None, Some(user)) => MockPermission::user(user.as_str()),
        (None, None) => panic!("a permission of nobody"),
    };
    for flag in entry.flags.names() {
        permission = permission.may(flag);
    }
    permission
}

fn outcome_of(outcome: ScenarioOutcome) -> Outcome {
    match outcome {
        ScenarioOutcome::Success => Outcome::Success,
        ScenarioOutcome::Warning => Outcome::Warning,
        ScenarioOutcome::Aborted => Outcome::Aborted,
        ScenarioOutcome::Failed => Outcome::Failed,
        _ => panic!("a seed has an outcome that the mock knows"),
    }
}
