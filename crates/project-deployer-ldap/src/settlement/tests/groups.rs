//! Membership in groups: what no listing proves, and the groups in which a person is only indirectly.

use super::*;
use crate::matching::{IndirectMembership, Remedy};

mod indirect;

const TREE: &str = "dn: dc=t\ndc: t\n\n";
const MEMBERS: &str = "objectClass: groupOfNames\n";

fn person(login: &str, more: &str) -> String {
    format!("dn: uid={login},dc=t\nobjectClass: posixAccount\nuid: {login}\n{more}\n")
}

fn group(name: &str, lines: &str) -> String {
    format!("dn: cn={name},dc=t\ncn: {name}\n{lines}\n")
}

fn ann_and(others: &str) -> String {
    format!("{TREE}{}{others}", person("ann", ""))
}

fn by_member_of() -> LdapSettings {
    in_ops("")
        .with_group_filter(None)
        .with_all_groups_filter(Some("(objectClass=groupOfNames)".to_owned()))
        .with_group_membership_attribute(Some("memberOf".to_owned()))
}

/// A server and an export with these entries.
async fn both(ldif: &str, settings: &LdapSettings, who: &str) -> [Installation; 2] {
    let nodes = std::slice::from_ref(settings);
    let of_server = installation(server(ldif), nodes, &[who]).await;
    [of_server, installation(export(ldif), nodes, &[who]).await]
}

#[tokio::test]
async fn a_member_in_any_spelling_of_a_name_is_left_to_the_directory() {
    for member in [
        "uid=\"ann\",dc=t",
        "uid=ann;dc=t",
        "uid=#0403616e6e,dc=t",
        "0.9.2342.19200300.100.1.1=ann,dc=t",
        "OID.0.9.2342.19200300.100.1.1=ann,dc=t",
        r"uid=\61\6e\6e,dc=t",
        r"uid=a\nn,dc=t",
        "uid = ann ; dc = t",
        "uid=ann,dc=t#'01'B",
        "uid=\u{e1}nn,dc=t",
    ] {
        let ldif = ann_and(&group("ops", &format!("member: {member}\nmember: uid=cy,dc=t\n")));
        for installation in both(&ldif, &in_ops("(member={USERDN})"), "ann").await {
            assert!(installation.reason("ann").contains("characters of"), "{member}");
        }
    }
}

#[tokio::test]
async fn a_member_that_is_nobody_else_in_any_spelling_leaves_the_refusal_proven() {
    let members = "member: cn=\"A, B\",dc=t\nmember: cn=#0403626f62,dc=t\nmember: cn=a;dc=x\n";
    let ldif = ann_and(&group("ops", members));
    for installation in both(&ldif, &in_ops("(member={USERDN})"), "ann").await {
        assert!(matches!(installation.presence("ann"), Presence::NotAuthorized { .. }));
    }
}

#[tokio::test]
async fn the_literal_part_of_a_value_is_compared_beside_unusual_letters() {
    let ldif = ann_and(&(person("bob", "") + &group("ops", "mail: ex-\u{e1}nn\n")));
    for who in ["ann", "bob"] {
        for installation in both(&ldif, &in_ops("(mail=ex-{USERNAME})"), who).await {
            let is_open = matches!(installation.presence(who), Presence::Unknown { .. });
            assert_eq!(is_open, who == "ann", "{}", installation.presence(who));
        }
    }
}

#[tokio::test]
async fn a_value_that_looks_like_a_name_is_compared_as_the_text_that_it_is() {
    let ldif = ann_and(&group("ops", "mail: cn=ann, o=x\n"));
    for installation in both(&ldif, &in_ops("(mail=cn={USERNAME},o=x)"), "ann").await {
        assert!(matches!(installation.presence("ann"), Presence::Unknown { .. }));
    }
}

#[tokio::test]
async fn a_group_whose_members_a_server_may_compute_refuses_nobody() {
    let url = "labeledURI: ldap:///dc=t??sub?(uid=ann)\n";
    for lines in ["objectClass: companyGroup\n", "objectClass: dynamicGroup\n", url] {
        let ldif = ann_and(&group("ops", &format!("{lines}member: uid=cy,dc=t\n")));
        for installation in both(&ldif, &in_ops("(member={USERDN})"), "ann").await {
            assert!(installation.reason("ann").contains("may compute the members"), "{lines}");
        }
    }
    let own = "teamSearch: ldap:///dc=t??sub?(uid=ann)\nmember: uid=cy,dc=t\n";
    let ldif = ann_and(&group("ops", &format!("{MEMBERS}{own}")));
    let installation = installation(export(&ldif), &[in_ops("(member={USERDN})")], &["ann"]).await;
    assert!(installation.reason("ann").contains("the URL of a search"));
}

/// A server of which the reader may not read `memberOf` of `ann`.
#[derive(Debug)]
struct Hiding(MemoryDirectory);

#[async_trait]
impl Directory for Hiding {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        let mut found = self.0.search(base, scope, filter, attributes).await?;
        if filter.to_string().contains("(!(|(memberOf=") {
            found.entries.retain(|entry| !entry.dn.to_string().starts_with("uid=ann,"));
        }
        Ok(found)
    }

    fn nature(&self) -> Nature {
        Nature::Memory
    }
}

