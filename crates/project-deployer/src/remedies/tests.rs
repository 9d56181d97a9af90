//! The pure part: from plan and facts to calls.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_client::ExternalUser;
use project_deployer_core::Login;
use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User};
use project_deployer_core::document::Document as _;
use project_deployer_ldap::Reason;
use project_deployer_ldap::matching::{
    Breadth, Location, LocationId, MatchInput, Presence, RemedyPlan, match_logins,
};
use serde_json::json;

use super::*;

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn node() -> LocationId {
    LocationId::Node { infra: parsed("prod"), node: None }
}

fn reached() -> LocationFacts {
    LocationFacts {
        reached: Ok(()),
        users: Ok(Vec::new()),
        groups: Ok(Vec::new()),
        ldap: Ok(None),
        ..LocationFacts::unreached(&Reason::new("not queried"))
    }
}

/// The same with disabled users of a source, named as in [`plan_of_disabled`].
fn reached_with_disabled(logins: usize, source: &SourceType) -> LocationFacts {
    let login = |number: usize| parsed(&format!("user-{number:03}"));
    let disabled = (0..logins).map(|number| (login(number), source.clone())).collect();
    LocationFacts { disabled, ..reached() }
}

fn facts(known: LocationFacts) -> RemedyFacts {
    RemedyFacts { locations: BTreeMap::from([(node(), known)]) }
}

/// Only disabled users of the node.
fn plan_of_disabled(logins: usize) -> RemedyPlan {
    let users = (0..logins).map(|number| {
        User::new(parsed(&format!("user-{number:03}")), SourceType::Local).with_enabled(false)
    });
    let locations = vec![Location::new(node()).with_users(Ok(users.collect()))];
    let report = match_logins(&MatchInput::default().with_locations(locations));
    RemedyPlan::of(&report, Breadth::Everything)
}

fn mapped(field: &str, group: &str) -> Group {
    let document = json!({"name": group, field: ["cn"]});
    Group::from_document(document).unwrap()
}

fn supplied(login: &str, groups: &[&str]) -> ExternalUser {
    let mut user = ExternalUser::new(parsed(login));
    user.dku_group_names = groups.iter().map(|group| parsed(group)).collect();
    user
}

#[test]
fn what_is_not_reached_is_held_back_whatever_the_plan_says() {
    let plan = plan_of_disabled(3);
    let silent = LocationFacts::unreached(&Reason::new("no key"));
    for facts in [RemedyFacts::default(), facts(silent)] {
        let work = RemedyWork::of(&plan, &OptIn::none(), &facts);
        assert!(work.sends_nothing());
        assert!(matches!(work.skipped[0].why, Blocker::Unreached { .. }));
        assert_eq!(work.skipped[0].logins.len(), 3);
    }
    let local = facts(reached_with_disabled(3, &SourceType::Local));
    assert_eq!(RemedyWork::of(&plan, &OptIn::none(), &local).writes.len(), 3);
}

#[test]
fn refreshes_go_in_batches_and_name_everybody_once() {
    let login = |number: usize| format!("user-{number:03}");
    let users = (0..120).map(|n| User::new(parsed(&login(n)), SourceType::Ldap)).collect();
    let listed = (0..120).map(|number| supplied(&login(number), &["ops"])).collect();
    let ldap = LdapSettings::default().with_allow_on_demand_users_sync(true);
    let known = LocationFacts {
        users: Ok(users),
        groups: Ok(vec![mapped("ldapGroupNames", "ops")]),
        ldap: Ok(Some(ldap)),
        suppliers: BTreeMap::from([(SourceType::Ldap, Ok(listed))]),
        ..reached()
    };
    let work = RemedyWork::of(&plan_of_disabled(0), &OptIn::none(), &facts(known));
    let sizes: Vec<usize> = work.writes.iter().map(|write| write.logins().len()).collect();
    assert_eq!(sizes, [50, 50, 20]);
    let all: BTreeSet<&Login> = work.writes.iter().flat_map(Write::logins).collect();
    assert_eq!(all.len(), 120);
}

