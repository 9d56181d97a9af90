//! Groups in groups, and the references of a domain.

use project_deployer_core::Login;
use project_deployer_ldap::Completeness;
use project_deployer_testkit::servers::{DirectoryServer, SambaDomain};

use crate::judged::installation::{Installation, place};
use crate::judged::oracle::{Verdict, reported};
use crate::servers::{company, company_with, directory, found, node_settings, started};

#[tokio::test]
async fn groups_in_groups_count_where_the_settings_follow_the_chain() {
    // A listing proves nothing about a chain, so the domain is asked about each person.
    let Some(server) = started(SambaDomain::start(&company())) else { return };
    for (nested, wanted) in [(false, &["bob"][..]), (true, &["ann", "bob"])] {
        let settings =
            if nested { server.ldap_settings_with_nested_groups() } else { server.ldap_settings() };
        let settings = settings.at(server.ldaps_url()).with_use_tls(false);
        let mut settings = node_settings(&settings);
        settings.authorized_groups = vec!["staff".to_owned()];
        let mut installation =
            Installation::listed(&server, &[settings], ["ann", "bob", "zoe"]).await;
        installation.settle().await;
        let may_enter = |login: &&str| {
            let login = Login::parse(*login).unwrap();
            reported(installation.report.presence(&login, &place(0)).unwrap()) == Verdict::In
        };
        let found: Vec<&str> = ["ann", "bob", "zoe"].into_iter().filter(may_enter).collect();
        assert_eq!(found, wanted);
        assert!(installation.verify().await.is_clean());
    }
}

#[tokio::test]
async fn a_domain_follows_the_chain_itself_where_a_filter_asks_for_it() {
    let Some(server) = started(SambaDomain::start(&company())) else { return };
    let directory = directory(&server);
    let ann = found(directory.as_ref(), server.base(), "(sAMAccountName=ann)").await.unwrap();
    let ann = &ann.entries[0].dn;
    let filter = format!("(member:1.2.840.113556.1.4.1941:={ann})");
    let groups = found(directory.as_ref(), server.base(), &filter).await.unwrap();
    assert_eq!(groups.entries.len(), 2, "{groups:?}");
}

#[tokio::test]
async fn a_domain_is_read_whole_from_its_top() {
    // R10: the answer has references to configuration and DNS zones, which hold no people
    let Some(server) = started(SambaDomain::start(&company_with(300))) else { return };
    let directory = directory(&server);
    let groups = found(directory.as_ref(), server.domain_base(), "(member=*)").await.unwrap();
    assert_eq!(groups.completeness, Completeness::Complete);
    let member = project_deployer_ldap::AttributeName::parse("member").unwrap();
    let largest = groups.entries.iter().map(|entry| entry.values(&member).len()).max();
    assert_eq!(largest, Some(300));
}
