//! Remedies of login parity, carried out on nodes in memory.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use project_deployer::SystemClock;
use project_deployer::parity::{
    LocationAccounts, NodeKeys, ParityAssessment, ParityScope, StoreAccounts, assess_parity,
    parity_of,
};
use project_deployer::remedies::{
    Blocker, Mode, OptIn, Outcome, Preconditions, RemediationReport, RemedyFacts, RemedyWork,
    Write, Written, applying, remediate,
};
use project_deployer_client::{
    ExternalUser, Failure, FakeFleet, FakeNode, Identity, NodeAccounts as _, NodeConnector as _,
    NodeErrorKind, Operation, SupplierRules,
};
use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User};
use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer_core::{ApiKeySecret, GroupName, InfraId, Login};
use project_deployer_ldap::matching::{
    Actor, Breadth, LocationId, Locations, LoginRequirement, Presence, Remedy, RemedyPlan, Role,
};
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{Directories, LdifDirectory, MemoryDirectory};

use crate::installation::{Installation, KEY, address, entry, parsed};

mod random;
mod sources;

const URL: &str = "ldap://dir.example/dc=t";

const LOGINS: [&str; 5] = ["ann", "bob", "cy", "dee", "otto"];

/// An export with operational attributes.
fn person(login: &str) -> String {
    format!("dn: uid={login},dc=t\nuid: {login}\nmodifyTimestamp: 20260101000000Z\n\n")
}

fn directories() -> Directories {
    let many = (0..120).map(|number| format!("user-{number:03}"));
    let people = LOGINS.map(str::to_owned).into_iter().chain(many);
    let text: String = people.map(|login| person(&login)).collect();
    let people = LdifDirectory::parse(text.as_bytes()).unwrap();
    let memory = MemoryDirectory::new(people.entries().to_vec());
    Directories::none().with(LdapUrl::parse(URL).unwrap(), memory)
}

fn ldap() -> LdapSettings {
    LdapSettings::default()
        .with_enabled(true)
        .with_url(URL)
        .with_user_filter("(uid={USERNAME})")
        .with_username_attribute("uid")
        .with_auto_import_users(true)
}

fn user(login: &str, source: SourceType) -> User {
    User::new(parsed(login), source)
}

fn disabled(login: &str) -> User {
    user(login, SourceType::Ldap).with_enabled(false)
}

fn supplied(login: &str) -> ExternalUser {
    let mut user = ExternalUser::new(parsed(login));
    user.source_group_names = vec!["cn-analytics".to_owned()];
    user.dku_group_names = vec![parsed("analysts")];
    user
}

fn analysts() -> Vec<GroupName> {
    vec![parsed("analysts")]
}

/// A Deployer with all accounts; `dev`, which creates and refreshes accounts on demand, with work
/// for each kind of call; `prod`, where only logins create accounts.
struct Landing {
    fleet: FakeFleet,
    deployer: FakeNode,
    dev: FakeNode,
    prod: FakeNode,
    scope: ParityScope,
}

impl Landing {
    fn new() -> Self {
        let all_logins = ["ann", "bob", "cy", "dee"];
        let mut deployer = FakeNode::new("deployer");
        for login in all_logins {
            deployer = deployer.with_user(user(login, SourceType::Ldap));
        }
        let on_demand = ldap()
            .with_allow_on_demand_users_provisioning(true)
            .with_allow_on_demand_users_sync(true);
        let mapped =
            Group::new(parsed("analysts")).with_ldap_group_names(vec!["cn-analytics".to_owned()]);
        let known = ["ann", "bob", "cy", "dee", "otto"];
        let dev = FakeNode::new("auto-dev")
            .with_ldap_settings(on_demand)
            .with_group(mapped)
            .with_group(Group::new(parsed("locals")))
            .with_external_users(SourceType::Ldap, known.iter().map(|one| supplied(one)).collect())
            .with_user(disabled("cy").in_groups(analysts()))
            .with_user(user("dee", SourceType::Ldap).in_groups([parsed("locals")]))
            .with_user(disabled("otto"));
        let prod = FakeNode::new("auto-prod").with_ldap_settings(ldap());
        let key = || ApiKeySecret::new(KEY).unwrap();
        let fleet = FakeFleet::new().with_node(address("dev"), key(), dev.clone()).with_node(
            address("prod"),
            key(),
            prod.clone(),
        );
        let mut scope =
            ParityScope::of_infras([infra("dev", entry("dev")), infra("prod", entry("prod"))]);
        scope.needs = all_logins.iter().map(|login| need(login)).collect();
        Self { fleet, deployer, dev, prod, scope }
    }

