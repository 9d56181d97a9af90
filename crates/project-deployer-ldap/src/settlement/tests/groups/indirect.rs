//! The group in which a person is only indirectly is the named reason.

use super::*;
use crate::matching::GroupInGroup;

fn indirect(installation: &Installation) -> (IndirectMembership, String) {
    match installation.presence("ann") {
        presence @ Presence::NotAuthorized { indirect: Some(indirect), .. } => {
            let remedy = Remedy::of(presence, &installation.report.places[0]).unwrap();
            (indirect.clone(), remedy.to_string())
        }
        other => panic!("{other}"),
    }
}

fn named(name: &str) -> GroupInGroup {
    GroupInGroup::new(format!("cn={name},dc=t"), Some(name.to_owned()))
}

async fn settled(mut installation: Installation) -> (IndirectMembership, String) {
    installation.settle(Settling::of(Breadth::Needed)).await;
    indirect(&installation)
}

#[tokio::test]
async fn a_group_in_a_group_is_the_named_reason_of_a_refusal() {
    // The groups form a loop.
    let groups = group("dev", "member: uid=ann,dc=t\nmember: cn=mid,dc=t\n")
        + &group("mid", "member: cn=dev,dc=t\n")
        + &group("ops", "member: cn=mid,dc=t\n");
    for installation in both(&ann_and(&groups), &in_ops("(member={USERDN})"), "ann").await {
        let (found, remedy) = settled(installation).await;
        let (group, through) = ("ops".to_owned(), named("dev"));
        assert!(found.to_string().contains("in `ops` only through the group `dev`"), "{found}");
        assert_eq!(found, IndirectMembership::Nested { group, through });
        let of = "to the group `ops` of `ldap://dir.example.test:389/dc=t` itself";
        assert!(remedy.contains(of), "{remedy}");
        assert!(remedy.contains("authorize `dev` in `authorizedGroups`"), "{remedy}");
        assert!(!remedy.contains("1.2.840"), "{remedy}");
    }
}

#[tokio::test]
async fn a_group_in_a_group_is_named_where_people_list_their_groups() {
    let ldif = TREE.to_owned()
        + &person("ann", "memberOf: cn=dev,dc=t\n")
        + &group("dev", "objectClass: groupOfNames\nmemberOf: cn=ops,dc=t\n")
        + &group("ops", MEMBERS);
    for installation in both(&ldif, &by_member_of(), "ann").await {
        let (group, through) = ("ops".to_owned(), named("dev"));
        assert_eq!(settled(installation).await.0, IndirectMembership::Nested { group, through });
    }
}

#[tokio::test]
async fn a_primary_group_is_the_named_reason_of_a_refusal() {
    // S-1-5-21-1-1105, whose primary group is S-1-5-21-1-513
    let own = "objectSid:: AQMAAAAAAAUVAAAAAQAAAFEEAAA=\nprimaryGroupID: 513\n";
    let sid = "objectSid:: AQMAAAAAAAUVAAAAAQAAAAECAAA=\nmember: uid=cy,dc=t\n";
    let ldif = TREE.to_owned() + &person("ann", own) + &group("ops", sid);
    for installation in both(&ldif, &in_ops("(member={USERDN})"), "ann").await {
        let (found, remedy) = settled(installation).await;
        assert_eq!(found, IndirectMembership::PrimaryGroup { group: "ops".to_owned() });
        assert!(remedy.contains("another primary group"), "{remedy}");
    }
}

#[tokio::test]
async fn a_group_that_holds_the_primary_group_is_named_with_it() {
    let own = "objectSid:: AQMAAAAAAAUVAAAAAQAAAFEEAAA=\nprimaryGroupID: 513\n";
    let sid = "objectSid:: AQMAAAAAAAUVAAAAAQAAAAECAAA=\n";
    let ldif = TREE.to_owned()
        + &person("ann", own)
        + &group("users", sid)
        + &group("ops", "member: cn=users,dc=t\n");
    for installation in both(&ldif, &in_ops("(member={USERDN})"), "ann").await {
        let group = "ops".to_owned();
        let found = settled(installation).await.0;
        let IndirectMembership::Nested { group: of, through } = found else { panic!("{found}") };
        assert_eq!((of, through.name.as_deref()), (group, Some("users")));
    }
}

#[tokio::test]
async fn a_primary_group_of_unix_is_the_named_reason_of_a_refusal() {
    let ldif = TREE.to_owned()
        + &person("ann", "gidNumber: 7\n")
        + &group("ops", "objectClass: posixGroup\ngidNumber: 7\nmemberUid: cy\n");
    let nodes = [in_ops("(memberUid={USERNAME})")];
    let (found, remedy) = settled(installation(server(&ldif), &nodes, &["ann"]).await).await;
    assert_eq!(found, IndirectMembership::PosixPrimaryGroup { group: "ops".to_owned() });
    assert!(remedy.contains("list the person as a member of the group `ops`"), "{remedy}");
}

