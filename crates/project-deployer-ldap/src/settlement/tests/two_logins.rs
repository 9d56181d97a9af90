//! People whom the directory finds by several logins, and logins that several people may get.

use project_deployer_core::accounts::{SourceType, User};

use super::*;
use crate::matching::{Remedy, RemedyPlan, SimilarityKind};

const TREE: &str = "dn: dc=t\ndc: t\n\n";

fn on_demand(filter: &str) -> LdapSettings {
    settings().with_allow_on_demand_users_provisioning(true).with_user_filter(filter.to_owned())
}

fn without_domains(settings: LdapSettings) -> LdapSettings {
    settings.with_remapping_rules(vec![RemappingRule::new("@.*", "")])
}

async fn settled(ldif: &str, own: LdapSettings, needed: &[&str]) -> Installation {
    let ldif = format!("{TREE}{ldif}");
    let mut found = installation(server(&ldif), &[own], needed).await;
    found.settle(Settling::of(Breadth::Needed)).await;
    let verified = found.verify(100, 1).await;
    assert!(verified.disagreements.is_empty(), "{verified:?}");
    found
}

fn created(also: Option<&str>) -> Presence {
    Presence::ImportableOnDemand { source: SourceType::Ldap, also: also.map(login) }
}

/// The logins for which accounts would be created without a person.
fn provisioned(found: &Installation) -> Vec<String> {
    let plan = RemedyPlan::of(&found.report, Breadth::Needed);
    let steps = plan.steps().filter(|step| matches!(step.remedy, Remedy::Provision { .. }));
    steps.flat_map(|step| step.logins.iter().map(ToString::to_string).collect::<Vec<_>>()).collect()
}

#[tokio::test]
async fn one_person_whom_two_attributes_find_gets_no_second_account() {
    let ldif = "dn: cn=bob,dc=t\nuid: bob\nmail: robert@x.test\n\n";
    for filter in
        ["(|(uid={USERNAME})(mail={USERNAME}))", "(|(uid={USERNAME})(mail={USERNAME}@x.test))"]
    {
        let other = if filter.contains("@x.test") { "robert" } else { "robert@x.test" };
        let found = settled(ldif, on_demand(filter), &["bob", other]).await;
        assert_eq!(found.presence("bob"), &created(None));
        assert_eq!(found.presence(other), &created(Some("bob")));
        assert_eq!(provisioned(&found), ["bob"]);
        let finding = found.report.findings().find(|one| one.login.as_str() == other).unwrap();
        assert!(finding.remedy.to_string().contains("equal to `bob`"), "{}", finding.remedy);
    }
}

#[tokio::test]
async fn nobody_gets_an_account_beside_one_that_another_attribute_gave() {
    let ldif = "dn: cn=bob,dc=t\nuid: bob\nmail: robert@x.test\n\n\
        dn: cn=cy,dc=t\nuid: cy\nmail: cynthia@x.test\n\n";
    let ldif = format!("{TREE}{ldif}");
    let own = on_demand("(|(uid={USERNAME})(mail={USERNAME}))");
    let mut found = installation(server(&ldif), &[own], &["bob", "cy"]).await;
    let there = User::new(login("robert@x.test"), SourceType::Ldap);
    found.input.locations[0].users = Ok([there].into_iter().collect());
    found.report = match_logins(&found.input);
    found.settle(Settling::of(Breadth::Needed)).await;
    assert_eq!(found.presence("bob"), &created(Some("robert@x.test")));
    assert_eq!(provisioned(&found), ["cy"]);
}

#[tokio::test]
async fn one_person_with_two_logins_gets_no_account_without_a_person() {
    let ldif = "dn: cn=ann,dc=t\nuid: ann\nuid: annie\n\ndn: cn=cy,dc=t\nuid: cy\n\n";
    for filter in ["(uid={USERNAME})", "(|(uid={USERNAME})(mail={USERNAME}))"] {
        let found = settled(ldif, on_demand(filter), &["ann", "annie", "cy"]).await;
        assert_eq!(found.presence("ann"), &created(Some("annie")), "{filter}");
        assert_eq!(found.presence("annie"), &created(Some("ann")), "{filter}");
        assert_eq!(provisioned(&found), ["cy"]);
    }
}

