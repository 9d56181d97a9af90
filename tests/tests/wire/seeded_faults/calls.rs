//! Every method of a node, each with a project, a user and a person of its own, and how its effect shows
//! on the mock.

use std::collections::BTreeMap;

use project_deployer_client::{
    AutomationNode as _, BundleProjectOptions, ExternalUser, HttpNode, NewPersonalKey, NewProject,
    NodeAccounts as _, NodeError, ProjectChange, ScenarioChange, Upload,
};
use project_deployer_core::accounts::SourceType;
use project_deployer_core::deployment::BundleContainerSettings;
use project_deployer_core::node::{
    ProjectPermission, ProjectPermissions, ProjectVariables, ScenarioOutcome,
};
use project_deployer_core::remapping::{NameRemapping, Remapping};
use project_deployer_core::{BundleId, Login, ProjectKey, UnknownFields};
use project_deployer_testkit::{
    BundleBuilder, BundleScenario, MockDirectory, MockNode, MockPerson, MockProject, MockUser,
};
use serde_json::Map;

const SCENARIO: &str = "NIGHTLY";

/// A method of the boundary traits; one whose argument has several kinds is there for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    InstanceInfo,
    AuthInfo,
    Resources,
    ProjectFolder,
    Project,
    CreateProject,
    CreateProjectFromBundle,
    ImportBundle,
    PreloadBundle,
    ActivateBundle,
    ProjectConfiguration,
    ConfigureContainer,
    ConfigureVariables,
    ConfigurePermissions,
    Scenarios,
    ConfigureScenario,
    RunScenario,
    Users,
    WholeUsers,
    Groups,
    LdapSettings,
    ExternalUsers,
    ProvisionUsers,
    SetUserEnabled,
    CreatePersonalKey,
}

pub(super) const CALLS: [Call; 25] = [
    Call::InstanceInfo,
    Call::AuthInfo,
    Call::Resources,
    Call::ProjectFolder,
    Call::Project,
    Call::CreateProject,
    Call::CreateProjectFromBundle,
    Call::ImportBundle,
    Call::PreloadBundle,
    Call::ActivateBundle,
    Call::ProjectConfiguration,
    Call::ConfigureContainer,
    Call::ConfigureVariables,
    Call::ConfigurePermissions,
    Call::Scenarios,
    Call::ConfigureScenario,
    Call::RunScenario,
    Call::Users,
    Call::WholeUsers,
    Call::Groups,
    Call::LdapSettings,
    Call::ExternalUsers,
    Call::ProvisionUsers,
    Call::SetUserEnabled,
    Call::CreatePersonalKey,
];

/// A call, and what is on the node for it alone, so that what an earlier call did later is not taken
/// for its effect.
pub(super) struct Occasion<'a> {
    mock: &'a MockNode,
    call: Call,
    key: ProjectKey,
    user: Login,
    person: Login,
}

fn bundle_id(text: &str) -> BundleId {
    BundleId::parse(text).unwrap()
}

fn upload(key: &ProjectKey, id: &str) -> Upload {
    let bundle = BundleBuilder::new(key.as_str(), id).scenario(BundleScenario::new(SCENARIO));
    Upload::from_bytes("bundle.zip", bundle.build().unwrap())
}

impl<'a> Occasion<'a> {
    /// Puts there what the call needs, by way of a node that nothing happens to.
    pub(super) async fn prepare(
        mock: &'a MockNode,
        node: &HttpNode,
        call: Call,
        number: u64,
    ) -> Self {
        let key = ProjectKey::parse(format!("P{number}")).unwrap();
        let user = Login::parse(format!("user{number}")).unwrap();
        let person = Login::parse(format!("person{number}")).unwrap();
        mock.put_user(MockUser::new(user.as_str()));
        mock.set_directory(MockDirectory::new().with(MockPerson::new(person.as_str())));
        if !matches!(call, Call::CreateProject | Call::CreateProjectFromBundle) {
            let options = BundleProjectOptions::default();
            node.create_project_from_bundle(upload(&key, "v1"), &options).await.unwrap();
        }
        if matches!(call, Call::Scenarios | Call::ConfigureScenario | Call::RunScenario) {
            node.activate_bundle(&key, &bundle_id("v1"), &BTreeMap::new()).await.unwrap();
        }
        Self { mock, call, key, user, person }
    }

