//! From findings to a plan.

use super::*;

const LDIF: &str = "dn: uid=ann,dc=t\nuid: ann\n\ndn: uid=bob,dc=t\nuid: bob\n\ndn: uid=cy,dc=t\nuid: cy\n\n\
    dn: uid=dee,dc=t\nuid: dee\n\ndn: cn=ops,dc=t\ncn: ops\nmember: uid=ann,dc=t\n\
    member: uid=bob,dc=t\nmember: uid=cy,dc=t\n";

/// A Deployer with all people, a node that provisions, and one that creates accounts at the first login.
fn match_input() -> MatchInput {
    let everyone = ["ann", "bob", "cy", "dee", "eve"];
    let ldap = |text: &&str| user(text, SourceType::Ldap);
    let needs = everyone.iter().map(|text| LoginRequirement {
        login: login(text),
        role: Role::Requester,
        reason: "rights on `prod`".to_owned(),
        at: Locations::Everywhere,
    });
    let authorized = vec!["ops".to_owned()];
    let mut prod = location(node("prod"), vec![ldap(&"cy").with_enabled(false)]);
    let own = settings()
        .with_allow_on_demand_users_provisioning(true)
        .with_authorized_groups(authorized.clone());
    prod.ldap = Ok(Some(supply(&own, &directory(LDIF))));
    let mut test = location(node("test"), vec![ldap(&"ann"), user("bob", SourceType::Local)]);
    test.address = Some(NodeAddress::parse("https://test.example:11200").unwrap());
    let own = settings().with_authorized_groups(authorized);
    test.ldap = Ok(Some(supply(&own, &directory(LDIF))));
    let group_requirements = vec![GroupRequirement {
        group: GroupName::parse("release").unwrap(),
        reason: "rights on `prod`".to_owned(),
        at: Locations::At([LocationId::Deployer].into()),
    }];
    MatchInput {
        needs: needs.collect(),
        group_requirements,
        locations: vec![
            location(LocationId::Deployer, everyone.iter().map(ldap).collect()),
            prod,
            test,
        ],
    }
}

