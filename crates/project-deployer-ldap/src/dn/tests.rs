use proptest::prelude::*;

use super::*;

fn dn(text: &str) -> Dn {
    Dn::parse(text).unwrap()
}

#[test]
fn case_blanks_and_escapes_do_not_make_another_name() {
    assert_eq!(dn("CN=Ann  Li , OU=People,DC=Test"), dn("cn=ann li,ou=people,dc=test"));
    assert_eq!(dn(r"cn=Li\, Ann,dc=test"), dn(r"cn=Li\2c Ann,dc=test"));
    assert_eq!(dn("cn=a+uid=b,dc=test"), dn("UID=B+CN=A,dc=test"));
    assert_ne!(dn("cn=a,cn=b"), dn("cn=b,cn=a"));
    assert_ne!(dn(r"cn=a\,cn\=b"), dn("cn=a,cn=b"));
}

#[test]
fn a_value_that_looks_like_a_base_is_not_within_it() {
    // R12
    let base = dn("dc=example,dc=test");
    assert!(dn("uid=ann,dc=example,dc=test").is_within(&base));
    assert!(base.is_within(&base));
    assert!(base.is_within(&Dn::root()));
    assert!(!dn(r"cn=evil\,dc\=example\,dc\=test").is_within(&base));
    assert!(!dn("uid=ann,xdc=example,dc=test").is_within(&base));
}

#[test]
fn a_last_blank_belongs_to_the_value_only_where_it_is_escaped() {
    for (text, value) in [
        (r"cn=a ,dc=test", "a"),
        (r"cn=a\ ,dc=test", "a "),
        (r"cn=a\\ ,dc=test", r"a\"),
        (r"cn=\ \ ,dc=test", "  "),
    ] {
        assert_eq!(dn(text).leading().unwrap().leading().unwrap().1, value, "{text}");
    }
}

#[test]
fn unreadable_names_say_which_part() {
    for (text, part) in
        [("uid", "`uid`"), ("u id=x", "`u id`"), (r"cn=a\", "backslash"), ("cn=a;b", "escape")]
    {
        let error = Dn::parse(text).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    assert!(Dn::parse(r"cn=\ff").unwrap_err().to_string().contains("UTF-8"));
    assert!(Dn::parse(&"x".repeat(10_001)).is_err());
}

#[test]
fn parent_and_child_are_inverse() {
    let base = dn("dc=example,dc=test");
    let ann = base.child(Rdn::new(AttributeName::parse("cn").unwrap(), "Li, Ann"));
    assert_eq!(ann.to_string(), r"cn=Li\, Ann,dc=example,dc=test");
    assert_eq!(ann.parent().unwrap(), base);
    assert_eq!(Dn::root().parent(), None);
}

proptest! {
    #[test]
    fn any_value_survives_writing_and_reading(values in prop::collection::vec(any::<String>(), 1..4)) {
        // R12
        let steps = values.iter().map(|value| Rdn::new(AttributeName::known("cn"), value.clone()));
        let name = Dn::from_steps(steps.collect());
        let again = dn(&name.to_string());
        prop_assert_eq!(again.depth(), values.len());
        for (step, value) in again.rdns.iter().zip(&values) {
            prop_assert_eq!(step.leading().unwrap().1, value.as_str());
        }
        prop_assert_eq!(again, name);
    }

    #[test]
    fn no_text_makes_reading_panic(text in any::<String>()) {
        let _ = Dn::parse(&text);
    }
}

#[test]
fn control_characters_are_written_as_pairs_and_read_back_as_the_same_name() {
    let name = Dn::parse("cn=a\rb\u{9b}c\\00d").unwrap();
    let text = name.to_string();
    assert_eq!(text, r"cn=a\0Db\C2\9Bc\00d");
    assert_eq!(Dn::parse(&text).unwrap(), name);
}
