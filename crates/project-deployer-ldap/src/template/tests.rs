use proptest::prelude::*;

use super::*;
use crate::attribute::AttributeName;
use crate::entry::Entry;
use crate::filter::Truth;
use crate::snapshot::{EntryTable, Texts};
use crate::texts::NONE;

/// The entries as the answer to a search, with these attributes.
fn table(texts: &mut Texts, entries: &[Entry]) -> EntryTable {
    let mut table = EntryTable::new(&["uid", "mail", "kind", "member"].map(name));
    entries.iter().for_each(|entry| table.push(texts, entry));
    table
}

fn name(text: &str) -> AttributeName {
    AttributeName::parse(text).unwrap()
}

fn user(text: &str) -> FilterTemplate {
    FilterTemplate::parse(text, TemplateKind::User).unwrap()
}

fn group(text: &str) -> FilterTemplate {
    FilterTemplate::parse(text, TemplateKind::Group).unwrap()
}

#[test]
fn the_products_own_templates_are_read_and_filled() {
    // wire-facts 7.8, table
    let ann = Dn::parse("uid=ann,dc=test").unwrap();
    let filled = group("(&(objectClass=group)(member:1.2.840.113556.1.4.1941:={USERDN}))");
    assert_eq!(
        filled.fill("ann", &ann).to_string(),
        "(&(objectClass=group)(member:1.2.840.113556.1.4.1941:=uid=ann,dc=test))"
    );
    let filled = user("(&(objectClass=user)(sAMAccountName={USERNAME}))");
    assert_eq!(filled.fill("ann", &ann).to_string(), "(&(objectClass=user)(sAMAccountName=ann))");
}

