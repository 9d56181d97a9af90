//! Searches at once, many at the same time: they share a few connections, and find what a search alone finds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::FutureExt as _;
use futures::future::join_all;
use ldap3_proto::proto::{LdapMsg, LdapOp, LdapResultCode, LdapSearchScope};
use project_deployer_ldap::network::LdapDirectory;
use project_deployer_ldap::{
    AttributeName, Directory, DirectoryError, Entry, Filter, MemoryDirectory, Rdn, Scope,
    SearchResult,
};

use crate::server::{FakeServer, Line, base, budgets, done, logins, person, short};
use crate::serving::{Manner, serve, typed};

const FILTERS: [&str; 14] = [
    "(uid=p1)",
    "(&(uid=p*)(!(uid=p1)))",
    "(|(uid=p2)(mail=p3@x.test))",
    "(&)",
    "(|)",
    "(mail=*)",
    "(uid>=p2)",
    "(uid<=p2)",
    "(uid~=P2)",
    "(mail=p*@*x*.test)",
    "(mail=*.test)",
    "(uid:caseExactMatch:=p1)",
    "(uid:dn:2.5.13.2:=p1)",
    r"(uid=\2a\29\28uid=\2a\00\5cø)",
];

fn name(text: &str) -> AttributeName {
    AttributeName::parse(text).unwrap()
}

fn people(count: usize) -> Vec<Entry> {
    let person = |number: usize| {
        let login = format!("p{number}");
        Entry::new(base().child(Rdn::new(name("uid"), login.clone())))
            .with(name("uid"), login.clone())
            .with(name("mail"), format!("{login}@x.test"))
            .with(name("member"), format!("{login}-1"))
            .with(name("member"), format!("{login}-2"))
    };
    let top = Entry::new(base()).with(name("objectClass"), "domain");
    std::iter::once(top).chain((0..count).map(person)).collect()
}

async fn at_once(directory: &LdapDirectory, filter: &str) -> Result<SearchResult, DirectoryError> {
    let filter = Filter::parse(filter).unwrap();
    let names = [name("uid"), name("mail")];
    directory.search_at_once(&base(), Scope::Subtree, &filter, &names).await
}

fn sorted(found: SearchResult) -> SearchResult {
    let SearchResult { mut entries, .. } = found;
    entries.sort_by_key(|entry| entry.dn.to_string());
    SearchResult::all(entries)
}

#[tokio::test]
async fn many_searches_share_eight_connections_and_find_what_one_alone_finds() {
    let memory = MemoryDirectory::new(people(300));
    let server = serve(memory.clone(), Manner::default()).await;
    let directory = server.directory(budgets());
    let asked = (0..600).map(|number| {
        let login = format!("p{}", number % 400);
        let (directory, memory) = (&directory, &memory);
        async move {
            let filter = format!("(uid={login})");
            let alone = Filter::parse(&filter).unwrap();
            let names = [name("uid"), name("mail")];
            let found = at_once(directory, &filter).await.unwrap();
            let alone = memory.search(&base(), Scope::Subtree, &alone, &names).await.unwrap();
            assert_eq!(found, alone, "{filter}");
        }
    });
    join_all(asked).await;
    assert!((2..=8).contains(&server.connections()), "{}", server.connections());
}

#[tokio::test]
async fn a_filter_is_sent_as_the_library_sends_it() {
    let server = serve(MemoryDirectory::new(people(4)), Manner::default()).await;
    let directory = server.directory(budgets());
    let search = |message: LdapMsg| match message.op {
        LdapOp::SearchRequest(search) if search.base == base().to_string() => Some(search),
        _ => None,
    };
    for text in FILTERS {
        let filter = Filter::parse(text).unwrap();
        for scope in [Scope::Subtree, Scope::OneLevel, Scope::Base] {
            let before = server.heard().len();
            let names = [name("uid"), name("mail;lang-de")];
            let first = directory.search_at_once(&base(), scope, &filter, &names).await.unwrap();
            let ours = server.heard().into_iter().skip(before).find_map(search).unwrap();
            let before = server.heard().len();
            let second = directory.search(&base(), scope, &filter, &names).await.unwrap();
            let theirs = server.heard().into_iter().skip(before).find_map(search).unwrap();
            assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{text}");
            assert_eq!(typed(&ours.filter), filter);
            assert_eq!(sorted(first), sorted(second), "{text}");
        }
    }
}

async fn answer(line: &mut Line, message: LdapMsg) {
    let LdapOp::SearchRequest(search) = message.op else { panic!("{message:?}") };
    let filter = typed(&search.filter).to_string();
    let login = filter.trim_start_matches("(uid=").trim_end_matches(')');
    line.say(message.msgid, person(login)).await;
    line.say(message.msgid, done(LdapResultCode::Success)).await;
}

