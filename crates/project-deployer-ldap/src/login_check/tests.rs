use async_trait::async_trait;

use super::*;
use crate::account_state::BlockKind;
use crate::directory::Scope;
use crate::directory::{DirectoryError, SearchResult};
use crate::ldif::LdifDirectory;
use crate::memory::MemoryDirectory;

mod attacks;

const NOW: Timestamp = Timestamp::from_millis(1_782_864_000_000);

/// A server that publishes a schema with `nsAccountLock` and `shadowExpire`.
const SCHEMA: &str = "dn:\nobjectClass: top\nsubschemaSubentry: cn=subschema\n\ndn: cn=subschema\n\
    objectClass: subschema\nattributeTypes: ( 1.2.3 NAME 'nsAccountLock' )\n\
    attributeTypes: ( 1.2.4 NAME ( 'shadowExpire' 'expiry' ) SINGLE-VALUE )\n\n";

/// A domain controller.
const DOMAIN: &str = "dn:\nobjectClass: top\nsubschemaSubentry: cn=subschema\n\
    supportedCapabilities: 1.2.840.113556.1.4.800\n\ndn: cn=subschema\nobjectClass: subschema\n\
    attributeTypes: ( 1.2.3 NAME 'userAccountControl' )\n\
    attributeTypes: ( 1.2.4 NAME 'accountExpires' )\n\n";

fn person(login: &str, more: &str) -> String {
    format!("dn: uid={login},dc=t\nobjectClass: person\nuid: {login}\n{more}\n")
}

fn directory(ldif: &str) -> MemoryDirectory {
    MemoryDirectory::new(LdifDirectory::parse(ldif.as_bytes()).unwrap().entries().to_vec())
}

fn settings() -> LdapSettings {
    LdapSettings::default()
        .with_url("ldap://dir.example.test/dc=t")
        .with_user_filter("(uid={USERNAME})")
        .with_username_attribute("uid")
}

fn letting_in(group: &str) -> LdapSettings {
    settings()
        .with_enable_groups(true)
        .with_authorized_groups(vec![group.to_owned()])
        .with_group_filter(Some("(member={USERDN})".to_owned()))
        .with_group_name_attribute(Some("cn".to_owned()))
}

async fn ask_with(settings: &LdapSettings, directory: impl Directory + 'static) -> LoginAnswer {
    LoginCheck::new(Arc::new(directory), settings).await.unwrap().ask("ann", NOW).await
}

async fn ask(ldif: &str) -> LoginAnswer {
    ask_with(&settings(), directory(ldif)).await
}

async fn ask_export(ldif: &str) -> LoginAnswer {
    ask_with(&settings(), LdifDirectory::parse(ldif.as_bytes()).unwrap()).await
}

