use project_deployer_testkit::servers::{
    DirectoryServer as _, SambaDomain, ServerError, ServerOptions,
};

use crate::facts;
use crate::tools::{MEMBERS, Search, Way, company, everybody, large_company, names, started};

const UNIT: &str = "OU=company,DC=example,DC=test";

#[test]
fn a_samba_domain_has_exactly_the_people_described() {
    let Some(server) = started(SambaDomain::start(&large_company())) else { return };
    let search = Search::of(&server);
    assert_eq!(search.values("(objectClass=user)", "sAMAccountName"), everybody());
    let staff = search.values("(&(objectClass=group)(cn=staff))", "member");
    let expected = [format!("CN=bob,OU=People,{UNIT}"), format!("CN=ops,OU=Groups,{UNIT}")];
    assert_eq!(staff, expected.into());
    assert_eq!(search.values("(&(objectClass=group)(cn=many))", "member").len(), MEMBERS);
    let mut let_in = everybody();
    let_in.remove("cid");
    let user_filter = server.ldap_settings().all_users_filter;
    assert_eq!(search.values(&user_filter, "sAMAccountName"), let_in);
    let nested = server.ldap_settings_with_nested_groups().group_filter;
    let of_ann = nested.replace("{USERDN}", &format!("CN=ann,OU=People,{UNIT}"));
    assert_eq!(search.values(&of_ann, "cn"), names(&["ops", "staff"]));
    facts::its_certificate_is_that_of_its_authority(&server);
    facts::only_those_who_may_get_in(&server, |login| format!("{login}@{}", server.domain_name()));
    let domain = Search { base: server.domain_base(), ..search }.run(&[], "(cn=ann)", &["cn"]);
    let text = String::from_utf8_lossy(&domain.stdout).into_owned();
    assert!(text.contains("ldap://example.test/CN=Configuration"), "a referral: {text}");
}

#[test]
fn a_samba_domain_that_requires_tls_refuses_plain_passwords() {
    let options = ServerOptions::new().requiring_tls();
    let Some(server) = started(SambaDomain::start_with(&company(), &options)) else { return };
    facts::passwords_need_tls(&server, 8);
    let anonymous = Search { who: None, way: Way::Ldaps, ..Search::of(&server) };
    assert_eq!(anonymous.code(), 1, "a domain controller says so with operationsError");
}

#[test]
fn options_that_a_domain_controller_does_not_have_are_refused() {
    let refused = SambaDomain::start_with(&company(), &ServerOptions::new().with_size_limit(5));
    let error = refused.unwrap_err();
    assert!(matches!(error, ServerError::NotOffered { .. }), "{error}");
    assert!(error.to_string().contains("with a size limit"), "{error}");
}
