//! Membership in groups on real servers: unusual spellings of members, members that the reader may not read, and
//! groups in which a person is only indirectly.

use project_deployer_core::Login;
use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::matching::{GroupInGroup, IndirectMembership, Presence};
use project_deployer_ldap::{AttributeName, Directory};
use project_deployer_testkit::servers::{
    DirectoryServer, DirectoryServer389, OpenLdap, SambaDomain, ServerOptions,
};
use project_deployer_testkit::{MockDirectory, MockPerson};

use super::cases::{
    Case, PEOPLE, case, every_case_is_judged_as_the_server_judges, group, in_groups_by, names,
    of_names, person, posix,
};
use super::installation::{Installation, add, place, settings};
use super::oracle::{self, Verdict, reported};
use crate::servers::{directory, found, started};

/// Spellings of a member that both servers of Unix store.
fn spellings() -> Vec<Case> {
    let ann = || person("uid=ann", "");
    let li = || person("cn=Li\\, Ann", "uid: li\ncn: Li\n");
    vec![
        case(
            "a member in quotes",
            "li",
            li() + &of_names("cn=\"Li, Ann\",{B}"),
            names,
            Verdict::In,
        ),
        case("an escaped letter", "ann", ann() + &of_names("uid=\\61nn,{B}"), names, Verdict::In),
        case("blanks", "ann", ann() + &of_names("uid = ann , {B}"), names, Verdict::In),
        case(
            "another person in quotes",
            "ann",
            ann() + &of_names("uid=\"bob\",{B}"),
            names,
            Verdict::Refused,
        ),
    ]
}

fn of_389() -> Vec<Case> {
    let ann = || person("uid=ann", "");
    vec![case("a semicolon", "ann", ann() + &of_names("uid=ann;{B}"), names, Verdict::In)]
}

fn of_open_ldap() -> Vec<Case> {
    let ann = || person("uid=ann", "");
    let unique =
        |member: &str| group(&format!("objectClass: groupOfUniqueNames\nuniqueMember: {member}\n"));
    let by_unique = |own: &mut LdapSettings| in_groups_by(own, "(uniqueMember={USERDN})");
    vec![
        case("a semicolon", "ann", ann() + &of_names("uid=ann;{B}"), names, Verdict::In),
        case(
            "a name with bits",
            "ann",
            ann() + &unique("uid=ann,{B}#'01'B"),
            by_unique,
            Verdict::Refused,
        ),
        case(
            "a literal part beside a ligature",
            "fin",
            person("uid=fin", "")
                + &group(
                    "objectClass: posixGroup\ngidNumber: 7\nmemberUid: x\ndescription: ex-\u{fb01}n\n",
                ),
            |own| in_groups_by(own, "(description=ex-{USERNAME})"),
            Verdict::In,
        ),
    ]
}

#[tokio::test]
async fn members_in_unusual_spellings_are_judged_as_open_ldap_judges() {
    let Some(server) = started(OpenLdap::start(&MockDirectory::new())) else { return };
    let cases: Vec<Case> = spellings().into_iter().chain(of_open_ldap()).collect();
    every_case_is_judged_as_the_server_judges(&server, &cases, PEOPLE).await;
}

#[tokio::test]
async fn members_in_unusual_spellings_are_judged_as_389_judges() {
    let Some(server) = started(DirectoryServer389::start(&MockDirectory::new())) else { return };
    let cases: Vec<Case> = spellings().into_iter().chain(of_389()).collect();
    every_case_is_judged_as_the_server_judges(&server, &cases, PEOPLE).await;
}

fn presence<'a>(installation: &'a Installation, login: &str) -> &'a Presence {
    installation.report.presence(&Login::parse(login).unwrap(), &place(0)).unwrap()
}

fn indirect(installation: &Installation, login: &str) -> Option<IndirectMembership> {
    match presence(installation, login) {
        Presence::NotAuthorized { indirect, .. } => indirect.clone(),
        _ => None,
    }
}

fn unix(server: &dyn DirectoryServer) -> LdapSettings {
    let mut own =
        (settings(server, server.base())).with_user_filter(PEOPLE).with_username_attribute("uid");
    names(&mut own);
    own
}

