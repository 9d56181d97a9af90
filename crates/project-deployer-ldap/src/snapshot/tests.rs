use std::sync::atomic::{AtomicUsize, Ordering};

use project_deployer_core::accounts::RemappingRule;
use project_deployer_core::{Login, Timestamp};

use super::*;
use crate::directory::{DirectoryError, SearchResult};
use crate::dn::Dn;
use crate::filter::Filter;
use crate::ldif::LdifDirectory;
use crate::memory::MemoryDirectory;

const URL: &str = "ldap://dir.example.test/dc=t";

const LDIF: &str = "\
dn: uid=ann,dc=t
uid: ann
memberOf: CN=ops, DC=t

dn: uid=bob,dc=t
uid: bob@x.test

dn: uid=cy,dc=t
uid: cy

dn: uid=cy,ou=old,dc=t
uid: CY

dn: cn=ops,dc=t
cn: ops
kind: group
member: UID=ann, dc=t
memberUid: bob@x.test

dn: cn=inner,dc=t
cn: inner
kind: group
member: uid=cy,dc=t
member: uid=dee,dc=t

dn: cn=outer,dc=t
cn: outer
kind: group
member: cn=inner,dc=t

dn: uid=dee,dc=t
uid: dee
";

fn settings() -> LdapSettings {
    LdapSettings::default()
        .with_enabled(true)
        .with_url(URL)
        .with_user_filter("(uid={USERNAME})")
        .with_username_attribute("uid")
        .with_enable_groups(true)
        .with_group_name_attribute(Some("cn".to_owned()))
}

fn authorizing(group: &str, filter: &str) -> LdapSettings {
    settings()
        .with_authorized_groups(vec![group.to_owned()])
        .with_group_filter(Some(filter.to_owned()))
}

fn directory() -> MemoryDirectory {
    MemoryDirectory::new(LdifDirectory::parse(LDIF.as_bytes()).unwrap().entries().to_vec())
}

async fn snapshot_of(settings: &LdapSettings) -> DirectorySnapshot {
    DirectorySnapshot::read(
        &directory(),
        &LdapUrl::parse(URL).unwrap(),
        [settings],
        Timestamp::default(),
    )
    .await
}

async fn authorized_people(settings: &LdapSettings) -> Vec<String> {
    let snapshot = snapshot_of(settings).await;
    let set = ImportableSet::of(settings, &snapshot).unwrap();
    set.authorized_people().map(|person| person.login().to_owned()).collect()
}

#[tokio::test]
async fn membership_is_by_name_by_login_or_by_the_user() {
    // wire-facts 7.8, table of templates and notes
    assert_eq!(
        authorized_people(&authorizing("ops", "(&(kind=group)(member={USERDN}))")).await,
        ["ann"]
    );
    assert_eq!(
        authorized_people(&authorizing("ops", "(memberUid={USERNAME})")).await,
        ["bob@x.test"]
    );
    assert_eq!(authorized_people(&authorizing("outer", "(member={USERDN})")).await, [""; 0]);
    let of_user = authorizing("ops", "")
        .with_group_filter(None)
        .with_all_groups_filter(Some("(kind=group)".to_owned()))
        .with_group_membership_attribute(Some("memberOf".to_owned()));
    assert_eq!(authorized_people(&of_user).await, ["ann"]);
}

#[tokio::test]
async fn a_login_that_two_entries_answer_to_is_admitted_by_nobody() {
    // R-L2: the user filter must find exactly one object; `cy` and `CY` are equal to a directory
    let snapshot = snapshot_of(&settings()).await;
    let set = ImportableSet::of(&settings(), &snapshot).unwrap();
    assert_eq!(set.get(&Login::parse("cy").unwrap()).unwrap().entries().len(), 2);
    assert!(set.authorized_people().all(|person| !person.login().eq_ignore_ascii_case("cy")));
}

