//! Ways in which a blocked account could pass for an active one.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Fails for one base, and counts what it is asked.
#[derive(Debug)]
struct Failing {
    directory: MemoryDirectory,
    base: Dn,
    error: DirectoryError,
    asked: Arc<AtomicUsize>,
}

#[async_trait]
impl Directory for Failing {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if *base == self.base {
            return Err(self.error.clone());
        }
        self.directory.search(base, scope, filter, attributes).await
    }
}

fn failing(ldif: &str, base: &str, error: DirectoryError) -> (Failing, Arc<AtomicUsize>) {
    let (asked, base) = (Arc::new(AtomicUsize::new(0)), Dn::parse(base).unwrap());
    (Failing { directory: directory(ldif), base, error, asked: Arc::clone(&asked) }, asked)
}

fn block(answer: &LoginAnswer) -> &str {
    match answer {
        LoginAnswer::Blocked(block) => &block.attribute,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_schema_that_could_not_be_read_is_not_taken_for_one_that_is_hidden() {
    // D7: a server that hides its schema is judged by what it shows, and this one shows a timestamp
    let ldif = format!("{SCHEMA}{}", person("ann", "modifyTimestamp: 20260101000000Z\n"));
    for base in ["", "cn=subschema"] {
        let unavailable = DirectoryError::Unavailable { what: "busy".to_owned() };
        for error in [DirectoryError::TimedOut, unavailable] {
            let (failing, _) = failing(&ldif, base, error.clone());
            let check = LoginCheck::new(Arc::new(failing), &settings()).await;
            let reason = check.err().unwrap();
            assert!(reason.as_str().contains(&error.to_string()), "{base}: {reason}");
        }
    }
    let refused = DirectoryError::Refused { what: "anonymous".to_owned() };
    let (hiding, _) = failing(&ldif, "", refused);
    assert_eq!(ask_with(&settings(), hiding).await, LoginAnswer::Accepted);
}

#[tokio::test]
async fn a_domain_controller_that_hides_its_schema_still_has_to_show_its_attributes() {
    // D7
    let root = DOMAIN.split("\n\n").next().unwrap();
    let answer = ask(&format!("{root}\n\n{}", person("ann", "userAccountControl: 512\n"))).await;
    assert!(reason(&answer).contains("`accountExpires`"), "{answer:?}");
}

#[tokio::test]
async fn whom_the_user_filter_leaves_out_for_a_block_is_blocked() {
    // D11: the filter that is often written for Active Directory
    let enabled_only =
        settings().with_user_filter("(&(uid={USERNAME})(!(userAccountControl=514)))");
    let disabled = directory(&person("ann", "userAccountControl: 514\n"));
    let answer = ask_with(&enabled_only, disabled).await;
    assert_eq!(block(&answer), "userAccountControl");
    let active = directory(&person("ann", "userAccountControl: 66050\nnsAccountLock: no\n"));
    let users_only = settings().with_user_filter("(&(uid={USERNAME})(ou=x))");
    assert_eq!(block(&ask_with(&users_only, active).await), "userAccountControl");
    let other = directory(&person("ann", "userAccountControl: 512\naccountExpires: 0\n"));
    assert_eq!(ask_with(&users_only, other).await, LoginAnswer::NotFound);
}

#[tokio::test]
async fn a_block_of_one_of_several_entries_counts() {
    // D11
    let two = |more: &str| {
        format!("{}{}", person("ann", "modifyTimestamp: 20260101000000Z\n"), person("bob", more))
    };
    let answer = ask(&two("uid: ann\nuserAccountControl: 514\n")).await;
    assert_eq!(block(&answer), "userAccountControl");
    let active = ask(&two("uid: ann\nmodifyTimestamp: 20260101000000Z\n")).await;
    assert_eq!(active, LoginAnswer::Ambiguous);
}

#[tokio::test]
async fn a_directory_that_stopped_answering_is_not_asked_again() {
    let (failing, asked) = failing(SCHEMA, "dc=t", DirectoryError::TimedOut);
    let check = LoginCheck::new(Arc::new(failing), &settings()).await.unwrap();
    for _ in 0..5 {
        assert!(reason(&check.ask("ann", NOW).await).contains("in time"));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3, "two for the schema, one for the person");
}

#[tokio::test]
async fn only_authorized_groups_are_fetched_where_the_person_lists_them() {
    let crowd: String =
        (0..50).map(|n| format!("dn: cn=g{n},dc=t\nobjectClass: group\ncn: g{n}\n\n")).collect();
    let ldif = format!(
        "{SCHEMA}{}dn: cn=ops,dc=t\nobjectClass: group\ncn: ops\n\n{crowd}",
        person("ann", "memberOf: cn=g1,dc=t\nmemberOf: cn=ops,dc=t\n")
    );
    let by_user = letting_in("ops")
        .with_group_filter(None)
        .with_all_groups_filter(Some("(objectClass=group)".to_owned()))
        .with_group_membership_attribute(Some("memberOf".to_owned()));
    let small = directory(&ldif).with_size_limit(1);
    assert_eq!(ask_with(&by_user, small).await, LoginAnswer::Accepted);
}
