//! Each status as a test.

use crate::directory::DirectoryError;

use super::*;

const LDIF: &str = "dn: uid=ann,dc=t\nuid: ann\n\ndn: uid=bob,dc=t\nuid: bob@x.test\n\n\
    dn: cn=ops,dc=t\ncn: ops\nmember: uid=ann,dc=t\n";

/// The presence of `who` on a node with these users, and with those users on the Deployer.
fn at_node(who: &str, deployer: Vec<User>, node_users: Vec<User>, own: &LdapSettings) -> Presence {
    at_node_with(who, deployer, node_users, own, &directory(LDIF))
}

fn at_node_with(
    who: &str,
    deployer: Vec<User>,
    node_users: Vec<User>,
    own: &LdapSettings,
    directory: &MemoryDirectory,
) -> Presence {
    let mut prod = location(node("prod"), node_users);
    prod.ldap = Ok(Some(supply(own, directory)));
    presence(who, vec![location(LocationId::Deployer, deployer), prod])
}

fn presence(who: &str, locations: Vec<Location>) -> Presence {
    let needs = vec![LoginRequirement {
        login: login(who),
        role: Role::Requester,
        reason: "a deployment".to_owned(),
        at: Locations::Everywhere,
    }];
    let report = match_logins(&MatchInput { locations, needs, group_requirements: Vec::new() });
    report.presence(&login(who), &node("prod")).unwrap().clone()
}

fn ldap(text: &str) -> User {
    user(text, SourceType::Ldap)
}

fn disabled(text: &str, source: SourceType) -> User {
    user(text, source).with_enabled(false)
}

fn similar(found: &str, kind: SimilarityKind) -> SimilarLogin {
    SimilarLogin::new(login(found), kind)
}

#[test]
fn an_enabled_user_of_the_expected_source_is_present() {
    let found = at_node("ann", vec![ldap("ann")], vec![ldap("ann")], &settings());
    assert_eq!(found, Presence::Present);
    // Both are accounts of the node itself.
    let found = at_node(
        "svc",
        vec![user("svc", SourceType::LocalNoAuth)],
        vec![user("svc", SourceType::Local)],
        &settings(),
    );
    assert_eq!(found, Presence::Present);
}

#[test]
fn a_user_who_may_not_log_in_is_disabled() {
    let found =
        at_node("ann", vec![ldap("ann")], vec![disabled("ann", SourceType::Ldap)], &settings());
    assert_eq!(found, Presence::Disabled { expected: None, found: SourceType::Ldap });
}

#[test]
fn a_local_account_that_shadows_a_directory_user_is_no_match() {
    // D3, R-L1
    let shadow = Presence::OtherSource { expected: SourceType::Ldap, found: SourceType::Local };
    let local = || vec![user("ann", SourceType::Local)];
    assert_eq!(at_node("ann", vec![ldap("ann")], local(), &settings()), shadow);
    // The directory shows it even if the Deployer has the same wrong source, or no such user.
    assert_eq!(at_node("ann", local(), local(), &settings()), shadow);
    assert_eq!(at_node("ann", vec![], local(), &settings()), shadow);
    // Enabling such an account would enable the wrong user.
    let found = at_node("ann", vec![], vec![disabled("ann", SourceType::Local)], &settings());
    let both = Presence::Disabled { expected: Some(SourceType::Ldap), found: SourceType::Local };
    assert_eq!(found, both);
}

#[test]
fn another_spelling_or_domain_is_a_near_match_and_not_the_user() {
    for (users, expected) in [
        // The directory and the Deployer have `ann`, so the account of the node is the odd one.
        (vec!["ANN", "Ann"], similar("ANN", SimilarityKind::Case)),
        (vec!["ann@x.test"], similar("ann@x.test", SimilarityKind::DomainSuffix)),
        (vec!["CORP\\Ann"], similar("CORP\\Ann", SimilarityKind::DomainSuffix)),
        (vec!["ann@x.test", "Ann"], similar("Ann", SimilarityKind::Case)),
    ] {
        let users = users.into_iter().map(ldap).collect();
        let found = at_node("ann", vec![ldap("ann")], users, &settings());
        assert_eq!(found, Presence::NearMatch(expected.with_odd(Odd::Found)));
    }
    // Logins in two domains are two people by default.
    let found = at_node("cy@a.test", vec![], vec![ldap("cy@b.test")], &settings());
    assert_eq!(found, Presence::NotInDirectory { similar: None, unseen: None });
}

