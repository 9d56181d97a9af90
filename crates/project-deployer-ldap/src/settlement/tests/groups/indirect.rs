//! The group in which a person is only indirectly is the named reason.

use super::*;

fn indirect(installation: &Installation) -> (IndirectMembership, String) {
    match installation.presence("ann") {
        presence @ Presence::NotAuthorized { indirect: Some(indirect), .. } => {
            let remedy = Remedy::of(presence, &installation.report.places[0]).unwrap();
            (indirect.clone(), remedy.to_string())
        }
        other => panic!("{other}"),
    }
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
        let (group, through) = ("ops".to_owned(), "dev".to_owned());
        assert!(found.to_string().contains("in `ops` only through the group `dev`"), "{found}");
        assert_eq!(found, IndirectMembership::Nested { group, through });
        let of = "to the group `ops` of `ldap://dir.example.test:389/dc=t` itself";
        assert!(remedy.contains(of), "{remedy}");
        assert!(remedy.contains("authorize `dev` in `authorizedGroups`"), "{remedy}");
    }
}

#[tokio::test]
async fn a_group_in_a_group_is_named_where_people_list_their_groups() {
    let ldif = TREE.to_owned()
        + &person("ann", "memberOf: cn=dev,dc=t\n")
        + &group("dev", "objectClass: groupOfNames\nmemberOf: cn=ops,dc=t\n")
        + &group("ops", MEMBERS);
    for installation in both(&ldif, &by_member_of(), "ann").await {
        let (group, through) = ("ops".to_owned(), "dev".to_owned());
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
        let (group, through) = ("ops".to_owned(), "users".to_owned());
        assert_eq!(settled(installation).await.0, IndirectMembership::Nested { group, through });
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

#[tokio::test]
async fn who_is_in_no_group_at_all_is_to_be_added() {
    let ldif = ann_and(&group("ops", "member: uid=cy,dc=t\n"));
    for mut installation in both(&ldif, &in_ops("(member={USERDN})"), "ann").await {
        installation.settle(Settling::of(Breadth::Needed)).await;
        let found = installation.presence("ann");
        assert!(matches!(found, Presence::NotAuthorized { indirect: None, .. }), "{found}");
    }
}
