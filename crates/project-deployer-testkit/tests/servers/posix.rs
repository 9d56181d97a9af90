//! What holds for the servers with the schemas of Unix.

use std::collections::BTreeSet;

use project_deployer_testkit::servers::{BASE, DirectoryServer, SECOND_BASE, ServerOptions};
use project_deployer_testkit::{MockDirectory, MockPerson};

use crate::facts;
use crate::tools::{MEMBERS, Search, Way, everybody, names, values};

const ABROAD: &str = "ldap://abroad.example.test/ou=abroad,dc=example,dc=test";

fn person(login: &str) -> String {
    format!("uid={login},ou=people,{BASE}")
}

fn members(
    server: &dyn DirectoryServer,
    class: &str,
    group: &str,
    member: &str,
) -> BTreeSet<String> {
    Search::of(server).values(&format!("(&(objectClass={class})(cn={group}))"), member)
}

/// The server has the large company in both schemas for groups.
pub(crate) fn has_exactly_the_people_described(server: &dyn DirectoryServer) {
    let search = Search::of(server);
    assert_eq!(search.values("(objectClass=posixAccount)", "uid"), everybody());
    for class in ["posixGroup", "groupOfNames"] {
        let groups = search.values(&format!("(objectClass={class})"), "cn");
        assert_eq!(groups, names(&["data", "many", "ops", "staff"]));
    }
    assert_eq!(members(server, "posixGroup", "staff", "memberUid"), names(&["ann", "bob", "cid"]));
    let staff = [person("bob"), format!("cn=ops,ou=groups,{BASE}")];
    assert_eq!(members(server, "groupOfNames", "staff", "member"), staff.into());
    assert_eq!(members(server, "groupOfNames", "many", "member").len(), MEMBERS);
    let zoe = search.run(&[], "(uid=zoe)", &["cn"]);
    assert_eq!(values(&zoe, "cn:"), names(&["Wm/DqywgdGhlICJmaXJzdCI="]));
    let mut let_in = everybody();
    let_in.remove("cid");
    assert_eq!(search.values(&server.ldap_settings().all_users_filter, "uid"), let_in);
    facts::its_certificate_is_that_of_its_authority(server);
    facts::only_those_who_may_get_in(server, person);
}

/// Everything that can be asked for at once.
pub(crate) fn all_options() -> ServerOptions {
    ServerOptions::new()
        .with_size_limit(2)
        .requiring_tls()
        .allowing_anonymous()
        .with_second_base(&MockDirectory::new().with(MockPerson::new("eve")))
        .with_referral("abroad", ABROAD)
}

/// The server has the company, and all options.
pub(crate) fn keeps_to_all_options(server: &dyn DirectoryServer) {
    facts::passwords_need_tls(server, 13);
    let search = Search { way: Way::Ldaps, ..Search::of(server) };
    facts::answers_have_a_limit(&search, 2, 4);
    let second = Search { base: SECOND_BASE, ..search };
    assert_eq!(second.values("(objectClass=posixAccount)", "uid"), names(&["eve"]));
    let anonymous = Search { who: None, ..Search::of(server) };
    let found = anonymous.run(&[], "(uid=ann)", &["uid", "userPassword"]);
    assert_eq!(values(&found, "uid"), names(&["ann"]));
    let text = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(text.contains(ABROAD), "{text}");
    assert!(!text.contains("userPassword"), "{text}");
}
