//! Logins in another spelling, and remapped ones.

use project_deployer_core::accounts::SourceType;

use super::*;
use crate::matching::{Odd, Remedy, SimilarLogin, SimilarityKind};

fn remapping(rules: &[(&str, &str)]) -> LdapSettings {
    let rules = rules.iter().map(|(from, to)| RemappingRule::new(*from, *to)).collect();
    settings().with_remapping_rules(rules)
}

fn person(name: &str, uids: &[&str]) -> String {
    let uids: String = uids.iter().map(|uid| format!("uid: {uid}\n")).collect();
    format!("dn: cn={name},dc=t\ncn: {name}\n{uids}\n")
}

fn people(all: &[&str]) -> String {
    all.iter().map(|uid| person(uid.split('@').next().unwrap(), &[uid])).collect()
}

const NOBODY: &str = "dn: dc=t\ndc: t\n\n";

/// After the directory was asked, for a server whose listing does not end early.
async fn settled(ldif: &str, own: &LdapSettings, needed: &[&str]) -> Installation {
    let nodes = [own.clone()];
    let mut installation = installation(server(ldif), &nodes, needed).await;
    installation.settle(Settling::of(Breadth::Needed)).await;
    installation
}

/// The same, where the directory finds only these when it is asked.
async fn asked_of(listed: &str, asked: &str, own: &LdapSettings, who: &str) -> Presence {
    let nodes = [own.clone()];
    let mut installation = installation(server(listed), &nodes, &[who]).await;
    installation.reason(who);
    let strict: Arc<dyn Directory> = server(asked);
    installation.directories = BTreeMap::from([(place(0), Ok(strict))]);
    installation.settle(Settling::of(Breadth::Needed)).await;
    installation.presence(who).clone()
}

fn of_directory(found: &str, kind: SimilarityKind) -> SimilarLogin {
    SimilarLogin::new(login(found), kind).in_directory()
}

#[tokio::test]
async fn a_login_that_a_directory_without_case_has_in_another_case_is_a_near_match() {
    // R-L2: no source says which of the two logins the node would create.
    let on_demand = settings().with_allow_on_demand_users_provisioning(true);
    let found = settled(PEOPLE, &on_demand, &["ann", "Ann", "bob", "a  b"]).await;
    let source = SourceType::Ldap;
    assert_eq!(found.presence("ann"), &Presence::ImportableOnDemand { source, also: None });
    let near = |found| Presence::NearMatch(of_directory(found, SimilarityKind::Case));
    assert_eq!(found.presence("Ann"), &near("ann"));
    assert_eq!(found.presence("bob"), &near("Bob"));
    let verified = found.verify(100, 1).await;
    assert!(verified.is_clean() && verified.compared["near-match"] == 2, "{verified:?}");
    let report = &found.report;
    let findings: Vec<_> = report.findings().filter(|one| one.login.as_str() == "Ann").collect();
    assert_eq!(findings[0].remedy, Remedy::RenameOrRemap { found: login("ann"), odd: Odd::Login });
    assert!(findings[0].remedy.to_string().contains("use `ann` in place of this login"));
    assert_eq!(report.row(&login("Ann")).unwrap().proof(0), Some(Proof::Asked));
}

#[tokio::test]
async fn blanks_and_letters_that_a_directory_takes_for_the_same_are_near_matches() {
    let found = settled(&people(&["a b"]), &settings(), &["a  b"]).await;
    let near = of_directory("a b", SimilarityKind::Spelling);
    assert_eq!(found.presence("a  b"), &Presence::NearMatch(near));
}

#[tokio::test]
async fn a_similar_login_is_kept_where_the_directory_compares_case() {
    let found = asked_of(PEOPLE, NOBODY, &settings(), "Ann").await;
    let similar = Some(of_directory("ann", SimilarityKind::Case));
    assert_eq!(found, Presence::NotInDirectory { similar, unseen: None });
}