#[test]
fn a_refresh_changes_mapped_groups_only_and_those_that_exist() {
    // R-L6
    let groups = [
        mapped("ldapGroupNames", "ops"),
        mapped("ldapGroupNames", "dev"),
        mapped("azureADGroupNames", "cloud"),
        Group::new(parsed("locals")),
    ];
    let ann = User::new(parsed("ann"), SourceType::Ldap)
        .in_groups(["dev", "locals", "cloud"].map(parsed));
    let change = MembershipChange::of(&ann, &supplied("ann", &["ops", "ghosts"]), &groups);
    assert_eq!(change.to_string(), "gets `ops`, leaves `dev`");
    assert!(!change.holds_for(&ann));
    let after = ann.clone().in_groups(["locals", "cloud", "ops"].map(parsed));
    assert!(change.holds_for(&after));
    assert!(MembershipChange::of(&after, &supplied("ann", &["ops"]), &groups).is_empty());
}

#[test]
fn what_a_source_does_not_tell_changes_nobody() {
    // D7
    let known = LocationFacts {
        users: Ok(vec![User::new(parsed("ann"), SourceType::Ldap)]),
        groups: Ok(vec![mapped("ldapGroupNames", "ops")]),
        suppliers: BTreeMap::from([(SourceType::Ldap, Err(Reason::new("unavailable")))]),
        ..reached()
    };
    let work = RemedyWork::of(&plan_of_disabled(0), &OptIn::none(), &facts(known));
    assert!(work.sends_nothing());
    assert!(matches!(work.skipped[0].why, Blocker::Unknown { .. }), "{work}");
}

#[test]
fn a_source_that_does_not_tell_of_a_disabled_user_lets_nobody_in() {
    // R-L5, D7
    let plan = plan_of_disabled(1);
    let later = SourceType::from("LATER");
    let sources = [SourceType::Ldap, SourceType::AzureAd, SourceType::Custom, SourceType::Sso];
    for source in sources.into_iter().chain([SourceType::Pam, SourceType::Saas, later]) {
        let unqueried = reached_with_disabled(1, &source);
        let unavailable = BTreeMap::from([(source.clone(), Err(Reason::new("unavailable")))]);
        let unavailable = LocationFacts { suppliers: unavailable, ..unqueried.clone() };
        for known in [unqueried, unavailable, reached()] {
            let work = RemedyWork::of(&plan, &OptIn::none(), &facts(known));
            assert!(work.sends_nothing(), "{source}: {work}");
            assert!(matches!(work.skipped[0].why, Blocker::Unknown { .. }), "{source}: {work}");
        }
    }
}

#[test]
fn whom_a_source_does_not_list_is_not_let_in_again() {
    // R-L5
    let plan = plan_of_disabled(2);
    let imports = Presence::ImportableAtFirstLogin;
    for source in [SourceType::Ldap, SourceType::AzureAd, SourceType::Custom] {
        let listed = Ok(vec![supplied("user-000", &[])]);
        let without = ["user-000", "user-001"].map(|login| (parsed(login), imports.clone()));
        let known = LocationFacts {
            suppliers: BTreeMap::from([(source.clone(), listed)]),
            without_account: BTreeMap::from(without),
            ..reached_with_disabled(2, &source)
        };
        let work = RemedyWork::of(&plan, &OptIn::none(), &facts(known));
        assert_eq!(work.writes, [Write::Enable { at: node(), login: parsed("user-000") }]);
        assert_eq!(work.skipped[0].logins, BTreeSet::from([parsed("user-001")]));
        assert!(matches!(work.skipped[0].why, Blocker::NotSupplied { .. }), "{source}: {work}");
    }
}

#[test]
fn an_opt_in_to_one_source_is_none_to_another() {
    // D11
    let opt_in = OptIn::none().with(SourceType::Ldap);
    assert!(opt_in.allows(&SourceType::Ldap));
    for other in [SourceType::AzureAd, SourceType::Custom, SourceType::Sso, SourceType::Local] {
        assert!(!opt_in.allows(&other) && !OptIn::none().allows(&other));
    }
}

#[test]
fn work_is_a_document() {
    let plan = plan_of_disabled(1);
    let local = reached_with_disabled(1, &SourceType::LocalNoAuth);
    let work = RemedyWork::of(&plan, &OptIn::none(), &facts(local));
    let document = serde_json::to_value(&work).unwrap();
    assert_eq!(document["writes"][0]["write"], "enable");
    assert_eq!(document["writes"][0]["login"], "user-000");
}
