//! Settings come from nodes, and a node may name any address: there is no connection to addresses that no
//! directory can have (R17).

use ldap3_proto::proto::LdapResultCode;
use project_deployer_core::accounts::LdapSettings;
use project_deployer_core::{AddressPolicy, AddressRange};
use project_deployer_ldap::network::{LdapConnector, LdapDirectory};
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{DirectoryConnector as _, DirectoryError};

use crate::server::{FakeServer, budgets, done, everything, person};

async fn serving() -> FakeServer {
    FakeServer::start(|mut line| async move {
        let search = line.first_search().await;
        line.say(search.msgid, person("ann")).await;
        line.say(search.msgid, done(LdapResultCode::Success)).await;
    })
    .await
}

fn is_refused(answer: &Result<impl Sized, DirectoryError>) -> bool {
    matches!(answer, Err(DirectoryError::Unreachable { what }) if what.contains("is not allowed"))
}

#[tokio::test]
async fn the_addresses_of_metadata_services_are_not_connected_to() {
    for host in ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "0.0.0.0"] {
        let url = LdapUrl::parse(&format!("ldap://{host}/dc=example")).unwrap();
        let directory = LdapDirectory::builder(url).budgets(budgets()).build().unwrap();
        let answer = everything(&directory).await;
        assert!(is_refused(&answer), "{host}: {answer:?}");
    }
}

#[tokio::test]
async fn what_a_name_leads_to_is_looked_at_before_anything_is_sent() {
    let server = serving().await;
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("ldap://{host}:{}/dc=example,dc=test", server.port);
        let builder = LdapDirectory::builder(LdapUrl::parse(&url).unwrap()).budgets(budgets());
        let directory = builder.addresses(AddressPolicy::public_only()).build().unwrap();
        assert!(is_refused(&everything(&directory).await), "{host}");
    }
    assert_eq!(server.connections(), 0);
    assert_eq!(everything(&server.directory(budgets())).await.unwrap().entries.len(), 1);
}

#[tokio::test]
async fn the_policy_of_a_connector_holds_for_the_settings_of_nodes() {
    let server = serving().await;
    let settings = LdapSettings::default().with_enabled(true).with_url(server.url().to_string());
    let policy = AddressPolicy::default().refuse(AddressRange::Loopback);
    let connector = LdapConnector::default().with_budgets(budgets()).with_addresses(policy);
    let directory = connector.connect(&settings).unwrap();
    let filter = project_deployer_ldap::Filter::parse("(uid=*)").unwrap();
    let scope = project_deployer_ldap::Scope::Subtree;
    let answer = directory.search(server.url().base(), scope, &filter, &[]).await;
    assert!(is_refused(&answer), "{answer:?}");
    assert_eq!(server.connections(), 0);
}
