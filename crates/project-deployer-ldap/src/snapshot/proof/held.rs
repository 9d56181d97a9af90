//! What a listing proves about membership that is an attribute of people, such as `memberOf`.

use std::collections::HashSet;

use super::super::DirectorySnapshot;
use super::super::entries::{EntryTable, Texts};
use super::super::export::on_server;
use super::super::held::{authorized, outsiders};
use super::not_exported;
use crate::attribute::AttributeName;
use crate::caseless::shortened;
use crate::fetched::Reason;
use crate::filter::{Filter, Truth};
use crate::letters::forms;
use crate::supplier::SupplierRules;

/// The groups that people list.
pub(super) struct HeldProof<'a> {
    texts: &'a Texts,
    people: &'a EntryTable,
    attribute: AttributeName,
    /// The coarse forms of the names of authorized groups.
    groups: HashSet<String>,
    /// The keys of everybody who certainly holds none of them.
    outside: Outside,
}

/// Who certainly holds no authorized group.
enum Outside {
    /// The directory has no such group.
    Everybody,
    /// Whom the server finds so.
    Found(HashSet<u32>),
    /// Whoever shows other groups: an export cannot be asked.
    WithOthers,
    /// Nobody.
    Unknown(Reason),
}

impl<'a> HeldProof<'a> {
    /// # Errors
    ///
    /// The listing proves nothing about anybody.
    pub(super) fn of(
        rules: &SupplierRules,
        (attribute, list): (&AttributeName, &Filter),
        snapshot: &'a DirectorySnapshot,
        people: &'a EntryTable,
    ) -> Result<Self, Reason> {
        let texts = snapshot.texts();
        let Some(search) = rules.member_groups() else {
            return Err(Reason::new("no list of groups decides"));
        };
        let listed = snapshot.answer(&search)?;
        let groups: HashSet<String> = authorized(rules, listed, texts)
            .flat_map(|group| forms(&texts.name(listed.name(group))))
            .collect();
        let outside = match snapshot.export() {
            Some(export) => {
                let mut names = vec![attribute];
                list.attributes(&mut names);
                names.extend(rules.groups.iter().map(|groups| &groups.name));
                if let Some(missing) = names.into_iter().find(|name| !export.shows(name)) {
                    return Err(not_exported(missing));
                }
                of_exported(rules, list, snapshot)?;
                Outside::WithOthers
            }
            None if groups.is_empty() => Outside::Everybody,
            None => found(rules, attribute, snapshot),
        };
        Ok(Self { texts, people, attribute: attribute.clone(), groups, outside })
    }

    /// Why the listing does not prove that a person is in no authorized group.
    pub(super) fn of_outsider(&self, person: u32) -> Option<Reason> {
        let held = self.people.values(self.people.column(&self.attribute), person);
        let mut texts = held.iter().map(|value| {
            (self.texts.is_odd(*value), String::from_utf8_lossy(self.texts.bytes(*value)))
        });
        let similar = texts.find(|(is_odd, text)| {
            let is_group = || forms(text).iter().any(|form| self.groups.contains(form));
            !text.contains('=') || (*is_odd && is_group())
        });
        if let Some((_, text)) = similar {
            return Some(Reason::new(format!(
                "`{}` is `{}`, which may be an authorized group in another spelling",
                self.attribute,
                shortened(&text)
            )));
        }
        let is_outside = match &self.outside {
            Outside::Everybody => true,
            Outside::Found(keys) => keys.contains(&self.people.key(person)),
            Outside::WithOthers => !held.is_empty() && !self.people.is_cut(person),
            Outside::Unknown(reason) => return Some(reason.clone()),
        };
        (!is_outside).then(|| match self.outside {
            Outside::WithOthers => Reason::new(format!(
                "the export shows no group in `{}` of this person, and does not say whether it may; export with the \
                 rights of the node's bind DN, or read the server",
                self.attribute
            )),
            _ => hidden(&self.attribute),
        })
    }
}

fn found(
    rules: &SupplierRules,
    attribute: &AttributeName,
    snapshot: &DirectorySnapshot,
) -> Outside {
    let search = outsiders(rules, &snapshot.answers, snapshot.texts());
    match search.map(|search| snapshot.answer(&search)) {
        Some(Ok(table)) => Outside::Found(table.entries().map(|entry| table.key(entry)).collect()),
        Some(Err(reason)) => Outside::Unknown(reason),
        None => Outside::Unknown(hidden(attribute)),
    }
}

fn hidden(attribute: &AttributeName) -> Reason {
    Reason::new(format!(
        "nothing shows that the bind DN may read `{attribute}` of this person; grant it the right in the directory, or \
         write a group filter in the LDAP settings"
    ))
}

/// An export says which authorized groups the filter for groups finds only if no rule of the server matters.
fn of_exported(
    rules: &SupplierRules,
    list: &Filter,
    snapshot: &DirectorySnapshot,
) -> Result<(), Reason> {
    let Some(search) = rules.named_groups(false) else {
        return Err(Reason::new("too many groups are authorized"));
    };
    let (named, texts) = (snapshot.answer(&search)?, snapshot.texts());
    for group in authorized(rules, named, texts) {
        if on_server(list, &named.entry(texts, group)) == Truth::Undefined {
            return Err(Reason::new(format!(
                "the export does not say whether the filter for groups finds `{}`",
                texts.name(named.name(group))
            )));
        }
    }
    Ok(())
}
