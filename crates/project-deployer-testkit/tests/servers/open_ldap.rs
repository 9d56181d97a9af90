use project_deployer_testkit::servers::{OpenLdap, ServerError};

use crate::posix;
use crate::tools::{Search, company, large_company, names, started};

#[test]
fn open_ldap_has_exactly_the_people_described() {
    let Some(server) = started(OpenLdap::start(&large_company())) else { return };
    posix::has_exactly_the_people_described(&server);
    let search = Search::of(&server);
    let member_of = search.values("(uid=ann)", "memberOf");
    assert_eq!(member_of, names(&["cn=ops,ou=groups,dc=example,dc=test"]));
    assert_eq!(Search { who: None, ..search }.code(), 50, "no anonymous reads");
}

#[test]
fn open_ldap_keeps_to_its_options() {
    let start = OpenLdap::start_with(&company(), &posix::all_options());
    let Some(server) = started(start) else { return };
    posix::keeps_to_all_options(&server);
}

#[test]
fn a_server_that_cannot_start_says_what_it_said() {
    // An empty name is no name of an entry.
    let company = company().with_group_in_group("", "ops");
    let Err(error) = OpenLdap::start(&company) else {
        panic!("a group without a name has no entry")
    };
    match error {
        ServerError::NotReady { log, .. } => assert!(log.contains("slapadd"), "{log}"),
        ServerError::NotInstalled { .. } => drop(started::<OpenLdap>(Err(error))),
        other => panic!("{other}"),
    }
}
