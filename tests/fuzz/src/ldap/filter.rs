use project_deployer_ldap::filter::Truth;
use project_deployer_ldap::{AttributeName, Dn, Entry, Filter};

use crate::shown::assert_fit_to_show;

/// A filter is written as what it was read as, and says the opposite when it is negated.
pub fn filter(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let filter = match Filter::parse(&text) {
        Ok(filter) => filter,
        Err(error) => return assert_fit_to_show(&error, 1_000),
    };
    assert_survives(&filter);
    let entry = entry();
    let opposite = Filter::Not(Box::new(filter.clone())).evaluate(&entry);
    let expected = match filter.evaluate(&entry) {
        Truth::True => Truth::False,
        Truth::False => Truth::True,
        Truth::Undefined => Truth::Undefined,
    };
    assert_eq!(opposite, expected);
}

pub(super) fn assert_survives(filter: &Filter) {
    let written = filter.to_string();
    // What is escaped takes three times as much.
    if written.len() <= 20_000 {
        assert_eq!(&Filter::parse(&written).unwrap(), filter, "{written}");
    }
}

fn entry() -> Entry {
    let values = [
        ("uid", "ann"),
        ("cn", "Ann Li"),
        ("objectClass", "person"),
        ("member", "uid=ann,dc=test"),
        ("uidNumber", "1004"),
    ];
    let entry = Entry::new(Dn::parse("uid=ann,ou=people,dc=test").unwrap());
    values
        .into_iter()
        .fold(entry, |entry, (name, value)| entry.with(AttributeName::parse(name).unwrap(), value))
}
