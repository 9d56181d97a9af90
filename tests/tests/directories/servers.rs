//! The servers, and searches on them.

use std::sync::{Arc, LazyLock};

use project_deployer_core::Timestamp;
use project_deployer_core::accounts::LdapSettings;
use project_deployer_core::document::Document as _;
use project_deployer_ldap::network::{LdapBudgets, LdapConnector, TlsTrust};
use project_deployer_ldap::snapshot::Candidate;
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{
    Directory, DirectoryConnector, DirectoryError, DirectorySnapshot, Dn, Filter, ImportableSet,
    Scope, SearchResult,
};
use project_deployer_testkit::servers::{
    DirectoryServer, DirectoryServer389, OpenLdap, SambaDomain, ServerError,
};
use project_deployer_testkit::{MockDirectory, MockLdapSettings, MockPerson};

/// Ann and Bob in groups of which one is inside another, Cid who is disabled, and Zoë without a group.
pub(crate) fn company() -> MockDirectory {
    let person = |login: &str| MockPerson::new(login).with_email(format!("{login}@example.test"));
    MockDirectory::new()
        .with(person("ann").named("Ann Li").in_group("ops"))
        .with(person("bob").named("Bob Ray").in_group("data").in_group("staff"))
        .with(person("cid").named("Cid Ost").in_group("ops").disabled())
        .with(person("zoe").named("Zo\u{eb}, the \"first\""))
        .with_group_in_group("ops", "staff")
}

/// The company, with `members` more people in one more group.
pub(crate) fn company_with(members: usize) -> MockDirectory {
    let member = |number| MockPerson::new(format!("m{number:04}")).in_group("many");
    (0..members).fold(company(), |people, number| people.with(member(number)))
}

/// The server; none if it is not installed and `PROJECT_DEPLOYER_OFFLINE` is set.
pub(crate) fn started<S>(start: Result<S, ServerError>) -> Option<S> {
    #[expect(clippy::disallowed_methods, reason = "the environment configures the tests")]
    let offline = std::env::var("PROJECT_DEPLOYER_OFFLINE").is_ok_and(|value| value == "1");
    match start {
        Err(ServerError::NotInstalled { .. }) if offline => None,
        other => Some(other.unwrap()),
    }
}

/// One server of each installed kind, with the company and fifty more people. The servers stop with the
/// program.
pub(crate) fn three() -> &'static [Box<dyn DirectoryServer>] {
    static THREE: LazyLock<Vec<Box<dyn DirectoryServer>>> = LazyLock::new(|| {
        fn boxed<S: DirectoryServer + 'static>(server: S) -> Box<dyn DirectoryServer> {
            Box::new(server)
        }
        let people = company_with(50);
        let servers = [
            started(OpenLdap::start(&people)).map(boxed),
            started(DirectoryServer389::start(&people)).map(boxed),
            started(SambaDomain::start(&people)).map(boxed),
        ];
        servers.into_iter().flatten().collect()
    });
    THREE.as_slice()
}

/// The settings as a node reports them.
pub(crate) fn node_settings(settings: &MockLdapSettings) -> LdapSettings {
    LdapSettings::from_document(serde_json::to_value(settings).unwrap()).unwrap()
}

/// A connector that trusts the server's authority and does not allow clear text.
pub(crate) fn connector(server: &dyn DirectoryServer) -> LdapConnector {
    LdapConnector::default()
        .trusting(TlsTrust::authorities(server.ca_pem().as_bytes()).unwrap())
        .with_budgets(LdapBudgets::default())
}

pub(crate) fn over_tls(server: &dyn DirectoryServer) -> LdapSettings {
    node_settings(&server.ldap_settings().at(server.ldaps_url()).with_use_tls(false))
}

pub(crate) fn directory(server: &dyn DirectoryServer) -> Arc<dyn Directory> {
    connector(server).connect(&over_tls(server)).unwrap()
}

pub(crate) async fn found(
    directory: &dyn Directory,
    base: &str,
    filter: &str,
) -> Result<SearchResult, DirectoryError> {
    let (base, filter) = (Dn::parse(base).unwrap(), Filter::parse(filter).unwrap());
    directory.search(&base, Scope::Subtree, &filter, &[]).await
}

/// The people that the settings of a node find in a directory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// All people with their authorization. The names of entries differ between kinds of servers, so they
    /// are left out.
    pub(crate) people: Vec<String>,
    /// The logins that the node would create an account for.
    pub(crate) authorized_people: Vec<String>,
    /// Logins that are not valid, and groups that do not exist.
    pub(crate) faults: String,
}

pub(crate) async fn report(server: &dyn DirectoryServer, settings: &LdapSettings) -> Report {
    let directory = connector(server).connect(settings).unwrap();
    let url = LdapUrl::parse(&settings.url).unwrap();
    let snapshot =
        DirectorySnapshot::read(directory.as_ref(), &url, [settings], Timestamp::default()).await;
    let set = ImportableSet::of(settings, &snapshot).unwrap();
    let line = |candidate: Candidate<'_>| {
        let entries = candidate.entries().len();
        format!("{}: {:?}, {entries} entries", candidate.login(), candidate.authorization())
    };
    Report {
        people: set.iter().map(line).collect(),
        authorized_people: set
            .authorized_people()
            .map(|candidate| candidate.login().to_owned())
            .collect(),
        faults: format!("{:?} {:?}", set.unreadable(), set.unknown_groups()),
    }
}
