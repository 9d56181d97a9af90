//! Groups whose entries show a node something else than its own search finds: members that the reader may read and
//! not search, and names that come back under another name of their attribute.

use project_deployer_core::Login;
use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::matching::Presence;
use project_deployer_testkit::MockDirectory;
use project_deployer_testkit::servers::{
    DirectoryServer, DirectoryServer389, OpenLdap, ServerOptions,
};

use super::cases::{PEOPLE, group, names, of_names, person, posix};
use super::installation::{Installation, add, place, settings};
use super::oracle::{self, Verdict, reported};
use crate::servers::started;

fn own(server: &dyn DirectoryServer, change: fn(&mut LdapSettings)) -> LdapSettings {
    let mut own =
        (settings(server, server.base())).with_user_filter(PEOPLE).with_username_attribute("uid");
    change(&mut own);
    own
}

fn presence(installation: &Installation, number: usize) -> &Presence {
    let ann = Login::parse("ann").unwrap();
    installation.report.presence(&ann, &place(number)).unwrap()
}

fn at_base(server: &dyn DirectoryServer, ldif: &str) {
    add(server, &ldif.replace("{B}", server.base()));
}

/// `ann` is in both groups, and the reader may read their members and not search them.
async fn nobody_is_let_in_by_members_that_no_search_finds(server: &dyn DirectoryServer) {
    let of_logins = "objectClass: posixGroup\ngidNumber: 7\nmemberUid: ann\n";
    at_base(
        server,
        &(person("uid=ann", "")
            + &of_names("uid=ann,{B}")
            + &group(of_logins).replace("cn=staff", "cn=staff+gidNumber=7")),
    );
    let all = [own(server, names), own(server, posix)];
    let mut installation = Installation::listed(server, &all, ["ann"]).await;
    let listed = installation.verify().await;
    assert!(listed.disagreements.is_empty(), "{server:?}: {:#?}", listed.disagreements);
    for (number, own) in all.iter().enumerate() {
        let asked = oracle::login(&*installation.directory, own, "ann").await;
        assert_eq!(asked, Verdict::Refused, "{server:?}");
        let listed = presence(&installation, number);
        assert_eq!(reported(listed), Verdict::Unknown, "{server:?}: {listed}");
    }
    installation.settle().await;
    for number in 0..all.len() {
        let settled = presence(&installation, number);
        assert_eq!(reported(settled), Verdict::Refused, "{server:?}: {settled}");
    }
    assert!(installation.verify().await.is_clean());
}

#[tokio::test]
async fn members_that_the_reader_of_open_ldap_may_not_search_let_nobody_in() {
    let reader = "by dn.exact=\"cn=reader,dc=example,dc=test\" =rcx by users read by * none";
    let rule = format!("access to attrs=member,memberUid {reader}");
    let options = ServerOptions::new().with_access(rule);
    let server = OpenLdap::start_with(&MockDirectory::new(), &options);
    let Some(server) = started(server) else { return };
    nobody_is_let_in_by_members_that_no_search_finds(&server).await;
}

#[tokio::test]
async fn members_that_the_reader_of_389_may_not_search_let_nobody_in() {
    let Some(server) = started(DirectoryServer389::start(&MockDirectory::new())) else { return };
    let rule = "(targetattr=\"member || memberUid\")(version 3.0; acl \"no search\"; deny (search) \
        userdn=\"ldap:///all\";)";
    at_base(&server, &format!("dn: {{B}}\nchangetype: modify\nadd: aci\naci: {rule}\n\n"));
    nobody_is_let_in_by_members_that_no_search_finds(&server).await;
}

/// The names of the group that `ann` is in, the attribute of the settings, and what the report has to say; nothing
/// where the node reads the name.
const NAMES: [(&str, &str, Option<&str>); 5] = [
    ("cn: staff\n", "CN", None),
    ("cn: staff\n", "commonName", Some("write `cn` in `groupNameAttribute`")),
    ("cn: staff\n", "2.5.4.3", Some("write `cn` in `groupNameAttribute`")),
    ("cn: staff\n", "name", Some("write `cn` in `groupNameAttribute`")),
    ("cn: other\ncn;lang-fr: staff\n", "cn", Some("only as `cn;lang-fr`")),
];

#[tokio::test]
async fn a_group_whose_name_comes_back_under_another_attribute_name_is_unknown_with_the_name_to_write()
 {
    // D7: the person is in the group, so "add the person to it" would be wrong
    let Some(server) = started(OpenLdap::start(&MockDirectory::new())) else { return };
    for (number, (lines, attribute, text)) in NAMES.into_iter().enumerate() {
        let base = format!("ou=named-{number},{}", server.base());
        let unit = format!("dn: {base}\nobjectClass: organizationalUnit\nou: named-{number}\n\n");
        let members = format!("objectClass: groupOfNames\n{lines}member: uid=ann,{{B}}\n");
        let group = format!("dn: cn={},{{B}}\n{members}\n", &lines[4..lines.find('\n').unwrap()]);
        let ldif = unit + &(person("uid=ann", "") + &group).replace("{B}", &base);
        add(&server, &ldif);
        let mut own = own(&server, names);
        own.url = settings(&server, &base).url;
        own.group_name_attribute = Some(attribute.to_owned());
        let mut installation = Installation::listed(&server, &[own], ["ann"]).await;
        installation.settle().await;
        let settled = presence(&installation, 0);
        match text {
            None => assert_eq!(reported(settled), Verdict::In, "{attribute}: {settled}"),
            Some(text) => {
                assert_eq!(reported(settled), Verdict::Unknown, "{attribute}: {settled}");
                assert!(settled.to_string().contains(text), "{attribute}: {settled}");
            }
        }
    }
}