#[tokio::test]
async fn remapping_gives_the_login_and_may_make_two_people_one() {
    // R-L9, D6
    let rules =
        |from: &str, to: &str| settings().with_remapping_rules(vec![RemappingRule::new(from, to)]);
    assert_eq!(authorized_people(&rules("@.*", "")).await, ["ann", "bob", "dee"]);
    let snapshot = snapshot_of(&settings()).await;
    let merging = rules("^.*(?!x)x?$", "everybody");
    let set = ImportableSet::of(&merging, &snapshot).unwrap();
    let everybody = set.iter().next().unwrap();
    assert_eq!(everybody.entries().len(), 5);
    assert_eq!(set.authorized_people().count(), 0);
    let error = ImportableSet::of(&rules("(", ""), &snapshot).unwrap_err();
    assert!(error.as_str().contains("remapping rule 1"), "{error}");
    let emptying = rules("ann", "");
    let emptied = ImportableSet::of(&emptying, &snapshot).unwrap();
    assert!(emptied.unreadable()[0].fault.contains("login `` is empty"));
}

#[tokio::test]
async fn a_remapped_login_is_followed_back_to_one_person() {
    // R-L9
    let ldif = "dn: uid=ann,dc=t\nuid: ann@x\nuid: ann@y\n\ndn: cn=one,dc=t\nuid: cy@x\n\n\
        dn: cn=two,dc=t\nuid: cy@y\n\n";
    let people =
        MemoryDirectory::new(LdifDirectory::parse(ldif.as_bytes()).unwrap().entries().to_vec());
    let rules = vec![RemappingRule::new("@.*", "")];
    let own = settings().with_remapping_rules(rules);
    let url = LdapUrl::parse(URL).unwrap();
    let snapshot = DirectorySnapshot::read(&people, &url, [&own], Timestamp::default()).await;
    let username = |login: &str| snapshot.username(&own, &Login::parse(login).unwrap());
    assert_eq!(username("ann"), Ok(Some("ann@x".to_owned())));
    assert_eq!(username("ANN"), Ok(Some("ANN@x".to_owned())));
    assert_eq!(username("dee"), Ok(None));
    assert!(username("cy").unwrap_err().as_str().contains("several people"));
}

#[tokio::test]
async fn a_group_in_another_spelling_is_unclear_and_an_unknown_one_is_named() {
    let settings = authorizing("OPS", "(member={USERDN})");
    let snapshot = snapshot_of(&settings).await;
    let set = ImportableSet::of(&settings, &snapshot).unwrap();
    let ann = set.get(&Login::parse("ann").unwrap()).unwrap();
    assert!(
        matches!(ann.authorization(), Authorization::Unknown(reason) if reason.as_str().contains("`ops`"))
    );
    assert_eq!(set.unknown_groups(), ["OPS"]);
}

#[tokio::test]
async fn a_cut_or_failed_answer_tells_of_nobody() {
    // R10, D7
    let url = LdapUrl::parse(URL).unwrap();
    let settings = authorizing("ops", "(member={USERDN})");
    for limit in 0..6 {
        let cut = directory().with_size_limit(limit);
        let snapshot = DirectorySnapshot::read(&cut, &url, [&settings], Timestamp::default()).await;
        let found = ImportableSet::of(&settings, &snapshot);
        assert_eq!(found.is_err(), limit < 5, "{limit}: {found:?}");
    }
    let failing = directory().failing_with(DirectoryError::TimedOut);
    let snapshot = DirectorySnapshot::read(&failing, &url, [&settings], Timestamp::default()).await;
    let reason = ImportableSet::of(&settings, &snapshot).unwrap_err();
    assert!(reason.as_str().contains("did not answer in time"), "{reason}");
    let snapshot = DirectorySnapshot::read(&directory(), &url, [], Timestamp::default()).await;
    assert!(ImportableSet::of(&settings, &snapshot).unwrap_err().as_str().contains("not searched"));
}

