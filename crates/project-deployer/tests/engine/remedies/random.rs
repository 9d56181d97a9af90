//! R11 on random worlds: one run does it, a further one sends nothing, others are left alone.

use proptest::prelude::*;

use super::*;

/// What a login is on a node before the run.
#[derive(Debug, Clone, Copy)]
enum Before {
    Absent,
    Present,
    Stale,
    Disabled,
    Local,
}

const PEOPLE: [&str; 8] = ["ann", "bob", "cy", "dee", "otto", "zoe", "Ann", "pat"];

fn before() -> impl Strategy<Value = Before> {
    prop_oneof![
        Just(Before::Absent),
        Just(Before::Present),
        Just(Before::Stale),
        Just(Before::Disabled),
        Just(Before::Local),
    ]
}

#[derive(Debug, Clone)]
struct Case {
    on_node: Vec<Before>,
    needed: Vec<bool>,
    listed: Vec<bool>,
    provisions: bool,
    syncs: bool,
    opted_in: bool,
    lost: Option<usize>,
    stops_after: usize,
}

fn case() -> impl Strategy<Value = Case> {
    let flags = || prop::collection::vec(any::<bool>(), PEOPLE.len());
    let people = prop::collection::vec(before(), PEOPLE.len());
    let switches = (any::<bool>(), any::<bool>(), any::<bool>());
    (people, flags(), flags(), switches, prop::option::of(0..3_usize), 0..4_usize).prop_map(
        |(on_node, needed, listed, (provisions, syncs, opted_in), lost, stops_after)| Case {
            on_node,
            needed,
            listed,
            provisions,
            syncs,
            opted_in,
            lost,
            stops_after,
        },
    )
}

fn landing(case: &Case) -> Landing {
    let mut landing = Landing::new();
    let settings = ldap()
        .with_allow_on_demand_users_provisioning(case.provisions)
        .with_allow_on_demand_users_sync(case.syncs);
    landing.scope.needs.clear();
    let mut dev = landing.dev.clone().with_ldap_settings(settings);
    let mut listed = Vec::new();
    for (number, login) in PEOPLE.iter().enumerate() {
        landing.dev.remove_user(&parsed(login));
        if case.needed[number] {
            landing.scope.needs.push(need(login));
        }
        if case.listed[number] {
            listed.push(supplied(login));
        }
        let of_ldap = user(login, SourceType::Ldap);
        dev = match case.on_node[number] {
            Before::Absent => dev,
            Before::Present => dev.with_user(of_ldap.in_groups(analysts())),
            Before::Stale => dev.with_user(of_ldap.in_groups([parsed("locals")])),
            Before::Disabled => dev.with_user(disabled(login)),
            Before::Local => dev.with_user(user(login, SourceType::Local)),
        };
    }
    let _ = dev.with_external_users(SourceType::Ldap, listed);
    landing
}

async fn holds(case: Case) {
    let opt_in = || if case.opted_in { from_ldap() } else { OptIn::none() };
    let landing = landing(&case);
    let before = users(&landing.dev).await;
    let planned = landing.remediate(opt_in(), Mode::DryRun).await.work;
    assert_eq!(landing.changes(), [""; 0]);
    let operations = [Operation::SetUserEnabled, Operation::ProvisionUsers, Operation::Resync];
    if let Some(number) = case.lost {
        landing.dev.fail_next(operations[number], Failure::ReplyLost);
    }
    let accounts = landing.accounts();
    // A process that ends in the middle.
    let _ = landing.written(&planned.writes, &accounts, case.stops_after).await;
    let remediated = landing.remediate(opt_in(), Mode::Apply).await;
    let changes = landing.changes();
    let further = landing.remediate(opt_in(), Mode::Apply).await;
    // A user whom the node's own source does not list is queried again, and never sent.
    assert_eq!(landing.changes(), changes, "{case:?}");
    let refused = remediated.applied.written.iter().any(|written| !written.outcome.is_done());
    assert!(refused || further.work.sends_nothing(), "{case:?}\n{}", further.work);
    let concerned: BTreeSet<Login> =
        planned.writes.iter().flat_map(Write::logins).cloned().collect();
    let after = users(&landing.dev).await;
    for user in &before {
        let now = after.iter().find(|found| found.login == user.login);
        if !concerned.contains(&user.login) {
            assert_eq!(now, Some(user), "{case:?}");
        }
        assert!(!user.enabled || now.is_some_and(|now| now.enabled), "{case:?}");
    }
    let new = after.iter().filter(|user| !before.iter().any(|old| old.login == user.login));
    for user in new {
        assert!(case.opted_in && concerned.contains(&user.login), "{case:?}");
    }
    assert!(users(&landing.prod).await.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn one_run_mends_and_a_further_one_has_nothing_to_send(case in case()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(holds(case));
    }
}
