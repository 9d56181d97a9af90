use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use project_deployer_core::accounts::{LdapSettings, RemappingRule};
use project_deployer_core::{InfraId, Login};

use super::*;
use crate::attribute::AttributeName;
use crate::directory::{DirectoryError, Nature, Scope, SearchResult};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::fetched::Reason;
use crate::filter::Filter;
use crate::ldif::LdifDirectory;
use crate::matching::{
    LdapSupply, Location, Locations, LoginRequirement, Presence, Proof, Role, match_logins,
};
use crate::memory::MemoryDirectory;
use crate::snapshot::DirectorySnapshot;
use crate::supplier::LdapUrl;

mod cut;
mod exported;
mod groups;
mod left_out;
mod names;
mod sight;
mod together;
mod two_logins;
mod verification;

const PEOPLE: &str = "dn: dc=t\ndc: t\n\ndn: uid=ann,dc=t\nuid: ann\n\ndn: uid=Bob,dc=t\nuid: Bob\n\n\
    dn: uid=cy,dc=t\nuid: cy\n\ndn: cn=ops,dc=t\ncn: ops\nmember: uid=ann,dc=t\nmemberUid: BOB\n\n";

/// A server that counts the searches of logins, and whose listings end early.
#[derive(Debug)]
struct Server {
    memory: MemoryDirectory,
    asked: AtomicUsize,
    listings: Option<usize>,
}

#[async_trait]
impl Directory for Server {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        match self.listings {
            Some(limit) => {
                self.memory
                    .clone()
                    .with_size_limit(limit)
                    .search(base, scope, filter, attributes)
                    .await
            }
            None => self.memory.search(base, scope, filter, attributes).await,
        }
    }

    async fn search_at_once(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.memory.search(base, scope, filter, attributes).await
    }

    fn nature(&self) -> Nature {
        self.memory.nature()
    }
}

/// A server that does not answer.
#[derive(Debug)]
struct Down;

#[async_trait]
impl Directory for Down {
    async fn search(
        &self,
        _: &Dn,
        _: Scope,
        _: &Filter,
        _: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        Err(DirectoryError::TimedOut)
    }
}

fn entries(ldif: &str) -> Vec<Entry> {
    LdifDirectory::parse(ldif.as_bytes()).unwrap().entries().to_vec()
}

fn server(ldif: &str) -> Arc<Server> {
    let memory = MemoryDirectory::new(entries(ldif));
    Arc::new(Server { memory, asked: AtomicUsize::new(0), listings: None })
}

fn export(ldif: &str) -> Arc<LdifDirectory> {
    Arc::new(LdifDirectory::parse(ldif.as_bytes()).unwrap())
}

fn settings() -> LdapSettings {
    LdapSettings::default()
        .with_enabled(true)
        .with_url("ldap://dir.example.test/dc=t")
        .with_user_filter("(uid={USERNAME})")
        .with_username_attribute("uid")
        .with_enable_groups(true)
        .with_group_name_attribute(Some("cn".to_owned()))
        .with_auto_import_users(true)
}

fn in_ops(filter: &str) -> LdapSettings {
    settings()
        .with_authorized_groups(vec!["ops".to_owned()])
        .with_group_filter(Some(filter.to_owned()))
}

fn place(number: usize) -> LocationId {
    LocationId::Node { infra: InfraId::parse(format!("node-{number}")).unwrap(), node: None }
}

fn login(text: &str) -> Login {
    Login::parse(text).unwrap()
}

struct Installation {
    input: MatchInput,
    directories: LocationDirectories,
    report: ParityReport,
}

/// Nodes with these settings on one directory, and logins that are needed there.
async fn installation(
    directory: Arc<dyn Directory>,
    nodes: &[LdapSettings],
    needed: &[&str],
) -> Installation {
    let url = LdapUrl::parse(&nodes[0].url).unwrap();
    let snapshot = DirectorySnapshot::read(&*directory, &url, nodes, Timestamp::default()).await;
    let snapshot = Arc::new(snapshot);
    let locations = nodes.iter().enumerate().map(|(number, settings)| Location {
        ldap: Ok(Some(LdapSupply {
            settings: settings.clone(),
            directory: Ok(Arc::clone(&snapshot)),
        })),
        ..Location::new(place(number))
    });
    let needs = needed.iter().map(|text| LoginRequirement {
        login: login(text),
        role: Role::Requester,
        reason: "a deployment".to_owned(),
        at: Locations::Everywhere,
    });
    let (locations, needs) = (locations.collect(), needs.collect());
    let input = MatchInput { locations, needs, group_requirements: Vec::new() };
    let of_place = |number| (place(number), Ok(Arc::clone(&directory)));
    let directories = (0..nodes.len()).map(of_place).collect();
    Installation { report: match_logins(&input), input, directories }
}

