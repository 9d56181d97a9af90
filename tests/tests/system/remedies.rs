//! Remedies of login parity over HTTP: what the system can do is done, what is left says who does
//! what and where, and after these manual steps nothing is left.

use std::sync::Arc;

use project_deployer::SystemClock;
use project_deployer::core::accounts::SourceType;
use project_deployer::core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer::core::{ApiKeySecret, NodeAddress, UnknownFields};
use project_deployer::ldap::matching::{Breadth, Locations, LoginRequirement, Role};
use project_deployer::ldap::supplier::LdapUrl;
use project_deployer::ldap::{Directories, LdifDirectory};
use project_deployer::parity::{LocationAccounts, ParityScope, ParityTable};
use project_deployer::remedies::{Mode, OptIn, Outcome, RemediationReport, remediate};
use project_deployer_client::request::suppliers;
use project_deployer_client::{HttpConnector, Identity, NodeConnector as _};
use project_deployer_testkit::{
    AccountSource, Fault, MockDirectory, MockGroup, MockLdapSettings, MockNode, MockNodeBuilder,
    MockPerson, MockUser, Quirk,
};
use project_deployer_tests::{Canary, connector, settings};
use serde_json::json;

use crate::installation::parsed;

const PROVISION: &str = "/admin/users/actions/provision";
const RESYNC: &str = "/admin/users/actions/resync-multi";

/// One directory, a Deployer with all accounts, and three nodes with different settings: `dev`
/// creates and refreshes accounts on demand, `test` does so only for members of a group, and `prod`
/// creates accounts at the first login.
struct Company {
    directory: MockDirectory,
    deployer: MockNode,
    dev: MockNode,
    test: MockNode,
    prod: MockNode,
    connector: HttpConnector,
    scope: ParityScope,
}

fn node(name: &str) -> MockNodeBuilder {
    MockNode::builder(name)
        .admin_api_key(Canary::KEY)
        .group(MockGroup::creators("analysts").mapped_to("cn-data"))
}

fn of_ldap(login: &str) -> MockUser {
    MockUser::new(login).from_source(AccountSource::Ldap)
}

fn infra(id: &str, node: &MockNode) -> InfraSettings {
    let entry = NodeEntry::new(
        NodeAddress::parse(node.url()).unwrap(),
        ApiKeySecret::new(node.admin_api_key()).unwrap(),
    )
    .with_node_id(Some(parsed(id)));
    let settings = InfraSettings::new(parsed(id), parsed("Production"));
    settings.with_target(Target::SingleNode(entry))
}

impl Company {
    async fn new() -> Self {
        let member = |login: &str| MockPerson::new(login).in_group("cn-data");
        let directory = MockDirectory::new()
            .with(member("ann"))
            .with(member("bob"))
            .with(member("cy"))
            .with(member("dee"))
            .with(MockPerson::new("eve").in_group("cn-other"))
            .with(member("otto"));
        let logins = ["ann", "bob", "cy", "dee", "eve", "fay"];
        let known = |login: &str| match login {
            "eve" => of_ldap(login),
            _ => of_ldap(login).in_group("analysts"),
        };
        let deployer = logins.iter().fold(node("deployer"), |node, login| node.user(known(login)));
        let on = MockLdapSettings::on();
        let deployer = deployer.ldap(on.clone().on_demand(), &directory).start().await;
        let dev = node("dev")
            .ldap(on.clone().on_demand(), &directory)
            .user(of_ldap("cy").in_group("analysts").disabled())
            .user(of_ldap("dee"))
            .user(of_ldap("otto").disabled())
            .user(MockUser::new("local"));
        let test = node("test")
            .ldap(on.clone().on_demand().authorizing("cn-data"), &directory)
            .quirk(Quirk::TasksAnswerFutures);
        let prod = node("prod").ldap(on, &directory);
        let (dev, test, prod) = (dev.start().await, test.start().await, prod.start().await);
        let mut scope = ParityScope::of_infras([
            infra("dev", &dev),
            infra("test", &test),
            infra("prod", &prod),
        ]);
        let need = |login: &&str| {
            LoginRequirement::new(
                parsed(login),
                Role::Requester,
                "deployment `churn`",
                Locations::Everywhere,
            )
        };
        scope.needs = logins.iter().map(need).collect();
        let connector = connector();
        Self { directory, deployer, dev, test, prod, connector, scope }
    }

    async fn remediate(&self, mode: Mode) -> RemediationReport {
        self.remediate_with(&OptIn::none().with(SourceType::Ldap), mode).await
    }

