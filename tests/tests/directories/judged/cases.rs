//! Small directories in which servers differ from what a listing looks like.

use project_deployer_core::Login;
use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::matching::Presence;
use project_deployer_testkit::servers::{
    DirectoryServer, DirectoryServer389, OpenLdap, SambaDomain, ServerOptions,
};
use project_deployer_testkit::{MockDirectory, MockPerson};

use super::installation::{Installation, add, place, settings};
use super::oracle::{self, Verdict, reported};
use crate::servers::started;

/// One directory below its own base `{B}`, one login, and what the server says of it.
pub(super) struct Case {
    name: &'static str,
    login: &'static str,
    ldif: String,
    change: fn(&mut LdapSettings),
    verdict: Verdict,
}

pub(super) fn case(
    name: &'static str,
    login: &'static str,
    ldif: impl Into<String>,
    change: fn(&mut LdapSettings),
    verdict: Verdict,
) -> Case {
    Case { name, login, ldif: ldif.into(), change, verdict }
}

/// A person, with more lines.
pub(super) fn person(rdn: &str, more: &str) -> String {
    let uid =
        rdn.strip_prefix("uid=").map_or(String::new(), |uid| format!("uid: {uid}\ncn: {uid}\n"));
    let cn = rdn.strip_prefix("cn=").map_or(String::new(), |cn| format!("cn: {cn}\n"));
    format!(
        "dn: {rdn},{{B}}\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\n{uid}{cn}sn: S\nuidNumber: 1\n\
         gidNumber: 1\nhomeDirectory: /x\n{more}\n"
    )
}

pub(super) fn group(lines: &str) -> String {
    format!("dn: cn=staff,{{B}}\ncn: staff\n{lines}\n")
}

pub(super) fn names(settings: &mut LdapSettings) {
    settings.authorized_groups = vec!["staff".to_owned()];
    settings.group_filter = Some("(&(objectClass=groupOfNames)(member={USERDN}))".to_owned());
}

pub(super) fn posix(settings: &mut LdapSettings) {
    settings.authorized_groups = vec!["staff".to_owned()];
    settings.group_filter = Some("(&(objectClass=posixGroup)(memberUid={USERNAME}))".to_owned());
}

fn by(settings: &mut LdapSettings, filter: &str) {
    settings.user_filter = filter.to_owned();
}

pub(super) fn in_groups_by(settings: &mut LdapSettings, filter: &str) {
    names(settings);
    settings.group_filter = Some(filter.to_owned());
}

pub(super) fn of_names(member: &str) -> String {
    group(&format!("objectClass: groupOfNames\nmember: {member}\n"))
}

const ANN: &str = "uid=ann,{B}";

/// The cases that several servers share.
fn of_groups() -> Vec<Case> {
    vec![case(
        "a group filter with a branch that needs no member",
        "ann",
        person("uid=ann", "") + &of_names("cn=nobody"),
        |own| in_groups_by(own, "(&(objectClass=groupOfNames)(|(member={USERDN})(cn=staff)))"),
        Verdict::In,
    )]
}

fn of_389() -> Vec<Case> {
    let ann = || person("uid=ann", "");
    let members = |lines: &str| group(&format!("objectClass: groupOfNames\n{lines}"));
    vec![
        case(
            "an option of uid",
            "ann",
            ann() + &person("uid=bob", "uid;lang-fr: ann\n"),
            |_| {},
            Verdict::Several,
        ),
        case(
            "an option of member",
            "ann",
            ann() + &members("member: cn=nobody\nmember;x-old: uid=ann,{B}\n"),
            names,
            Verdict::In,
        ),
        case(
            "memberUid differs from uid in case",
            "bob",
            person("uid=bob", "")
                + &group("objectClass: posixGroup\ngidNumber: 7\nmemberUid: BOB\n"),
            posix,
            Verdict::Refused,
        ),
        case("a member in capitals", "ann", ann() + &of_names("UID=ANN,{B}"), names, Verdict::In),
        case(
            "a supertype of uid and cn",
            "ann",
            ann(),
            |own| by(own, "(name={USERNAME})"),
            Verdict::Nobody,
        ),
    ]
}