#[test]
fn two_normal_forms_of_one_text_are_two_logins() {
    // No source says that the product treats them as one login, so they are compared unchanged.
    let (composed, decomposed) = ("zo\u{e9}", "zoe\u{301}");
    let found = at_node(composed, vec![ldap(composed)], vec![ldap(decomposed)], &settings());
    // Only the directory knows whether it treats them as one.
    assert!(matches!(found, Presence::Unknown { .. }), "{found:?}");
    // Case is not limited to ASCII.
    let found = at_node("\u{fc}nal", vec![], vec![ldap("\u{dc}nal")], &settings());
    assert_eq!(found, Presence::NearMatch(similar("\u{dc}nal", SimilarityKind::Case)));
}

#[test]
fn entries_without_a_login_are_nobody_and_entries_with_two_are_two_logins() {
    let people = directory(
        "dn: cn=none,dc=t\nmail: none@x.test\n\ndn: cn=two,dc=t\nuid: two\nuid: second\n\n\
         dn: cn=twice,dc=t\nuid: twice\nuid: TWICE\nuid:: dAB3\n",
    );
    let found = |who: &str| at_node_with(who, vec![], vec![], &settings(), &people);
    assert_eq!(found("none"), Presence::NotInDirectory { similar: None, unseen: None });
    for who in ["two", "second", "twice", "TWICE"] {
        assert_eq!(found(who), Presence::ImportableAtFirstLogin, "{who}");
    }
    let mut prod = location(node("prod"), vec![]);
    prod.ldap = Ok(Some(supply(&settings(), &people)));
    let input = MatchInput { locations: vec![prod], ..MatchInput::default() };
    // A login with NUL is not valid, and is reported.
    assert!(match_logins(&input).notes.iter().any(|note| matches!(
        note,
        LocationNote::UnreadableLogin { login, .. } if login.entry == "cn=twice,dc=t"
    )));
}

