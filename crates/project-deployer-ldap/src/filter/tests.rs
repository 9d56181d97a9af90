use proptest::prelude::*;

use super::*;
use crate::dn::Dn;
use crate::entry::Entry;

fn name(text: &str) -> AttributeName {
    AttributeName::parse(text).unwrap()
}

fn ann() -> Entry {
    Entry::new(Dn::parse("uid=ann,dc=test").unwrap())
        .with(name("uid"), "Ann")
        .with(name("cn"), "Ann  Li (ops)")
        .with(name("uidNumber"), "1000")
        .with(name("userAccountControl"), "514")
        .with(name("memberOf"), "CN=Ops, DC=Test")
}

fn truth(text: &str) -> Truth {
    Filter::parse(text).unwrap().evaluate(&ann())
}

#[test]
fn comparisons_follow_the_rules_of_a_directory() {
    for text in [
        "(uid=ann)",
        "uid=ann",
        "(UID=ANN)",
        "(cn=ann li \\28ops\\29)",
        "(cn=an*li*)",
        "(cn=*\\28*)",
        "(uid=*)",
        "(&)",
        "(!(|))",
        "(&(uid=ann)(!(uid=bob)))",
        "( & (uid=ann) (cn=*) )",
        "(uidNumber>=999)",
        "(uidNumber<=1000)",
        "(uid~=ann)",
        "(memberOf=cn=ops,dc=test)",
        "(userAccountControl:1.2.840.113556.1.4.803:=2)",
        "(objectClass=*)",
        "(uid:=ann)",
    ] {
        assert_eq!(truth(text), Truth::True, "{text}");
    }
    for text in
        ["(uid=bob)", "(mail=*)", "(|)", "(uidNumber>=1001)", "(uid= *)", "(cn=li*)", "(mail<=z)"]
    {
        assert_eq!(truth(text), Truth::False, "{text}");
    }
}

#[test]
fn what_only_the_directory_can_tell_is_undefined_and_never_false() {
    // D7
    for text in [
        "(memberOf:1.2.840.113556.1.4.1941:=cn=ops,dc=test)",
        "(!(uid:caseExactMatch:=x))",
        "(:dn:2.5.13.2:=ops)",
        "(&(uid=ann)(uid:caseExactMatch:=x))",
        "(|(uid=b)(uid:dn:=x))",
    ] {
        assert_eq!(truth(text), Truth::Undefined, "{text}");
    }
    assert_eq!(truth("(&(uid=bob)(uid:caseExactMatch:=x))"), Truth::False);
    assert_eq!(truth("(|(uid=ann)(uid:caseExactMatch:=x))"), Truth::True);
}

#[test]
fn unreadable_filters_say_where_and_why() {
    for (text, part) in [
        ("", "`=`"),
        ("(uid=ann", "nothing more at position 9"),
        ("(uid=ann))", "`)` at position 10"),
        ("(&(uid=ann)", "`)` is expected"),
        ("(uid)", "`=`"),
        ("(u id=x)", "`u id`"),
        ("(uid=a\\zz)", "\\5c"),
        ("(uid=\\)", "\\5c"),
        ("(:=x)", "attribute:rule:=value"),
        ("(uid=a(b)", "`(`"),
        ("(!uid=a)", "`(`"),
    ] {
        let error = Filter::parse(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn several_asterisks_ask_for_presence() {
    assert_eq!(Filter::parse("(uid=***)"), Ok(Filter::Present(name("uid"))));
}

#[test]
fn deep_and_long_filters_are_refused() {
    // R20
    let deep = |levels| format!("{}(uid=a){}", "(!".repeat(levels), ")".repeat(levels));
    assert!(Filter::parse(&deep(DEPTH_LIMIT - 1)).is_ok());
    assert_eq!(Filter::parse(&deep(DEPTH_LIMIT)), Err(FilterError::TooDeep));
    assert_eq!(Filter::parse(&deep(3_000)), Err(FilterError::TooDeep));
    assert!(matches!(Filter::parse(&deep(30_000)), Err(FilterError::TooLong { .. })));
}

fn any_value() -> impl Strategy<Value = AttributeValue> {
    prop_oneof![
        any::<String>().prop_map(AttributeValue::from),
        "[a()*\\\\\0 {}]{1,6}".prop_map(AttributeValue::from),
        prop::collection::vec(any::<u8>(), 1..8).prop_map(AttributeValue::from),
    ]
}

fn part() -> impl Strategy<Value = AttributeValue> {
    any_value().prop_filter("a part has something in it", |value| !value.as_bytes().is_empty())
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let attribute = "[a-z][a-z0-9-]{0,6}".prop_map(|text| name(&text));
    let comparison = prop_oneof![
        Just(Comparison::Equal),
        Just(Comparison::Approximate),
        Just(Comparison::AtLeast),
        Just(Comparison::AtMost),
    ];
    let leaf = prop_oneof![
        attribute.clone().prop_map(Filter::Present),
        (attribute.clone(), comparison, any_value()).prop_map(|(attribute, comparison, value)| {
            Filter::Compare { attribute, comparison, value }
        }),
        (attribute.clone(), part(), prop::collection::vec(part(), 0..3), prop::option::of(part()))
            .prop_map(|(attribute, initial, any, last)| Filter::Substrings {
                attribute,
                initial: Some(initial),
                any,
                last,
            }),
        (attribute, any::<bool>(), any_value()).prop_map(|(attribute, dn_parts, value)| {
            let rule = Some(MatchingRule::parse("2.5.13.2").unwrap());
            Filter::Extensible(ExtensibleMatch {
                attribute: Some(attribute),
                dn_parts,
                rule,
                value,
            })
        }),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Filter::Or),
            inner.prop_map(|part| Filter::Not(Box::new(part))),
        ]
    })
}

proptest! {
    #[test]
    fn any_filter_survives_writing_and_reading(filter in any_filter()) {
        // R12
        prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
    }

    #[test]
    fn no_text_makes_reading_panic(text in "[(&|!)=*\\\\a:~<>{} ]{0,40}", wild in any::<String>()) {
        let _ = Filter::parse(&text).map(|filter| filter.evaluate(&ann()));
        let _ = Filter::parse(&wild);
    }
}