    /// Makes the call, and looks whether what it says is so.
    pub(super) async fn call(&self, node: &HttpNode) -> Result<bool, NodeError> {
        let (key, v1) = (&self.key, bundle_id("v1"));
        Ok(match self.call {
            Call::InstanceInfo => {
                let id = node.instance_info().await?.node_id;
                id.is_some_and(|id| id.as_str() == "auto")
            }
            Call::AuthInfo => !node.auth_info().await?.auth_identifier.is_empty(),
            Call::Resources => !node.resources().await?.connections.is_empty(),
            Call::ProjectFolder => {
                // A folder that the caller may not see reads as none.
                let keys = node.project_folder(None).await?.map(|folder| folder.project_keys);
                keys.is_none_or(|keys| keys.iter().any(|found| found == key.as_str()))
            }
            Call::Project => {
                node.project(key).await?.is_some_and(|project| project.has_imported(&v1))
            }
            Call::CreateProject => self.create_project(node).await?,
            Call::CreateProjectFromBundle => {
                let options = BundleProjectOptions::default();
                let created = node.create_project_from_bundle(upload(key, "v1"), &options).await?;
                created == *key && self.shows(|project| project.bundles == ["v1"])
            }
            Call::ImportBundle => {
                node.import_bundle(key, upload(key, "v2")).await?;
                self.shows(|project| project.bundles == ["v1", "v2"])
            }
            Call::PreloadBundle => {
                node.preload_bundle(key, &v1).await?;
                self.shows(|project| project.preloaded.contains("v1"))
            }
            Call::ActivateBundle => {
                node.activate_bundle(key, &v1, &BTreeMap::new()).await?;
                self.shows(|project| project.active_bundle.as_deref() == Some("v1"))
            }
            Call::ProjectConfiguration => {
                node.project_configuration(key).await?.variables.local.is_empty()
            }
            Call::ConfigureContainer => self.configure_container(node).await?,
            Call::ConfigureVariables => self.configure_variables(node).await?,
            Call::ConfigurePermissions => self.configure_permissions(node).await?,
            Call::Scenarios => {
                node.scenarios(key).await?.iter().any(|scenario| scenario.id == SCENARIO)
            }
            Call::ConfigureScenario => self.configure_scenario(node).await?,
            Call::RunScenario => {
                let outcome = node.run_scenario(key, SCENARIO).await?;
                outcome == ScenarioOutcome::Success
                    && self.shows(|project| project.scenarios[SCENARIO].runs == 1)
            }
            Call::WholeUsers => {
                node.whole_users().await?.iter().any(|user| user.login == self.user)
            }
            Call::Users => node.users().await?.get(&self.user).is_some(),
            Call::Groups => !node.groups().await?.is_empty(),
            Call::LdapSettings => node.ldap_settings().await?.enabled,
            Call::ExternalUsers => {
                let found = node.external_users(&SourceType::Ldap).await?;
                found.iter().any(|user| user.login == self.person)
            }
            Call::ProvisionUsers => self.provision_users(node).await?,
            Call::SetUserEnabled => {
                node.set_user_enabled(&self.user, false).await?;
                self.mock.user(self.user.as_str()).is_some_and(|user| !user.enabled)
            }
            Call::CreatePersonalKey => self.create_personal_key(node).await?,
        })
    }

    fn shows(&self, effect: impl FnOnce(MockProject) -> bool) -> bool {
        self.mock.project(self.key.as_str()).is_some_and(effect)
    }

    async fn create_project(&self, node: &HttpNode) -> Result<bool, NodeError> {
        let project =
            NewProject::new(self.key.clone(), self.user.clone()).with_name("Customer churn");
        node.create_project(&project).await?;
        Ok(self.shows(|project| project.name == "Customer churn"))
    }

    async fn configure_container(&self, node: &HttpNode) -> Result<bool, NodeError> {
        let rule = NameRemapping::new("dev", "sql-target");
        let remapping = Remapping::default().with_connections(vec![rule]);
        let settings = BundleContainerSettings::default().with_remapping(remapping);
        let change = ProjectChange::ContainerSettings(settings);
        node.configure_project(&self.key, &change).await?;
        Ok(self.shows(|project| project.settings.to_string().contains("sql-target")))
    }

    async fn configure_variables(&self, node: &HttpNode) -> Result<bool, NodeError> {
        let local = Map::from_iter([("region".to_owned(), "north".into())]);
        let variables = ProjectVariables::new(UnknownFields::default(), local.clone().into());
        node.configure_project(&self.key, &ProjectChange::Variables(variables)).await?;
        Ok(self.shows(|project| project.local_variables.0 == local))
    }

    async fn configure_permissions(&self, node: &HttpNode) -> Result<bool, NodeError> {
        let flags = Map::from_iter([("readProjectContent".to_owned(), true.into())]);
        let entry =
            ProjectPermission::default().with_user(Some(self.user.clone())).with_flags(flags);
        let permissions = ProjectPermissions::default()
            .with_owner(Some(Login::parse("admin").unwrap()))
            .with_permissions(vec![entry]);
        node.configure_project(&self.key, &ProjectChange::Permissions(permissions)).await?;
        Ok(self.shows(|project| project.permissions.len() == 1))
    }

    async fn configure_scenario(&self, node: &HttpNode) -> Result<bool, NodeError> {
        let change = ScenarioChange::default().with_run_as_user(Some(self.user.clone()));
        node.configure_scenario(&self.key, SCENARIO, &change).await?;
        Ok(self.shows(|project| {
            project.scenarios[SCENARIO].run_as_user.as_deref() == Some(self.user.as_str())
        }))
    }

    async fn provision_users(&self, node: &HttpNode) -> Result<bool, NodeError> {
        let person = ExternalUser::new(self.person.clone());
        node.provision_users(&SourceType::Ldap, &[person]).await?;
        Ok(self.mock.user(self.person.as_str()).is_some())
    }

    async fn create_personal_key(&self, node: &HttpNode) -> Result<bool, NodeError> {
        let key =
            NewPersonalKey::new(self.user.clone(), "deployer").with_description("for updates");
        Ok(!node.create_personal_key(&key).await?.id.is_empty())
    }
}