#[tokio::test]
async fn a_group_that_the_settings_name_by_its_dn_is_to_be_named_there() {
    let ldif = ann_and(&group("ops", "member: uid=ann,dc=t\n"));
    let own = in_ops("(member={USERDN})");
    let nodes = [own.with_authorized_groups(vec!["CN=ops, dc=t".to_owned()])];
    let (_, remedy) = settled(installation(server(&ldif), &nodes, &["ann"]).await).await;
    let expected =
        "write `ops` instead of `CN=ops, dc=t` in `authorizedGroups` of the LDAP settings";
    assert_eq!(remedy, expected);
}

/// A server that hides nothing.
#[derive(Debug)]
struct Plain(MemoryDirectory);

#[async_trait]
impl Directory for Plain {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        self.0.search(base, scope, filter, attributes).await
    }
}

#[tokio::test]
async fn the_rule_that_follows_groups_is_offered_only_in_a_domain() {
    let root = "dn:\nobjectClass: top\nsupportedCapabilities: 1.2.840.113556.1.4.800\n\n";
    let sid = "objectSid:: AQMAAAAAAAUVAAAAAQAAAFEEAAA=\n";
    let nested = group("dev", "member: uid=ann,dc=t\n") + &group("ops", "member: cn=dev,dc=t\n");
    let own = in_ops("(member={USERDN})");
    for (top, person_has, is_domain) in [(root, "", true), ("", sid, false), ("", "", false)] {
        let ldif = [top, TREE, &person("ann", person_has), &nested].concat();
        let nodes = std::slice::from_ref(&own);
        let directory = Arc::new(Plain(MemoryDirectory::new(entries(&ldif))));
        let of_server = installation(directory, nodes, &["ann"]).await;
        let of_export = installation(export(&ldif), nodes, &["ann"]).await;
        let is_offered = async |found| settled(found).await.1.contains("1.2.840.113556.1.4.1941");
        assert_eq!(is_offered(of_server).await, is_domain, "{top}{person_has}");
        // An export says so only by the identifiers of its accounts.
        assert_eq!(is_offered(of_export).await, !person_has.is_empty(), "{top}{person_has}");
    }
}

#[tokio::test]
async fn a_group_without_a_name_is_not_advised_to_be_authorized() {
    let nameless = "dn: ou=dev,dc=t\nou: dev\nmember: uid=ann,dc=t\n\n";
    let ldif = ann_and(&(nameless.to_owned() + &group("ops", "member: ou=dev,dc=t\n")));
    for installation in both(&ldif, &in_ops("(member={USERDN})"), "ann").await {
        let (found, remedy) = settled(installation).await;
        assert!(found.to_string().contains("through the group `ou=dev,dc=t`"), "{found}");
        assert!(!remedy.contains("authorizedGroups"), "{remedy}");
    }
    let own = in_ops("(member={USERDN})");
    let own = own.with_authorized_groups(vec!["OU=dev, dc=t".to_owned()]);
    for installation in both(&ldif, &own, "ann").await {
        let (_, remedy) = settled(installation).await;
        assert!(remedy.contains("give the group `OU=dev, dc=t` a value of `cn`"), "{remedy}");
    }
}

#[tokio::test]
async fn a_group_around_the_persons_own_is_to_be_named_and_not_written_as_a_dn() {
    let nested = group("dev", "member: uid=ann,dc=t\n") + &group("ops", "member: cn=dev,dc=t\n");
    let own = in_ops("(member={USERDN})");
    let own = own.with_authorized_groups(vec!["CN=ops, dc=t".to_owned()]);
    for installation in both(&ann_and(&nested), &own, "ann").await {
        let (_, remedy) = settled(installation).await;
        let expected = "write `ops` instead of `CN=ops, dc=t` in `authorizedGroups` of the LDAP settings, and then \
            add the person to the group `ops`";
        assert!(remedy.starts_with(expected), "{remedy}");
    }
}

#[tokio::test]
async fn who_is_in_no_group_at_all_is_to_be_added() {
    let ldif = ann_and(&group("ops", "member: uid=cy,dc=t\n"));
    for mut installation in both(&ldif, &in_ops("(member={USERDN})"), "ann").await {
        installation.settle(Settling::of(Breadth::Needed)).await;
        let found = installation.presence("ann");
        assert!(matches!(found, Presence::NotAuthorized { indirect: None, .. }), "{found}");
    }
}
