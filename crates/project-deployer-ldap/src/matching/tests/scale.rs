//! Many people and many nodes. How long matching takes is measured by `cargo xtask bench matching`; a test whose
//! work grows with a square here would not end before the runner stops it.

use std::collections::BTreeSet;

use super::*;
use crate::attribute::AttributeName;
use crate::dn::{Dn, Rdn};
use crate::entry::Entry;

/// A Deployer that has all people in another spelling than the directory, and nodes that have every
/// second person.
fn crowd(people: usize, nodes: usize) -> MatchInput {
    let ldif: String = (0..people)
        .map(|number| format!("dn: uid=p{number},dc=t\nuid: p{number}@x.test\n\n"))
        .chain(["dn: cn=ops,dc=t\ncn: ops\n".to_owned()])
        .chain((0..people / 3).map(|number| format!("member: uid=p{number},dc=t\n")))
        .collect();
    let own = settings().with_authorized_groups(vec!["ops".to_owned()]);
    let supply = supply(&own, &directory(&ldif));
    let users = |step: usize, domain: &str| {
        let logins = (0..people).step_by(step);
        logins.map(|number| user(&format!("p{number}{domain}"), SourceType::Ldap)).collect()
    };
    let mut locations = vec![location(LocationId::Deployer, users(1, ""))];
    locations.extend((0..nodes).map(|number| Location {
        ldap: Ok(Some(supply.clone())),
        ..location(node(&format!("n{number}")), users(2, "@x.test"))
    }));
    MatchInput { locations, ..MatchInput::default() }
}

fn near_matches(report: &ParityReport) -> usize {
    let presences = report.rows().flat_map(|row| row.presences());
    presences.filter(|presence| matches!(presence, Presence::NearMatch(_))).count()
}

#[test]
fn near_matches_are_found_without_comparing_everybody_with_everybody() {
    // At the Deployer every second login of the nodes or of an authorized person is similar; at the nodes
    // every second login of the Deployer.
    let report = match_logins(&crowd(6_000, 2));
    assert_eq!(report.rows().len(), 6_000 + 3_000 + 1_000);
    assert_eq!(near_matches(&report), 4_000 + 2 * 3_000);
}

#[test]
#[ignore = "a minute without optimization: the figure of R23"]
fn fifty_thousand_people_on_twenty_nodes_are_matched() {
    // R23
    let report = match_logins(&crowd(50_000, 20));
    assert!(near_matches(&report) > 500_000);
}

/// People who are in no authorized group of the directory, and whom the Deployer has.
fn refused(people: usize, nodes: usize, authorized: usize) -> MatchInput {
    let ldif: String = (0..people)
        .map(|number| format!("dn: uid=p{number},dc=t\nuid: p{number}\n\n"))
        .chain((0..authorized).map(|number| {
            format!("dn: cn=g{number},dc=t\ncn: g{number}\nmember: cn=nobody,dc=t\n\n")
        }))
        .chain(["dn: cn=all,dc=t\ncn: all\n".to_owned()])
        .chain((0..people).map(|number| format!("member: uid=p{number},dc=t\n")))
        .collect();
    let authorized_groups = (0..authorized).map(|number| format!("g{number}")).collect();
    let supply = supply(&settings().with_authorized_groups(authorized_groups), &directory(&ldif));
    let users = (0..people).map(|number| user(&format!("p{number}"), SourceType::Ldap)).collect();
    let mut locations = vec![location(LocationId::Deployer, users)];
    locations.extend((0..nodes).map(|number| Location {
        ldap: Ok(Some(supply.clone())),
        ..location(node(&format!("n{number}")), Vec::new())
    }));
    MatchInput { locations, ..MatchInput::default() }
}

