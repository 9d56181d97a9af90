//! Answers of a million entries are read entry by entry: handed on as they come, and never twice.

use std::sync::Arc;

use ldap3_proto::proto::LdapResultCode;
use project_deployer_core::Login;
use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::network::LdapDirectory;
use project_deployer_ldap::{
    AttributeName, Completeness, Directory as _, DirectoryError, DirectorySnapshot, Entry, Filter,
    ImportableSet, PartialReason, Scope,
};
use tokio::sync::Notify;

use crate::server::{FakeServer, base, budgets, done, entry, person};

/// The logins that are handed on, and how that ends.
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

/// A server whose first connection ends behind the first of two people.
async fn interrupted() -> FakeServer {
    FakeServer::start(|mut line| async move {
        let search = line.first_search().await;
        line.say(search.msgid, person("ann")).await;
        if line.number > 0 {
            line.say(search.msgid, person("bob")).await;
            line.say(search.msgid, done(LdapResultCode::Success)).await;
        }
    })
    .await
}

#[tokio::test]
async fn entries_are_handed_on_while_the_answer_goes_on() {
    // R23: an answer that is held as a whole would wait for its end here, which never comes
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
    let server = interrupted().await;
    let (logins, end) = visited(&server.directory(budgets()), |_| {}).await;
    let cut = Completeness::Partial(PartialReason::Interrupted);
    assert_eq!((logins, end), (vec!["ann".to_owned()], Ok(cut)));
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
    let server = interrupted().await;
    let settings = LdapSettings {
        enabled: true,
        url: server.url().to_string(),
        user_filter: "(uid={USERNAME})".to_owned(),
        username_attribute: "uid".to_owned(),
        ..LdapSettings::default()
    };
    let directory = server.directory(budgets());
    let snapshot = DirectorySnapshot::read(&directory, &server.url(), [&settings]).await;
    let people = ImportableSet::of(&settings, &snapshot).unwrap();
    let known = ["ann", "bob"].map(|login| people.get(&Login::parse(login).unwrap()).is_some());
    assert_eq!((known, people.iter().len()), ([true; 2], 2));
    assert_eq!(server.connections(), 2);
}