impl Installation {
    async fn settle(&mut self, settling: Settling) -> Settled {
        let now = Timestamp::default();
        self.report.settle_with(&self.input, &self.directories, settling, now).await
    }

    async fn verify(&self, count: usize, seed: u64) -> Verification {
        let drawn = (Breadth::Everything, count, seed);
        let now = Timestamp::default();
        self.report.verify_with(&self.input, &self.directories, drawn, now).await
    }

    fn presence(&self, who: &str) -> &Presence {
        self.report.presence(&login(who), &place(0)).unwrap()
    }

    fn reason(&self, who: &str) -> &str {
        match self.presence(who) {
            Presence::Unknown { reason } => reason.as_str(),
            other => panic!("`{who}` is {other}"),
        }
    }
}

#[tokio::test]
async fn what_the_listing_proves_is_not_asked_and_the_rest_is() {
    let server = server(PEOPLE);
    let nodes = [settings()];
    let mut installation =
        installation(Arc::clone(&server) as _, &nodes, &["ann", "zo\u{eb}"]).await;
    assert!(installation.reason("zo\u{eb}").contains("only the directory knows"));
    let settled = installation.settle(Settling::of(Breadth::Needed)).await;
    assert_eq!(settled, Settled { asked: 1, left: 0 });
    assert_eq!(server.asked.load(Ordering::Relaxed), 1);
    assert_eq!(installation.presence("ann"), &Presence::ImportableAtFirstLogin);
    assert_eq!(
        installation.presence("zo\u{eb}"),
        &Presence::NotInDirectory { similar: None, unseen: None }
    );
    let proof = |who: &str| installation.report.row(&login(who)).unwrap().proof(0);
    assert_eq!((proof("ann"), proof("zo\u{eb}")), (Some(Proof::Listed), Some(Proof::Asked)));
}

#[tokio::test]
async fn locations_with_the_same_settings_share_an_answer_and_no_other_settings_change_it() {
    let server = server(PEOPLE);
    let odd = settings().with_username_attribute("userid");
    let nodes = [settings(), settings(), settings(), odd];
    let mut installation = installation(Arc::clone(&server) as _, &nodes, &["ghost"]).await;
    installation.settle(Settling::of(Breadth::Needed)).await;
    // An entry may have the other login, and the filter does not look at that.
    assert_eq!(server.asked.load(Ordering::Relaxed), 3);
    for number in 0..nodes.len() {
        let presence = installation.report.presence(&login("ghost"), &place(number)).unwrap();
        assert_eq!(presence, &Presence::NotInDirectory { similar: None, unseen: None });
    }
}

#[tokio::test]
async fn a_search_that_several_settings_make_is_sent_once() {
    let server = server(PEOPLE);
    let filter = |mail: usize| format!("(|(uid={{USERNAME}})(mail={{USERNAME}}-{mail}))");
    let node = |mail| {
        (in_ops("(|(memberUid={USERNAME})(memberUid={USERNAME}@x))")).with_user_filter(filter(mail))
    };
    let nodes = [node(1), node(2), node(3)];
    let mut installation = installation(Arc::clone(&server) as _, &nodes, &["ann", "Bob"]).await;
    let settled = installation.settle(Settling::of(Breadth::Needed)).await;
    // Three user searches and one group search for each login, and the same again to find out why `ann` is in
    // no authorized group.
    assert_eq!((settled.asked, server.asked.load(Ordering::Relaxed)), (6, 8 + 4));
    for number in 0..nodes.len() {
        let at = |who: &str| installation.report.presence(&login(who), &place(number)).unwrap();
        assert!(matches!(at("ann"), Presence::NotAuthorized { .. }));
        assert_eq!(at("Bob"), &Presence::ImportableAtFirstLogin);
    }
}

#[tokio::test]
async fn a_budget_limits_what_is_asked_beside_needed_logins() {
    let server = server(PEOPLE);
    let nodes = [in_ops("(|(member={USERDN})(memberUid={USERNAME}))")];
    let mut installation = installation(Arc::clone(&server) as _, &nodes, &["cy"]).await;
    let settled = installation.settle(Settling::of(Breadth::Everything).within(1)).await;
    assert_eq!(settled, Settled { asked: 2, left: 1 });
    assert!(matches!(installation.presence("cy"), Presence::NotAuthorized { .. }));
    // In the order of logins, `Bob` comes first.
    assert_eq!(installation.presence("Bob"), &Presence::ImportableAtFirstLogin);
    assert!(
        installation.reason("ann").contains("the budget is 1 logins"),
        "{}",
        installation.reason("ann")
    );
}

#[tokio::test]
async fn a_login_counts_once_for_all_locations_that_share_an_answer() {
    let node = || in_ops("(|(member={USERDN})(memberUid={USERNAME}))");
    let nodes = [node(), node(), node()];
    let mut installation = installation(server(PEOPLE), &nodes, &["cy"]).await;
    let settled = installation.settle(Settling::of(Breadth::Everything).within(1)).await;
    // `cy`, which is needed, and `Bob`, at three locations each.
    assert_eq!(settled, Settled { asked: 6, left: 3 });
}