#[tokio::test]
async fn nobody_is_refused_whose_groups_the_reader_may_not_read() {
    let others = person("bob", "memberOf: cn=dev,dc=t\n")
        + &person("cy", "memberOf: CN=Ops,DC=t\n")
        + &person("dee", "");
    let ldif = ann_and(&(others + &group("ops", MEMBERS)));
    let directory = Arc::new(Hiding(MemoryDirectory::new(entries(&ldif))));
    let who = ["ann", "bob", "cy", "dee"];
    let mut installation = installation(directory, &[by_member_of()], &who).await;
    for _ in 0..2 {
        let reason = installation.reason("ann");
        assert!(reason.contains("read `memberOf` of") && reason.contains("bind DN"), "{reason}");
        for refused in ["bob", "dee"] {
            let found = installation.presence(refused);
            assert!(matches!(found, Presence::NotAuthorized { .. }), "{refused}: {found}");
        }
        assert_eq!(installation.presence("cy"), &Presence::ImportableAtFirstLogin);
        installation.settle(Settling::of(Breadth::Needed)).await;
    }
}

#[tokio::test]
async fn groups_of_a_person_that_are_spelled_oddly_are_no_proof() {
    for held in ["cn=\"ops\",dc=t", "cn=ops;dc=t", "cn=#04036f7073,dc=t", "ops", "cn=\u{f3}ps,dc=t"]
    {
        let ann = person("ann", &format!("memberOf: {held}\n"));
        let ldif = TREE.to_owned() + &ann + &group("ops", MEMBERS);
        for mut installation in both(&ldif, &by_member_of(), "ann").await {
            installation.settle(Settling::of(Breadth::Needed)).await;
            assert!(installation.reason("ann").contains("in another spelling"), "{held}");
        }
    }
}

#[tokio::test]
async fn an_export_refuses_only_who_shows_other_groups() {
    let bob = person("bob", "memberOf: cn=dev,dc=t\n");
    let ldif = ann_and(&(bob + &group("ops", MEMBERS)));
    let nodes = [by_member_of()];
    let listed = installation(export(&ldif), &nodes, &["ann", "bob"]).await;
    assert!(listed.reason("ann").contains("the export shows no group in `memberOf`"));
    assert!(matches!(listed.presence("bob"), Presence::NotAuthorized { .. }));
    let without = ldif.replace("memberOf", "seeAlso");
    let without = installation(export(&without), &nodes, &["ann"]).await;
    assert!(without.reason("ann").contains("no entry of the export has `memberOf`"));
    let inherited = ldif.replace("objectClass: groupOfNames", "objectClass: companyGroup");
    let inherited = inherited + &group("dev", MEMBERS);
    let inherited = installation(export(&inherited), &nodes, &["bob"]).await;
    assert!(inherited.reason("bob").contains("the filter for groups finds `cn=ops,dc=t`"));
}

#[tokio::test]
async fn a_member_with_the_bytes_of_the_persons_name_is_proven_whatever_they_are() {
    for (name, member, is_proven) in [
        ("cn=Li\\, Ann,dc=t", "cn=Li\\, Ann,dc=t", true),
        ("cn=Li\\2C Ann,dc=t", "cn=Li\\2C Ann,dc=t", true),
        ("cn=zo\u{eb},dc=t", "cn=zo\u{eb},dc=t", true),
        ("cn=a+sn=b,dc=t", "cn=a+sn=b,dc=t", true),
        ("cn=Li\\, Ann,dc=t", "cn=Li\\2C Ann,dc=t", false),
        ("cn=zo\u{eb},dc=t", "cn=ZO\u{cb},dc=t", false),
        ("cn=zo\u{eb},dc=t", "cn=zoe\u{308},dc=t", false),
    ] {
        let ann = format!("dn: {name}\nobjectClass: posixAccount\nuid: ann\n\n");
        let ldif = format!("{TREE}{ann}{}", group("ops", &format!("{MEMBERS}member: {member}\n")));
        let found = installation(server(&ldif), &[in_ops("(member={USERDN})")], &["ann"]).await;
        let status = found.presence("ann").status();
        let expected = if is_proven { "importable-at-first-login" } else { "unknown" };
        assert_eq!(status, expected, "{name} {member}: {}", found.presence("ann"));
    }
}

#[tokio::test]
async fn equal_bytes_prove_nothing_where_a_group_also_lists_another_spelling() {
    let ann = "dn: cn=zo\u{eb},dc=t\nobjectClass: posixAccount\nuid: ann\n\n";
    let lists = |name: &str, member: &str| group(name, &format!("{MEMBERS}member: {member}\n"));
    let ldif =
        [TREE, ann, &lists("ops", "cn=ZO\u{eb},dc=t"), &lists("dev", "cn=zo\u{eb},dc=t")].concat();
    let found = installation(server(&ldif), &[in_ops("(member={USERDN})")], &["ann"]).await;
    assert!(found.reason("ann").contains("only the directory knows"), "{}", found.reason("ann"));
}