fn of_open_ldap() -> Vec<Case> {
    let ann = || person("uid=ann", "");
    vec![
        case(
            "memberUid differs from uid in case",
            "bob",
            person("uid=bob", "")
                + &group("objectClass: posixGroup\ngidNumber: 7\nmemberUid: BOB\n"),
            posix,
            Verdict::Refused,
        ),
        case("member may be searched, not read", "ann", ann() + &of_names(ANN), names, Verdict::In),
        case(
            "the chain rule of another kind of server",
            "ann",
            ann() + &of_names(ANN),
            |own| {
                in_groups_by(
                    own,
                    "(&(objectClass=groupOfNames)(member:1.2.840.113556.1.4.1941:={USERDN}))",
                );
            },
            Verdict::Refused,
        ),
        case(
            "a class by its numeric id",
            "ann",
            ann() + &of_names(ANN),
            |own| {
                in_groups_by(
                    own,
                    "(|(&(objectClass=2.5.6.9)(member={USERDN}))(&(objectClass=posixGroup)(memberUid={USERNAME})))",
                );
            },
            Verdict::In,
        ),
        case(
            "not an attribute that the server does not know",
            "ann",
            person("uid=ann", "mail: ann@example.test\n"),
            |own| {
                by(
                    own,
                    "(|(&(uid={USERNAME})(!(nsAccountLock=TRUE)))(&(mail={USERNAME})(objectClass=posixAccount)))",
                );
            },
            Verdict::Nobody,
        ),
        case(
            "approximate match",
            "jose",
            person("uid=jose", "")
                + &person("uid=josef", "")
                + &person("uid=hose", "")
                + &person("cn=other", "uid:: am9zw6k=\n"),
            |own| by(own, "(uid~={USERNAME})"),
            Verdict::Several,
        ),
        case(
            "a ligature",
            "fin",
            person("uid=fin", "") + &person("cn=other", "uid:: 76yBbg==\n"),
            |_| {},
            Verdict::Several,
        ),
        case(
            "composed and decomposed letters",
            "zoe",
            person("cn=zo\u{eb}", "uid: zoe\n") + &of_names("cn=zoe\u{308},{B}"),
            names,
            Verdict::In,
        ),
        case(
            "another name of the naming attribute",
            "ann",
            ann() + &of_names("userid=ann,{B}"),
            names,
            Verdict::In,
        ),
        case(
            "an attribute option",
            "ann",
            ann() + &person("uid=bob", "uid;lang-fr: ann\n"),
            |_| {},
            Verdict::Several,
        ),
        case(
            "a dynamic group",
            "ann",
            ann() + &group("objectClass: groupOfURLs\nmemberURL: ldap:///{B}??sub?(uid=ann)\n"),
            |own| in_groups_by(own, "(&(objectClass=groupOfURLs)(member={USERDN}))"),
            Verdict::In,
        ),
        case(
            "member by its numeric id",
            "ann",
            ann() + &of_names(ANN),
            |own| in_groups_by(own, "(2.5.4.31={USERDN})"),
            Verdict::In,
        ),
        case("uid may be searched, not read", "ann", ann(), |_| {}, Verdict::In),
        case(
            "blanks and hyphens of telephone numbers",
            "+493012",
            person("uid=ann", "telephoneNumber: +49 30 1-2\n")
                + &person("uid=bob", "telephoneNumber: +493012\n"),
            |own| {
                by(own, "(telephoneNumber={USERNAME})");
                own.username_attribute = "telephoneNumber".to_owned();
            },
            Verdict::Several,
        ),
        case(
            "somebody else by another attribute",
            "ann",
            person("uid=bob", "mail: ann@x.test\n"),
            |own| by(own, "(|(uid={USERNAME})(mail={USERNAME}@x.test))"),
            Verdict::In,
        ),
    ]
}

/// The base of a case, by its position.
fn base(server: &dyn DirectoryServer, number: usize) -> String {
    format!("ou=case-{number},{}", server.base())
}

