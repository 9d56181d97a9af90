//! Groups whose members a server may compute at each search, so that a listing does not show them all.

use super::super::DirectorySnapshot;
use super::super::entries::EntryTable;
use crate::attribute::AttributeName;
use crate::dn::Dn;
use crate::fetched::Reason;
use crate::supplier::COMPUTES_MEMBERS;

/// Classes of groups that have their members as values, and classes that say nothing about members, in lower
/// case.
const STATIC: [&str; 34] = [
    "top",
    "group",
    "groupofnames",
    "groupofuniquenames",
    "groupofmembers",
    "groupofentries",
    "posixgroup",
    "organizationalrole",
    "nestedgroup",
    "ipausergroup",
    "ipaobject",
    "ipantgroupattrs",
    "ipaexternalgroup",
    "sambagroupmapping",
    "sambasidentry",
    "rfc822mailgroup",
    "mailgroup",
    "mailrecipient",
    "nsmemberof",
    "inetuser",
    "inetadmin",
    "inetmailgroup",
    "groupofaccounts",
    "uidobject",
    "dcobject",
    "organizationalunit",
    "nismailalias",
    "univentiongroup",
    "univentionobject",
    "univentionpolicyreference",
    "univentionmail",
    "gosagroupofnames",
    "securityprincipal",
    "mepmanagedentry",
];

/// Why a server may compute the members of a group: an attribute or a class by which servers do so, or a class
/// that is not known. A domain controller computes none.
pub(super) fn computes(
    snapshot: &DirectorySnapshot,
    named: &EntryTable,
    entry: u32,
) -> Option<Reason> {
    let texts = snapshot.texts();
    let [class, attributes @ ..] = COMPUTES_MEMBERS.map(AttributeName::known);
    let values = |name: &AttributeName| named.values(named.column(name), entry);
    let name = texts.name(named.name(entry));
    let by = |what: String| {
        Some(Reason::new(format!("the directory may compute the members of `{name}`: {what}")))
    };
    if let Some(attribute) = attributes.iter().find(|name| !values(name).is_empty()) {
        return by(format!("the group has `{attribute}`"));
    }
    let is_computed = |export: &crate::snapshot::Export| {
        Dn::parse(&name).is_ok_and(|name| export.has_search(&name))
    };
    if snapshot.export().is_some_and(is_computed) {
        return by("the group has the URL of a search".to_owned());
    }
    if snapshot.schema().is_domain() {
        return None;
    }
    let classes = values(&class);
    if classes.is_empty() && snapshot.schema().is_published() {
        return by("the bind DN may not read its classes".to_owned());
    }
    let classes = classes.iter().filter_map(|class| texts.text(*class));
    let unknown = classes
        .filter(|class| !STATIC.contains(&class.to_ascii_lowercase().as_str()))
        .map(|class| format!("the group has the class `{class}`"));
    unknown.into_iter().next().and_then(by)
}
