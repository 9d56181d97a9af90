//! The directory is queried again right before an account is changed.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::StreamExt as _;
use project_deployer::SystemClock;
use project_deployer::parity::{LocationAccounts, ParityScope, assess_parity};
use project_deployer::remedies::{
    OptIn, Outcome, Preconditions, RemedyFacts, RemedyWork, applying,
};
use project_deployer_client::{FakeFleet, FakeNode, Operation};
use project_deployer_core::ApiKeySecret;
use project_deployer_core::accounts::{LdapSettings, SourceType, User};
use project_deployer_core::infra::{InfraSettings, Target};
use project_deployer_ldap::matching::{Breadth, Locations, LoginRequirement, RemedyPlan, Role};
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{
    AttributeName, Directories, Directory, DirectoryError, Dn, Filter, LdifDirectory, Scope,
    SearchResult,
};

use crate::installation::{KEY, address, entry, parsed};

const URL: &str = "ldap://dir.example/dc=t";

/// A directory that changes after its snapshot was taken.
#[derive(Debug, Clone)]
struct Changing(Arc<Mutex<LdifDirectory>>);

fn people(more: &str) -> LdifDirectory {
    let text = format!("dn: uid=cy,dc=t\nuid: cy\nmodifyTimestamp: 20260101000000Z\n{more}");
    LdifDirectory::parse(text.as_bytes()).unwrap()
}

#[async_trait]
impl Directory for Changing {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        let now = self.0.lock().unwrap().clone();
        now.search(base, scope, filter, attributes).await
    }
}

/// The outcome of the call that enables `cy`, when the directory changes to this after the call was
/// planned.
async fn enabling(later: LdifDirectory, opt_in: OptIn) -> (Vec<Outcome>, FakeNode) {
    let ldap = LdapSettings::default()
        .with_enabled(true)
        .with_url(URL)
        .with_user_filter("(uid={USERNAME})")
        .with_username_attribute("uid")
        .with_auto_import_users(true);
    let disabled = User::new(parsed("cy"), SourceType::Ldap).with_enabled(false);
    let node = FakeNode::new("auto-dev").with_ldap_settings(ldap).with_user(disabled);
    let key = ApiKeySecret::new(KEY).unwrap();
    let fleet = FakeFleet::new().with_node(address("dev"), key, node.clone());
    let infra = InfraSettings::new(parsed("dev"), parsed("Development"));
    let infra = infra.with_target(Target::SingleNode(entry("dev")));
    let mut scope = ParityScope::of_infras([infra]);
    scope.needs = vec![LoginRequirement::new(
        parsed("cy"),
        Role::Requester,
        "deployment `churn`",
        Locations::Everywhere,
    )];
    let directory = Changing(Arc::new(Mutex::new(people(""))));
    let directories = Directories::none().with(LdapUrl::parse(URL).unwrap(), directory.clone());
    let accounts = LocationAccounts::of(&scope, &fleet);
    let found = assess_parity(&scope, None, &accounts, &directories, &SystemClock).await;
    let preconditions = Preconditions::new(&found, &opt_in, &SystemClock);
    let facts = RemedyFacts::gather(&found, Breadth::Needed, &accounts, &preconditions).await;
    let plan = RemedyPlan::of(&found.report, Breadth::Needed);
    let work = RemedyWork::of(&plan, &opt_in, &facts);
    assert_eq!(work.writes.len(), 1, "{work}");
    *directory.0.lock().unwrap() = later;
    let written: Vec<_> = applying(&work.writes, &accounts, &preconditions).collect().await;
    (written.into_iter().map(|written| written.outcome).collect(), node)
}

fn is_enabled(node: &FakeNode) -> bool {
    node.calls().iter().any(|call| call.operation == Operation::SetUserEnabled)
}

#[tokio::test]
async fn nobody_is_enabled_whom_the_directory_disabled_after_the_plan_was_made() {
    // D11
    for (later, named) in [
        (people("userAccountControl: 514\n"), "`userAccountControl` is `514`"),
        (people("pwdAccountLockedTime: 000001010000Z\n"), "locked"),
        (LdifDirectory::parse(b"dn: uid=dee,dc=t\nuid: dee\n").unwrap(), "finds no entry"),
        (
            people("\ndn: uid=cyril,dc=t\nuid: cy\nmodifyTimestamp: 20260101000000Z\n"),
            "several entries",
        ),
    ] {
        let (outcomes, node) = enabling(later, OptIn::none()).await;
        let [Outcome::Refused { reason }] = outcomes.as_slice() else { panic!("{outcomes:?}") };
        assert!(reason.as_str().contains(named), "{reason}");
        assert!(!is_enabled(&node));
    }
}

#[tokio::test]
async fn somebody_who_is_still_let_in_is_enabled() {
    let (outcomes, node) = enabling(people(""), OptIn::none()).await;
    assert!(outcomes[0].is_done() && is_enabled(&node), "{outcomes:?}");
}

#[tokio::test]
async fn with_the_opt_in_a_block_is_passed_over_and_nothing_else() {
    let opt_in = || OptIn::none().even_if_disabled();
    let (outcomes, node) = enabling(people("userAccountControl: 514\n"), opt_in()).await;
    assert!(outcomes[0].is_done() && is_enabled(&node), "{outcomes:?}");
    let without_cy = LdifDirectory::parse(b"dn: uid=dee,dc=t\nuid: dee\n").unwrap();
    let (outcomes, node) = enabling(without_cy, opt_in()).await;
    assert!(!outcomes[0].is_done() && !is_enabled(&node), "{outcomes:?}");
}