#[tokio::test]
async fn a_listing_that_was_cut_leaves_needed_logins_to_the_directory() {
    let mut server = Arc::into_inner(server(PEOPLE)).unwrap();
    server.listings = Some(1);
    let mut installation = installation(Arc::new(server), &[settings()], &["ann", "ghost"]).await;
    assert!(installation.reason("ann").contains("incomplete"), "{}", installation.reason("ann"));
    installation.settle(Settling::of(Breadth::Needed)).await;
    assert_eq!(installation.presence("ann"), &Presence::ImportableAtFirstLogin);
    assert_eq!(
        installation.presence("ghost"),
        &Presence::NotInDirectory { similar: None, unseen: None }
    );
}

#[tokio::test]
async fn an_export_is_not_asked_and_says_what_it_lacks() {
    // D7
    let filtered = "(&(uid={USERNAME})(memberOf=cn=ops,dc=t))";
    let nodes = [settings().with_user_filter(filtered)];
    let export = LdifDirectory::parse(PEOPLE.as_bytes()).unwrap();
    let mut installation = installation(Arc::new(export), &nodes, &["ann"]).await;
    let settled = installation.settle(Settling::of(Breadth::Needed)).await;
    assert_eq!(settled.asked, 0);
    let reason = installation.reason("ann");
    assert!(reason.contains("no entry of the export has `memberOf`"), "{reason}");
}

#[tokio::test]
async fn an_export_may_lack_inherited_classes() {
    let ldif = "dn: dc=t\ndc: t\n\ndn: uid=ann,dc=t\nuid: ann\nobjectClass: inetOrgPerson\nobjectClass: person\n\n\
        dn: uid=bob,dc=t\nuid: bob\nobjectClass: inetOrgPerson\n\n\
        dn: uid=eve,dc=t\nuid: eve\nobjectClass: person\nout: yes\n\n";
    let ldif = ldif.replace("uid: ", "modifyTimestamp: 20260101000000Z\nuid: ");
    let filter = "(&(objectClass=person)(!(out=yes))(uid={USERNAME}))";
    let nodes = [settings().with_user_filter(filter)];
    let export = Arc::new(LdifDirectory::parse(ldif.as_bytes()).unwrap());
    let installation = installation(export, &nodes, &["ann", "bob", "eve", "ghost"]).await;
    assert_eq!(installation.presence("ann"), &Presence::ImportableAtFirstLogin);
    assert!(
        installation.reason("bob").contains("may lack classes"),
        "{}",
        installation.reason("bob")
    );
    let eve = installation.presence("eve").to_string();
    assert!(eve.contains("the directory has `uid=eve,dc=t`"), "{eve}");
    assert_eq!(
        installation.presence("ghost"),
        &Presence::NotInDirectory { similar: None, unseen: None }
    );
}

#[tokio::test]
async fn a_member_in_another_case_is_a_hint_where_the_directory_compares_case() {
    // A server that compares case finds no group: here one without the member in small letters.
    let listing = server(PEOPLE);
    let nodes = [in_ops("(memberUid={USERNAME})")];
    let mut installation = installation(listing, &nodes, &["Bob"]).await;
    assert!(
        installation.reason("Bob").contains("in another case"),
        "{}",
        installation.reason("Bob")
    );
    let strict = server(&PEOPLE.replace("memberUid: BOB\n", ""));
    installation.directories = BTreeMap::from([(place(0), Ok(strict as Arc<dyn Directory>))]);
    installation.settle(Settling::of(Breadth::Needed)).await;
    let found = installation.presence("Bob");
    assert!(matches!(found, Presence::NotAuthorized { in_another_case: true, .. }), "{found}");
    assert!(found.to_string().contains("lists it in another case"), "{found}");
}

#[tokio::test]
async fn remapped_logins_are_asked_for_as_the_directory_has_them() {
    // R-L9
    let rule = RemappingRule::new("^(.*)$", "x-$1");
    let remapped =
        (in_ops("(|(member={USERDN})(memberUid={USERNAME}))")).with_remapping_rules(vec![rule]);
    let mut installation =
        installation(server(PEOPLE), &[remapped], &["x-ann", "x-cy", "cy"]).await;
    installation.settle(Settling::of(Breadth::Needed)).await;
    assert_eq!(installation.presence("x-ann"), &Presence::ImportableAtFirstLogin);
    assert!(matches!(installation.presence("x-cy"), Presence::NotAuthorized { .. }));
    // Nobody becomes this one.
    assert!(!matches!(installation.presence("cy"), Presence::ImportableAtFirstLogin));
}