    async fn remediate_with(&self, opt_in: &OptIn, mode: Mode) -> RemediationReport {
        let own = self.connector.accounts(&settings(&self.deployer)).unwrap();
        let address = NodeAddress::parse(self.deployer.url()).unwrap();
        let accounts = LocationAccounts::of(&self.scope, &self.connector)
            .with_deployer(Arc::clone(&own), Some(address));
        let people = LdifDirectory::parse(self.directory.to_ldif().as_bytes()).unwrap();
        let url = LdapUrl::parse(&MockLdapSettings::on().url).unwrap();
        let directories = Directories::none().with(url, people);
        let breadth = Breadth::Needed;
        let remediated =
            remediate(&self.scope, &accounts, &directories, &SystemClock, breadth, opt_in, mode)
                .await;
        assert!(!Canary::is_in(&format!("{remediated:?}")), "R13");
        remediated
    }

    /// The calls to any node that change something.
    fn changes(&self) -> Vec<String> {
        let nodes = [("deployer", &self.deployer), ("dev", &self.dev), ("test", &self.test)];
        let nodes = nodes.into_iter().chain([("prod", &self.prod)]);
        let changes = nodes.flat_map(|(name, node)| {
            let journal = node.journal().into_iter().filter(|call| call.method != "GET");
            journal.map(move |call| format!("{name} {} {}", call.method, call.path))
        });
        changes.collect()
    }
}

#[tokio::test]
async fn everything_that_can_be_mended_is_mended_and_people_do_the_rest() {
    // R11, D4, D5
    let company = Company::new().await;
    let remediated = company.remediate(Mode::Apply).await;
    assert!(remediated.applied.is_done(), "{:?}", remediated.applied);
    assert!(
        remediated.left.sends_nothing() && remediated.left.skipped.is_empty(),
        "{}",
        remediated.left
    );
    let dee = company.dev.user("dee").unwrap();
    assert_eq!(dee.groups, ["analysts"], "the groups follow the directory");
    assert!(company.dev.user("cy").unwrap().enabled);
    assert!(["ann", "bob", "eve"].iter().all(|login| company.dev.user(login).is_some()));
    assert!(company.test.user("eve").is_none(), "the node authorizes members of one group only");

    // What is left says who does what, and where. The test carries it out.
    let left = remediated.left.to_string();
    let logins = "`ann`, `bob`, `cy`, `dee`, `eve`";
    let prod = company.prod.url();
    assert!(left.contains(&format!("{logins} on `prod/prod`: log in once at {prod}")));
    assert!(
        left.contains(
            "`eve` (needed on `test/test`): add the person to one of the groups `cn-data`"
        )
    );
    assert!(left.contains("`fay` (needed on `dev/dev`, `prod/prod`, `test"));
    assert!(left.contains("`fay` on the Deployer: LDAP no longer lists this person"), "{left}");
    company.directory.put(MockPerson::new("eve").in_group("cn-data"));
    company.directory.put(MockPerson::new("fay").in_group("cn-data"));
    for login in ["ann", "bob", "cy", "dee", "eve", "fay"] {
        company.prod.log_in(login).unwrap();
    }
    let again = company.remediate(Mode::Apply).await;
    assert!(again.applied.is_done() && again.left.is_empty(), "{}", again.left);
    let report = again.after.unwrap().report;
    let needed = report.findings().filter(|finding| !finding.needs.is_empty());
    assert_eq!(needed.count(), 0, "{}", ParityTable::new(&report, Breadth::Needed));
}

#[tokio::test]
async fn a_further_run_and_a_dry_run_change_nothing() {
    // R11, D10
    let company = Company::new().await;
    let dry = company.remediate(Mode::DryRun).await;
    assert!(dry.applied.written.iter().all(|written| written.outcome == Outcome::NotSent));
    assert_eq!(company.changes(), [""; 0]);
    company.remediate(Mode::Apply).await;
    let first = company.changes();
    assert_eq!(
        first,
        [
            "dev PUT /admin/users/cy",
            &format!("dev POST {PROVISION}"),
            &format!("dev POST {RESYNC}"),
            &format!("test POST {PROVISION}"),
        ]
    );
    assert!(company.remediate(Mode::Apply).await.work.sends_nothing());
    assert_eq!(company.changes(), first);
}

