//! Many people and many nodes.

use super::*;

/// A Deployer that knows everybody in another spelling than the directory, and nodes that know every
/// second person.
fn crowd(people: usize, nodes: usize) -> World {
    let ldif: String = (0..people)
        .map(|number| format!("dn: uid=p{number},dc=t\nuid: p{number}@x.test\n\n"))
        .chain(["dn: cn=ops,dc=t\ncn: ops\n".to_owned()])
        .chain((0..people / 3).map(|number| format!("member: uid=p{number},dc=t\n")))
        .collect();
    let own = LdapSettings { authorized_groups: vec!["ops".to_owned()], ..settings() };
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
    World { locations, ..World::default() }
}

fn near_matches(report: &ParityReport) -> usize {
    let presences = report.logins.iter().flat_map(|row| &row.presences);
    presences.filter(|presence| matches!(presence, Presence::NearMatch(_))).count()
}

#[test]
fn near_matches_are_found_without_comparing_everybody_with_everybody() {
    // At the Deployer every second login of the nodes or admitted person is near; at the nodes every
    // second one of the Deployer's.
    let report = match_logins(&crowd(6_000, 2));
    assert_eq!(report.logins.len(), 6_000 + 3_000 + 1_000);
    assert_eq!(near_matches(&report), 4_000 + 2 * 3_000);
}

#[test]
#[ignore = "a minute without optimization: the figure of R23"]
fn fifty_thousand_people_on_twenty_nodes_are_matched() {
    // R23
    let report = match_logins(&crowd(50_000, 20));
    assert!(near_matches(&report) > 500_000);
}