#[tokio::test]
async fn a_similar_login_is_asked_for_where_no_list_shows_it() {
    let mut server = Arc::into_inner(server(&people(&["ann", "Bob", "cy"]))).unwrap();
    server.listings = Some(1);
    let needed = ["bob@x.test", "X\\ann", "dee@x.test", "dee"];
    let mut found = installation(Arc::new(server), &[settings()], &needed).await;
    found.settle(Settling::of(Breadth::Needed)).await;
    for (who, expected) in [("bob@x.test", "Bob"), ("X\\ann", "ann")] {
        let similar = Some(of_directory(expected, SimilarityKind::DomainSuffix));
        assert_eq!(
            found.presence(who),
            &Presence::NotInDirectory { similar, unseen: None },
            "{who}"
        );
    }
    for who in ["dee@x.test", "dee"] {
        assert_eq!(found.presence(who), &Presence::NotInDirectory { similar: None, unseen: None });
    }
}

#[tokio::test]
async fn somebody_found_by_another_attribute_has_the_login_that_was_typed() {
    let own = settings().with_user_filter("(|(uid={USERNAME})(mail={USERNAME}))");
    let ldif = "dn: uid=bob,dc=t\nuid: bob\nmail: ann\n\n";
    let found = settled(ldif, &own, &["ann"]).await;
    assert_eq!(found.presence("ann"), &Presence::ImportableAtFirstLogin);
}

#[tokio::test]
async fn a_remapped_login_in_another_case_is_left_to_the_directory() {
    // R-L9
    for (rules, uid, who, found) in [
        (&[("@.*", "")][..], "ann@x.test", "Ann", "ann"),
        (&[("^(.*)$", "x-$1")], "ann", "x-Ann", "x-ann"),
        // `ann` becomes `x`, and `Ann` stays.
        (&[("^ann$", "x")], "Ann", "x", "Ann"),
        (&[("^ANN$", "x")], "ann", "x", "ann"),
        (&[("^aNn@X\\.tEST$", "x")], "ann@x.test", "x", "ann@x.test"),
    ] {
        let (own, ldif) = (remapping(rules), people(&[uid, "zoe"]));
        let settled = settled(&ldif, &own, &[who]).await;
        let near = match settled.presence(who) {
            Presence::NearMatch(similar) => similar.found.as_str(),
            other => panic!("{rules:?}: {other}"),
        };
        assert_eq!(near, found);
        let strict = asked_of(&ldif, NOBODY, &own, who).await;
        assert!(matches!(strict, Presence::NotInDirectory { .. }), "{rules:?}: {strict}");
    }
}

#[tokio::test]
async fn nobody_is_unknown_for_a_rule_that_cannot_make_the_login() {
    let own = remapping(&[("@.*", "")]);
    let nodes = [own];
    let ldif = people(&["ann@x.test", "bob@x.test"]);
    let installation = installation(server(&ldif), &nodes, &["ghost", "ann"]).await;
    assert_eq!(
        installation.presence("ghost"),
        &Presence::NotInDirectory { similar: None, unseen: None }
    );
    assert_eq!(installation.presence("ann"), &Presence::ImportableAtFirstLogin);
}

#[tokio::test]
async fn a_cut_listing_leaves_remapped_logins_to_the_directory_or_says_why_not() {
    // R10, R-L9
    let cut = |ldif: &str| {
        let mut server = Arc::into_inner(server(ldif)).unwrap();
        server.listings = Some(1);
        Arc::new(server)
    };
    let ldif = people(&["ann@x.test", "bob", "cy@y.test"]);
    let needed = ["ann", "bob", "cy", "ghost"];
    let nodes = [remapping(&[("@x\\.test$", "")])];
    let mut whole = installation(cut(&ldif), &nodes, &needed).await;
    let settled = whole.settle(Settling::of(Breadth::Needed)).await;
    assert_eq!(settled, Settled { asked: 4, left: 0 });
    assert_eq!(whole.presence("ann"), &Presence::ImportableAtFirstLogin);
    assert_eq!(whole.presence("bob"), &Presence::ImportableAtFirstLogin);
    assert_eq!(whole.presence("ghost"), &Presence::NotInDirectory { similar: None, unseen: None });
    // Any login with a domain could become these.
    let nodes = [remapping(&[("@.*", "")])];
    let mut part = installation(cut(&ldif), &nodes, &needed).await;
    let settled = part.settle(Settling::of(Breadth::Needed)).await;
    assert_eq!(settled, Settled { asked: 1, left: 3 });
    assert_eq!(part.presence("bob"), &Presence::ImportableAtFirstLogin);
    let reason = part.reason("cy");
    let why = "finds nobody as `cy`, but the remapping rules may make this login of another one";
    assert!(reason.contains("incomplete") && reason.contains(why), "{reason}");
    // Nothing becomes `ann`: the rule writes no `n`, and leaves none.
    let nodes = [remapping(&[("n+", "m")])];
    let mut nobody = installation(cut(&ldif), &nodes, &["ann"]).await;
    nobody.settle(Settling::of(Breadth::Needed)).await;
    assert_eq!(nobody.presence("ann"), &Presence::NotInDirectory { similar: None, unseen: None });
    let nodes = [remapping(&[("n+", "n")])];
    let mut none = installation(cut(&ldif), &nodes, &["ann"]).await;
    let settled = none.settle(Settling::of(Breadth::Needed)).await;
    assert_eq!(settled, Settled { asked: 0, left: 1 });
    assert!(none.reason("ann").contains("do not show which"), "{}", none.reason("ann"));
}

