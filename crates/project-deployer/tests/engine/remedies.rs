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

use crate::world::{KEY, World, address, entry, parsed};

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
    LdapSettings {
        enabled: true,
        url: URL.to_owned(),
        user_filter: "(uid={USERNAME})".to_owned(),
        username_attribute: "uid".to_owned(),
        auto_import_users: true,
        ..LdapSettings::default()
    }
}

fn user(login: &str, source: SourceType) -> User {
    User::new(parsed(login), source)
}

fn disabled(login: &str) -> User {
    User { enabled: false, ..user(login, SourceType::Ldap) }
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
        let on_demand = LdapSettings {
            allow_on_demand_users_provisioning: true,
            allow_on_demand_users_sync: true,
            ..ldap()
        };
        let mapped = Group {
            ldap_group_names: vec!["cn-analytics".to_owned()],
            ..Group::new(parsed("analysts"))
        };
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
    LoginRequirement {
        login: parsed(login),
        role: Role::Requester,
        reason: "deployment `churn`".to_owned(),
        at: Locations::Everywhere,
    }
}

fn from_ldap() -> OptIn {
    OptIn::none().with(SourceType::Ldap)
}

fn at(name: &str) -> LocationId {
    LocationId::Node { infra: parsed(name), node: Some(parsed(&format!("auto-{name}"))) }
}

async fn users(node: &FakeNode) -> Vec<User> {
    node.users().await.unwrap()
}

#[tokio::test]
async fn a_run_does_what_it_can_and_says_what_people_do() {
    // D4, D5
    let landing = Landing::new();
    let remediated = landing.remediate(from_ldap(), Mode::Apply).await;
    let wanted = "[automatic] node `auto-dev` of `dev`: enable `cy`\n\
        [automatic] node `auto-dev` of `dev`: create from LDAP `ann`, `bob`\n\
        [automatic] node `auto-dev` of `dev`: resync `dee` (gets `analysts`)\n\
        [manual] `ann`, `bob`, `cy`, `dee` for node `auto-prod` of `prod`: log in once at \
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
async fn whoever_left_the_directory_is_not_let_in_again() {
    // R-L5
    let landing = Landing::new().needing("zoe");
    let _ = landing.dev.clone().with_user(disabled("zoe"));
    let remediated = landing.remediate(from_ldap(), Mode::Apply).await;
    let skipped: Vec<_> = remediated.left.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        skipped,
        [
            "node `auto-dev` of `dev`: enable `zoe`; the source does not authorize the user: absent, and \
          in no directory; put the person back into it, or leave the account as it is"
        ]
    );
    assert!(!landing.changes().iter().any(|call| call.contains("zoe")));
}