#[tokio::test]
async fn nobody_outside_the_plan_is_in_a_call() {
    // R11: `otto` is disabled and no deployment needs `otto`; `local` is not from the directory
    let company = Company::new().await;
    let others = || ["otto", "local"].map(|login| company.dev.user(login).unwrap());
    let before = others();
    company.remediate(Mode::Apply).await;
    assert_eq!(others(), before);
    for call in company.dev.journal() {
        let sent = call.body.map(|body| body.to_string()).unwrap_or_default();
        assert!(!sent.contains("otto") && !sent.contains("local\""), "{} {sent}", call.path);
    }
}

#[tokio::test]
async fn without_an_opt_in_nobody_is_created() {
    // D11
    let company = Company::new().await;
    let before = [&company.dev, &company.test].map(|node| node.users().len());
    let remediated = company.remediate_with(&OptIn::none(), Mode::Apply).await;
    assert_eq!([&company.dev, &company.test].map(|node| node.users().len()), before);
    assert!(remediated.left.to_string().contains("new accounts from LDAP need an opt-in"));
    assert!(!company.changes().iter().any(|call| call.contains(PROVISION)));
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_a_look_at_the_node() {
    for (method, path) in [("POST", PROVISION), ("POST", RESYNC), ("PUT", "/admin/users/cy")] {
        let company = Company::new().await;
        company.dev.fault(Fault::reply_lost().on(method, path).once());
        let remediated = company.remediate(Mode::Apply).await;
        assert!(remediated.applied.is_done(), "{path}: {:?}", remediated.applied);
        let outcomes = remediated.applied.written.iter().map(|written| &written.outcome);
        let read_back = outcomes.filter(|outcome| **outcome == Outcome::Done { read_back: true });
        assert_eq!(read_back.count(), 1, "{path}");
        assert!(remediated.left.sends_nothing(), "{}", remediated.left);
    }
}

#[tokio::test]
async fn a_node_that_only_says_that_it_did_something_is_found_out() {
    let company = Company::new().await;
    company.dev.fault(Fault::pretended().on("POST", PROVISION).once());
    let remediated = company.remediate(Mode::Apply).await;
    assert_eq!(remediated.left.writes.len(), 1, "{}", remediated.left);
    assert!(company.remediate(Mode::Apply).await.left.sends_nothing());
}

#[tokio::test]
async fn a_directory_that_the_node_cannot_ask_changes_nobody() {
    // D7
    let company = Company::new().await;
    let before = company.dev.users();
    let text = company.directory.to_ldif();
    company.directory.fail("the directory is unavailable");
    assert_eq!(company.directory.to_ldif(), text, "the system's own query is a different one");
    let remediated = company.remediate(Mode::Apply).await;
    let provisioned = remediated.applied.written.iter().filter(|written| written.outcome.is_done());
    assert_eq!(
        provisioned.count(),
        1,
        "only who is there already is enabled: {:?}",
        remediated.applied
    );
    assert_eq!(company.dev.users().len(), before.len());
    company.directory.recover();
    assert!(company.remediate(Mode::Apply).await.left.sends_nothing());
}

#[tokio::test]
async fn whom_single_sign_on_brings_is_told_where_to_log_in_and_what_comes_first() {
    // D5
    let mut company = Company::new().await;
    company.deployer.put_user(MockUser::new("sam").from_source(AccountSource::Sso));
    let at_login = |creates: bool| -> UnknownFields {
        let document = json!({"enabled": true, "protocol": "SAML",
            "autoProvisionUsersAtLoginTime": creates});
        serde_json::from_value(document).unwrap()
    };
    for (node, creates) in [(&company.dev, true), (&company.prod, false)] {
        let node = company.connector.node(&settings(node), &Identity::ApiKey).unwrap();
        node.call(&suppliers::save_sso_settings(&at_login(creates))).await.unwrap();
    }
    company.scope.needs.truncate(1);
    company.scope.needs[0].login = parsed("sam");
    let work = company.remediate(Mode::DryRun).await.work;
    assert!(work.sends_nothing(), "only a login brings the user: {work}");
    let check = |name: &str, node: &MockNode, first: &str| {
        let place = format!("`{name}/{name}`");
        let line = format!("[manual] `sam` on {place}: log in once at {}{first}", node.url());
        assert!(work.to_string().lines().any(|found| found == line), "{line}\n{work}");
    };
    check("dev", &company.dev, "");
    check(
        "prod",
        &company.prod,
        ", after an administrator allows first logins to create accounts there",
    );
    check("test", &company.test, ", after an administrator enables the source there");
}
