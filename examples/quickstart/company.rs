//! The company of the example: its nodes, its directory, its Deployer and its users.

use std::error::Error;
use std::time::Duration;

use project_deployer::core::accounts::{Group, LdapSettings, SourceType, User};
use project_deployer::core::document::Document as _;
use project_deployer::core::infra::NodeEntry;
use project_deployer::core::rights::Caller;
use project_deployer::core::{ApiKeySecret, NodeAddress};
use project_deployer::ldap::supplier::LdapUrl;
use project_deployer::ldap::{Directories, LdifDirectory};
use project_deployer::parity::DeployerAccounts;
use project_deployer::{Deployer, DeployerSession, HttpConnector};
use project_deployer_testkit::{
    BundleBuilder, BundleScenario, MockDirectory, MockGroup, MockLdapSettings, MockNode, MockPerson,
};

/// The state of the Deployer: a SQLite file, with its key and its bundle archives beside it.
const STATE: &str = "sqlite:target/quickstart/deployer.db";

/// The address where people would log in to the Deployer, if it were not inside this example.
const DEPLOYER: &str = "https://deployer.company.example:11000";

pub(crate) struct Company {
    pub(crate) deployer: Deployer,
    pub(crate) dev: MockNode,
    pub(crate) test: MockNode,
    pub(crate) prod: MockNode,
    directory: MockDirectory,
    ldap: LdapSettings,
}

impl Company {
    /// Starts the nodes, logs users in where they work, and opens an empty Deployer.
    pub(crate) async fn open() -> Result<Self, Box<dyn Error>> {
        let directory = people();
        let dev = node("auto-dev", "sql-dev", &directory, MockLdapSettings::on()).await;
        let test = node("auto-test", "sql-test", &directory, MockLdapSettings::on()).await;
        let only_ops = MockLdapSettings::on().authorizing("ops");
        let prod = node("auto-prod", "sql-prod", &directory, only_ops).await;
        for (node, login) in [(&dev, "mina"), (&dev, "lee"), (&test, "mina"), (&prod, "otto")] {
            node.log_in(login)?;
        }
        let ldap = LdapSettings::from_json(LDAP)?;
        // What an earlier run left.
        let _ = std::fs::remove_dir_all("target/quickstart");
        let deployer = open_deployer().await?;
        let company = Self { deployer, dev, test, prod, directory, ldap };
        company.fill_the_deployer().await?;
        Ok(company)
    }

    /// Opens the Deployer again, as the next process would.
    pub(crate) async fn open_again(&mut self) -> Result<(), Box<dyn Error>> {
        self.deployer = open_deployer().await?;
        Ok(())
    }

    /// Users of the Deployer also come from the directory, and have logged in once.
    async fn fill_the_deployer(&self) -> Result<(), Box<dyn Error>> {
        let admin = self.admin()?;
        let publishers = Group::new("data-team".parse()?).with_may_create_published_projects(true);
        admin.save_group(&publishers).await?;
        admin.save_group(&Group::new("ops".parse()?)).await?;
        admin.save_user(&User::new("admin".parse()?, SourceType::Local)).await?;
        for (login, group) in [("mina", "data-team"), ("lee", "data-team"), ("otto", "ops")] {
            let user = User::new(login.parse()?, SourceType::Ldap).in_groups([group.parse()?]);
            admin.save_user(&user).await?;
        }
        Ok(())
    }

    /// The administrator of the Deployer.
    pub(crate) fn admin(&self) -> Result<DeployerSession, Box<dyn Error>> {
        Ok(self.deployer.acting_as(Caller::administrator("root".parse()?)))
    }

    /// An employee.
    pub(crate) fn person(&self, login: &str) -> Result<DeployerSession, Box<dyn Error>> {
        Ok(self.deployer.acting_as_user(login.parse()?))
    }

    /// The Deployer's own accounts, with the directory that they come from.
    pub(crate) async fn deployer_accounts(&self) -> Result<DeployerAccounts, Box<dyn Error>> {
        let address = NodeAddress::parse(DEPLOYER)?;
        let mut own = self.admin()?.own_accounts(Some(address)).await?;
        own.ldap = Ok(Some(self.ldap.clone()));
        Ok(own)
    }

    /// The directory, read from LDIF.
    pub(crate) fn directories(&self) -> Result<Directories, Box<dyn Error>> {
        let people = LdifDirectory::parse(self.directory.to_ldif().as_bytes())?;
        Ok(Directories::none().with(LdapUrl::parse(&self.ldap.url)?, people))
    }
}

/// Opens the Deployer on its state. An update of a process that died is resumed after three seconds.
pub(crate) async fn open_deployer() -> Result<Deployer, Box<dyn Error>> {
    let connector = HttpConnector::builder().build()?;
    Ok(Deployer::builder(connector).lease_ttl(Duration::from_secs(3)).open(STATE).await?)
}

const LDAP: &[u8] = br#"{
    "enabled": true, "autoImportUsers": true,
    "url": "ldap://directory.example.test/dc=example,dc=test",
    "userFilter": "(&(objectClass=posixAccount)(uid={USERNAME}))", "usernameAttribute": "uid",
    "enableGroups": true, "groupFilter": "(&(objectClass=posixGroup)(memberUid={USERNAME}))",
    "groupNameAttribute": "cn"
}"#;

fn people() -> MockDirectory {
    MockDirectory::new()
        .with(MockPerson::new("mina").named("Mina").in_group("data-team"))
        .with(MockPerson::new("lee").named("Lee").in_group("data-team"))
        .with(MockPerson::new("otto").named("Otto").in_group("ops"))
}

/// A node where all of its users may create projects.
async fn node(
    name: &str,
    connection: &str,
    directory: &MockDirectory,
    ldap: MockLdapSettings,
) -> MockNode {
    let makers = MockGroup::creators("makers").mapped_to("data-team").mapped_to("ops");
    MockNode::builder(name)
        .group(makers)
        .connection(connection, "PostgreSQL")
        .ldap(ldap, directory)
        .start()
        .await
}

/// The address of a mock node and its admin key, as an administrator would configure them.
pub(crate) fn entry(id: &str, node: &MockNode) -> Result<NodeEntry, Box<dyn Error>> {
    let key = ApiKeySecret::new(node.admin_api_key())?;
    let entry = NodeEntry::new(NodeAddress::parse(node.url())?, key);
    Ok(entry.with_node_id(Some(id.parse()?)))
}

/// A bundle of project `CHURN`, which reads from `sql-dev` and has a nightly scenario.
pub(crate) fn bundle(id: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let bundle = BundleBuilder::new("CHURN", id)
        .project_name("Customer churn")
        .connection("sql-dev", "PostgreSQL")
        .scenario(BundleScenario::new("NIGHTLY").named("Nightly training"));
    Ok(bundle.build()?)
}
