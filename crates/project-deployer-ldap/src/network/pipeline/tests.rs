use std::time::Duration;

use futures::FutureExt as _;

use super::*;
use crate::directory::Directory as _;
use crate::network::{LdapBudgets, LdapDirectory};
use crate::supplier::LdapUrl;

#[tokio::test(start_paused = true)]
async fn the_time_in_the_queue_is_no_time_of_the_search() {
    let url = LdapUrl::parse("ldap://dir.example.test/dc=t").unwrap();
    let second = LdapBudgets::default().search(Duration::from_secs(1));
    let directory = LdapDirectory::builder(url.clone()).budgets(second).build().unwrap();
    // All others wait for a slow directory.
    let mut turns = Vec::new();
    for _ in 0..AT_FIRST {
        turns.push(directory.pipelines.turn().await);
    }
    let every = Filter::Present(AttributeName::known("objectClass"));
    let mut search = directory.search_at_once(url.base(), Scope::Subtree, &every, &[]);
    assert!((&mut search).now_or_never().is_none());
    tokio::time::advance(Duration::from_secs(3_600)).await;
    let found = (&mut search).now_or_never();
    assert!(found.is_none(), "{found:?}");
}
