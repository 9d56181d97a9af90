//! What an export leaves open that the server itself would decide: rules of comparison, attributes with options,
//! other names of attributes, and filters that some servers refuse.

use super::*;

/// An export with operational attributes.
async fn exported(own: LdapSettings, ldif: &str, who: &[&str]) -> Installation {
    let ldif = ldif.replace("uid: ", "createTimestamp: 20260101000000Z\nuid: ");
    installation(export(&ldif), &[own], who).await
}

fn by(attribute: &str) -> LdapSettings {
    settings()
        .with_user_filter(format!("({attribute}={{USERNAME}})"))
        .with_username_attribute(attribute)
}

#[tokio::test]
async fn a_login_that_a_rule_of_the_server_may_take_for_another_is_unknown() {
    // Blanks, hyphens, zeros and dollar signs do not count under some rules of RFC 4517.
    for (attribute, held, login) in [
        ("telephoneNumber", "+49 30 1-2", "+493012"),
        ("mobile", "+493012", "+49 30-12"),
        ("x121Address", "12 3", "123"),
        ("uidNumber", "7", "007"),
        ("postalAddress", "ann $ street", "ann$street"),
    ] {
        let ldif = format!("dn: uid=ann,dc=t\nuid: ann\n{attribute}: {held}\n\n");
        let found = exported(by(attribute), &ldif, &[login, held, "ghost"]).await;
        let reason = found.reason(login);
        assert!(reason.contains(&format!("compares `{attribute}`")), "{login}: {reason}");
        assert_eq!(found.presence(held), &Presence::ImportableAtFirstLogin, "{held}");
        assert_eq!(found.presence("ghost").status(), "not-in-directory", "{attribute}");
        // Two people whom such a rule may take for one are several.
        let other = format!("dn: uid=bob,dc=t\nuid: bob\n{attribute}: {login}\n\n");
        let found = exported(by(attribute), &(ldif + &other), &[login, held]).await;
        assert_eq!([login, held].map(|who| found.presence(who).status()), ["unknown"; 2]);
    }
}

#[tokio::test]
async fn an_attribute_that_no_equality_finds_proves_nobody() {
    // OpenLDAP finds nobody by a facsimile number: its rule of comparison is missing in RFC 4519.
    let ldif = "dn: uid=ann,dc=t\nuid: ann\nfacsimileTelephoneNumber: +491\n\n";
    let found = exported(by("facsimileTelephoneNumber"), ldif, &["+491"]).await;
    let reason = found.reason("+491");
    assert!(reason.contains("compares `facsimileTelephoneNumber`"), "{reason}");
}

#[tokio::test]
async fn who_may_be_found_by_an_attribute_with_an_option_is_unknown() {
    let ldif = "dn: uid=bob,dc=t\nuid: bob\nuid;lang-fr: ann\n\n";
    let found = exported(settings(), ldif, &["ann", "ANN", "bob", "ghost"]).await;
    for who in ["ann", "ANN"] {
        assert!(found.reason(who).contains("`uid;lang-fr`"), "{}", found.reason(who));
    }
    assert_eq!(found.presence("bob"), &Presence::ImportableAtFirstLogin);
    assert_eq!(found.presence("ghost").status(), "not-in-directory");
    let left = "dn: uid=ann,dc=t\nuid: ann\ndescription;lang-de: left\n\ndn: uid=bob,dc=t\nuid: bob\ndescription: x\n\n";
    let own = settings().with_user_filter("(&(uid={USERNAME})(!(description=left)))");
    let found = exported(own, left, &["ann"]).await;
    assert!(
        found.reason("ann").contains("`description` with an option"),
        "{}",
        found.reason("ann")
    );
}

#[tokio::test]
async fn who_may_be_in_a_group_by_an_attribute_with_an_option_is_unknown() {
    let people = "dn: uid=ann,dc=t\nuid: ann\n\ndn: uid=bob,dc=t\nuid: bob\n\n";
    for group in [
        "dn: cn=ops,dc=t\ncn: ops\nmember: uid=bob,dc=t\nmember;x-old: uid=ann,dc=t\n\n",
        "dn: cn=a,dc=t\ncn: a\ncn;lang-fr: ops\nmember: uid=ann,dc=t\n\ndn: cn=ops,dc=t\ncn: ops\nmember: uid=bob,dc=t\n\n",
    ] {
        let ldif = people.to_owned() + group;
        let found = exported(in_ops("(member={USERDN})"), &ldif, &["ann", "bob"]).await;
        assert!(found.reason("ann").contains("with an option"), "{}", found.reason("ann"));
        assert_eq!(found.presence("bob"), &Presence::ImportableAtFirstLogin, "{group}");
    }
    // Other languages of other names decide nothing.
    let french = "dn: cn=ops,dc=t\ncn: ops\ncn;lang-fr: services\nmember: uid=bob,dc=t\n\n";
    let ldif = people.to_owned() + french;
    let found = exported(in_ops("(member={USERDN})"), &ldif, &["ann"]).await;
    assert_eq!(found.presence("ann").status(), "not-authorized", "{}", found.presence("ann"));
}

#[tokio::test]
async fn groups_whose_name_attribute_no_entry_has_let_nobody_be_refused() {
    // D7: the server knows `commonName` and returns it as `cn`
    let ldif = "dn: uid=ann,dc=t\nuid: ann\n\ndn: cn=ops,dc=t\ncn: ops\nmember: uid=ann,dc=t\n\n";
    for name in ["commonName", "2.5.4.3", "name"] {
        let own = in_ops("(member={USERDN})").with_group_name_attribute(Some(name.to_owned()));
        let found = exported(own, ldif, &["ann"]).await;
        let reason = found.reason("ann");
        assert!(reason.contains(&format!("no entry of the export has `{name}`")), "{reason}");
    }
}

#[tokio::test]
async fn a_filter_that_some_servers_refuse_is_not_evaluated_from_an_export() {
    // 389 Directory Server refuses "always" and "never" (RFC 4526).
    let ldif = "dn: uid=ann,dc=t\nuid: ann\n\n";
    for filter in ["(&(uid={USERNAME})(&))", "(&(uid={USERNAME})(!(|)))"] {
        let found = exported(settings().with_user_filter(filter), ldif, &["ann"]).await;
        assert_eq!(found.presence("ann").status(), "unknown", "{filter}");
    }
}
