use project_deployer_core::accounts::RemappingRule;

use super::*;

fn settings() -> LdapSettings {
    LdapSettings::default()
        .with_enabled(true)
        .with_url("ldap://dir.example.test/dc=example,dc=test")
        .with_user_filter("(&(objectClass=person)(uid={USERNAME}))")
        .with_username_attribute("uid")
        .with_enable_groups(true)
        .with_group_filter(Some("(&(objectClass=groupOfNames)(member={USERDN}))".to_owned()))
        .with_group_name_attribute(Some("cn".to_owned()))
        .with_authorized_groups(vec!["ops".to_owned()])
}

fn searched(settings: &LdapSettings) -> Vec<String> {
    let rules = SupplierRules::compile(settings).unwrap();
    rules.searches(true).map(|search| search.filter.to_string()).collect()
}

fn refused(change: impl FnOnce(&mut LdapSettings)) -> String {
    let mut settings = settings();
    change(&mut settings);
    SupplierRules::compile(&settings).unwrap_err().to_string()
}

#[test]
fn one_search_for_people_one_for_members_and_one_for_authorized_groups() {
    // D8
    assert_eq!(
        searched(&settings()),
        [
            "(&(objectClass=groupOfNames)(member=*))",
            "(&(objectClass=groupOfNames)(|(cn=ops)))",
            "(&(objectClass=person)(uid=*))"
        ]
    );
    let everybody = settings().with_authorized_groups(Vec::new());
    assert_eq!(searched(&everybody), ["(&(objectClass=person)(uid=*))"]);
}

#[test]
fn the_attributes_for_listing_stand_in_for_a_missing_group_filter() {
    let listed = |attribute: &str, held: Option<&str>| {
        settings()
            .with_group_filter(None)
            .with_all_groups_filter(Some("(objectClass=posixGroup)".to_owned()))
            .with_group_membership_attribute(Some(attribute.to_owned()))
            .with_group_membership_user_attribute(held.map(str::to_owned))
    };
    // wire-facts 7.8: the user attribute is compared without case
    for held in [Some("UID"), Some("dn"), None] {
        let first = searched(&listed("memberUid", held)).remove(0);
        assert_eq!(first, "(&(objectClass=posixGroup)(memberUid=*))");
    }
    assert_eq!(searched(&listed("MEMBEROF", None)).remove(0), "(objectClass=posixGroup)");
    let error = SupplierRules::compile(&listed("memberUid", Some("gecos"))).unwrap_err();
    assert!(error.to_string().contains("`DN` or the username attribute"), "{error}");
}

#[test]
fn unusable_settings_name_the_field_and_what_to_write() {
    type Change = fn(&mut LdapSettings);
    let cases: [(Change, &str); 10] = [
        (|settings| settings.url.clear(), "not a URL"),
        (|settings| settings.url = "ldap://dir.example.test".to_owned(), "no base"),
        (|settings| settings.url = "http://dir/dc=t".to_owned(), "neither `ldap` nor `ldaps`"),
        (|settings| settings.url = "ldap://me:canary@dir/dc=t".to_owned(), "user information"),
        (|settings| settings.user_filter.clear(), "no user filter; write one"),
        (|settings| settings.user_filter = "(uid=*)".to_owned(), "no placeholder"),
        (|settings| settings.username_attribute.clear(), "no username attribute"),
        (|settings| settings.enable_groups = false, "`enableGroups`"),
        (|settings| settings.group_filter = Some("(member={LOGIN})".to_owned()), "`{LOGIN}`"),
        (
            |settings| {
                let rule = RemappingRule::new("(", "");
                settings.remapping_rules = vec![rule];
            },
            "remapping rule 1",
        ),
    ];
    for (change, part) in cases {
        let error = refused(change);
        assert!(error.contains(part) && !error.contains("canary"), "{error}");
    }
}

#[test]
fn one_directory_has_one_url_however_it_is_spelled() {
    let url = |text: &str| LdapUrl::parse(text).unwrap();
    assert_eq!(url("ldap://DIR:389/dc=a%20b,dc=t"), url("ldap://dir/DC=A b, dc=t"));
    assert_ne!(url("ldap://dir/dc=t"), url("ldaps://dir/dc=t"));
}
