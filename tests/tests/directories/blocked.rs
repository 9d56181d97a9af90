//! People who are disabled, expired or locked in a real directory: their accounts are not enabled, created
//! or refreshed unless the caller asks for it.

use std::io::Write as _;
use std::process::Stdio;

use project_deployer::SystemClock;
use project_deployer::parity::{LocationAccounts, ParityScope};
use project_deployer::remedies::{Mode, OptIn, RemediationReport, remediate};
use project_deployer_client::{FakeFleet, FakeNode};
use project_deployer_core::accounts::{LdapSettings, SourceType, User};
use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer_core::{ApiKeySecret, Login, NodeAddress, Timestamp};
use project_deployer_ldap::matching::{Breadth, Locations, LoginRequirement, Role};
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{
    Directories, DirectoryConnector, LdifDirectory, LoginAnswer, LoginCheck,
};
use project_deployer_testkit::servers::{
    DirectoryServer, DirectoryServer389, OpenLdap, SambaDomain, ServerOptions, ldapmodify,
    ldapsearch,
};
use project_deployer_testkit::{MockDirectory, MockPerson};

use crate::servers::{connector, over_tls, started};

/// `ann` may log in, the others may not.
const PEOPLE: [&str; 4] = ["ann", "dis", "exp", "loc"];
const PASSWORD: &str = "Rather-Long-7";

/// The three states on one kind of server: the changes by its administrator, and the texts that the report
/// must contain.
struct States {
    changes: String,
    named: [&'static str; 3],
}

fn people() -> MockDirectory {
    let person = |login: &str| MockPerson::new(login).with_password(PASSWORD);
    PEOPLE.iter().fold(MockDirectory::new(), |people, login| people.with(person(login)))
}

fn run(mut command: std::process::Command, input: &str) -> Option<i32> {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 49 | 53)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.status.code()
}

fn host(server: &dyn DirectoryServer) -> String {
    let url = server.url();
    url[..url.rfind('/').unwrap()].to_owned()
}

fn change(server: &dyn DirectoryServer, changes: &str) {
    let mut command = ldapmodify().unwrap();
    command.args(["-x", "-H", &host(server)]);
    command.args(["-D", server.admin_dn(), "-w", server.admin_password()]);
    assert_eq!(run(command, changes), Some(0));
}

/// Whether the server accepts the person's own password.
fn binds(server: &dyn DirectoryServer, dn: &str, password: &str) -> bool {
    let mut command = ldapsearch().unwrap();
    command.args(["-x", "-H", &host(server), "-D", dn, "-w", password]);
    command.args(["-b", dn, "-s", "base", "1.1"]);
    run(command, "") == Some(0)
}

fn modify(dn: &str, attribute: &str, value: &str) -> String {
    format!("dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n\n")
}

/// A user filter that does not consider disabled accounts.
fn settings(server: &dyn DirectoryServer, filter: &str) -> LdapSettings {
    over_tls(server)
        .with_user_filter(filter)
        .with_allow_on_demand_users_provisioning(true)
        .with_allow_on_demand_users_sync(true)
}

fn login(text: &str) -> Login {
    text.parse().unwrap()
}