#[derive(Debug)]
struct Counting(MemoryDirectory, AtomicUsize);

#[async_trait::async_trait]
impl Directory for Counting {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.search(base, scope, filter, attributes).await
    }
}

#[tokio::test]
async fn the_number_of_searches_does_not_grow_with_people_or_nodes() {
    // D8
    let url = LdapUrl::parse(URL).unwrap();
    let settings = authorizing("ops", "(member={USERDN})");
    for people in [0, 300] {
        let uid = AttributeName::known("uid");
        let person = |number: usize| {
            Entry::new(Dn::parse(&format!("uid=p{number},dc=t")).unwrap())
                .with(uid.clone(), format!("p{number}"))
        };
        let held: Vec<Entry> = LdifDirectory::parse(LDIF.as_bytes()).unwrap().entries().to_vec();
        let memory = MemoryDirectory::new(held.into_iter().chain((0..people).map(person)));
        let counting = Counting(memory, AtomicUsize::new(0));
        DirectorySnapshot::read(&counting, &url, vec![&settings; 20], Timestamp::default()).await;
        // People, groups by members and by names, the root entry, which shows no schema here, and a person in each of two
        // containers, who does not show the state of an account.
        assert_eq!(counting.1.load(Ordering::Relaxed), 6, "{people}");
    }
}

#[tokio::test]
async fn everybody_under_one_login_by_mistake_takes_no_quadratic_time() {
    // Twenty thousand people of one unit, with the unit as the login: 400 million pairs.
    let person = |number: usize| {
        Entry::new(Dn::parse(&format!("uid=p{number},dc=t")).unwrap())
            .with(AttributeName::known("ou"), "people")
    };
    let crowd = MemoryDirectory::new((0..20_000).map(person));
    let mistaken = settings().with_user_filter("(ou={USERNAME})").with_username_attribute("ou");
    let url = LdapUrl::parse(URL).unwrap();
    let snapshot = DirectorySnapshot::read(&crowd, &url, [&mistaken], Timestamp::default()).await;
    let set = ImportableSet::of(&mistaken, &snapshot).unwrap();
    let entries = set.get(&Login::parse("people").unwrap()).unwrap().entries();
    assert!((2..=10).contains(&entries.len()), "{}", entries.len());
    assert_eq!(set.authorized_people().count(), 0);
}

#[tokio::test]
async fn of_a_group_that_an_export_cuts_only_the_missing_members_are_unknown() {
    // R10
    let people = ["ann", "bob", "cy"]
        .map(|login| format!("dn: uid={login},dc=t\nuid: {login}\nentryUUID: 1\n\n"));
    let groups = "dn: cn=big,dc=t\ncn: big\nmember;range=0-0: uid=ann,dc=t\n\n\
                  dn: cn=ops,dc=t\ncn: ops\nmember: uid=cy,dc=t\n";
    let export = LdifDirectory::parse((people.concat() + groups).as_bytes()).unwrap();
    let url = LdapUrl::parse(URL).unwrap();
    let authorization = async |groups: &[&str], login: &str| {
        let mut settings = authorizing("ops", "(member={USERDN})");
        settings.authorized_groups = groups.iter().map(|group| (*group).to_owned()).collect();
        let snapshot =
            DirectorySnapshot::read(&export, &url, [&settings], Timestamp::default()).await;
        let set = ImportableSet::of(&settings, &snapshot).unwrap();
        let person = set.get(&Login::parse(login).unwrap()).unwrap();
        format!("{:?}", person.authorization())
    };
    let both = ["big", "ops"];
    assert_eq!(authorization(&both, "ann").await, "Authorized");
    assert_eq!(authorization(&both, "cy").await, "Authorized");
    let bob = authorization(&both, "bob").await;
    assert!(bob.contains("only some members of group `big`"), "{bob}");
    assert_eq!(authorization(&["ops"], "bob").await, "Unauthorized");
}