pub(super) async fn every_case_is_judged_as_the_server_judges(
    server: &dyn DirectoryServer,
    cases: &[Case],
    user_filter: &str,
) {
    let mut all = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let base = base(server, number);
        let unit = format!("dn: {base}\nobjectClass: organizationalUnit\nou: case-{number}\n\n");
        add(server, &(unit + &case.ldif.replace("{B}", &base)));
        let mut own =
            settings(server, &base).with_user_filter(user_filter).with_username_attribute("uid");
        (case.change)(&mut own);
        all.push(own);
    }
    let mut installation =
        Installation::listed(server, &all, cases.iter().map(|case| case.login)).await;
    let verdict = |installation: &Installation, number: usize| {
        let login = Login::parse(cases[number].login).unwrap();
        reported(installation.report.presence(&login, &place(number)).unwrap())
    };
    for (number, case) in cases.iter().enumerate() {
        let asked = oracle::login(&*installation.directory, &all[number], case.login).await;
        assert_eq!(asked, case.verdict, "{server:?}: {}", case.name);
        let listed = verdict(&installation, number);
        assert!([Verdict::Unknown, asked].contains(&listed), "{}: {listed:?}", case.name);
    }
    let listed = installation.verify().await;
    assert!(listed.disagreements.is_empty(), "{:#?}", listed.disagreements);
    installation.settle().await;
    for (number, case) in cases.iter().enumerate() {
        assert_eq!(verdict(&installation, number), case.verdict, "{server:?}: {}", case.name);
    }
    let settled = installation.verify().await;
    assert!(settled.is_clean(), "{:#?}", settled.disagreements);
    assert!(settled.total() >= cases.len() && settled.unanswered == 0, "{settled:?}");
}

pub(super) const PEOPLE: &str = "(&(objectClass=posixAccount)(uid={USERNAME}))";

#[tokio::test]
async fn open_ldap_is_asked_where_its_listing_is_no_proof() {
    let cases: Vec<Case> = of_open_ldap().into_iter().chain(of_groups()).collect();
    let mut options = ServerOptions::new();
    for (name, attribute) in
        [("member may be searched, not read", "member"), ("uid may be searched, not read", "uid")]
    {
        let number = cases.iter().position(|case| case.name == name).unwrap();
        let base = format!("ou=case-{number},dc=example,dc=test");
        options = options.with_access(format!(
            "access to dn.subtree=\"{base}\" attrs={attribute} by dn.exact=\"cn=reader,dc=example,dc=test\" search \
             by users read by * none"
        ));
    }
    let Some(server) = started(OpenLdap::start_with(&MockDirectory::new(), &options)) else {
        return;
    };
    every_case_is_judged_as_the_server_judges(&server, &cases, PEOPLE).await;
}

#[tokio::test]
async fn directory_server_389_is_asked_where_its_listing_is_no_proof() {
    let Some(server) = started(DirectoryServer389::start(&MockDirectory::new())) else { return };
    let mut cases = of_groups();
    cases.extend(of_389());
    every_case_is_judged_as_the_server_judges(&server, &cases, PEOPLE).await;
}

#[tokio::test]
async fn a_domain_is_asked_where_its_listing_is_no_proof() {
    let people = MockDirectory::new().with(MockPerson::new("ann"));
    let Some(server) = started(SambaDomain::start(&people)) else { return };
    let (base, top) = (server.base().to_owned(), server.domain_base().to_owned());
    let group = |dn: &str, name: &str, member: &str| {
        format!("dn: {dn}\nobjectClass: group\nsAMAccountName: {name}\nmember: {member}\n\n")
    };
    let ann = format!("CN=ann,OU=People,{base}");
    let outside = format!("CN=mid,CN=Users,{top}");
    add(&server, &group(&outside, "mid", &ann));
    add(&server, &group(&format!("CN=staff,OU=Groups,{base}"), "staff", &outside));
    let own = |user_filter: &str| {
        settings(&server, &base)
            .with_user_filter(user_filter)
            .with_username_attribute("sAMAccountName")
    };
    let mut chain = own("(&(objectClass=user)(sAMAccountName={USERNAME}))");
    in_groups_by(&mut chain, "(&(objectClass=group)(member:1.2.840.113556.1.4.1941:={USERDN}))");
    let all = [chain, own("(&(objectClass=user)(anr={USERNAME}))")];
    let mut installation = Installation::listed(&server, &all, ["ann"]).await;
    let ann = Login::parse("ann").unwrap();
    for (number, own) in all.iter().enumerate() {
        let listed = installation.report.presence(&ann, &place(number)).unwrap();
        assert!(matches!(listed, Presence::Unknown { .. }), "{listed}");
        assert_eq!(oracle::login(&*installation.directory, own, "ann").await, Verdict::In);
    }
    installation.settle().await;
    for number in 0..all.len() {
        let settled = installation.report.presence(&ann, &place(number)).unwrap();
        assert_eq!(reported(settled), Verdict::In, "{settled}");
    }
    assert!(installation.verify().await.is_clean());
}