/// A node on which all people have a disabled account, and one without accounts.
async fn apply(
    settings: &LdapSettings,
    directories: &dyn DirectoryConnector,
    opt_in: OptIn,
) -> (RemediationReport, FakeNode, FakeNode) {
    let node = |id: &str| FakeNode::new(id).with_ldap_settings(settings.clone());
    let disabled = |text: &str| User::new(login(text), SourceType::Ldap).with_enabled(false);
    let old = PEOPLE.iter().fold(node("old"), |node, login| node.with_user(disabled(login)));
    let listed = PEOPLE.iter().map(|text| project_deployer_client::ExternalUser::new(login(text)));
    let new = node("new").with_external_users(SourceType::Ldap, listed.collect());
    let key = || ApiKeySecret::new("a-key").unwrap();
    let address =
        |id: &str| NodeAddress::parse(&format!("https://{id}.example.test:11000")).unwrap();
    let fleet = FakeFleet::new().with_node(address("old"), key(), old.clone()).with_node(
        address("new"),
        key(),
        new.clone(),
    );
    let infra = |id: &str| {
        let entry = NodeEntry::new(address(id), key()).with_node_id(Some(id.parse().unwrap()));
        let settings = InfraSettings::new(id.parse().unwrap(), "Production".parse().unwrap());
        settings.with_target(Target::SingleNode(entry))
    };
    let mut scope = ParityScope::of_infras([infra("old"), infra("new")]);
    scope.needs = PEOPLE
        .map(|text| {
            LoginRequirement::new(
                login(text),
                Role::Requester,
                "deployment `churn`",
                Locations::Everywhere,
            )
        })
        .to_vec();
    let accounts = LocationAccounts::of(&scope, &fleet);
    let breadth = Breadth::Needed;
    let remediated =
        remediate(&scope, &accounts, directories, &SystemClock, breadth, &opt_in, Mode::Apply)
            .await;
    (remediated, old, new)
}

async fn enabled(node: &FakeNode) -> Vec<String> {
    use project_deployer_client::NodeAccounts as _;
    let users = node.users().await.unwrap();
    users.iter().filter(|user| user.enabled).map(|user| user.login.to_owned()).collect()
}

async fn nobody_blocked_is_let_in(
    server: &dyn DirectoryServer,
    settings: &LdapSettings,
    states: &States,
) {
    change(server, &states.changes);
    let directories = connector(server);
    let provisioning = || OptIn::none().with(SourceType::Ldap);
    let (remediated, old, new) = apply(settings, &directories, provisioning()).await;
    assert_eq!(enabled(&old).await, ["ann"], "{server:?}\n{}", remediated.work);
    assert_eq!(enabled(&new).await, ["ann"], "{server:?}\n{}", remediated.work);
    let report = remediated.work.to_string();
    for (login, named) in PEOPLE[1..].iter().zip(states.named) {
        let lines = report.lines().filter(|line| line.contains(&format!("`{login}`")));
        let lines: Vec<&str> = lines.collect();
        assert_eq!(lines.len(), 2, "{server:?}\n{report}");
        assert!(lines.iter().all(|line| line.contains(named)), "{named} in {lines:#?}");
    }
    // With `even_if_disabled` all are enabled.
    let (remediated, old, new) =
        apply(settings, &directories, provisioning().even_if_disabled()).await;
    assert_eq!(enabled(&old).await, PEOPLE, "{server:?}\n{}", remediated.work);
    assert_eq!(enabled(&new).await, PEOPLE, "{server:?}\n{}", remediated.work);
}

/// An export as the guide describes it, with operational attributes.
async fn an_export_says_the_same(
    server: &dyn DirectoryServer,
    settings: &LdapSettings,
    states: &States,
) {
    let mut command = ldapsearch().unwrap();
    command.args(["-x", "-LLL", "-H", &host(server), "-b", server.base()]);
    command.args(["-D", server.admin_dn(), "-w", server.admin_password()]);
    let export = command.args(["(objectClass=*)", "*", "+"]).output().unwrap();
    let export = LdifDirectory::parse(&export.stdout).unwrap();
    let url = LdapUrl::parse(&settings.url).unwrap();
    let directories = Directories::none().with(url, export);
    let (remediated, old, new) =
        apply(settings, &directories, OptIn::none().with(SourceType::Ldap)).await;
    assert_eq!(enabled(&old).await, ["ann"], "{}", remediated.work);
    assert_eq!(enabled(&new).await, ["ann"], "{}", remediated.work);
    let report = remediated.work.to_string();
    assert!(states.named.iter().all(|named| report.contains(named)), "{report}");
}

fn boxed<S: DirectoryServer + 'static>(server: S) -> Box<dyn DirectoryServer> {
    Box::new(server)
}