#[tokio::test]
async fn a_similar_login_that_another_attribute_finds_is_no_other_spelling() {
    let ldif = "dn: cn=ann,dc=t\nuid: annli\nmail: ann.li\n\n";
    let own = on_demand("(|(uid={USERNAME})(mail={USERNAME}))");
    let found = settled(ldif, own, &["ann.li", "ANNLI"]).await;
    assert_eq!(found.presence("ann.li"), &created(Some("annli")));
    // The directory takes this one for the login itself.
    let respelled = found.presence("ANNLI");
    let Presence::NearMatch(similar) = respelled else { panic!("{respelled}") };
    assert_eq!((similar.found.as_str(), similar.kind), ("annli", SimilarityKind::Case));
}

#[tokio::test]
async fn a_login_that_somebody_else_has_in_another_spelling_is_no_ones_alone() {
    // R-L9: `ann` may be typed by both.
    let ldif = "dn: cn=one,dc=t\nuid: ann@x.test\n\ndn: cn=two,dc=t\nuid: Ann\n\n\
        dn: cn=three,dc=t\nuid: cy@x.test\n\n";
    let own = without_domains(on_demand("(uid={USERNAME})"));
    let listed = format!("{TREE}{ldif}");
    let nodes = [own.clone()];
    let mut found = installation(server(&listed), &nodes, &["ann", "Ann", "cy"]).await;
    for who in ["ann", "Ann"] {
        assert!(found.reason(who).contains("another spelling"), "{}", found.reason(who));
    }
    assert_eq!(found.presence("cy"), &created(None));
    // A directory that compares case.
    let strict = format!("{TREE}dn: cn=one,dc=t\nuid: ann@x.test\n\n");
    found.directories = BTreeMap::from([(place(0), Ok(server(&strict) as Arc<dyn Directory>))]);
    found.settle(Settling::of(Breadth::Needed)).await;
    assert_eq!(found.presence("ann"), &created(None));
    let found = settled(ldif, own, &["ann", "Ann", "cy"]).await;
    for who in ["ann", "Ann"] {
        let both = found.presence(who);
        assert!(matches!(both, Presence::Ambiguous { entries } if entries.len() == 2), "{both}");
    }
    assert_eq!(provisioned(&found), ["cy"]);
}

#[tokio::test]
async fn a_remapped_value_of_another_attribute_is_asked_for_as_well() {
    // R-L9
    let ldif = "dn: cn=one,dc=t\nuid: ann\n\ndn: cn=two,dc=t\nuid: bob\nmail: ann@x.test\n\n";
    let own = without_domains(on_demand("(|(uid={USERNAME})(mail={USERNAME}))"));
    let found = settled(ldif, own, &["ann", "bob"]).await;
    let both = found.presence("ann");
    assert!(matches!(both, Presence::Ambiguous { entries } if entries.len() == 2), "{both}");
    assert_eq!(found.presence("bob"), &created(None));
}

#[tokio::test]
async fn a_login_that_differs_in_more_than_a_directory_ignores_is_proven() {
    let ldif = "dn: cn=one,dc=t\nuid: li-po@x.test\n\ndn: cn=two,dc=t\nuid: lipo@x.test\n\n";
    let own = without_domains(on_demand("(uid={USERNAME})"));
    let listed = format!("{TREE}{ldif}");
    let found = installation(server(&listed), &[own], &["li-po", "lipo", "li.po"]).await;
    assert_eq!(found.presence("li-po"), &created(None));
    assert_eq!(found.presence("lipo"), &created(None));
    assert_eq!(found.presence("li.po").status(), "not-in-directory");
}