#[tokio::test]
async fn whoever_left_any_other_source_is_not_let_in_again() {
    // R-L5: one user of Azure is still listed; users of single sign-on are unknown
    let landing = Landing::new().needing("ada").needing("abe").needing("sam");
    let off = |login: &str, source| User { enabled: false, ..user(login, source) };
    for (login, source) in
        [("ada", SourceType::AzureAd), ("abe", SourceType::AzureAd), ("sam", SourceType::Sso)]
    {
        let _ = landing.deployer.clone().with_user(user(login, source.clone()));
        let _ = landing.dev.clone().with_user(off(login, source));
    }
    let _ = landing.dev.clone().with_external_users(SourceType::AzureAd, vec![supplied("ada")]);
    let remediated = landing.remediate(OptIn::none(), Mode::Apply).await;
    let skipped = remediated.left.skipped.iter().filter(|one| one.remedy == Remedy::Enable);
    let skipped: Vec<_> = skipped.map(|one| (&one.logins, &one.why)).collect();
    let [(abe, Blocker::NotSupplied { .. }), (sam, Blocker::Unknown { .. })] = skipped[..] else {
        panic!("{skipped:?}")
    };
    assert_eq!((abe, sam), (&BTreeSet::from([parsed("abe")]), &BTreeSet::from([parsed("sam")])));
    let changes = landing.changes();
    assert!(changes.iter().any(|call| call == "write user ada"), "{changes:?}");
    assert!(!changes.iter().any(|call| call.contains("abe") || call.contains("sam")));
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
async fn a_supplier_is_listed_once_for_all_batches_of_a_location() {
    let landing = Landing::new();
    let logins: Vec<Login> = (0..120).map(|n| parsed(&format!("user-{n:03}"))).collect();
    let listed = logins.iter().map(|login| supplied(login.as_str())).collect();
    let _ = landing.dev.clone().with_external_users(SourceType::Ldap, listed);
    let write = |batch: &[Login]| Write::Provision {
        at: at("dev"),
        source: SourceType::Ldap,
        logins: batch.iter().cloned().collect(),
    };
    let writes: Vec<Write> = logins.chunks(50).map(write).collect();
    let accounts = landing.accounts();
    let written: Vec<_> = landing.written(&writes, &accounts, usize::MAX).await;
    assert!(written.iter().all(|one| one.outcome.is_done()), "{written:?}");
    let calls = landing.dev.calls();
    let of = |operation| calls.iter().filter(|call| call.operation == operation).count();
    assert_eq!((of(Operation::ExternalUsers), of(Operation::ProvisionUsers)), (1, 3));
}

#[tokio::test]
async fn the_second_look_asks_the_deployer_again() {
    // R11
    let landing = Landing::new();
    let _ = landing
        .deployer
        .clone()
        .with_user(User { enabled: false, ..user("lee", SourceType::Local) });
    let landing = landing.needing("lee");
    let remediated = landing.remediate(from_ldap(), Mode::Apply).await;
    let lee = |found: &ParityAssessment| {
        found.report.presence(&parsed("lee"), &LocationId::Deployer).cloned()
    };
    assert!(matches!(lee(&remediated.before), Some(Presence::Disabled { .. })));
    assert_eq!(lee(&remediated.after.unwrap()), Some(Presence::Present));
}

#[tokio::test]
async fn a_directory_that_does_not_answer_lets_nobody_in() {
    // D7
    let landing = Landing::new();
    let accounts = landing.accounts();
    let (none, breadth) = (Directories::none(), Breadth::Needed);
    let opt_in = from_ldap();
    let remediated =
        remediate(&landing.scope, &accounts, &none, &SystemClock, breadth, &opt_in, Mode::Apply)
            .await;
    assert!(
        matches!(remediated.work.skipped[0].why, Blocker::Unknown { .. }),
        "{}",
        remediated.work
    );
    // No account is refreshed either: the directory may have disabled the person.
    assert_eq!(landing.changes(), [""; 0]);
    assert!(
        remediated
            .left
            .manual_steps
            .iter()
            .any(|manual_step| manual_step.what.contains("retry once this is fixed"))
    );
}

#[tokio::test]
async fn whoever_is_there_and_not_supplied_any_more_is_named_and_not_refreshed() {
    // R-L5: a refresh would disable the user, and a listing may be wrong
    let landing = Landing::new();
    let known = ["ann", "bob", "cy"].iter().map(|one| supplied(one)).collect();
    let _ = landing.dev.clone().with_external_users(SourceType::Ldap, known);
    let remediated = landing.remediate(from_ldap(), Mode::Apply).await;
    let manual_steps: Vec<_> =
        remediated.work.manual_steps.iter().map(ToString::to_string).collect();
    let wanted = "`dee` for node `auto-dev` of `dev`: put the person back into LDAP, which does not \
        list the user, or disable the account, at https://dev.example:11200";
    assert!(manual_steps.iter().any(|manual_step| manual_step == wanted), "{manual_steps:?}");
    assert!(!landing.changes().iter().any(|call| call.starts_with("resync")));
}

#[tokio::test]
async fn where_refreshing_is_switched_off_a_person_logs_in_again_or_switches_it_on() {
    for (at_login, what) in [
        (true, "log in again, so that the groups follow"),
        (false, "switch on the refresh of users from LDAP, on demand or at login"),
    ] {
        let landing = Landing::new();
        let settings = LdapSettings {
            allow_on_demand_users_provisioning: true,
            auto_sync_users_at_login_time: at_login,
            ..ldap()
        };
        let _ = landing.dev.clone().with_ldap_settings(settings);
        let work = landing.work().await;
        let manual_step =
            work.manual_steps.iter().find(|manual_step| manual_step.what == what).unwrap();
        assert_eq!(manual_step.logins, BTreeSet::from([parsed("dee")]));
        assert_eq!(manual_step.address, Some(address("dev")));
        assert!(!work.writes.iter().any(|write| matches!(write, Write::Resync { .. })));
    }
}

#[tokio::test]
async fn a_node_whose_key_is_withheld_is_asked_once_a_key_is_handed_in() {
    let mut landing = Landing::new();
    let withheld = NodeEntry { admin_api_key: None, ..entry("dev") };
    landing.scope.infras[0].1 = Ok(infra("dev", withheld));
    let remediated = landing.remediate(from_ldap(), Mode::Apply).await;
    let presence = remediated.before.report.presence(&parsed("ann"), &at("dev")).unwrap();
    assert!(presence.to_string().contains("its admin key is withheld"), "{presence}");
    assert!(remediated.work.sends_nothing() && landing.dev.calls().is_empty());
    assert!(remediated.work.to_string().contains("retry once this is fixed: its admin key is"));

    let key = ApiKeySecret::new(KEY).unwrap();
    let keys = NodeKeys::none().with_infra(parsed::<InfraId>("dev"), key);
    landing.scope = landing.scope.clone().with_keys(&keys);
    assert!(landing.remediate(from_ldap(), Mode::Apply).await.applied.is_done());
    assert_eq!(landing.changes().len(), 3);
}

#[tokio::test]
async fn nodes_that_cannot_be_told_apart_are_not_written_to() {
    let mut landing = Landing::new();
    let unnamed = |name: &str| NodeEntry { node_id: None, ..entry(name) };
    let two = Target::MultiNode(vec![unnamed("dev"), unnamed("prod")]);
    landing.scope.infras =
        vec![(parsed("dev"), Ok(infra("dev", NodeEntry::default()).with_target(two)))];
    let remediated = landing.remediate(from_ldap(), Mode::Apply).await;
    assert!(remediated.work.skipped.iter().all(|skipped| match &skipped.why {
        Blocker::Unreached { reason } => reason.as_str().contains("are ambiguous"),
        _ => false,
    }));
    assert!(!remediated.work.skipped.is_empty());
    assert_eq!(landing.changes(), [""; 0]);
}

#[tokio::test]
async fn azure_users_are_created_where_the_node_says_that_it_does() {
    // D4
    let azure = |on_demand| {
        let mut rules = SupplierRules::default();
        rules.enabled = true;
        rules.provisions_on_demand = Some(on_demand);
        rules
    };
    let landing = Landing::new().needing("ada");
    let _ = landing.deployer.clone().with_user(user("ada", SourceType::AzureAd));
    let _ = landing
        .dev
        .clone()
        .with_supplier(SourceType::AzureAd, azure(true))
        .with_external_users(SourceType::AzureAd, vec![supplied("ada")]);
    let _ = landing.prod.clone().with_supplier(SourceType::AzureAd, azure(false));
    let remediated = landing.remediate(OptIn::none().with(SourceType::AzureAd), Mode::Apply).await;
    let presence = |name| remediated.before.report.presence(&parsed("ada"), &at(name));
    let source = SourceType::AzureAd;
    let on_demand = Presence::ImportableOnDemand { source: source.clone() };
    assert_eq!(presence("dev"), Some(&on_demand));
    assert_eq!(presence("prod"), Some(&Presence::OnlyByLogin { source: source.clone() }));
    let ada = users(&landing.dev).await.into_iter().find(|user| user.login == parsed("ada"));
    assert_eq!(ada.unwrap().source_type, source);
    assert!(users(&landing.prod).await.is_empty());
}

#[tokio::test]
async fn whom_a_login_brings_is_sent_to_the_address_and_told_what_comes_first() {
    // D5
    let sso = |at_login| {
        let mut rules = SupplierRules::default();
        rules.enabled = true;
        rules.provisions_at_login = Some(at_login);
        rules
    };
    let landing = Landing::new().needing("sam").needing("pat");
    let own = landing.deployer.clone().with_user(user("sam", SourceType::Sso));
    let _ = own.with_user(user("pat", SourceType::Pam));
    let _ = landing.dev.clone().with_supplier(SourceType::Sso, sso(true));
    let _ = landing.prod.clone().with_supplier(SourceType::Sso, sso(false));
    let manual_steps: Vec<String> =
        landing.work().await.manual_steps.iter().map(ToString::to_string).collect();
    assert_eq!(
        manual_steps,
        [
            "`pat`, `sam` for node `auto-dev` of `dev`: log in once at https://dev.example:11200",
            "`ann`, `bob`, `cy`, `dee`, `pat` for node `auto-prod` of `prod`: log in once at \
             https://prod.example:11200",
            "`sam` for node `auto-prod` of `prod`: log in once at https://prod.example:11200, after \
             an administrator allows first logins to create accounts there",
        ]
    );
}

#[tokio::test]
async fn logins_are_compared_over_a_plain_list_of_nodes() {
    let landing = Landing::new();
    let report =
        parity_of(&landing.scope, None, &landing.fleet, &directories(), &SystemClock).await;
    assert_eq!(report.places.len(), 2);
    assert_eq!(report.presence(&parsed("dee"), &at("dev")), Some(&Presence::Present));
    let first = Presence::ImportableAtFirstLogin;
    assert_eq!(report.presence(&parsed("dee"), &at("prod")), Some(&first));
    assert!(landing.dev.calls().iter().all(|call| !call.operation.changes()));
}

#[tokio::test]
async fn a_user_of_the_deployers_own_store_is_enabled_there() {
    let world = World::new().await.with_infras().await;
    let admin = world.admin();
    let lee = User { enabled: false, ..user("lee", SourceType::Local) };
    admin.save_user(&lee).await.unwrap();
    let mut scope = ParityScope::of_deployer(&admin).await.unwrap();
    scope.needs = vec![LoginRequirement {
        at: Locations::At(BTreeSet::from([LocationId::Deployer])),
        ..need("lee")
    }];
    let own = Arc::new(StoreAccounts::of(admin.clone()));
    let accounts = LocationAccounts::of(&scope, &world.fleet).with_deployer(own, None);
    let (none, opt_in) = (Directories::none(), OptIn::none());
    let breadth = Breadth::Needed;
    let remediated =
        remediate(&scope, &accounts, &none, &SystemClock, breadth, &opt_in, Mode::Apply).await;
    assert!(remediated.applied.is_done() && remediated.left.sends_nothing(), "{}", remediated.left);
    assert_eq!(remediated.applied.written.len(), 1);
    let found = admin.users().await.unwrap().into_iter().find(|user| user.login == lee.login);
    assert_eq!(found, Some(User { enabled: true, ..lee }));
}

#[tokio::test]
async fn two_administrators_who_mend_at_once_do_no_harm() {
    // R11
    let (one, whole) = (Landing::new(), Landing::new());
    whole.remediate(from_ldap(), Mode::Apply).await;
    let (work, stale) = (one.work().await, one.work().await);
    let accounts = one.accounts();
    let first: Vec<_> = one.written(&work.writes, &accounts, usize::MAX).await;
    let second: Vec<_> = one.written(&stale.writes, &accounts, usize::MAX).await;
    assert!(first.iter().chain(&second).all(|written| written.outcome.is_done()), "{second:?}");
    assert_eq!(users(&one.dev).await, users(&whole.dev).await);
}

#[tokio::test]
async fn the_plan_says_that_what_is_in_the_way_is_settled_by_people() {
    let landing = Landing::new();
    landing.dev.set_reachable(false);
    let report =
        parity_of(&landing.scope, None, &landing.fleet, &directories(), &SystemClock).await;
    let plan = RemedyPlan::of(&report, Breadth::Needed);
    assert!(plan.steps().iter().all(|step| step.actor == Actor::Person), "{plan}");
    let settings = entry("dev").settings().unwrap();
    assert!(landing.fleet.accounts(&settings).is_ok());
    assert!(landing.fleet.node(&settings, Identity::ApiKey).users().await.is_err());
}

mod random {
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
        let settings = LdapSettings {
            allow_on_demand_users_provisioning: case.provisions,
            allow_on_demand_users_sync: case.syncs,
            ..ldap()
        };
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
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn one_run_mends_and_a_further_one_has_nothing_to_send(case in case()) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(holds(case));
        }
    }
}