#[tokio::test]
async fn whom_open_ldap_blocks_is_never_enabled_unasked() {
    // D11: ppolicy locks, and the attributes of RFC 2307 and of the policy draft expire
    let Some(server) = started(OpenLdap::start(&people())) else { return };
    let dn = |login: &str| format!("uid={login},ou=people,{}", server.base());
    let states = States {
        changes: modify(&dn("dis"), "pwdAccountLockedTime", "000001010000Z")
            + &modify(&dn("exp"), "pwdEndTime", "20200101000000Z")
            + &format!(
                "dn: {}\nchangetype: modify\nadd: objectClass\nobjectClass: shadowAccount\n-\nadd: shadowExpire\nshadowExpire: 18000\n\n",
                dn("loc")
            ),
        named: ["`pwdAccountLockedTime`", "`pwdEndTime`", "`shadowExpire`"],
    };
    let settings = settings(&server, "(uid={USERNAME})");
    assert!(binds(&server, &dn("dis"), PASSWORD));
    nobody_blocked_is_let_in(&server, &settings, &states).await;
    an_export_says_the_same(&server, &settings, &states).await;
    assert!(binds(&server, &dn("ann"), PASSWORD));
    assert!(!binds(&server, &dn("dis"), PASSWORD) && !binds(&server, &dn("exp"), PASSWORD));
}

#[tokio::test]
async fn whom_directory_server_389_blocks_is_never_enabled_unasked() {
    // D11
    let Some(server) = started(DirectoryServer389::start(&people())) else { return };
    let dn = |login: &str| format!("uid={login},ou=people,{}", server.base());
    let states = States {
        changes: modify(&dn("dis"), "nsAccountLock", "TRUE")
            + &format!(
                "dn: {}\nchangetype: modify\nadd: objectClass\nobjectClass: shadowAccount\n-\nadd: shadowExpire\nshadowExpire: 18000\n\n",
                dn("exp")
            )
            + &modify(&dn("loc"), "accountUnlockTime", "19700101000000Z"),
        named: ["`nsAccountLock`", "`shadowExpire`", "`accountUnlockTime`"],
    };
    let settings = settings(&server, "(uid={USERNAME})");
    nobody_blocked_is_let_in(&server, &settings, &states).await;
    assert!(binds(&server, &dn("ann"), PASSWORD) && !binds(&server, &dn("dis"), PASSWORD));
}

/// The roles by which the server's own command disables accounts, a role of the administrator's that is
/// disabled through them, and the entries that make the server refuse a bind.
fn disabling_roles(base: &str) -> String {
    let entry = |dn: &str, lines: &str| {
        format!(
            "dn: {dn},{base}\nchangetype: add\nobjectClass: top\nobjectClass: LDAPsubentry\n{lines}\n"
        )
    };
    let role = "objectClass: nsRoleDefinition\nobjectClass: ";
    let managed = format!("{role}nsSimpleRoleDefinition\nobjectClass: nsManagedRoleDefinition\n");
    let nested = format!(
        "{role}nsComplexRoleDefinition\nobjectClass: nsNestedRoleDefinition\n\
         nsRoleDN: cn=nsManagedDisabledRole,{base}\nnsRoleDN: cn=leavers,{base}\n"
    );
    let template = "objectClass: extensibleObject\nobjectClass: costemplate\nnsAccountLock: true\n\
        cosPriority: 1\n";
    let service = format!(
        "objectClass: cosSuperDefinition\nobjectClass: cosClassicDefinition\n\
         cosTemplateDn: cn=templates,{base}\ncosSpecifier: nsRole\n\
         cosAttribute: nsAccountLock operational\n"
    );
    [
        entry("cn=nsManagedDisabledRole", &managed),
        entry("cn=leavers", &managed),
        entry("cn=nsDisabledRole", &nested),
        entry("cn=templates", "objectClass: nsContainer\n"),
        entry(&format!("cn=\"cn=nsDisabledRole,{base}\",cn=templates"), template),
        entry("cn=lock", &service),
    ]
    .concat()
}

