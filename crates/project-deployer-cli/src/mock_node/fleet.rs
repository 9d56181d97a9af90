use project_deployer_testkit::{
    AccountSource, MockDirectory, MockGroup, MockLdapSettings, MockNode, MockPerson, MockUser,
};

use super::MockNodeError;
use super::admin_key;

/// The group of administrators of a node.
const ADMINISTRATORS: &str = "administrators";

/// The group of those who deploy, on the nodes and on the Deployer.
pub(crate) const DEPLOYERS: &str = "deployers";

/// The group of the directory whose members may have an account on the node for production.
const PRODUCTION: &str = "production";

/// The directory that the nodes name. It is no server: [`Fleet::ldif`] has its people.
pub(crate) const DIRECTORY: &str = "ldap://directory.example.test/dc=example,dc=test";

/// The logins that the nodes know. `leo` is missing on the last one, which does not admit him.
pub(crate) const DANA: &str = "dana";
pub(crate) const LEO: &str = "leo";

/// Three nodes: for development, test and production.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) dev: MockNode,
    pub(crate) test: MockNode,
    pub(crate) prod: MockNode,
    directory: MockDirectory,
}

impl Fleet {
    /// Starts the nodes on free ports of this machine.
    ///
    /// # Errors
    ///
    /// The system gives no port or no random bytes.
    pub(crate) async fn start() -> Result<Self, MockNodeError> {
        let directory = MockDirectory::new()
            .with(
                MockPerson::new(DANA).named("Dana Ortiz").in_group(DEPLOYERS).in_group(PRODUCTION),
            )
            .with(MockPerson::new(LEO).named("Leo Brandt").in_group(DEPLOYERS));
        Ok(Self {
            dev: node("dev", &[DANA, LEO], (DEPLOYERS, &directory)).await?,
            test: node("test", &[DANA, LEO], (DEPLOYERS, &directory)).await?,
            prod: node("prod", &[DANA], (PRODUCTION, &directory)).await?,
            directory,
        })
    }

    /// The people and groups of the directory.
    pub(crate) fn ldif(&self) -> String {
        self.directory.to_ldif()
    }

    /// The nodes in the order of the stages.
    pub(crate) fn nodes(&self) -> [&MockNode; 3] {
        [&self.dev, &self.test, &self.prod]
    }
}

async fn node(
    name: &str,
    deployers: &[&str],
    (admitted, directory): (&str, &MockDirectory),
) -> Result<MockNode, MockNodeError> {
    let key = admin_key::make_up()?;
    let builder = MockNode::builder(name)
        .admin_api_key(key)
        .group(MockGroup::admins(ADMINISTRATORS))
        .group(MockGroup::creators(DEPLOYERS).mapped_to(DEPLOYERS))
        .ldap(MockLdapSettings::on().at(DIRECTORY).authorizing(admitted), directory)
        .user(MockUser::new("admin").in_group(ADMINISTRATORS));
    let with_users = deployers.iter().fold(builder, |builder, login| builder.user(account(login)));
    Ok(with_users.try_start().await?)
}

/// An account that the directory supplied.
fn account(login: &str) -> MockUser {
    MockUser::new(login).from_source(AccountSource::Ldap).in_group(DEPLOYERS)
}
