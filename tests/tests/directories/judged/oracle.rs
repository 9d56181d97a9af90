//! What a node finds at a login: the user filter with the login filled in must find exactly one entry, and
//! the group filter with the entry's name and the login an authorized group. It shares no code with the
//! matching but the client.

use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::matching::Presence;
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

/// The result of a login at a node with these settings.
pub(crate) async fn login(
    directory: &dyn Directory,
    settings: &LdapSettings,
    login: &str,
) -> Verdict {
    let filter = settings.user_filter.replace("{USERNAME}", &escaped(login));
    let Some(people) = found(directory, settings, &filter, "objectClass").await else {
        return Verdict::Unknown;
    };
    let [person] = people.as_slice() else {
        return if people.is_empty() { Verdict::Nobody } else { Verdict::Several };
    };
    if settings.authorized_groups.is_empty() {
        return Verdict::In;
    }
    let filter = settings.group_filter.as_ref().unwrap();
    let filter = filter.replace("{USERNAME}", &escaped(login));
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
        Presence::BlockedInDirectory { otherwise, .. } => reported(otherwise),
        Presence::Unknown { .. } => Verdict::Unknown,
        _ => Verdict::OfAccounts,
    }
}
