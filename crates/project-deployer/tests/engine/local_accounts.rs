//! Accounts that no directory supplies, of people whom a directory blocks; and what a dry run says of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use project_deployer::SystemClock;
use project_deployer::parity::{LocationAccounts, ParityScope};
use project_deployer::remedies::{Mode, OptIn, RemediationReport, remediate};
use project_deployer_client::{ExternalUser, FakeFleet, FakeNode, NodeAccounts as _};
use project_deployer_core::accounts::{LdapSettings, RemappingRule, SourceType, User};
use project_deployer_core::infra::{InfraSettings, Target};
use project_deployer_core::{ApiKeySecret, Login};
use project_deployer_ldap::matching::{Breadth, Locations, LoginRequirement, Role};
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{
    AttributeName, Directories, Directory, DirectoryError, Dn, Filter, LdifDirectory, Scope,
    SearchResult,
};

use crate::installation::{KEY, address, entry, parsed};

const URL: &str = "ldap://dir.example/dc=t";

fn ldap() -> LdapSettings {
    LdapSettings::default()
        .with_enabled(true)
        .with_url(URL)
        .with_user_filter("(uid={USERNAME})")
        .with_username_attribute("uid")
        .with_auto_import_users(true)
        .with_allow_on_demand_users_provisioning(true)
}

fn person(login: &str, more: &str) -> String {
    format!("dn: uid={login},dc=t\nuid: {login}\nmodifyTimestamp: 20260101000000Z\n{more}\n")
}

fn parse(ldif: &str) -> LdifDirectory {
    LdifDirectory::parse(ldif.as_bytes()).unwrap()
}

/// Two nodes: `dev`, and `prod` which reads no directory unless it is given settings.
struct Two {
    dev: FakeNode,
    prod: FakeNode,
    logins: Vec<&'static str>,
}

impl Two {
    fn new(logins: &[&'static str]) -> Self {
        let (dev, prod) = (FakeNode::new("auto-dev"), FakeNode::new("auto-prod"));
        Self { dev, prod, logins: logins.to_vec() }
    }

    fn with_local(self, login: &str) -> Self {
        self.with_disabled(login, SourceType::Local)
    }

    fn with_disabled(self, login: &str, source: SourceType) -> Self {
        let account = User::new(parsed(login), source).with_enabled(false);
        Self { prod: self.prod.with_user(account), ..self }
    }

    async fn remediate(
        &self,
        directory: impl Directory + 'static,
        opt_in: OptIn,
        mode: Mode,
    ) -> RemediationReport {
        let key = || ApiKeySecret::new(KEY).unwrap();
        let fleet = FakeFleet::new().with_node(address("dev"), key(), self.dev.clone()).with_node(
            address("prod"),
            key(),
            self.prod.clone(),
        );
        let infras = ["dev", "prod"].map(|id| {
            InfraSettings::new(parsed(id), parsed("Production"))
                .with_target(Target::SingleNode(entry(id)))
        });
        let mut scope = ParityScope::of_infras(infras);
        let need = |login: &&str| {
            LoginRequirement::new(
                parsed(login),
                Role::Requester,
                "deployment `churn`",
                Locations::Everywhere,
            )
        };
        scope.needs = self.logins.iter().map(need).collect();
        let accounts = LocationAccounts::of(&scope, &fleet);
        let directories = Directories::none().with(LdapUrl::parse(URL).unwrap(), directory);
        let breadth = Breadth::Needed;
        remediate(&scope, &accounts, &directories, &SystemClock, breadth, &opt_in, mode).await
    }

    async fn enabled(&self) -> Vec<String> {
        let users = self.prod.users().await.unwrap();
        users.iter().filter(|user| user.enabled).map(|user| user.login.to_owned()).collect()
    }
}

/// A directory that blocks `cy`, or stops answering, once it was asked this often.
#[derive(Debug)]
struct Later {
    before: LdifDirectory,
    after: Option<LdifDirectory>,
    searches: usize,
    asked: Arc<AtomicUsize>,
}

#[async_trait]
impl Directory for Later {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let directory = match asked < self.searches {
            true => Some(&self.before),
            false => self.after.as_ref(),
        };
        match directory {
            Some(directory) => directory.search(base, scope, filter, attributes).await,
            None => Err(DirectoryError::TimedOut),
        }
    }
}

#[tokio::test]
async fn a_local_account_is_not_enabled_where_only_the_user_filter_hides_the_block() {
    // D11: neither the listing nor a login finds the person
    let own = ldap().with_user_filter("(&(uid={USERNAME})(!(userAccountControl=514)))");
    for settings in [(None, Some(own.clone())), (Some(own), None)] {
        let mut two = Two::new(&["dis"]).with_local("dis");
        if let Some(settings) = settings.0 {
            two.dev = two.dev.with_ldap_settings(settings);
        }
        if let Some(settings) = settings.1 {
            two.prod = two.prod.with_ldap_settings(settings);
        }
        let directory = parse(&person("dis", "userAccountControl: 514\n"));
        let remediated = two.remediate(directory, OptIn::none(), Mode::Apply).await;
        assert_eq!(two.enabled().await, [""; 0], "{}", remediated.work);
        assert!(
            remediated.work.to_string().contains("`userAccountControl` is `514`"),
            "{}",
            remediated.work
        );
    }
}