#[tokio::test]
async fn answers_may_come_in_another_order() {
    let swapped = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&swapped);
    let server = FakeServer::start(move |mut line| {
        let swapped = Arc::clone(&count);
        async move {
            line.bind().await;
            while let Some(first) = line.request().await {
                // The next request, if it has arrived.
                if let Some(Some(second)) = line.request().now_or_never() {
                    swapped.fetch_add(1, Ordering::Relaxed);
                    answer(&mut line, second).await;
                }
                answer(&mut line, first).await;
            }
        }
    })
    .await;
    let directory = server.directory(budgets());
    let asked = (0..600).map(|number| {
        let directory = &directory;
        async move {
            let found = at_once(directory, &format!("(uid=p{number})")).await.unwrap();
            assert_eq!(logins(&found), [format!("p{number}")]);
        }
    });
    join_all(asked).await;
    assert!(swapped.load(Ordering::Relaxed) > 0);
}

#[tokio::test]
async fn ranges_of_values_are_completed_in_searches_at_once() {
    let manner = Manner { values: Some(1), ..Manner::default() };
    let server = serve(MemoryDirectory::new(people(2)), manner).await;
    let directory = server.directory(budgets());
    let filter = Filter::parse("(uid=p1)").unwrap();
    let names = [name("member")];
    let found = directory.search_at_once(&base(), Scope::Subtree, &filter, &names).await.unwrap();
    assert_eq!(found.entries[0].values(&name("member")).len(), 2);
}

#[tokio::test]
async fn nobody_is_found_only_below_a_base_that_exists() {
    let server = serve(MemoryDirectory::new(people(1)), Manner::default()).await;
    let directory = server.directory(budgets());
    let nobody = SearchResult::all(Vec::new());
    assert_eq!(at_once(&directory, "(uid=nobody)").await, Ok(nobody));
    // It answers with success and no entries, as 389 Directory Server does.
    let server = FakeServer::start(|mut line| async move {
        line.bind().await;
        while let Some(search) = line.request().await {
            line.say(search.msgid, done(LdapResultCode::Success)).await;
        }
    })
    .await;
    let answer = at_once(&server.directory(budgets()), "(uid=nobody)").await;
    assert!(matches!(answer, Err(DirectoryError::NoSuchBase { .. })), "{answer:?}");
}

#[tokio::test]
async fn each_base_is_asked_for_once_on_a_connection() {
    let server = serve(MemoryDirectory::new(people(2)), Manner::default()).await;
    let directory = server.directory(budgets());
    let bases = ["p0", "p1"].map(|login| base().child(Rdn::new(name("uid"), login)));
    let nobody = Filter::parse("(uid=nobody)").unwrap();
    for base in bases.iter().cycle().take(8) {
        let names = [name("uid")];
        let found = directory.search_at_once(base, Scope::Subtree, &nobody, &names).await;
        assert_eq!(found, Ok(SearchResult::all(Vec::new())));
    }
    let of_base = |message: &LdapMsg| match &message.op {
        LdapOp::SearchRequest(search) => search.scope == LdapSearchScope::Base,
        _ => false,
    };
    assert_eq!(server.heard().iter().filter(|message| of_base(message)).count(), bases.len());
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_ends_the_connection_and_not_the_search() {
    let server = FakeServer::start(|mut line| async move {
        let search = line.first_search().await;
        if line.number == 0 {
            line.say(search.msgid + 1, person("mallory")).await;
            return line.hang().await;
        }
        line.say(search.msgid, person("ann")).await;
        line.say(search.msgid, done(LdapResultCode::Success)).await;
    })
    .await;
    let found = at_once(&server.directory(budgets()), "(uid=ann)").await.unwrap();
    assert_eq!((logins(&found), server.connections()), (vec!["ann".to_owned()], 2));
}

#[tokio::test]
async fn a_cut_answer_is_judged_on_a_connection_of_its_own() {
    let server = FakeServer::start(|mut line| async move {
        line.bind().await;
        while let Some(search) = line.request().await {
            line.say(search.msgid, person("ann")).await;
            line.say(search.msgid, done(LdapResultCode::SizeLimitExceeded)).await;
        }
    })
    .await;
    let found = at_once(&server.directory(budgets()), "(uid=*)").await.unwrap();
    assert_eq!(found.entries.len(), 1);
    assert_ne!(found, SearchResult::all(found.entries.clone()));
}

#[tokio::test]
async fn a_directory_that_is_silent_is_given_up() {
    let server = FakeServer::start(|mut line| async move {
        line.bind().await;
        line.hang().await;
    })
    .await;
    let directory = server.directory(short());
    let asked = (0..40).map(|number| {
        let directory = &directory;
        async move { at_once(directory, &format!("(uid=p{number})")).await }
    });
    for answer in join_all(asked).await.into_iter().take(8) {
        assert_eq!(answer, Err(DirectoryError::TimedOut));
    }
}

#[tokio::test]
async fn a_bind_that_is_refused_is_reported_as_for_any_search() {
    let server = FakeServer::start(|mut line| async move {
        let request = line.request().await.unwrap();
        let mut refusal = crate::server::result(LdapResultCode::InvalidCredentials);
        refusal.message = "no".to_owned();
        let refusal = ldap3_proto::proto::LdapBindResponse { res: refusal, saslcreds: None };
        line.say(request.msgid, LdapOp::BindResponse(refusal)).await;
        line.hang().await;
    })
    .await;
    let answer = at_once(&server.directory(budgets()), "(uid=ann)").await;
    assert!(matches!(answer, Err(DirectoryError::Refused { .. })), "{answer:?}");
}