    fn needing(mut self, login: &str) -> Self {
        self.scope.needs.push(need(login));
        self
    }

    fn accounts(&self) -> LocationAccounts {
        let own = Arc::new(self.deployer.clone());
        LocationAccounts::of(&self.scope, &self.fleet).with_deployer(own, None)
    }

    async fn remediate(&self, opt_in: OptIn, mode: Mode) -> RemediationReport {
        let accounts = self.accounts();
        let directories = directories();
        let breadth = Breadth::Needed;
        let clock = SystemClock;
        remediate(&self.scope, &accounts, &directories, &clock, breadth, &opt_in, mode).await
    }

    /// The outcomes of the first calls.
    async fn written(
        &self,
        writes: &[Write],
        accounts: &LocationAccounts,
        first: usize,
    ) -> Vec<Written> {
        let found = assess_parity(&self.scope, None, accounts, &directories(), &SystemClock).await;
        let preconditions = Preconditions::new(&found, &from_ldap(), &SystemClock);
        applying(writes, accounts, &preconditions).take(first).collect().await
    }

    async fn work(&self) -> RemedyWork {
        let accounts = self.accounts();
        let found = assess_parity(&self.scope, None, &accounts, &directories(), &SystemClock).await;
        let plan = RemedyPlan::of(&found.report, Breadth::Needed);
        let preconditions = Preconditions::new(&found, &from_ldap(), &SystemClock);
        let facts = RemedyFacts::gather(&found, Breadth::Needed, &accounts, &preconditions).await;
        RemedyWork::of(&plan, &from_ldap(), &facts)
    }

    /// The calls so far that change something.
    fn changes(&self) -> Vec<String> {
        let calls = [&self.deployer, &self.dev, &self.prod].map(FakeNode::calls);
        let changes = calls.into_iter().flatten().filter(|call| call.operation.changes());
        changes.map(|call| call.to_string()).collect()
    }
}

fn infra(id: &str, node: NodeEntry) -> InfraSettings {
    let settings = InfraSettings::new(parsed(id), parsed("Production"));
    settings.with_target(Target::SingleNode(node))
}

fn need(login: &str) -> LoginRequirement {
    LoginRequirement::new(
        parsed(login),
        Role::Requester,
        "deployment `churn`",
        Locations::Everywhere,
    )
}

fn from_ldap() -> OptIn {
    OptIn::none().with(SourceType::Ldap)
}

fn at(name: &str) -> LocationId {
    LocationId::Node { infra: parsed(name), node: Some(parsed(&format!("auto-{name}"))) }
}

async fn users(node: &FakeNode) -> Vec<User> {
    node.users().await.unwrap().to_users()
}