#[test]
fn an_unknown_placeholder_is_an_error_that_names_it() {
    for (text, kind, part) in [
        ("(uid={LOGIN})", TemplateKind::User, "`{LOGIN}`; write `{USERNAME}`"),
        ("(member={USERDN})", TemplateKind::User, "`{USERDN}`"),
        ("(uid={USERNAME})", TemplateKind::List, "a filter for a list has no placeholder"),
        ("(uid={username})", TemplateKind::User, "`{username}`"),
        ("(uid={USERNAME)", TemplateKind::User, "not closed"),
        ("({USERNAME}=x)", TemplateKind::User, "not the name of an attribute"),
    ] {
        let error = FilterTemplate::parse(text, kind).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

const PAYLOADS: &[&str] = &[
    "*",
    "*)(uid=*",
    "*)(|(uid=*",
    "admin)(&)",
    "x)(!(&(1=0",
    "\\2a",
    "\\",
    "\0",
    "a\0b",
    ")",
    "(",
    "(&(uid=*))",
    "{USERDN}",
    "{USERNAME}",
    "*)(objectClass=*))(&(objectClass=void",
    "ann)(cn=*)",
    "\u{2a}",
    "\u{ff0a}",
    "ann\r\n(uid=*)",
    "%2a",
    "&#42;",
    "x=*",
    "a*b",
    "|(uid=a)",
    "!(uid=a)",
];

#[test]
fn no_payload_changes_what_a_filter_means() {
    // R12: every payload alone and joined to every other one; more than 500 texts
    let template = user("(&(objectClass=person)(|(uid={USERNAME})(mail={USERNAME}@x.test)))");
    let dn = Dn::root();
    for first in PAYLOADS {
        for second in PAYLOADS.iter().chain(&[""]) {
            let typed = format!("{first}{second}");
            let filled = template.fill(&typed, &dn);
            let again = Filter::parse(&filled.to_string()).unwrap();
            let value = |text: String| Filter::equality(name("uid"), text);
            let expected = Filter::And(vec![
                Filter::equality(name("objectClass"), "person"),
                Filter::Or(vec![
                    value(typed.clone()),
                    Filter::equality(name("mail"), format!("{typed}@x.test")),
                ]),
            ]);
            assert_eq!(again, expected, "{typed:?}");
        }
    }
}

#[test]
fn a_template_without_a_deciding_comparison_is_refused_with_its_reason() {
    for (text, part) in [
        ("(objectClass=person)", "no placeholder"),
        ("(!(uid={USERNAME}))", "under `!`"),
        ("(|(uid={USERNAME})(objectClass=guest))", "one branch of `|`"),
        ("(uid={USERNAME}*)", "beside a `*`"),
        ("(uid>={USERNAME})", "`>=`"),
        ("(uid:2.5.13.5:={USERNAME})", "matching rule"),
    ] {
        let error = Selector::of(&user(text)).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn a_selector_reaches_whom_the_template_finds_for_anybody() {
    let template = user("(&(objectClass=person)(|(uid={USERNAME})(&(mail={USERNAME})(mailOn=1))))");
    let selector = Selector::of(&template).unwrap();
    assert_eq!(
        selector.reach().to_string(),
        "(&(objectClass=person)(|(uid=*)(&(mail=*)(mailOn=1))))"
    );
}

#[test]
fn only_plain_equalities_are_judged_from_a_list() {
    // A server may compare each of the others in its own way.
    let plain = |text: &str| Selector::plain(&group(text)).is_ok();
    assert!(
        plain("(member={USERDN})") && plain("(&(!(kind=b))(|(kind=a)(kind=c))(uid={USERNAME}))")
    );
    for text in [
        "(uid~={USERNAME})",
        "(2.5.4.31={USERDN})",
        "(member;x-old={USERDN})",
        "(member:={USERDN})",
        "(member:1.2.840.113556.1.4.1941:={USERDN})",
        "(|(member={USERDN})(memberUid={USERNAME}))",
    ] {
        assert!(!plain(text), "{text}");
    }
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let value = prop::sample::select(vec!["a", "A", "b", "a@x", "*", "uid=a,dc=t"]);
    let pair = (prop::sample::select(vec!["uid", "mail", "kind"]), value);
    prop::collection::vec(prop::collection::vec(pair, 0..4), 0..6).prop_map(|all| {
        let entry = |(index, pairs): (usize, Vec<(&str, &str)>)| {
            let dn = Dn::parse(&format!("cn=e{index},dc=t")).unwrap();
            pairs.into_iter().fold(Entry::new(dn), |entry, (attribute, value)| {
                entry.with(name(attribute), value)
            })
        };
        all.into_iter().enumerate().map(entry).collect()
    })
}

proptest! {
    #[test]
    fn a_look_up_finds_what_the_filled_filter_finds(
        entries in entries(),
        text in prop::sample::select(vec![
            "(uid={USERNAME})", "(&(kind=a)(uid={USERNAME}))", "(|(uid={USERNAME})(mail={USERNAME}))",
            "(&(!(kind=b))(|(uid={USERNAME})(&(kind=a)(mail={USERNAME}@x))))", "(&(uid={USERNAME})(uid={USERNAME}))",
        ]),
        typed in prop::sample::select(vec!["a", "A", "b", "*", "", "UID=a, dc=t"]),
    ) {
        let template = user(text);
        let selector = Selector::of(&template).unwrap();
        let holds = |filter: &Filter, entry: &Entry| filter.evaluate(entry) == Truth::True;
        let reached: Vec<Entry> =
            entries.iter().filter(|entry| holds(selector.reach(), entry)).cloned().collect();
        let mut texts = Texts::default();
        let reached_table = table(&mut texts, &reached);
        let key = texts.find_key(&AttributeValue::from(typed)).unwrap_or(NONE);
        let who = Who { username: typed, username_key: key, name_key: NONE, name: None };
        let lookup = Lookup::new(&selector, &texts, &reached_table);
        let found: Vec<&Entry> = lookup.find(&who, &mut Answer::default()).iter().map(|(entry, _)| &reached[*entry as usize]).collect();
        let filled = template.fill(typed, &Dn::root());
        let naive: Vec<&Entry> = entries.iter().filter(|entry| holds(&filled, entry)).collect();
        prop_assert_eq!(found, naive);
    }
}
