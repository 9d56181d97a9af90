//! One search for the user filters of several nodes.

use super::*;

fn nodes(count: usize) -> Vec<LdapSettings> {
    let filter = |number| format!("(|(uid={{USERNAME}})(mail={{USERNAME}}-{number}))");
    (0..count).map(|number| settings().with_user_filter(filter(number))).collect()
}

/// People, of whom `two` is found by the mail of another one at the third node only.
const MIXED: &str = "dn: dc=t\ndc: t\n\ndn: uid=ann,dc=t\nuid: ann\n\ndn: uid=two,dc=t\nuid: two\n\n\
    dn: uid=eve,dc=t\nuid: eve\nmail: two-3\nmail: cy-3\n\n";

/// A server that publishes these attributes.
#[derive(Debug)]
struct Published {
    memory: MemoryDirectory,
    asked: AtomicUsize,
}

#[async_trait]
impl Directory for Published {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        if scope == Scope::Subtree {
            self.asked.fetch_add(1, Ordering::Relaxed);
        }
        self.memory.search(base, scope, filter, attributes).await
    }
}

/// The searches for needed logins.
async fn asked_with(nodes: &[LdapSettings], needed: &[&str]) -> (Installation, usize) {
    let schema = "dn:\nobjectClass: top\nsubschemaSubentry: cn=subschema\n\ndn: cn=subschema\n\
        objectClass: subschema\nattributeTypes: ( 1.2.4 NAME 'uid' EQUALITY caseIgnoreMatch )\n\
        attributeTypes: ( 1.2.5 NAME 'mail' EQUALITY caseIgnoreMatch )\n\n";
    let memory = MemoryDirectory::new(entries(&format!("{schema}{MIXED}")));
    let server = Arc::new(Published { memory, asked: AtomicUsize::new(0) });
    let mut found = installation(Arc::clone(&server) as _, nodes, needed).await;
    server.asked.store(0, Ordering::Relaxed);
    found.settle(Settling::of(Breadth::Needed)).await;
    let asked = server.asked.load(Ordering::Relaxed);
    let verified = found.verify(1_000, 1).await;
    assert!(verified.is_clean() && verified.unanswered == 0, "{verified:?}");
    (found, asked)
}

async fn asked_of(count: usize, needed: &[&str]) -> (Installation, usize) {
    asked_with(&nodes(count), needed).await
}

#[tokio::test]
async fn filters_that_find_the_same_are_asked_together() {
    // One search for anybody, one that all find the same; and nobody is left out of such a filter.
    let (found, asked) = asked_of(20, &["ann", "ghost"]).await;
    assert_eq!(asked, 2 + 1);
    for number in 0..20 {
        let at = |who| found.report.presence(&login(who), &place(number)).unwrap().status();
        assert_eq!((at("ann"), at("ghost")), ("importable-at-first-login", "not-in-directory"));
    }
}

#[tokio::test]
async fn each_filter_is_asked_alone_where_one_may_find_something_else() {
    let (found, asked) = asked_of(20, &["two", "cy"]).await;
    // Two entries for `two`; one entry for `cy`, which the other filters do not find.
    assert_eq!(asked, (1 + 20) + (2 + 20));
    for number in 0..20 {
        let at = |who| found.report.presence(&login(who), &place(number)).unwrap().status();
        let expected = match number {
            3 => ("ambiguous", "importable-at-first-login"),
            _ => ("importable-at-first-login", "not-in-directory"),
        };
        assert_eq!((at("two"), at("cy")), expected, "{number}");
    }
}

#[tokio::test]
async fn few_filters_are_asked_alone() {
    let (_, asked) = asked_of(3, &["ann"]).await;
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn a_filter_that_a_server_may_read_differently_beside_others_is_asked_alone() {
    for odd in [
        "(0.9.2342.19200300.100.1.1={USERNAME})",
        "(uid~={USERNAME})",
        "(|(uid={USERNAME})(odd=x))",
    ] {
        let filter =
            |number| odd.replace("{USERNAME}", &format!("{{USERNAME}}{}", " ".repeat(number)));
        let settings = |number| settings().with_user_filter(filter(number));
        let nodes: Vec<LdapSettings> = (0..8).map(settings).collect();
        let (_, asked) = asked_with(&nodes, &["ann"]).await;
        assert!(asked >= 8, "{odd}: {asked}");
    }
}
