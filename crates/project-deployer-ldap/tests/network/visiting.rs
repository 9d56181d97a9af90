//! Large answers are read entry by entry: each entry is passed on as it arrives, and never twice.

use std::sync::Arc;

use ldap3_proto::proto::LdapResultCode;
use project_deployer_core::Timestamp;
use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::network::LdapDirectory;
use project_deployer_ldap::{
    AttributeName, Completeness, Directory as _, DirectoryError, DirectorySnapshot, Entry, Filter,
    ImportableSet, PartialReason, Scope,
};
use tokio::sync::Notify;

use crate::server::{FakeServer, base, budgets, done, entry, person};

/// The logins that are passed on, and the result of the search.
async fn visited(
    directory: &LdapDirectory,
    mut seen: impl FnMut(&str) + Send,
) -> (Vec<String>, Result<Completeness, DirectoryError>) {
    let (filter, uid) = (Filter::parse("(uid=*)").unwrap(), AttributeName::parse("uid").unwrap());
    let mut logins = Vec::new();
    let mut take = |entry: Entry| {
        for login in entry.texts(&uid) {
            seen(login);
            logins.push(login.to_owned());
        }
    };
    let end = directory.visit(&base(), Scope::Subtree, &filter, &[], &mut take).await;
    (logins, end)
}

/// A server whose first connections end after an entry that later answers no longer have.
async fn interrupted(times: usize) -> FakeServer {
    FakeServer::start(move |mut line| async move {
        let search = line.first_search().await;
        if line.number < times {
            return line.say(search.msgid, person("zoe")).await;
        }
        line.say(search.msgid, person("ann")).await;
        line.say(search.msgid, person("bob")).await;
        line.say(search.msgid, done(LdapResultCode::Success)).await;
    })
    .await
}

fn settings(server: &FakeServer) -> LdapSettings {
    LdapSettings::default()
        .with_enabled(true)
        .with_url(server.url().to_string())
        .with_user_filter("(uid={USERNAME})")
        .with_username_attribute("uid")
}

#[tokio::test]
async fn entries_are_handed_on_while_the_answer_goes_on() {
    // R23: a client that collects the whole answer would wait here for an end that never comes
    let taken = Arc::new(Notify::new());
    let server = {
        let taken = Arc::clone(&taken);
        FakeServer::start(move |mut line| {
            let taken = Arc::clone(&taken);
            async move {
                let search = line.first_search().await;
                line.say(search.msgid, person("ann")).await;
                taken.notified().await;
                line.say(search.msgid, person("bob")).await;
                line.say(search.msgid, done(LdapResultCode::Success)).await;
            }
        })
        .await
    };
    let (logins, end) = visited(&server.directory(budgets()), |_| taken.notify_one()).await;
    assert_eq!(
        (logins.as_slice(), end),
        (["ann".into(), "bob".into()].as_slice(), Ok(Completeness::Complete))
    );
}

#[tokio::test]
async fn entries_that_were_handed_on_do_not_come_again() {
    // R10
    let server = interrupted(1).await;
    let (logins, end) = visited(&server.directory(budgets()), |_| {}).await;
    let cut = Completeness::Partial(PartialReason::Interrupted);
    assert_eq!((logins, end), (vec!["zoe".to_owned()], Ok(cut)));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn an_entry_whose_values_come_in_parts_is_handed_on_when_it_has_all() {
    // R10
    let server = FakeServer::start(|mut line| async move {
        let search = line.first_search().await;
        let ops = "cn=ops,dc=example,dc=test";
        line.say(search.msgid, entry(ops, &[("uid;range=0-0", &["ann"])])).await;
        line.say(search.msgid, person("bob")).await;
        line.say(search.msgid, done(LdapResultCode::Success)).await;
        let rest = line.request().await.unwrap();
        line.say(rest.msgid, entry(ops, &[("uid;range=1-*", &["cy"])])).await;
        line.say(rest.msgid, done(LdapResultCode::Success)).await;
    })
    .await;
    let (logins, end) = visited(&server.directory(budgets()), |_| {}).await;
    assert_eq!((logins.join(" "), end), ("bob ann cy".to_owned(), Ok(Completeness::Complete)));
}

#[tokio::test]
async fn a_snapshot_begins_again_where_an_answer_was_interrupted() {
    // R10
    let server = interrupted(1).await;
    let settings = settings(&server);
    let directory = server.directory(budgets());
    let snapshot =
        DirectorySnapshot::read(&directory, &server.url(), [&settings], Timestamp::default()).await;
    let people = ImportableSet::of(&settings, &snapshot).unwrap();
    let logins: Vec<_> = people.iter().map(|person| person.login()).collect();
    assert_eq!(logins, ["ann", "bob"]);
}

#[tokio::test]
async fn a_snapshot_that_is_interrupted_again_tells_of_nobody() {
    // R10
    let server = interrupted(9).await;
    let settings = settings(&server);
    let directory = server.directory(budgets());
    let snapshot =
        DirectorySnapshot::read(&directory, &server.url(), [&settings], Timestamp::default()).await;
    let reason = ImportableSet::of(&settings, &snapshot).unwrap_err();
    assert!(reason.as_str().contains("ended before the end of the answer"), "{reason}");
    assert_eq!(server.connections(), 2);
}
