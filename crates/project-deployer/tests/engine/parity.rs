use project_deployer::parity::{DeployerAccounts, ParityTable};
use project_deployer::readiness::Check;
use project_deployer_client::DeployerError;
use project_deployer_client::prelude::*;
use project_deployer_core::NodeAddress;
use project_deployer_core::accounts::{LdapSettings, SourceType, User};
use project_deployer_ldap::matching::{Breadth, LocationId, ParityReport, Presence};
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{Directories, LdifDirectory};

use crate::installation::{Installation, parsed};

const URL: &str = "ldap://dir.example/dc=example,dc=test";

const PEOPLE: &str = "dn: uid=dana,dc=example,dc=test
uid: dana
modifyTimestamp: 20260101000000Z

dn: uid=lee,dc=example,dc=test
uid: lee
modifyTimestamp: 20260101000000Z
";

fn directories() -> Directories {
    let people = LdifDirectory::parse(PEOPLE.as_bytes()).unwrap();
    Directories::none().with(LdapUrl::parse(URL).unwrap(), people)
}

fn ldap() -> LdapSettings {
    LdapSettings::default()
        .with_enabled(true)
        .with_url(URL)
        .with_user_filter("(uid={USERNAME})")
        .with_username_attribute("uid")
        .with_auto_import_users(true)
}

/// `lee` deploys on `dev`; the node imports its users from the directory and does not have `lee`
/// yet.
async fn installation() -> Installation {
    let installation = Installation::new().await.with_bundle().await;
    let admin = installation.admin();
    for login in ["dana", "lee"] {
        let user = User::new(parsed(login), SourceType::Ldap).in_groups([parsed("deployers")]);
        admin.save_user(&user).await.unwrap();
        let _ = installation.prod.clone().with_user(user);
    }
    let dana = User::new(parsed("dana"), SourceType::Ldap).in_groups([parsed("deployers")]);
    let _ = installation.dev.clone().with_user(dana).with_ldap_settings(ldap());
    let _ = installation.prod.clone().with_ldap_settings(ldap());
    let mut project = installation.dana().project_settings(&parsed("CHURN")).await.unwrap();
    project.owner = Some(parsed("lee"));
    installation.dana().save_project_settings(&project).await.unwrap();
    let creation = crate::installation::deployment("churn-dev", "dev", "v1");
    let lee = installation.member("lee", &["deployers"]);
    lee.create_deployment(&creation, Default::default()).await.unwrap();
    installation
}

async fn own(installation: &Installation) -> DeployerAccounts {
    let address = NodeAddress::parse("https://deployer.example:11000").unwrap();
    let mut own = installation.admin().own_accounts(Some(address)).await.unwrap();
    own.ldap = Ok(Some(ldap()));
    own
}

async fn report(installation: &Installation) -> ParityReport {
    installation.admin().parity(&own(installation).await, &directories()).await.unwrap()
}

fn dev() -> LocationId {
    LocationId::Node { infra: parsed("dev"), node: Some(parsed("auto-dev")) }
}

#[tokio::test]
async fn a_requester_who_has_not_logged_in_on_the_node_is_found_with_the_way_out() {
    // R-S10
    let installation = installation().await;
    let report = report(&installation).await;
    let lee = parsed("lee");
    assert_eq!(report.presence(&lee, &LocationId::Deployer), Some(&Presence::Present));
    assert_eq!(report.presence(&lee, &dev()), Some(&Presence::ImportableAtFirstLogin));
    let table = ParityTable::new(&report, Breadth::Needed).to_string();
    assert!(table.contains("log in once at https://dev.example:11200"), "{table}");
    assert!(!table.contains("rita"), "no deployment needs rita: {table}");
}

#[tokio::test]
async fn readiness_says_how_an_absent_login_gets_there() {
    let installation = installation().await;
    let plain = installation.admin().readiness(&parsed("dev")).await.unwrap();
    let found = plain.with_login_parity(&report(&installation).await);
    let parity: Vec<_> =
        found.findings.iter().filter(|finding| finding.check == Check::LoginParity).collect();
    assert_eq!(parity.len(), 1, "{parity:?}");
    assert_eq!(parity[0].what, "login `lee`: importable at first login");
    assert_eq!(parity[0].remedy, "log in once at https://dev.example:11200");
}

#[tokio::test]
async fn a_silent_node_and_a_directory_that_is_not_at_hand_read_as_could_not_tell() {
    // R10
    let installation = installation().await;
    let lee = parsed("lee");
    let without =
        installation.admin().parity(&own(&installation).await, &Directories::none()).await.unwrap();
    assert!(matches!(without.presence(&lee, &dev()), Some(Presence::Unknown { .. })));
    installation.dev.set_reachable(false);
    let report = report(&installation).await;
    assert!(matches!(report.presence(&lee, &dev()), Some(Presence::Unknown { .. })));
    assert_eq!(report.presence(&lee, &LocationId::Deployer), Some(&Presence::Present));
}

#[tokio::test]
async fn only_a_global_administrator_compares_logins_and_nothing_is_changed() {
    let installation = installation().await;
    let own = own(&installation).await;
    let refused = installation.dana().parity(&own, &directories()).await.unwrap_err();
    assert!(matches!(refused, DeployerError::Forbidden(_)), "{refused}");
    report(&installation).await;
    assert!(installation.dev.calls().iter().all(|call| !call.operation.changes()));
}