fn of_domain(server: &SambaDomain) -> LdapSettings {
    let mut own = (settings(server, server.base()))
        .with_user_filter("(&(objectClass=user)(sAMAccountName={USERNAME}))")
        .with_username_attribute("sAMAccountName");
    in_groups_by(&mut own, "(&(objectClass=group)(member={USERDN}))");
    own
}

fn at_base(server: &dyn DirectoryServer, ldif: &str) {
    add(server, &ldif.replace("{B}", server.base()));
}

#[tokio::test]
async fn a_needed_person_whose_membership_the_reader_may_search_and_not_read_is_let_in() {
    let reader = "by dn.exact=\"cn=reader,dc=example,dc=test\" search by users read by * none";
    let rule = format!("access to attrs=member val.regex=\"^uid=ann,.*\" {reader}");
    let options = ServerOptions::new().with_access(rule);
    let Some(server) = started(OpenLdap::start_with(&MockDirectory::new(), &options)) else {
        return;
    };
    let members = of_names("uid=ann,{B}").replace("\n\n", "\nmember: uid=bob,{B}\n\n");
    at_base(&server, &(person("uid=ann", "") + &person("uid=bob", "") + &members));
    let mut installation = Installation::listed(&server, &[unix(&server)], ["ann", "bob"]).await;
    installation.settle().await;
    for login in ["ann", "bob"] {
        assert_eq!(reported(presence(&installation, login)), Verdict::In, "{login}");
    }
}

/// Settings by which people list their groups.
fn by_member_of(own: LdapSettings, class: &str) -> LdapSettings {
    own.with_group_filter(None)
        .with_all_groups_filter(Some(format!("(objectClass={class})")))
        .with_group_membership_attribute(Some("memberOf".to_owned()))
}

/// The verdicts of the listing, and again after the server was asked.
async fn are_judged(server: &dyn DirectoryServer, own: LdapSettings, expected: &[(&str, Verdict)]) {
    let logins = expected.iter().map(|(login, _)| *login);
    let mut installation = Installation::listed(server, &[own], logins).await;
    for _ in 0..2 {
        for (login, verdict) in expected {
            let found = presence(&installation, login);
            assert_eq!(reported(found), *verdict, "`{login}` is {found}");
        }
        installation.settle().await;
    }
}

#[tokio::test]
async fn whose_groups_the_reader_may_not_read_is_unknown_where_people_list_them() {
    let rule = "access to dn.regex=\"^uid=bob,\" attrs=memberOf by \
        dn.exact=\"cn=reader,dc=example,dc=test\" none by users read by * none";
    let options = ServerOptions::new().with_access(rule);
    let Some(server) = started(OpenLdap::start_with(&MockDirectory::new(), &options)) else {
        return;
    };
    let people = ["uid=ann", "uid=bob", "uid=cy", "uid=dee"].map(|rdn| person(rdn, "")).concat();
    let members = of_names("uid=ann,{B}").replace("\n\n", "\nmember: uid=bob,{B}\n\n");
    let others = of_names("uid=dee,{B}").replace("staff", "others");
    at_base(&server, &(people + &members + &others));
    let expected = [
        ("ann", Verdict::In),
        ("bob", Verdict::Unknown),
        ("cy", Verdict::Refused),
        ("dee", Verdict::Refused),
    ];
    are_judged(&server, by_member_of(unix(&server), "groupOfNames"), &expected).await;
}

#[tokio::test]
async fn a_right_to_read_the_groups_of_people_decides_on_389() {
    let of_group = |rdn| person(rdn, "objectClass: inetUser\nmemberOf: cn=staff,{B}\n");
    let ldif = of_group("uid=ann") + &person("uid=cy", "") + &of_names("uid=ann,{B}");
    for (options, expected) in [
        (ServerOptions::new(), [("ann", Verdict::In), ("cy", Verdict::Refused)]),
        (
            ServerOptions::new().hiding("memberOf"),
            [("ann", Verdict::Unknown), ("cy", Verdict::Unknown)],
        ),
    ] {
        let server = DirectoryServer389::start_with(&MockDirectory::new(), &options);
        let Some(server) = started(server) else { return };
        at_base(&server, &ldif);
        are_judged(&server, by_member_of(unix(&server), "groupOfNames"), &expected).await;
    }
}