#[tokio::test]
async fn a_run_does_what_it_can_and_says_what_people_do() {
    // D4, D5
    let landing = Landing::new();
    let remediated = landing.remediate(from_ldap(), Mode::Apply).await;
    let wanted = "[automatic] `dev/auto-dev`: enable `cy`\n\
        [automatic] `dev/auto-dev`: create from LDAP `ann`, `bob`\n\
        [automatic] `dev/auto-dev`: refresh `dee` (gets `analysts`)\n\
        [manual] `ann`, `bob`, `cy`, `dee` on `prod/auto-prod`: log in once at \
        https://prod.example:11200";
    assert_eq!(remediated.work.to_string(), wanted);
    assert!(remediated.applied.is_done(), "{:?}", remediated.applied);
    let after = remediated.after.unwrap();
    assert_eq!(RemedyPlan::of(&after.report, Breadth::Needed).automatic_steps().count(), 0);
    assert!(remediated.left.sends_nothing() && remediated.left.skipped.is_empty());
    assert_eq!(remediated.left.manual_steps.len(), 1, "{}", remediated.left);
    for (login, groups) in [("ann", vec!["analysts"]), ("dee", vec!["locals", "analysts"])] {
        let found = users(&landing.dev).await.into_iter().find(|user| user.login == parsed(login));
        let found = found.unwrap();
        assert!(found.enabled);
        assert_eq!(found.groups, groups.into_iter().map(parsed::<GroupName>).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_further_run_sends_no_change() {
    // R11
    let landing = Landing::new();
    landing.remediate(from_ldap(), Mode::Apply).await;
    let changes = landing.changes();
    assert_eq!(changes.len(), 3, "{changes:?}");
    let second = landing.remediate(from_ldap(), Mode::Apply).await;
    assert!(second.work.sends_nothing() && second.after.is_none(), "{}", second.work);
    assert_eq!(landing.changes(), changes);
}

#[tokio::test]
async fn a_run_that_ends_between_two_calls_is_taken_up_where_it_ended() {
    // R11
    let whole = Landing::new();
    whole.remediate(from_ldap(), Mode::Apply).await;
    for sent in 0..=whole.changes().len() {
        let landing = Landing::new();
        let work = landing.work().await;
        let accounts = landing.accounts();
        let first: Vec<_> = landing.written(&work.writes, &accounts, sent).await;
        assert!(first.iter().all(|written| written.outcome.is_done()));
        assert_eq!(landing.changes().len(), sent, "no call is sent ahead");
        landing.remediate(from_ldap(), Mode::Apply).await;
        assert_eq!(landing.changes(), whole.changes(), "each call once, after {sent}");
        assert_eq!(users(&landing.dev).await, users(&whole.dev).await);
    }
}

#[tokio::test]
async fn nobody_outside_the_plan_is_touched() {
    // R11: `otto` is disabled, is in the directory, and no deployment needs `otto`
    let landing = Landing::new();
    let others = async || {
        let planned = ["ann", "bob", "cy", "dee"].map(parsed::<Login>);
        let mut others = users(&landing.dev).await;
        others.retain(|user| !planned.contains(&user.login));
        (others, users(&landing.prod).await, users(&landing.deployer).await)
    };
    let before = others().await;
    landing.remediate(from_ldap(), Mode::Apply).await;
    assert_eq!(before.0.len(), 1);
    assert_eq!(others().await, before);
    assert!(landing.changes().iter().all(|call| !call.contains("otto")));
}

#[tokio::test]
async fn no_account_is_created_from_a_source_that_nobody_opted_in_to() {
    // D11
    for opt_in in [OptIn::none(), OptIn::none().with(SourceType::AzureAd)] {
        let landing = Landing::new();
        let remediated = landing.remediate(opt_in, Mode::Apply).await;
        let skipped: Vec<_> = remediated.work.skipped.iter().map(|one| &one.why).collect();
        assert_eq!(skipped, [&Blocker::NotOptedIn { source: SourceType::Ldap }]);
        assert_eq!(landing.changes(), ["write user cy", "resync users dee"]);
        assert_eq!(users(&landing.dev).await.len(), 3);
    }
}

#[tokio::test]
async fn a_dry_run_sends_no_change() {
    // D10
    let landing = Landing::new();
    let remediated = landing.remediate(from_ldap(), Mode::DryRun).await;
    assert_eq!(remediated.applied.written.len(), 3);
    assert!(remediated.applied.written.iter().all(|written| written.outcome == Outcome::NotSent));
    assert_eq!(landing.changes(), [""; 0]);
}

#[tokio::test]
async fn a_call_whose_answer_was_lost_is_looked_for() {
    for operation in [Operation::SetUserEnabled, Operation::ProvisionUsers, Operation::Resync] {
        let landing = Landing::new();
        landing.dev.fail_next(operation, Failure::ReplyLost);
        let remediated = landing.remediate(from_ldap(), Mode::Apply).await;
        assert!(remediated.applied.is_done(), "{operation}: {:?}", remediated.applied);
        let read_back = |outcome: &Outcome| *outcome == Outcome::Done { read_back: true };
        let found = remediated.applied.written.iter().filter(|written| read_back(&written.outcome));
        assert_eq!(found.count(), 1, "{operation}");
        assert!(remediated.left.sends_nothing());
    }
}

#[tokio::test]
async fn a_refused_call_stops_no_other_and_is_sent_again_next_time() {
    let landing = Landing::new();
    let refused = NodeErrorKind::Forbidden("no such right".to_owned());
    landing.dev.fail_next(Operation::ProvisionUsers, Failure::Before(refused));
    let remediated = landing.remediate(from_ldap(), Mode::Apply).await;
    let outcomes: Vec<_> =
        remediated.applied.written.iter().map(|written| &written.outcome).collect();
    let [Outcome::Done { .. }, Outcome::Refused { reason }, Outcome::Done { .. }] = outcomes[..]
    else {
        panic!("{outcomes:?}")
    };
    assert!(reason.as_str().contains("no such right"), "{reason}");
    assert!(matches!(remediated.left.writes[..], [Write::Provision { .. }]), "{}", remediated.left);
    assert!(landing.remediate(from_ldap(), Mode::Apply).await.left.sends_nothing());
}

#[tokio::test]
async fn a_location_that_stops_answering_is_not_asked_for_the_rest() {
    let landing = Landing::new();
    let work = landing.work().await;
    let accounts = landing.accounts();
    let found = assess_parity(&landing.scope, None, &accounts, &directories(), &SystemClock).await;
    landing.dev.set_reachable(false);
    let preconditions = Preconditions::new(&found, &from_ldap(), &SystemClock);
    let written: Vec<_> = applying(&work.writes, &accounts, &preconditions).collect().await;
    let outcomes: Vec<_> = written.iter().map(|written| &written.outcome).collect();
    assert!(
        matches!(
            outcomes[..],
            [Outcome::Refused { .. }, Outcome::NotTried { .. }, Outcome::NotTried { .. }]
        ),
        "{outcomes:?}"
    );
    assert_eq!(landing.changes(), [""; 0]);
}

#[tokio::test]
async fn a_call_that_timed_out_and_shows_no_effect_could_not_be_told() {
    let timed_out = || Failure::Before(NodeErrorKind::TimedOut(Duration::from_secs(30)));
    for operation in [Operation::SetUserEnabled, Operation::ProvisionUsers, Operation::Resync] {
        let landing = Landing::new();
        landing.dev.fail_next(operation, timed_out());
        let remediated = landing.remediate(from_ldap(), Mode::Apply).await;
        let outcomes: Vec<_> = remediated.applied.written.iter().map(|one| &one.outcome).collect();
        let unclear = |outcome: &&&Outcome| matches!(outcome, Outcome::Unclear { .. });
        assert_eq!(outcomes.iter().filter(unclear).count(), 1, "{operation}: {outcomes:?}");
        assert!(!outcomes.iter().any(|outcome| matches!(outcome, Outcome::Refused { .. })));
    }
}

#[tokio::test]
async fn a_listing_that_fails_before_a_call_is_a_refusal_without_effect() {
    let landing = Landing::new();
    let work = landing.work().await;
    let accounts = landing.accounts();
    landing.dev.fail_next(
        Operation::ExternalUsers,
        Failure::Before(NodeErrorKind::Failed { status: 500, message: "unavailable".to_owned() }),
    );
    let written: Vec<_> = landing.written(&work.writes, &accounts, usize::MAX).await;
    let created = written.iter().find(|one| matches!(one.write, Write::Provision { .. })).unwrap();
    assert!(matches!(created.outcome, Outcome::Refused { .. }), "{}", created.outcome);
    assert!(!landing.changes().iter().any(|call| call.starts_with("create the accounts")));
}

#[tokio::test]
async fn the_second_look_asks_the_deployer_again() {
    // R11
    let landing = Landing::new();
    let _ = landing.deployer.clone().with_user(user("lee", SourceType::Local).with_enabled(false));
    let landing = landing.needing("lee");
    let remediated = landing.remediate(from_ldap(), Mode::Apply).await;
    let lee = |found: &ParityAssessment| {
        found.report.presence(&parsed("lee"), &LocationId::Deployer).cloned()
    };
    assert!(matches!(lee(&remediated.before), Some(Presence::Disabled { .. })));
    assert_eq!(lee(&remediated.after.unwrap()), Some(Presence::Present));
}