fn reason(answer: &LoginAnswer) -> &str {
    match answer {
        LoginAnswer::Unknown(reason) => reason.as_str(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_person_who_is_found_once_and_not_blocked_is_accepted() {
    assert_eq!(ask(&format!("{SCHEMA}{}", person("ann", ""))).await, LoginAnswer::Accepted);
    let domain =
        format!("{DOMAIN}{}", person("ann", "userAccountControl: 512\naccountExpires: 0\n"));
    assert_eq!(ask(&domain).await, LoginAnswer::Accepted);
}

#[tokio::test]
async fn a_blocked_account_is_reported_with_its_attribute() {
    // D11
    let answer = ask(&format!("{SCHEMA}{}", person("ann", "nsAccountLock: TRUE\n"))).await;
    let LoginAnswer::Blocked(block) = answer else { panic!("{answer:?}") };
    assert_eq!((block.state, block.attribute.as_str()), (BlockKind::Disabled, "nsAccountLock"));
}

#[tokio::test]
async fn nobody_and_several_are_not_one() {
    // R-L2
    assert_eq!(ask(&format!("{SCHEMA}{}", person("bob", ""))).await, LoginAnswer::NotFound);
    let two = format!("{SCHEMA}{}{}", person("ann", ""), person("bob", "uid: ann\n"));
    assert_eq!(ask(&two).await, LoginAnswer::Ambiguous);
}

#[tokio::test]
async fn groups_decide_as_the_settings_have_it() {
    // R-L2
    let people = format!(
        "{SCHEMA}{}dn: cn=ops,dc=t\nobjectClass: groupOfNames\ncn: ops\nmember: uid=ann,dc=t\n",
        person("ann", "memberOf: cn=ops,dc=t\n")
    );
    let by_user = |group: &str| {
        letting_in(group)
            .with_group_filter(None)
            .with_all_groups_filter(Some("(objectClass=groupOfNames)".to_owned()))
            .with_group_membership_attribute(Some("memberOf".to_owned()))
    };
    for settings in [letting_in("ops"), by_user("ops")] {
        assert_eq!(ask_with(&settings, directory(&people)).await, LoginAnswer::Accepted);
    }
    for settings in [letting_in("staff"), by_user("staff")] {
        assert_eq!(ask_with(&settings, directory(&people)).await, LoginAnswer::NotAuthorized);
    }
    let other_case = ask_with(&letting_in("OPS"), directory(&people)).await;
    assert!(reason(&other_case).contains("`ops`"), "{other_case:?}");
}

#[tokio::test]
async fn what_a_domain_controller_does_not_show_is_unknown() {
    // D7: every account of Active Directory has these attributes
    let answer = ask(&format!("{DOMAIN}{}", person("ann", "accountExpires: 0\n"))).await;
    assert!(reason(&answer).contains("`userAccountControl`"), "{answer:?}");
}

#[tokio::test]
async fn an_export_without_operational_attributes_proves_no_account_active() {
    // D7
    let answer = ask_export(&person("ann", "")).await;
    assert!(reason(&answer).contains("'*' '+'"), "{answer:?}");
    let whole = person("ann", "modifyTimestamp: 20260101000000Z\n");
    assert_eq!(ask_export(&whole).await, LoginAnswer::Accepted);
    let domain = person("ann", "userAccountControl: 512\naccountExpires: 0\n");
    assert_eq!(ask_export(&domain).await, LoginAnswer::Accepted);
    // a domain keeps both of every account, so this export leaves out attributes
    let cut = ask_export(&person("ann", "userAccountControl: 512\n")).await;
    assert!(reason(&cut).contains("`accountExpires`"), "{cut:?}");
}

/// Leaves filters on one attribute undefined, as a server does for a reader without rights to it.
#[derive(Debug)]
struct Hiding {
    directory: MemoryDirectory,
    attribute: AttributeName,
}

#[async_trait]
impl Directory for Hiding {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        if filter.to_string().contains(self.attribute.as_str()) {
            return Ok(SearchResult::all(Vec::new()));
        }
        self.directory.search(base, scope, filter, attributes).await
    }
}

#[tokio::test]
async fn an_attribute_that_the_reader_may_not_search_is_named() {
    // D7
    let directory = directory(&format!("{SCHEMA}{}", person("ann", "")));
    let attribute = AttributeName::known("shadowExpire");
    let hiding = Hiding { directory, attribute };
    let answer = ask_with(&settings(), hiding).await;
    assert!(reason(&answer).contains("`shadowExpire` of `uid=ann,dc=t`"), "{answer:?}");
}

#[tokio::test]
async fn a_directory_that_does_not_answer_is_unknown() {
    // D7
    let failing = directory(SCHEMA).failing_with(DirectoryError::TimedOut);
    assert!(LoginCheck::new(Arc::new(failing), &settings()).await.is_err());
    let cut = directory(&format!("{}{}", person("ann", ""), person("bob", "uid: ann\n")));
    let answer = ask_with(&settings(), cut.with_size_limit(1)).await;
    assert!(reason(&answer).contains("incomplete"), "{answer:?}");
}