#[tokio::test]
async fn whom_roles_of_directory_server_389_disable_is_never_enabled_unasked() {
    // D11: `exp` is disabled through a nested role; only a computed attribute says so
    let Some(server) = started(DirectoryServer389::start(&people())) else { return };
    let role = |login: &str, role: &str| {
        let dn = format!("uid={login},ou=people,{}", server.base());
        modify(&dn, "nsRoleDN", &format!("cn={role},{}", server.base()))
    };
    let states = States {
        changes: disabling_roles(server.base())
            + &role("dis", "nsManagedDisabledRole")
            + &role("exp", "leavers")
            + &modify(&format!("uid=loc,ou=people,{}", server.base()), "nsAccountLock", "true"),
        named: ["`nsAccountLock`"; 3],
    };
    let settings = settings(&server, "(uid={USERNAME})");
    nobody_blocked_is_let_in(&server, &settings, &states).await;
    an_export_says_the_same(&server, &settings, &states).await;
}

#[tokio::test]
async fn whom_a_domain_blocks_is_never_enabled_unasked() {
    // D11: under the template of the product's documentation, which does not look at the flag
    let Some(server) = started(SambaDomain::start(&people())) else { return };
    let dn = |login: &str| format!("CN={login},OU=People,{}", server.base());
    let states = States {
        changes: modify(&dn("dis"), "userAccountControl", "514")
            + &modify(&dn("exp"), "accountExpires", "132223104000000000"),
        named: ["`userAccountControl`", "`accountExpires`", "`msDS-User-Account-Control-Computed`"],
    };
    change(&server, &modify(server.domain_base(), "lockoutThreshold", "1"));
    assert!(!binds(&server, &dn("loc"), "wrong"));
    let settings = settings(&server, "(&(objectClass=user)(sAMAccountName={USERNAME}))");
    nobody_blocked_is_let_in(&server, &settings, &states).await;
    assert!(PEOPLE[1..].iter().all(|login| !binds(&server, &dn(login), PASSWORD)));
}

#[tokio::test]
async fn a_state_that_the_reader_may_not_see_is_unknown() {
    // D7
    let hiding = |attribute: &str| ServerOptions::new().hiding(attribute);
    let open_ldap = OpenLdap::start_with(&people(), &hiding("pwdAccountLockedTime"));
    let of_389 = DirectoryServer389::start_with(&people(), &hiding("nsAccountLock"));
    let servers = [
        (started(open_ldap).map(boxed), "`pwdAccountLockedTime`"),
        (started(of_389).map(boxed), "`nsAccountLock`"),
    ];
    for (server, hidden) in servers {
        let Some(server) = server else { continue };
        let settings = settings(&*server, "(uid={USERNAME})");
        let directory = connector(&*server).connect(&settings).unwrap();
        let check = LoginCheck::new(directory, &settings).await.unwrap();
        let answer = check.ask("ann", Timestamp::from_millis(1_800_000_000_000)).await;
        let LoginAnswer::Unknown(reason) = &answer else { panic!("{server:?}: {answer:?}") };
        assert!(reason.as_str().contains(hidden), "{reason}");
        let (remediated, old, new) =
            apply(&settings, &connector(&*server), OptIn::none().with(SourceType::Ldap)).await;
        assert!(enabled(&old).await.is_empty() && enabled(&new).await.is_empty());
        assert!(remediated.work.to_string().contains(hidden), "{}", remediated.work);
        // Whoever knows the accounts says so.
        let opt_in = OptIn::none().with(SourceType::Ldap).even_if_disabled();
        let (remediated, old, new) = apply(&settings, &connector(&*server), opt_in).await;
        assert_eq!(enabled(&old).await, PEOPLE, "{}", remediated.work);
        assert_eq!(enabled(&new).await, PEOPLE, "{}", remediated.work);
    }
}
