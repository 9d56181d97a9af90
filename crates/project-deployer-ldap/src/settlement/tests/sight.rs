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
    /// How often it was asked whether an entry has none of some attributes.
    proofs: AtomicUsize,
}

fn serving(ldif: &str, hidden: Option<(&'static str, &str)>) -> Arc<Hiding> {
    let hidden =
        hidden.map(|(name, below)| (AttributeName::known(name), Dn::parse(below).unwrap()));
    let memory = MemoryDirectory::new(entries(ldif));
    Arc::new(Hiding { memory, hidden, proofs: AtomicUsize::new(0) })
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
        if filter.to_string().contains("(!(") {
            self.proofs.fetch_add(1, Ordering::Relaxed);
        }
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
async fn a_global_catalog_is_named_as_the_cause_and_no_right() {
    let domain = format!("{DOMAIN}{}", person("ann", DOMAIN_ACCOUNT));
    for (port, hidden, cause) in [
        (3268, "accountExpires", "a Global Catalog does not hold `accountExpires`"),
        (3269, "msDS-User-Account-Control-Computed", "a Global Catalog does not hold"),
        (3268, "userAccountControl", "the bind DN may not read `userAccountControl`"),
        (389, "accountExpires", "the bind DN may not read `accountExpires`"),
    ] {
        let hiding = serving(&domain, Some((hidden, "dc=t")));
        let url = format!("ldap://dir.example.test:{port}/dc=t");
        let nodes = [settings().with_url(url)];
        let mut found = installation(hiding, &nodes, &["ann"]).await;
        let listed = found.reason("ann").to_owned();
        assert_eq!(listed.contains("Global Catalog"), port != 389, "{listed}");
        found.settle(Settling::of(Breadth::Needed)).await;
        let asked = found.reason("ann");
        assert!(asked.contains(cause), "{asked}");
        assert_eq!(asked.contains("port of the domain (389"), cause.contains("Global"), "{asked}");
    }
}

#[tokio::test]
async fn what_no_class_of_an_entry_allows_need_not_be_seen() {
    let schema = SCHEMA.trim_end().to_owned()
        + "\nattributeTypes: ( 1.2.6 NAME 'shadowExpire' )\nobjectClasses: ( 2.1 NAME 'person' MUST uid )\n\
            objectClasses: ( 2.2 NAME 'shadowAccount' AUXILIARY MAY ( uid $ shadowExpire ) )\n\n";
    for (classes, is_seen) in [
        ("objectClass: person\n", true),
        ("objectClass: person\nobjectClass: shadowAccount\n", false),
        ("objectClass: person\nobjectClass: odd\n", false),
        ("", false),
    ] {
        let ldif = format!("{schema}{}", person("ann", classes));
        let hiding = serving(&ldif, Some(("shadowExpire", "dc=t")));
        let mut found = installation(hiding, &[settings()], &["ann"]).await;
        found.settle(Settling::of(Breadth::Needed)).await;
        match is_seen {
            true => assert_eq!(found.presence("ann"), &Presence::ImportableAtFirstLogin),
            false => assert!(found.reason("ann").contains("`shadowExpire`"), "{classes}"),
        }
    }
}

#[tokio::test]
async fn one_proof_for_each_container_is_enough_but_for_logins_that_are_needed() {
    let odd: Vec<String> = (0..5).map(|number| format!("zo\u{eb}{number}")).collect();
    let people: String = odd.iter().map(|login| person(login, "")).collect();
    for (needed, proofs) in [(0, 1), (3, 4), (5, 5)] {
        let server = serving(&format!("{SCHEMA}{people}"), None);
        let needed: Vec<&str> = odd.iter().take(needed).map(String::as_str).collect();
        let mut found = installation(Arc::clone(&server) as _, &[settings()], &needed).await;
        let listed = server.proofs.load(Ordering::Relaxed);
        assert_eq!(listed, 2, "the first and the last of the listing");
        let settled = found.settle(Settling::of(Breadth::Everything)).await;
        assert_eq!(settled.asked, odd.len());
        let asked = server.proofs.load(Ordering::Relaxed) - listed;
        assert!(asked <= proofs && asked >= needed.len().max(1), "{asked} for {needed:?}");
        assert_eq!(found.presence("zo\u{eb}4"), &Presence::ImportableAtFirstLogin);
    }
}

#[tokio::test]
async fn a_refusal_needs_no_state() {
    let ldif = format!(
        "{SCHEMA}{}{}dn: cn=ops,dc=t\nobjectClass: groupOfNames\ncn: ops\nmember: uid=cy,ou=people,dc=t\n\n",
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
