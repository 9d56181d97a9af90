//! What holds for every server.

use project_deployer_testkit::servers::DirectoryServer;

use crate::tools::{PASSWORD, Search, Way};

/// StartTLS and ldaps work for clients that trust the authority, and for no others.
pub(crate) fn its_certificate_is_that_of_its_authority(server: &dyn DirectoryServer) {
    for way in [Way::StartTls, Way::Ldaps] {
        let search = Search { way, ..Search::of(server) };
        assert_eq!(search.code(), 0, "{way:?}");
        let distrusting = Search { trusting: false, ..search };
        assert_ne!(distrusting.code(), 0, "{way:?}");
    }
}

/// Ann gets in with her password and with no other; Cid, who is kept out, does not.
pub(crate) fn only_those_who_may_get_in(
    server: &dyn DirectoryServer,
    name: impl Fn(&str) -> String,
) {
    let code = |login: &str, password: &str| {
        let name = name(login);
        let who = Some((name.as_str(), password));
        Search { who, way: Way::Ldaps, ..Search::of(server) }.code()
    };
    assert_eq!(code("ann", PASSWORD), 0, "{}", server.log());
    assert_eq!(code("ann", "Opens-Nothing-1"), 49);
    assert_ne!(code("cid", PASSWORD), 0);
}

/// A password over a plain connection is refused with `refusal`.
pub(crate) fn passwords_need_tls(server: &dyn DirectoryServer, refusal: i32) {
    assert_eq!(Search::of(server).code(), refusal);
    assert_eq!(Search { way: Way::StartTls, ..Search::of(server) }.code(), 0);
    assert_eq!(server.ldap_settings_document()["useTls"], true);
}

/// What is found in one answer ends at the limit, with result code 4, and continues in smaller pages.
pub(crate) fn answers_have_a_limit(search: &Search<'_>, limit: usize, all: usize) {
    let entries = |options: &[&str]| {
        let output = search.run(options, "(objectClass=posixAccount)", &["uid"]);
        let found = String::from_utf8_lossy(&output.stdout).matches("dn: ").count();
        (output.status.code(), found)
    };
    assert_eq!(entries(&[]), (Some(4), limit));
    assert_eq!(entries(&["-E", &format!("pr={}/noprompt", limit - 1)]), (Some(0), all));
}