#[test]
fn a_group_of_a_hundred_thousand_members_lets_each_of_them_in() {
    const MEMBERS: usize = 100_000;
    let attribute = |name: &str| AttributeName::parse(name).unwrap();
    let (uid, member) = (attribute("uid"), attribute("member"));
    let base = Dn::parse("dc=t").unwrap();
    let people = (0..=MEMBERS).map(|number| {
        let step = Rdn::new(uid.clone(), format!("p{number}"));
        Entry::new(base.child(step)).with(uid.clone(), format!("p{number}"))
    });
    let ops = Entry::new(Dn::parse("cn=ops,dc=t").unwrap()).with(attribute("cn"), "ops");
    let ops = (0..MEMBERS)
        .fold(ops, |ops, number| ops.with(member.clone(), format!("UID=p{number}, DC=t")));
    let crowd = MemoryDirectory::new(people.chain([ops]));
    let own = settings().with_authorized_groups(vec!["ops".to_owned()]);
    let mut prod = location(node("prod"), vec![]);
    prod.ldap = Ok(Some(supply(&own, &crowd)));
    let outsider = format!("p{MEMBERS}");
    let deployer = location(LocationId::Deployer, vec![user(&outsider, SourceType::Ldap)]);
    let report =
        match_logins(&MatchInput { locations: vec![deployer, prod], ..MatchInput::default() });
    let at_prod = |who: &str| report.presence(&login(who), &node("prod")).unwrap();
    assert_eq!(report.rows().len(), MEMBERS + 1);
    assert_eq!(at_prod("p99999"), &Presence::ImportableAtFirstLogin);
    assert!(matches!(at_prod(&outsider), Presence::NotAuthorized { .. }));
    let plan = RemedyPlan::of(&report, Breadth::Everything);
    let steps: Vec<usize> = plan.steps().map(|step| step.logins.len()).collect();
    // The person without a group joins one; all others are created at the Deployer, and log in at the node.
    assert_eq!(steps, [MEMBERS, 1, MEMBERS]);
}

fn refusals(report: &ParityReport) -> impl Iterator<Item = &GroupNames> {
    report.rows().flat_map(|row| row.presences()).filter_map(|presence| match presence {
        Presence::NotAuthorized { groups, .. } => Some(groups),
        _ => None,
    })
}

#[test]
fn all_refused_logins_share_one_list_of_groups() {
    let report = match_logins(&refused(200, 3, 50));
    assert_eq!(refusals(&report).count(), 200 * 3);
    let lists: BTreeSet<*const String> = refusals(&report).map(|groups| groups.as_ptr()).collect();
    assert_eq!(lists.len(), 1);
    let plan = RemedyPlan::of(&report, Breadth::Everything);
    assert_eq!(plan.len(), 1, "{plan}");
    let remedy = plan.steps().next().unwrap().remedy;
    let Remedy::AddToGroup { groups, .. } = &remedy else { panic!("{plan}") };
    assert!(groups.len() == 50 && lists.contains(&groups.as_ptr()));
    let written = serde_json::to_value(&report).unwrap();
    let refusal = &written["logins"][0]["presences"][1];
    assert_eq!(
        (&refusal["status"], &refusal["groups"][7]),
        (&"not-authorized".into(), &"g7".into())
    );
}

#[test]
fn thousands_of_authorized_groups_are_not_copied_for_every_person() {
    let report = match_logins(&refused(50, 2, 3_000));
    assert_eq!(refusals(&report).count(), 50 * 2);
    let lists: BTreeSet<*const String> = refusals(&report).map(|groups| groups.as_ptr()).collect();
    assert_eq!(lists.len(), 1);
}

#[test]
fn many_groups_that_rights_name_do_not_meet_every_need() {
    let need = |number: usize| GroupRequirement {
        group: GroupName::parse(format!("group-{number:06}")).unwrap(),
        reason: "rights".to_owned(),
        at: Locations::Everywhere,
    };
    let group_requirements: Vec<GroupRequirement> =
        (0..20_000).map(|number| need(number / 2)).collect();
    let report = match_logins(&MatchInput { group_requirements, ..MatchInput::default() });
    assert_eq!(report.groups.len(), 10_000);
    assert!(report.groups.iter().all(|row| row.needs.len() == 2));
}
