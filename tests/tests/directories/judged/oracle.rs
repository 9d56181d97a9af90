//! What a node finds at a login: the user filter with the login filled in must find exactly one entry, and
//! the group filter with the entry's name and the login an authorized group. It shares no code with the
//! matching but the client.

use std::collections::BTreeMap;

use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::matching::Presence;
use project_deployer_ldap::remapping::LoginRemapping;
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{AttributeName, Completeness, Directory, Entry, Filter, Scope};

/// The result of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    In,
    Refused,
    Nobody,
    Several,
    Unknown,
    /// The directory finds one person, who has another login that it takes for the same.
    Respelled,
    /// The accounts of the node decide.
    OfAccounts,
}

/// The value in a filter (RFC 4515).
fn escaped(value: &str) -> String {
    let escape = |byte: u8| match byte {
        b'*' | b'(' | b')' | b'\\' | 0 | 0x80.. => format!("\\{byte:02x}"),
        _ => char::from(byte).to_string(),
    };
    value.bytes().map(escape).collect()
}

async fn found(
    directory: &dyn Directory,
    settings: &LdapSettings,
    filter: &str,
    attribute: &str,
) -> Option<Vec<Entry>> {
    let url = LdapUrl::parse(&settings.url).unwrap();
    let filter = Filter::parse(filter).unwrap();
    let wanted = [AttributeName::parse(attribute).unwrap()];
    let found =
        directory.search_at_once(url.base(), Scope::Subtree, &filter, &wanted).await.ok()?;
    (found.completeness == Completeness::Complete).then_some(found.entries)
}

/// Letters that one of the servers takes for others.
const TAKEN_FOR: [(&str, &str); 6] = [
    ("\u{fb01}", "fi"),
    ("\u{eb}", "e"),
    ("e\u{308}", "e"),
    ("\u{df}", "ss"),
    ("\u{17f}", "s"),
    ("\u{e9}", "e"),
];

/// Whether a server may take two logins for the same.
fn look_alike(one: &str, other: &str) -> bool {
    let form = |text: &str| {
        let small = text.to_lowercase();
        let plain = TAKEN_FOR.iter().fold(small, |text, (from, to)| text.replace(from, to));
        plain.chars().filter(char::is_ascii_alphanumeric).collect::<String>()
    };
    form(one) == form(other)
}

/// The result of a login at a node with these settings.
pub(crate) async fn login(
    directory: &dyn Directory,
    settings: &LdapSettings,
    login: &str,
) -> Verdict {
    remapped(directory, settings, login, &[login]).await
}

/// The result of all the texts that a person may type and of which the node makes this login.
pub(crate) async fn remapped(
    directory: &dyn Directory,
    settings: &LdapSettings,
    login: &str,
    typed: &[&str],
) -> Verdict {
    let mut people: BTreeMap<String, (Entry, Vec<&str>)> = BTreeMap::new();
    for text in typed {
        let filter = settings.user_filter.replace("{USERNAME}", &escaped(text));
        let found = found(directory, settings, &filter, &settings.username_attribute).await;
        let Some(found) = found else { return Verdict::Unknown };
        for entry in found {
            let known = people.entry(entry.dn.to_string());
            known.or_insert_with(|| (entry, Vec::new())).1.push(text);
        }
    }
    let mut people = people.into_values();
    let (person, typed) = match (people.next(), people.next()) {
        (None, _) => return Verdict::Nobody,
        (Some(_), Some(_)) => return Verdict::Several,
        (Some(person), None) => person,
    };
    let rules = LoginRemapping::compile(&settings.remapping_rules).unwrap();
    let attribute = AttributeName::parse(&settings.username_attribute).unwrap();
    let held: Vec<&str> = person.texts(&attribute).collect();
    let is_made = |held: &&str| rules.apply(held).unwrap() == login;
    let alike = |held: &&str| typed.iter().any(|typed| look_alike(held, typed));
    if !held.iter().any(is_made) && held.iter().any(alike) {
        // Another attribute may have found the person.
        let equal = |typed: &&str| format!("({}={})", settings.username_attribute, escaped(typed));
        let any = format!("(|{})", typed.iter().map(equal).collect::<String>());
        let same = found(directory, settings, &any, &settings.username_attribute).await;
        let Some(same) = same else { return Verdict::Unknown };
        if same.iter().any(|entry| entry.dn == person.dn) {
            return Verdict::Respelled;
        }
    }
    let mut verdict = Verdict::Refused;
    for text in typed {
        match of_groups(directory, settings, text, &person).await {
            Verdict::In => return Verdict::In,
            Verdict::Refused => {}
            other => verdict = other,
        }
    }
    verdict
}

async fn of_groups(
    directory: &dyn Directory,
    settings: &LdapSettings,
    typed: &str,
    person: &Entry,
) -> Verdict {
    if settings.authorized_groups.is_empty() {
        return Verdict::In;
    }
    let filter = settings.group_filter.as_ref().unwrap();
    let filter = filter.replace("{USERNAME}", &escaped(typed));
    let filter = filter.replace("{USERDN}", &escaped(&person.dn.to_string()));
    let name = settings.group_name_attribute.as_ref().unwrap();
    let Some(groups) = found(directory, settings, &filter, name).await else {
        return Verdict::Unknown;
    };
    let name = AttributeName::parse(name).unwrap();
    let names: Vec<&str> = groups.iter().flat_map(|group| group.texts(&name)).collect();
    let is = |group: &String, exactly: bool| {
        names
            .iter()
            .any(|name| if exactly { *name == group } else { name.eq_ignore_ascii_case(group) })
    };
    match &settings.authorized_groups {
        groups if groups.iter().any(|group| is(group, true)) => Verdict::In,
        groups if groups.iter().any(|group| is(group, false)) => Verdict::Unknown,
        _ => Verdict::Refused,
    }
}

/// What a report says of a login.
pub(crate) fn reported(presence: &Presence) -> Verdict {
    match presence {
        Presence::ImportableOnDemand { .. }
        | Presence::ImportableAtFirstLogin
        | Presence::ImportSwitchedOff => Verdict::In,
        Presence::NotAuthorized { .. } => Verdict::Refused,
        Presence::NotInDirectory { .. } => Verdict::Nobody,
        Presence::Ambiguous { .. } => Verdict::Several,
        Presence::NearMatch(similar) if similar.in_directory => Verdict::Respelled,
        Presence::BlockedInDirectory { otherwise, .. } => reported(otherwise),
        Presence::Unknown { .. } => Verdict::Unknown,
        _ => Verdict::OfAccounts,
    }
}
