//! Values in ranges, as Active Directory sends groups of more than 1,500 members.

use ldap3_proto::proto::{LdapMsg, LdapOp, LdapResultCode};
use project_deployer_ldap::{
    AttributeName, Completeness, Directory, DirectoryError, Dn, Entry, Filter, MemoryDirectory,
    PartialReason, Scope, SearchResult,
};

use crate::server::{FakeServer, base, budgets, done, entry, everything, short};
use crate::serving::{Manner, serve};

fn name(text: &str) -> AttributeName {
    AttributeName::parse(text).unwrap()
}

fn group(cn: &str, members: usize) -> Entry {
    let mut entry = Entry::new(Dn::parse(&format!("cn={cn},dc=example,dc=test")).unwrap())
        .with(name("uid"), cn)
        .with(name("cn"), cn);
    for number in 0..members {
        entry.add(name("member"), format!("uid=p{number},ou=people,dc=example,dc=test").into());
    }
    entry
}

async fn groups(limit: Option<usize>, entries: &[Entry]) -> SearchResult {
    let manner = Manner { values: limit, ..Manner::default() };
    let server = serve(MemoryDirectory::new(entries.iter().cloned()), manner).await;
    let directory = server.directory(budgets());
    let filter = Filter::parse("(member=*)").unwrap();
    let asked = [name("cn"), name("member"), name("uid")];
    directory.search(&base(), Scope::Subtree, &filter, &asked).await.unwrap()
}

#[tokio::test]
async fn ranges_come_together_under_the_plain_name() {
    let entries = [group("a", 1), group("b", 3), group("c", 4), group("d", 10)];
    for limit in [Some(1), Some(3), Some(4), Some(1_500), None] {
        let found = groups(limit, &entries).await;
        assert_eq!(found, SearchResult::all(entries.to_vec()), "{limit:?}");
    }
}

#[tokio::test]
async fn a_group_of_100_000_members_is_read_to_its_end() {
    let everyone = group("everyone", 100_000);
    for limit in [Some(1_500), None] {
        let found = groups(limit, std::slice::from_ref(&everyone)).await;
        assert_eq!(found.completeness, Completeness::Complete);
        assert_eq!(found.entries[0].values(&name("member")).len(), 100_000);
    }
}

/// The name of the attribute in the answer, and its values.
type Part<'a> = (&'a str, &'a [&'a str]);

/// The result of a search for a group with this first answer and these further ranges.
async fn answered(parts: &'static [Part<'static>]) -> Result<SearchResult, DirectoryError> {
    const GROUP: &str = "cn=ops,dc=example,dc=test";
    let server = FakeServer::start(move |mut line| async move {
        line.bind().await;
        let mut parts = parts.iter();
        while let Some(LdapMsg { msgid, op: LdapOp::SearchRequest(_), .. }) = line.request().await {
            match parts.next() {
                Some(part) => {
                    line.say(msgid, entry(GROUP, &[*part])).await;
                    line.say(msgid, done(LdapResultCode::Success)).await;
                }
                None => line.say(msgid, done(LdapResultCode::NoSuchObject)).await,
            }
        }
    })
    .await;
    everything(&server.directory(budgets())).await
}

#[tokio::test]
async fn a_directory_may_send_fewer_values_than_before() {
    let found = answered(&[
        ("member;range=0-1", &["a", "b"]),
        ("member;range=2-2", &["c"]),
        ("member;range=3-*", &["d"]),
    ]);
    let found = found.await.unwrap();
    assert_eq!(found.completeness, Completeness::Complete);
    let held: Vec<_> = found.entries[0].texts(&name("member")).collect();
    assert_eq!(held, ["a", "b", "c", "d"]);
}

#[tokio::test]
async fn ranges_that_do_not_fit_together_are_an_error() {
    // R10: a member who is left out would read as a person without the group
    let cases: [&'static [Part<'static>]; 5] = [
        &[("member;range=0-2", &["a", "b"])],
        &[("member;range=0-1", &["a", "b"]), ("member;range=0-1", &["a", "b"])],
        &[("member;range=0-1", &["a", "b"]), ("member;range=3-*", &["d"])],
        &[("member;range=0-1", &["a", "b"]), ("member", &["c"])],
        &[("member;range=1-*", &["b"])],
    ];
    for case in cases {
        let answer = answered(case).await;
        assert!(matches!(answer, Err(DirectoryError::Malformed { .. })), "{case:?}: {answer:?}");
    }
}

#[tokio::test]
async fn an_entry_that_goes_away_between_two_ranges_leaves_a_partial_answer() {
    let cases: [&'static [Part<'static>]; 2] = [
        &[("member;range=0-1", &["a", "b"])],
        &[("member;range=0-1", &["a", "b"]), ("cn", &["ops"])],
    ];
    for case in cases {
        let found = answered(case).await.unwrap();
        assert!(matches!(found.completeness, Completeness::Partial(PartialReason::Changed(_))));
    }
}

#[tokio::test]
async fn a_range_that_never_ends_ends_at_the_budget() {
    let server = FakeServer::start(|mut line| async move {
        line.bind().await;
        for number in 0_usize.. {
            let Some(search) = line.request().await else { return };
            let part = format!("member;range={number}-{number}");
            let group = entry("cn=ops,dc=example,dc=test", &[(part.as_str(), &["a"])]);
            line.say(search.msgid, group).await;
            line.say(search.msgid, done(LdapResultCode::Success)).await;
        }
    })
    .await;
    let budget = budgets().bytes(50_000, 50_000);
    let found = everything(&server.directory(budget)).await.unwrap();
    assert!(matches!(found.completeness, Completeness::Partial(PartialReason::OurLimit(_))));
    let budget = short().search(std::time::Duration::from_millis(300));
    let answer = everything(&server.directory(budget)).await;
    assert_eq!(answer, Err(DirectoryError::TimedOut));
}
