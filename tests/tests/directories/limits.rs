//! Limits and references of directories.

use project_deployer_core::Login;
use project_deployer_ldap::{Completeness, DirectoryError, PartialReason};
use project_deployer_testkit::servers::{
    DirectoryServer, DirectoryServer389, OpenLdap, ServerOptions,
};

use crate::judged::installation::{Installation, place};
use crate::judged::oracle::{Verdict, reported};
use crate::servers::{company, company_with, directory, found, over_tls, started};

const PEOPLE: &str = "(objectClass=posixAccount)";

#[tokio::test]
async fn a_size_limit_is_met_with_pages() {
    let options = ServerOptions::new().with_size_limit(100);
    let Some(server) = started(OpenLdap::start_with(&company_with(1_000), &options)) else {
        return;
    };
    let found = found(directory(&server).as_ref(), server.base(), PEOPLE).await.unwrap();
    assert_eq!((found.entries.len(), found.completeness), (1_004, Completeness::Complete));
}

#[tokio::test]
async fn a_limit_that_counts_each_page_is_met_with_smaller_pages() {
    // R10: pages of 500, and then of 100, are cut
    let options = ServerOptions::new().with_size_limit(100);
    let Some(server) = started(DirectoryServer389::start_with(&company_with(1_000), &options))
    else {
        return;
    };
    let found = found(directory(&server).as_ref(), server.base(), PEOPLE).await.unwrap();
    assert_eq!((found.entries.len(), found.completeness), (1_004, Completeness::Complete));
}

#[tokio::test]
async fn a_server_that_forbids_pages_is_read_without_them() {
    // R10
    for (limit, is_whole) in [(None, true), (Some(10), false)] {
        let options = ServerOptions::new().forbidding_pages();
        let options = limit.map_or(options.clone(), |limit| options.with_size_limit(limit));
        let Some(server) = started(OpenLdap::start_with(&company_with(50), &options)) else {
            return;
        };
        let found = found(directory(&server).as_ref(), server.base(), PEOPLE).await.unwrap();
        assert_eq!(found.completeness == Completeness::Complete, is_whole, "{found:?}");
        assert_eq!(found.entries.len(), if is_whole { 54 } else { 10 });
    }
}

#[tokio::test]
async fn a_limit_that_pages_do_not_meet_leaves_a_partial_answer() {
    // R10
    let options = ServerOptions::new().with_size_limit(5);
    let Some(server) = started(OpenLdap::start_with(&company_with(50), &options)) else { return };
    let found = found(directory(&server).as_ref(), server.base(), PEOPLE).await.unwrap();
    assert!(matches!(found.completeness, Completeness::Partial(_)), "{found:?}");
}

#[tokio::test]
async fn a_limit_that_cuts_the_listing_leaves_needed_logins_to_the_server() {
    // R10
    let options = ServerOptions::new().with_size_limit(5);
    let Some(server) = started(OpenLdap::start_with(&company_with(50), &options)) else { return };
    let settings = over_tls(&server).with_authorized_groups(vec!["ops".to_owned()]);
    let logins = ["ann", "m0001", "ghost"];
    let mut installation = Installation::listed(&server, &[settings], logins).await;
    let verdicts = |installation: &Installation| {
        logins.map(|login| {
            let login = Login::parse(login).unwrap();
            reported(installation.report.presence(&login, &place(0)).unwrap())
        })
    };
    assert_eq!(verdicts(&installation), [Verdict::Unknown; 3]);
    installation.settle().await;
    assert_eq!(verdicts(&installation), [Verdict::In, Verdict::Refused, Verdict::Nobody]);
    assert!(installation.verify().await.is_clean());
}

#[tokio::test]
async fn a_reference_to_another_server_leaves_a_partial_answer() {
    // R10, R12
    let elsewhere = "ldap://elsewhere.example.test/ou=elsewhere,dc=example,dc=test";
    let options = ServerOptions::new().with_referral("elsewhere", elsewhere);
    let Some(server) = started(OpenLdap::start_with(&company(), &options)) else { return };
    let found = found(directory(&server).as_ref(), server.base(), PEOPLE).await.unwrap();
    assert_eq!(found.entries.len(), 4);
    assert!(
        matches!(&found.completeness, Completeness::Partial(PartialReason::Referral(to)) if to.contains("elsewhere.example")),
        "{found:?}"
    );
}

#[tokio::test]
async fn who_may_not_read_is_not_told_that_nobody_is_there() {
    // D7
    let Some(server) = started(OpenLdap::start(&company())) else { return };
    let mut settings = over_tls(&server);
    settings.bind_dn = None;
    let connector = crate::servers::connector(&server);
    let anonymous = project_deployer_ldap::DirectoryConnector::connect(&connector, &settings);
    let answer = found(anonymous.unwrap().as_ref(), server.base(), PEOPLE).await;
    assert!(
        matches!(answer, Err(DirectoryError::NoSuchBase { .. } | DirectoryError::Refused { .. })),
        "{answer:?}"
    );
    let options = ServerOptions::new().allowing_anonymous();
    let Some(open) = started(OpenLdap::start_with(&company(), &options)) else { return };
    let mut settings = over_tls(&open);
    settings.bind_dn = None;
    let connector = crate::servers::connector(&open);
    let anonymous = project_deployer_ldap::DirectoryConnector::connect(&connector, &settings);
    let answer = found(anonymous.unwrap().as_ref(), open.base(), PEOPLE).await.unwrap();
    assert_eq!(answer.entries.len(), 4);
}
