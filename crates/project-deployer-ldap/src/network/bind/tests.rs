use super::*;

const URL: &str = "ldaps://dir.example.test/dc=example,dc=test";

fn url() -> LdapUrl {
    LdapUrl::parse(URL).unwrap()
}

fn settings(bind_dn: &str, password: Option<&str>) -> LdapSettings {
    LdapSettings::default()
        .with_url(URL)
        .with_bind_dn(Some(bind_dn.to_owned()))
        .with_bind_password(password.map(SecretString::from))
}

#[test]
fn a_name_without_a_password_cannot_bind() {
    // R12, DSA-2023-010
    for empty in ["", " ", "\t\n"] {
        let error = Bind::simple("cn=reader", SecretString::from(empty)).unwrap_err();
        assert!(error.to_string().contains("never sent"), "{error}");
    }
    for name in ["", "  ", "cn=a\0b", "cn=a\nb"] {
        assert!(Bind::simple(name, SecretString::from("secret")).is_err(), "{name:?}");
    }
}

#[test]
fn a_password_that_is_withheld_or_masked_is_not_told_and_not_empty() {
    for password in [None, Some(""), Some("********"), Some("e:AES:0123abcd"), Some("  ")] {
        let settings = settings("cn=reader", password);
        let reason = BindPasswords::none().bind_of(&settings, &url()).unwrap_err();
        assert!(reason.as_str().contains("is withheld"), "{reason}");
        let known = BindPasswords::none().with(url(), "CN = Reader", SecretString::from("known"));
        assert_eq!(known.bind_of(&settings, &url()).unwrap().request(), ("cn=reader", "known"));
    }
    let own = settings("cn=reader", Some("own"));
    let known = BindPasswords::none().with(url(), "cn=reader", SecretString::from("known"));
    assert_eq!(known.bind_of(&own, &url()).unwrap().request(), ("cn=reader", "own"));
}

#[test]
fn a_password_stays_with_its_directory_and_its_name() {
    let known = BindPasswords::none().with(url(), "cn=reader", SecretString::from("known"));
    let elsewhere = LdapUrl::parse("ldap://dir.example.test/dc=example,dc=test").unwrap();
    assert!(known.bind_of(&settings("cn=reader", None), &elsewhere).is_err());
    assert!(known.bind_of(&settings("cn=writer", None), &url()).is_err());
    let empty = BindPasswords::none().with(url(), "cn=reader", SecretString::from(""));
    assert!(empty.bind_of(&settings("cn=reader", None), &url()).is_err());
}

#[test]
fn an_empty_bind_dn_is_an_anonymous_bind() {
    // R-L8
    for name in ["", "  "] {
        let bind = BindPasswords::none().bind_of(&settings(name, Some("left over")), &url());
        assert_eq!(bind.unwrap().request(), ("", ""));
    }
}

#[test]
fn debug_never_shows_a_password() {
    // R13
    let bind = Bind::simple("cn=reader", SecretString::from("canary-4711")).unwrap();
    let known = BindPasswords::none().with(url(), "cn=reader", SecretString::from("canary-4711"));
    assert!(!format!("{bind:?} {known:?}").contains("canary-4711"));
    assert_eq!(bind.without_password("is `canary-4711` yours?"), "is `…` yours?");
}
