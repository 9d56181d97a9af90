//! Readers and exports that do not see what could block an account.

use super::*;

/// A server that publishes a schema with `nsAccountLock`, and shows everything.
const SCHEMA: &str = "dn:\nobjectClass: top\nsubschemaSubentry: cn=subschema\n\ndn: cn=subschema\n\
    objectClass: subschema\nattributeTypes: ( 1.2.3 NAME 'nsAccountLock' )\n\
    attributeTypes: ( 1.2.4 NAME 'uid' EQUALITY caseIgnoreMatch )\n\
    attributeTypes: ( 1.2.5 NAME 'member' EQUALITY distinguishedNameMatch )\n\n";

/// A domain controller.
const DOMAIN: &str = "dn:\nobjectClass: top\nsubschemaSubentry: cn=subschema\n\
    supportedCapabilities: 1.2.840.113556.1.4.800\n\ndn: cn=subschema\nobjectClass: subschema\n\
    attributeTypes: ( 1.2.3 NAME 'userAccountControl' )\n\
    attributeTypes: ( 1.2.4 NAME 'accountExpires' )\n\
    attributeTypes: ( 1.2.5 NAME 'msDS-User-Account-Control-Computed' )\n\
    attributeTypes: ( 1.2.6 NAME 'uid' EQUALITY caseIgnoreMatch )\n\n";

const DOMAIN_ACCOUNT: &str = "userAccountControl: 512\naccountExpires: 0\n\
    msDS-User-Account-Control-Computed: 0\n";

fn person(login: &str, more: &str) -> String {
    format!("dn: uid={login},ou=people,dc=t\nuid: {login}\n{more}\n")
}

/// A server whose reader may not see an attribute below one container.
#[derive(Debug)]
struct Hiding {
    memory: MemoryDirectory,
    hidden: Option<(AttributeName, Dn)>,
}

fn serving(ldif: &str, hidden: Option<(&'static str, &str)>) -> Arc<dyn Directory> {
    let hidden =
        hidden.map(|(name, below)| (AttributeName::known(name), Dn::parse(below).unwrap()));
    Arc::new(Hiding { memory: MemoryDirectory::new(entries(ldif)), hidden })
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
        let mut found = self.memory.search(base, scope, filter, attributes).await?;
        let Some((name, below)) = &self.hidden else { return Ok(found) };
        if filter.to_string().contains(name.as_str()) {
            found.entries.retain(|entry| !entry.dn.is_within(below));
        }
        for entry in found.entries.iter_mut().filter(|entry| entry.dn.is_within(below)) {
            let names = entry.attributes().map(|(name, _)| name.clone());
            let shown: Vec<AttributeName> = names.filter(|shown| shown != name).collect();
            *entry = entry.narrowed(&shown);
        }
        Ok(found)
    }
}

#[tokio::test]
async fn a_reader_who_sees_what_it_needs_proves_an_account_active() {
    let ldif = format!("{SCHEMA}{}", person("ann", ""));
    let mut found = installation(serving(&ldif, None), &[settings()], &["ann", "ghost"]).await;
    assert_eq!(found.presence("ann"), &Presence::ImportableAtFirstLogin);
    assert_eq!(found.settle(Settling::of(Breadth::Everything)).await.asked, 1, "the refusal");
    let domain = format!("{DOMAIN}{}", person("ann", DOMAIN_ACCOUNT));
    let found = installation(serving(&domain, None), &[settings()], &["ann"]).await;
    assert_eq!(found.presence("ann"), &Presence::ImportableAtFirstLogin);
}

#[tokio::test]
async fn a_state_that_the_reader_may_not_see_leaves_the_login_unknown() {
    // D7
    let ldif = format!(
        "{SCHEMA}{}{}dn: uid=bob,ou=open,dc=t\nuid: bob\n\n",
        person("ann", ""),
        person("cy", "")
    );
    let hiding = serving(&ldif, Some(("nsAccountLock", "ou=people,dc=t")));
    let mut found = installation(hiding, &[settings()], &["ann", "bob"]).await;
    assert!(found.reason("ann").contains("`nsAccountLock`"), "{}", found.reason("ann"));
    assert_eq!(found.presence("bob"), &Presence::ImportableAtFirstLogin);
    found.settle(Settling::of(Breadth::Everything)).await;
    for who in ["ann", "cy"] {
        let reason = found.reason(who);
        assert!(reason.contains(&format!("`nsAccountLock` of `uid={who}")), "{reason}");
    }
    let domain =
        format!("{DOMAIN}{}{}", person("ann", DOMAIN_ACCOUNT), person("cy", DOMAIN_ACCOUNT));
    let hiding = serving(&domain, Some(("accountExpires", "uid=cy,ou=people,dc=t")));
    let mut found = installation(hiding, &[settings()], &["ann", "cy"]).await;
    assert_eq!(found.presence("ann"), &Presence::ImportableAtFirstLogin);
    assert!(found.reason("cy").contains("`accountExpires`"), "{}", found.reason("cy"));
    found.settle(Settling::of(Breadth::Needed)).await;
    assert!(found.reason("cy").contains("`accountExpires` of `uid=cy"), "{}", found.reason("cy"));
}

#[tokio::test]
async fn a_refusal_needs_no_state() {
    let ldif = format!(
        "{SCHEMA}{}{}dn: cn=ops,dc=t\ncn: ops\nmember: uid=cy,ou=people,dc=t\n\n",
        person("ann", ""),
        person("cy", "")
    );
    let hiding = serving(&ldif, Some(("nsAccountLock", "ou=people,dc=t")));
    let nodes = [in_ops("(member={USERDN})")];
    let mut found = installation(hiding, &nodes, &["ann", "cy"]).await;
    for _ in 0..2 {
        let refused = found.presence("ann");
        assert!(matches!(refused, Presence::NotAuthorized { .. }), "{refused}");
        assert!(found.reason("cy").contains("`nsAccountLock`"), "{}", found.reason("cy"));
        found.settle(Settling::of(Breadth::Needed)).await;
    }
}

#[tokio::test]
async fn an_export_without_the_state_of_accounts_proves_nobody_active() {
    // D7
    for (more, why) in [
        ("", Some("'*' '+'")),
        ("userAccountControl: 512\n", Some("`accountExpires`")),
        ("userAccountControl: 512\naccountExpires: 0\n", None),
        ("modifyTimestamp: 20260101000000Z\n", None),
    ] {
        let export = LdifDirectory::parse(person("ann", more).as_bytes()).unwrap();
        let found = installation(Arc::new(export), &[settings()], &["ann"]).await;
        match why {
            Some(why) => assert!(found.reason("ann").contains(why), "{}", found.reason("ann")),
            None => assert_eq!(found.presence("ann"), &Presence::ImportableAtFirstLogin),
        }
    }
}