#[tokio::test]
async fn a_local_account_is_not_enabled_where_another_directory_blocks_it_meanwhile() {
    // D11: the listing, the schema and the check of the plan are before it
    let mut blocked = 0;
    for searches in 1..12 {
        let mut two = Two::new(&["cy"]).with_local("cy");
        two.dev = two.dev.with_ldap_settings(ldap());
        let later = Later {
            before: parse(&person("cy", "")),
            after: Some(parse(&person("cy", "nsAccountLock: TRUE\n"))),
            searches,
            asked: Arc::default(),
        };
        let asked = Arc::clone(&later.asked);
        let remediated = two.remediate(later, OptIn::none(), Mode::Apply).await;
        let before_write = remediated.applied.written.first();
        let is_enabled = two.enabled().await == ["cy"];
        assert!(is_enabled || asked.load(Ordering::SeqCst) > searches, "{}", remediated.work);
        blocked += usize::from(before_write.is_some_and(|written| {
            !is_enabled && written.outcome.to_string().contains("`nsAccountLock` is `TRUE`")
        }));
    }
    assert!(blocked > 0, "no run met the change between the plan and the call");
}

#[tokio::test]
async fn a_local_account_that_no_directory_has_is_enabled_although_logins_are_remapped() {
    let rules = vec![RemappingRule::new("@example$", "")];
    let two = Two::new(&["batch"]).with_local("batch");
    let settings = ldap().with_remapping_rules(rules);
    let two = Two { prod: two.prod.with_ldap_settings(settings), ..two };
    let remediated =
        two.remediate(parse(&person("ann@example", "")), OptIn::none(), Mode::Apply).await;
    assert_eq!(two.enabled().await, ["batch"], "{}", remediated.work);
}

#[tokio::test]
async fn nobody_is_enabled_once_the_directory_stops_answering_and_it_is_asked_no_more() {
    // D7
    let logins = ["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"];
    let mut two = logins
        .iter()
        .fold(Two::new(&logins), |two, login| two.with_disabled(login, SourceType::Ldap));
    two.prod = two.prod.with_ldap_settings(ldap());
    let before = parse(&logins.map(|login| person(login, "")).concat());
    let calm =
        Later { before: before.clone(), after: None, searches: usize::MAX, asked: Arc::default() };
    let asked = Arc::clone(&calm.asked);
    two.remediate(calm, OptIn::none(), Mode::DryRun).await;
    let planned = asked.load(Ordering::SeqCst);
    let dying = Later { before, after: None, searches: planned, asked: Arc::default() };
    let asked = Arc::clone(&dying.asked);
    let remediated = two.remediate(dying, OptIn::none(), Mode::Apply).await;
    assert_eq!(two.enabled().await, [""; 0], "{}", remediated.work);
    assert_eq!(remediated.applied.written.len(), logins.len());
    assert!(
        remediated.applied.written.iter().all(|one| one.outcome.to_string().contains("in time"))
    );
    // One search by the calls; the second look lists, and asks each account's schema anew.
    assert!(asked.load(Ordering::SeqCst) <= planned + 4, "{planned}, then {asked:?}");
}

#[tokio::test]
async fn a_dry_run_holds_whom_the_calls_would_skip() {
    // D10: the export shows no operational attribute of `odd`, so nobody knows whether it is locked
    let listed = ["ann", "odd"].map(|login| ExternalUser::new(parsed::<Login>(login)));
    for mode in [Mode::DryRun, Mode::Apply] {
        let mut two = Two::new(&["ann", "odd"]);
        two.prod = two.prod.with_ldap_settings(ldap());
        two.prod = two.prod.with_external_users(SourceType::Ldap, listed.to_vec());
        let export = person("ann", "") + "dn: uid=odd,dc=t\nuid: odd\n";
        let opt_in = OptIn::none().with(SourceType::Ldap);
        let remediated = two.remediate(parse(&export), opt_in, mode).await;
        let work = remediated.work.to_string();
        assert!(work.contains("[automatic] `prod/auto-prod`: create from LDAP `ann`\n"), "{work}");
        let odd: Vec<&str> = work.lines().filter(|line| line.contains("`odd`")).collect();
        assert!(!odd.is_empty() && odd.iter().all(|line| !line.contains("[automatic]")), "{work}");
        assert!(odd.iter().any(|line| line.contains("no operational attribute")), "{work}");
        assert!(
            remediated
                .applied
                .written
                .iter()
                .all(|one| mode == Mode::DryRun || one.outcome.is_done())
        );
    }
}