#[tokio::test]
async fn one_person_with_two_logins_that_become_one_is_one_person() {
    let own = (remapping(&[("@.*", "")]))
        .with_authorized_groups(vec!["ops".to_owned()])
        .with_group_filter(Some("(memberUid={USERNAME})".to_owned()));
    let ldif = person("ann", &["ann@x.test", "ann@y.test"])
        + &person("cy", &["cy@x.test"])
        + &person("cy2", &["cy@y.test"])
        + "dn: cn=ops,dc=t\ncn: ops\nmemberUid: ann@y.test\nmemberUid: cy@x.test\n\n";
    let mut installation = installation(server(&ldif), &[own], &["ann", "cy"]).await;
    for _ in 0..2 {
        let ann = installation.presence("ann");
        assert_eq!(ann, &Presence::ImportableAtFirstLogin);
        let cy = installation.presence("cy");
        assert!(matches!(cy, Presence::Ambiguous { entries } if entries.len() == 2), "{cy}");
        let verified = installation.verify(100, 1).await;
        assert!(verified.is_clean() && verified.unanswered == 0, "{verified:?}");
        installation.settle(Settling::of(Breadth::Needed)).await;
    }
}

#[tokio::test]
async fn several_entries_with_one_login_are_left_to_the_directory_where_the_listing_does_not_decide()
 {
    // `Bob` has capitals, and nothing shows whether the directory compares case there.
    let own = settings().with_user_filter("(room={USERNAME})").with_username_attribute("room");
    let ldif = "dn: cn=one,dc=t\nroom: Bob\n\ndn: cn=two,dc=t\nroom: Bob\n\n";
    let nodes = [own.clone()];
    let mut same = installation(server(ldif), &nodes, &["Bob"]).await;
    assert!(same.reason("Bob").contains("another spelling"), "{}", same.reason("Bob"));
    same.settle(Settling::of(Breadth::Needed)).await;
    assert!(matches!(same.presence("Bob"), Presence::Ambiguous { .. }));
    // Rules that make two logins equal are a fact whatever the directory compares.
    let rules = remapping(&[("@.*", "")]).remapping_rules;
    let own = own.with_remapping_rules(rules);
    let ldif = "dn: cn=one,dc=t\nroom: Bob@x\n\ndn: cn=two,dc=t\nroom: Bob@y\n\n";
    let made = installation(server(ldif), &[own], &["Bob"]).await;
    assert!(matches!(made.presence("Bob"), Presence::Ambiguous { .. }), "{}", made.presence("Bob"));
}

#[tokio::test]
async fn entries_that_the_user_filter_does_not_find_by_their_login_are_no_several() {
    let own = settings().with_user_filter("(mail={USERNAME})");
    let ldif = "dn: cn=one,dc=t\nuid: ann\nmail: one\n\ndn: cn=two,dc=t\nuid: ann\nmail: ann\n\n\
        dn: cn=three,dc=t\nuid: cy\nmail: x\n\ndn: cn=four,dc=t\nuid: cy\nmail: y\n\n";
    let nodes = [own];
    let mut installation = installation(server(ldif), &nodes, &["ann", "cy"]).await;
    for who in ["ann", "cy"] {
        assert!(installation.reason(who).contains("does not find"), "{who}");
    }
    installation.settle(Settling::of(Breadth::Needed)).await;
    assert_eq!(installation.presence("ann"), &Presence::ImportableAtFirstLogin);
    assert!(matches!(installation.presence("cy"), Presence::NotInDirectory { .. }));
}
