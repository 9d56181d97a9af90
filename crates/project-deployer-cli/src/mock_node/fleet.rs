use project_deployer_testkit::{MockGroup, MockNode, MockUser};

use super::MockNodeError;
use super::admin_key;

/// The group of administrators of a node.
const ADMINISTRATORS: &str = "administrators";

/// The group of those who deploy, on the nodes and on the Deployer.
pub(crate) const DEPLOYERS: &str = "deployers";

/// The logins that the nodes know. `leo` is missing on the last one.
pub(crate) const DANA: &str = "dana";
pub(crate) const LEO: &str = "leo";

/// Three nodes: for development, test and production.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) dev: MockNode,
    pub(crate) test: MockNode,
    pub(crate) prod: MockNode,
}

impl Fleet {
    /// Starts the nodes on free ports of this machine.
    ///
    /// # Errors
    ///
    /// The system gives no port or no random bytes.
    pub(crate) async fn start() -> Result<Self, MockNodeError> {
        Ok(Self {
            dev: node("dev", &[DANA, LEO]).await?,
            test: node("test", &[DANA, LEO]).await?,
            prod: node("prod", &[DANA]).await?,
        })
    }

    /// The nodes in the order of the stages.
    pub(crate) fn nodes(&self) -> [&MockNode; 3] {
        [&self.dev, &self.test, &self.prod]
    }
}

async fn node(name: &str, deployers: &[&str]) -> Result<MockNode, MockNodeError> {
    let key = admin_key::make_up()?;
    let builder = MockNode::builder(name)
        .admin_api_key(key)
        .group(MockGroup::admins(ADMINISTRATORS))
        .group(MockGroup::creators(DEPLOYERS))
        .user(MockUser::new("admin").in_group(ADMINISTRATORS));
    let with_users = deployers
        .iter()
        .fold(builder, |builder, login| builder.user(MockUser::new(*login).in_group(DEPLOYERS)));
    Ok(with_users.try_start().await?)
}