#[test]
fn a_plan_says_each_remedy_once_in_the_order_to_follow() {
    let plan = RemedyPlan::of(&match_logins(&match_input()), Breadth::Needed);
    insta::assert_snapshot!(plan, @r"
    1. [manual] `bob` on `test`: make LDAP the source of the account; it is LOCAL
    2. [manual] `eve` (needed on `prod`, `test`): create the person in `ldap://dir.example.test:389/dc=t`
    3. [manual] `dee` (needed on `prod`, `test`): add the person to one of the groups `ops` of `ldap://dir.example.test:389/dc=t`
    4. [manual] the Deployer: create the group `release`
    5. [automatic] `cy` on `prod`: enable
    6. [automatic] `ann`, `bob` on `prod`: create from LDAP
    7. [manual] `cy` on `test`: log in once at https://test.example:11200
    ");
}

#[test]
fn a_step_names_nobody_at_a_place_where_nothing_is_to_be_done() {
    let mut input = match_input();
    let mut prod = input.locations[1].users.clone().unwrap();
    prod.extend([user("dee", SourceType::Ldap)]);
    input.locations[1].users = Ok(prod);
    let eve = input.needs.iter().find(|need| need.login == login("eve")).unwrap().clone();
    input.needs.push(LoginRequirement {
        login: login("fay"),
        at: Locations::At([node("test")].into()),
        ..eve
    });
    let plan = RemedyPlan::of(&match_logins(&input), Breadth::Needed).to_string();
    for step in [
        "`eve` (needed on `prod`, `test`): create the person in",
        "`fay` (needed on `test`): create the person in",
        "`dee` (needed on `test`): add the person to one of the groups",
    ] {
        assert!(plan.contains(step), "{step}\n{plan}");
    }
}

#[test]
fn after_our_steps_a_second_plan_has_none_of_them() {
    // R11
    let mut input = match_input();
    let plan = RemedyPlan::of(&match_logins(&input), Breadth::Needed);
    assert_eq!(plan.automatic_steps().count(), 2);
    for step in plan.automatic_steps() {
        for location in input.locations.iter_mut().filter(|at| step.places.contains(&at.id)) {
            let users = location.users.as_mut().unwrap();
            let source = |login: &Login| {
                let known = users.iter().find(|user| user.login == login.as_str());
                known.map(|user| user.source.clone())
            };
            let helped = |login: &Login| match &step.remedy {
                Remedy::Enable => User::new(login.clone(), source(login).unwrap()),
                Remedy::Provision { source } => User::new(login.clone(), source.clone()),
                other => panic!("{other} is not ours"),
            };
            let helped: Vec<User> = step.logins.iter().map(helped).collect();
            // Of two users with one login the later one is used.
            users.extend(helped);
        }
    }
    let second = RemedyPlan::of(&match_logins(&input), Breadth::Needed);
    assert_eq!(second.automatic_steps().count(), 0);
    assert_eq!(second.len(), plan.len() - 2);
}

#[test]
fn of_two_similar_logins_the_odd_one_is_to_be_changed() {
    let mut input = match_input();
    // The directory and the Deployer have `ann`; nobody has `zoe`, and the node has `Zoe`.
    let need = input.needs[0].clone();
    let needs = ["ann", "ANN", "zoe"].map(|text| LoginRequirement {
        login: login(text),
        at: Locations::At([node("prod")].into()),
        ..need.clone()
    });
    let plan_with = |input: &mut MatchInput, users: &[&str]| {
        let users = users.iter().map(|text| user(text, SourceType::Ldap)).collect();
        input.locations[1].users = Ok(users);
        input.needs = needs.to_vec();
        RemedyPlan::of(&match_logins(input), Breadth::Needed).to_string()
    };
    let plan = plan_with(&mut input, &["Ann", "Zoe"]);
    for step in [
        "`ann` on `prod`: replace the account `Ann` by one with this login, or add a remapping rule",
        "`zoe` on `prod`: make the login equal to `Zoe`, by renaming or a remapping rule",
    ] {
        assert!(plan.contains(step), "{step}\n{plan}");
    }
    let plan = plan_with(&mut input, &["ann"]);
    let step = "`ANN` on `prod`: use `ann` in place of this login, or add a remapping rule";
    assert!(plan.contains(step), "{step}\n{plan}");
}

#[test]
fn creating_people_is_never_ours() {
    // D11
    for remedy in [
        Remedy::Create { directory: None, look_first: false },
        Remedy::Create { directory: Some("ldap://dir/dc=t".to_owned()), look_first: true },
        Remedy::CreateGroup { group: GroupName::parse("ops").unwrap() },
        Remedy::UnifySource { expected: SourceType::Ldap, found: SourceType::Local },
    ] {
        assert_eq!(remedy.actor(), Actor::Person, "{remedy}");
    }
}

#[test]
fn a_plan_of_everything_takes_up_what_nothing_needs() {
    let unneeded =
        MatchInput { needs: Vec::new(), group_requirements: Vec::new(), ..match_input() };
    let report = match_logins(&unneeded);
    assert!(RemedyPlan::of(&report, Breadth::Needed).is_empty());
    assert_eq!(RemedyPlan::of(&report, Breadth::Everything).len(), 6);
    assert_eq!(RemedyPlan::of(&report, Breadth::Needed).to_string(), "nothing to do");
}

#[test]
fn report_and_plan_are_documents() {
    let report = match_logins(&match_input());
    let document = serde_json::to_value(&report).unwrap();
    assert_eq!(document["logins"][2]["presences"][1]["status"], "disabled");
    let plan = serde_json::to_value(RemedyPlan::of(&report, Breadth::Needed)).unwrap();
    assert_eq!(plan[5]["remedy"]["remedy"], "provision");
    assert_eq!(plan[5]["actor"], "system");
}