#[tokio::test]
async fn people_of_a_domain_list_their_groups() {
    let people = ["ann", "bob", "cy"].into_iter().map(MockPerson::new);
    let people = people.fold(MockDirectory::new(), MockDirectory::with);
    let Some(server) = started(SambaDomain::start(&people)) else { return };
    let base = server.base();
    for (name, member) in [("staff", "ann"), ("others", "bob")] {
        let dn = format!("CN={name},OU=Groups,{base}");
        let member = format!("member: CN={member},OU=People,{base}");
        add(
            &server,
            &format!("dn: {dn}\nobjectClass: group\nsAMAccountName: {name}\n{member}\n\n"),
        );
    }
    let own = by_member_of(of_domain(&server), "group");
    let expected = [("ann", Verdict::In), ("bob", Verdict::Refused), ("cy", Verdict::Refused)];
    are_judged(&server, own, &expected).await;
}

#[tokio::test]
async fn a_nested_group_and_a_group_of_unix_are_the_named_reason() {
    let Some(server) = started(OpenLdap::start(&MockDirectory::new())) else { return };
    let nested = of_names("cn=mid,{B}")
        + &of_names("uid=ann,{B}").replace("staff", "mid")
        + &group("objectClass: posixGroup\ngidNumber: 1\nmemberUid: x\n").replace("staff", "unix");
    at_base(&server, &(person("uid=ann", "") + &nested));
    let mut of_unix = unix(&server);
    posix(&mut of_unix);
    of_unix.authorized_groups = vec!["unix".to_owned()];
    for (own, expected) in [
        (
            unix(&server),
            IndirectMembership::Nested {
                group: "staff".to_owned(),
                through: GroupInGroup::new(
                    format!("cn=mid,{}", server.base()),
                    Some("mid".to_owned()),
                ),
            },
        ),
        (of_unix, IndirectMembership::PosixPrimaryGroup { group: "unix".to_owned() }),
    ] {
        let mut installation = Installation::listed(&server, &[own], ["ann"]).await;
        installation.settle().await;
        assert_eq!(indirect(&installation, "ann"), Some(expected));
    }
}

/// The last part of the identifier of a group.
async fn last_part(directory: &dyn Directory, server: &SambaDomain, name: &str) -> u32 {
    let groups = found(directory, server.base(), &format!("(cn={name})")).await.unwrap();
    let sid = AttributeName::parse("objectSid").unwrap();
    let sid = groups.entries[0].values(&sid)[0].as_bytes();
    u32::from_le_bytes(*sid.last_chunk().unwrap())
}

#[tokio::test]
async fn the_primary_group_of_a_domain_is_the_named_reason() {
    let people = MockDirectory::new().with(MockPerson::new("ann")).with(MockPerson::new("bob"));
    let Some(server) = started(SambaDomain::start(&people)) else { return };
    let base = server.base().to_owned();
    let (ann, bob) = (format!("CN=ann,OU=People,{base}"), format!("CN=bob,OU=People,{base}"));
    let group = |name: &str, members: &str| {
        format!(
            "dn: CN={name},OU=Groups,{base}\nobjectClass: group\nsAMAccountName: {name}\n{members}\n"
        )
    };
    add(&server, &group("mid", &format!("member: {bob}\n")));
    let members = format!("member: {ann}\nmember: CN=mid,OU=Groups,{base}\n");
    add(&server, &group("staff", &members));
    let directory = directory(&server);
    let number = last_part(&*directory, &server, "staff").await;
    add(
        &server,
        &format!(
            "dn: {ann}\nchangetype: modify\nreplace: primaryGroupID\nprimaryGroupID: {number}\n\n"
        ),
    );
    let own = of_domain(&server);
    assert_eq!(oracle::login(&*directory, &own, "ann").await, Verdict::Refused);
    let mut installation = Installation::listed(&server, &[own], ["ann", "bob"]).await;
    installation.settle().await;
    let group = || "staff".to_owned();
    let primary = IndirectMembership::PrimaryGroup { group: group() };
    assert_eq!(indirect(&installation, "ann"), Some(primary));
    let Some(IndirectMembership::Nested { group: nested, through }) =
        indirect(&installation, "bob")
    else {
        panic!("{:?}", indirect(&installation, "bob"))
    };
    assert_eq!((nested, through.name.as_deref()), (group(), Some("mid")));
    assert!(through.can_be_followed, "{through:?}");
}