#[test]
fn quotes_commas_and_parentheses_in_logins_and_names_are_characters() {
    // R12
    let people = directory(
        r#"dn: cn=O'Neil\, (jr) \"*\",dc=t
uid: o'neil, (jr) "*"

dn: cn=other,dc=t
uid: o'neil, (jr) "x"

dn: cn=ops,dc=t
cn: ops
member: CN=o'neil\2c (JR) \22*\22, DC=t
"#,
    );
    let found = |who: &str| at_node_with(who, vec![], vec![], &settings(), &people);
    assert_eq!(found(r#"o'neil, (jr) "*""#), Presence::ImportableAtFirstLogin);
    assert_eq!(
        found(r#"o'neil, (jr) "*"#),
        Presence::NotInDirectory { similar: None, unseen: None }
    );
    // Only the directory knows whether two spellings of a name with escapes are one.
    let own = settings().with_authorized_groups(vec!["ops".to_owned()]);
    let found = |who: &str| at_node_with(who, vec![], vec![], &own, &people);
    assert!(matches!(found(r#"o'neil, (jr) "*""#), Presence::Unknown { .. }));
    assert!(matches!(found(r#"o'neil, (jr) "x""#), Presence::NotAuthorized { .. }));
}

#[test]
fn a_login_that_the_location_remaps_is_a_near_match() {
    // D6
    let own = settings().with_remapping_rules(stripping("\\.test$"));
    let found = at_node("bob@x.test", vec![], vec![ldap("bob@x")], &own);
    let remapped = similar("bob@x", SimilarityKind::Remapping).with_odd(Odd::Login);
    assert_eq!(found, Presence::NearMatch(remapped.clone()));
    // The result of the rules is a login of the node in another case.
    let found = at_node("bob@x.test", vec![], vec![ldap("BOB@X")], &own);
    let respelled = similar("BOB@X", SimilarityKind::Remapping);
    assert_eq!(found, Presence::NearMatch(respelled));
    // Nobody of the node has it, and the directory gives its result to somebody.
    let found = at_node("bob@x.test", vec![], vec![], &own);
    assert_eq!(
        found,
        Presence::NotInDirectory { similar: Some(remapped.in_directory()), unseen: None }
    );
    // The Deployer remaps and the node does not: the same entry under two logins.
    let mut deployer = location(LocationId::Deployer, vec![ldap("b")]);
    let rules = settings().with_remapping_rules(stripping("ob@x.test$"));
    deployer.ldap = Ok(Some(supply(&rules, &directory(LDIF))));
    let with_users = |users| {
        let mut prod = location(node("prod"), users);
        prod.ldap = Ok(Some(supply(&settings(), &directory(LDIF))));
        presence("b", vec![deployer.clone(), prod])
    };
    let other = similar("bob@x.test", SimilarityKind::Remapping);
    let odd = other.clone().with_odd(Odd::Login);
    assert_eq!(with_users(vec![ldap("bob@x.test")]), Presence::NearMatch(odd));
    let respelled = similar("Bob@x.test", SimilarityKind::Remapping).with_odd(Odd::Found);
    assert_eq!(with_users(vec![ldap("Bob@x.test")]), Presence::NearMatch(respelled));
    let there = Presence::NotInDirectory { similar: Some(other.in_directory()), unseen: None };
    assert_eq!(with_users(vec![]), there);
}

#[test]
fn only_a_login_brings_users_of_sources_without_provisioning() {
    // D5
    for source in
        [SourceType::Sso, SourceType::Pam, SourceType::AzureAd, SourceType::Other("X".to_owned())]
    {
        let found = at_node("eve", vec![user("eve", source.clone())], vec![], &settings());
        assert_eq!(found, Presence::OnlyByLogin { source });
    }
    let azure = SourceType::AzureAd;
    let mut prod = location(node("prod"), vec![]);
    prod.provisions.insert(azure.clone());
    let deployer = location(LocationId::Deployer, vec![user("eve", azure.clone())]);
    let found = presence("eve", vec![deployer, prod]);
    assert_eq!(found, Presence::ImportableOnDemand { source: azure, also: None });
}

#[test]
fn the_locations_own_settings_say_how_a_directory_user_gets_there() {
    // R-L2 to R-L4
    let of = |change: fn(&mut LdapSettings)| {
        let mut own = settings().with_authorized_groups(vec!["ops".to_owned()]);
        change(&mut own);
        at_node("ann", vec![ldap("ann")], vec![], &own)
    };
    assert_eq!(of(|_| {}), Presence::ImportableAtFirstLogin);
    assert_eq!(
        of(|own| own.allow_on_demand_users_provisioning = true),
        Presence::ImportableOnDemand { source: SourceType::Ldap, also: None }
    );
    assert_eq!(of(|own| own.auto_import_users = false), Presence::ImportSwitchedOff);
    let groups = GroupNames::from_iter(["ghosts".to_owned()]);
    assert_eq!(
        of(|own| own.authorized_groups = vec!["ghosts".to_owned()]),
        Presence::NotAuthorized { groups, in_another_case: false, indirect: None }
    );
    let bob = settings().with_authorized_groups(vec!["ops".to_owned(), "ghosts".to_owned()]);
    let found = at_node("bob@x.test", vec![], vec![], &bob);
    assert_eq!(
        found,
        Presence::NotAuthorized {
            groups: GroupNames::from_iter(["ops".to_owned()]),
            in_another_case: false,
            indirect: None,
        }
    );
    let found = at_node("nobody", vec![ldap("nobody")], vec![], &settings());
    assert_eq!(found, Presence::NotInDirectory { similar: None, unseen: None });
    assert_eq!(
        of(|own| own.enabled = false),
        Presence::NotInDirectory { similar: None, unseen: None }
    );
}

#[test]
fn two_entries_with_one_login_are_ambiguous() {
    // R-L2
    let twins = directory("dn: cn=a,dc=t\nuid: ann\n\ndn: cn=b,dc=t\nuid: Ann\n");
    let found = at_node_with("ann", vec![], vec![], &settings(), &twins);
    let entries = vec!["cn=a,dc=t".to_owned(), "cn=b,dc=t".to_owned()];
    assert_eq!(found, Presence::Ambiguous { entries });
}

#[test]
fn an_error_never_reads_as_absent() {
    // D7, R10
    let failing = directory(LDIF).failing_with(DirectoryError::TimedOut);
    let cut = directory(LDIF).with_size_limit(1);
    for sick in [failing, cut] {
        for who in ["ann", "nobody"] {
            let found = at_node_with(who, vec![ldap(who)], vec![], &settings(), &sick);
            assert!(matches!(found, Presence::Unknown { .. }), "{who}: {found}");
        }
    }
    let reason = Reason::new("the node did not answer");
    let silent = |change: &dyn Fn(&mut Location)| {
        let mut prod = location(node("prod"), vec![]);
        change(&mut prod);
        presence("ann", vec![location(LocationId::Deployer, vec![ldap("ann")]), prod])
    };
    let expected = Presence::Unknown { reason: reason.clone() };
    assert_eq!(silent(&|prod| prod.users = Err(reason.clone())), expected);
    assert_eq!(silent(&|prod| prod.ldap = Err(reason.clone())), expected);
    // What is known stays known.
    let sick = directory(LDIF).failing_with(DirectoryError::TimedOut);
    let found = at_node_with("ann", vec![ldap("ann")], vec![ldap("ann")], &settings(), &sick);
    assert_eq!(found, Presence::Present);
}

#[test]
fn the_rows_are_the_union_of_users_needs_and_importable_people() {
    let mut prod = location(node("prod"), vec![ldap("eve")]);
    prod.ldap = Ok(Some(supply(
        &settings().with_authorized_groups(vec!["ops".to_owned()]),
        &directory(LDIF),
    )));
    let needs = vec![LoginRequirement {
        login: login("svc"),
        role: Role::DeployAs,
        reason: "infrastructure `prod`".to_owned(),
        at: Locations::At([node("prod")].into()),
    }];
    let deployer = location(LocationId::Deployer, vec![ldap("cy")]);
    let input = MatchInput { locations: vec![deployer, prod], needs, group_requirements: vec![] };
    let report = match_logins(&input);
    let rows: Vec<&str> = report.rows().map(|row| row.login().as_str()).collect();
    assert_eq!(rows, ["ann", "cy", "eve", "svc"]);
    assert!(report.rows().all(|row| row.presences().count() == 2));
    let needed: Vec<_> = report.findings().filter(|finding| !finding.needs.is_empty()).collect();
    assert_eq!(needed.len(), 1, "{needed:?}");
    assert_eq!(needed[0].place.id, node("prod"));
}

#[test]
fn groups_that_rights_name_are_missed_where_they_are_named() {
    let group = |text: &str| GroupName::parse(text).unwrap();
    let mut deployer = location(LocationId::Deployer, vec![]);
    deployer.groups = Ok(vec![Group::new(group("ops")), Group::new(group("Leads"))]);
    let mut prod = location(node("prod"), vec![]);
    prod.groups = Err(Reason::new("no answer"));
    let need =
        |name: &str, at| GroupRequirement { group: group(name), reason: "rights".to_owned(), at };
    let here = || Locations::At([LocationId::Deployer].into());
    let group_requirements =
        vec![need("ops", here()), need("leads", here()), need("gone", Locations::Everywhere)];
    let input = MatchInput { locations: vec![deployer, prod], needs: vec![], group_requirements };
    let report = match_logins(&input);
    let found: Vec<String> = report
        .group_findings()
        .map(|finding| format!("{} at {}: {}", finding.group, finding.place.id, finding.presence))
        .collect();
    assert_eq!(
        found,
        [
            "gone at the Deployer: absent",
            "gone at `prod`: unknown: no answer",
            "leads at the Deployer: absent, but `Leads` is there (another case)",
        ]
    );
}

#[test]
fn notes_tell_what_concerns_a_location_as_a_whole() {
    let mut prod = location(node("prod"), vec![]);
    let own = settings()
        .with_authorized_groups(vec!["ops".to_owned(), "ghosts".to_owned()])
        .with_remapping_rules(stripping("^bob.*"));
    prod.ldap = Ok(Some(supply(&own, &directory(LDIF))));
    let mut test = location(node("test"), vec![]);
    test.users = Err(Reason::new("no answer"));
    let broken = settings().with_remapping_rules(stripping("("));
    test.ldap = Ok(Some(supply(&broken, &directory(LDIF))));
    let input = MatchInput { locations: vec![prod, test], ..MatchInput::default() };
    let notes = match_logins(&input).notes;
    assert!(
        matches!(
            notes.as_slice(),
            [
                LocationNote::AuthorizedGroupUnknown { group, .. },
                LocationNote::UnreadableLogin { login, .. },
                LocationNote::UsersUnknown { .. },
                LocationNote::DirectoryUnknown { reason, .. },
            ] if group == "ghosts" && login.entry == "uid=bob,dc=t"
                && reason.as_str().contains("remapping rule 1")
        ),
        "{notes:?}"
    );
}
