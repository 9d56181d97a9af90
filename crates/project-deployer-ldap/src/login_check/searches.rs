//! The two searches that a node makes at a login (R-L2).

use std::sync::Arc;

use project_deployer_core::accounts::LdapSettings;

use super::account_schema::state_attributes;
use super::held::HeldGroups;
use super::until_silent::UntilSilent;
use crate::attribute::AttributeName;
use crate::caseless::{folded, shortened};
use crate::directory::{Completeness, Directory, DirectoryError, Scope};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::fetched::{Fetched, Reason};
use crate::filter::Filter;
use crate::snapshot::in_another_spelling;
use crate::supplier::{GroupSearch, SupplierRules, named};

/// The searches of one node's settings in one directory. A directory that stops answering is not asked
/// again.
#[derive(Debug)]
pub(crate) struct NodeSearches {
    pub(super) directory: UntilSilent,
    pub(super) rules: SupplierRules,
}

impl NodeSearches {
    pub(crate) fn new(directory: Arc<dyn Directory>, settings: &LdapSettings) -> Fetched<Self> {
        let rules = SupplierRules::compile(settings).map_err(|error| Reason::of(&error))?;
        Ok(Self { directory: UntilSilent::new(directory), rules })
    }

    pub(crate) fn directory(&self) -> &dyn Directory {
        &self.directory
    }

    pub(crate) fn rules(&self) -> &SupplierRules {
        &self.rules
    }

    /// The entries that the user filter finds for a login, with these attributes. A partial answer with
    /// several entries is enough: a login requires exactly one.
    pub(crate) async fn people(
        &self,
        username: &str,
        attributes: impl IntoIterator<Item = AttributeName>,
    ) -> Fetched<Vec<Entry>> {
        self.people_of(username, &self.wanted(attributes)).await
    }

    /// The same, with the state of their accounts. Samba finds somebody else by the OID of an attribute that is requested
    /// by it, so what the user filter compares is not requested here.
    pub(crate) async fn people_with_state(&self, username: &str) -> Fetched<Vec<Entry>> {
        self.people_of(username, &self.wanted_of_people()).await
    }

    async fn people_of(&self, username: &str, wanted: &[AttributeName]) -> Fetched<Vec<Entry>> {
        let filter = self.rules.user_template.fill(username, &Dn::root());
        let (people, cut) = self.search(&filter, wanted).await?;
        match cut {
            Some(reason) if people.len() < 2 => Err(reason),
            _ => Ok(people),
        }
    }

    /// The entries that a filter finds, with these attributes and those that the settings need.
    pub(crate) async fn entries(
        &self,
        filter: &Filter,
        attributes: impl IntoIterator<Item = AttributeName>,
    ) -> Fetched<Vec<Entry>> {
        self.found(filter, &self.wanted(attributes)).await
    }

    /// All entries that a filter finds, with these attributes.
    pub(super) async fn found(
        &self,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Fetched<Vec<Entry>> {
        let (entries, cut) = self.search(filter, attributes).await?;
        cut.map_or(Ok(entries), Err)
    }

    /// One entry by its name; none where the directory does not show it.
    pub(crate) async fn entry(
        &self,
        dn: &Dn,
        attributes: &[AttributeName],
    ) -> Fetched<Option<Entry>> {
        let every = Filter::Present(AttributeName::known("objectClass"));
        match self.directory.search_at_once(dn, Scope::Base, &every, attributes).await {
            Ok(found) => Ok(found.entries.into_iter().next()),
            Err(DirectoryError::NoSuchBase { .. } | DirectoryError::Refused { .. }) => Ok(None),
            Err(error) => Err(Reason::of(&error)),
        }
    }

    /// Whether the directory takes the login of an entry for one of these.
    pub(crate) async fn has_login(&self, dn: &Dn, names: &[&str]) -> Fetched<bool> {
        let equal = |name: &&str| Filter::equality(self.rules.login.clone(), *name);
        let any = Filter::Or(names.iter().map(equal).collect());
        let wanted = [AttributeName::known("objectClass")];
        let found = self.directory.search_at_once(dn, Scope::Base, &any, &wanted).await;
        Ok(!found.map_err(|error| Reason::of(&error))?.entries.is_empty())
    }

    /// The attributes of [`Self::people_with_state`].
    pub(crate) fn wanted_of_people(&self) -> Vec<AttributeName> {
        self.wanted(state_attributes())
    }

    pub(super) fn wanted(
        &self,
        attributes: impl IntoIterator<Item = AttributeName>,
    ) -> Vec<AttributeName> {
        let mut wanted = vec![self.rules.login.clone()];
        wanted.extend(attributes);
        if let Some(GroupSearch::OnUser { attribute, .. }) = &self.rules.group_search {
            wanted.push(attribute.clone());
        }
        wanted
    }

    /// Whether one of the person's groups is authorized. A partial answer with such a group is enough.
    pub(crate) async fn is_authorized(&self, username: &str, entry: &Entry) -> Fetched<bool> {
        let Some(search) = &self.rules.group_search else { return Ok(true) };
        let name = search.name();
        let (groups, cut) = match search {
            GroupSearch::OnGroup { filter, .. } => {
                let filter = filter.fill(username, &entry.dn);
                self.search(&filter, std::slice::from_ref(name)).await?
            }
            GroupSearch::OnUser { list, attribute, .. } => {
                // A directory may have many other groups.
                let list = Filter::And(vec![list.clone(), named(name, &self.rules.authorized)]);
                let (groups, cut) = self.search(&list, std::slice::from_ref(name)).await?;
                let held = HeldGroups::of(entry, attribute, groups);
                let authorized = judge(&self.rules.authorized, name, &held.certain, cut)?;
                if !authorized {
                    held.prove_none_of_the_others(&self.directory).await?;
                }
                return Ok(authorized);
            }
        };
        judge(&self.rules.authorized, name, &groups, cut)
    }

    /// The entries below the base of the settings, and why these are not all.
    pub(super) async fn search(
        &self,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Fetched<(Vec<Entry>, Option<Reason>)> {
        let base = self.rules.url.base();
        let found = self.directory.search_at_once(base, Scope::Subtree, filter, attributes).await;
        let found = found.map_err(|error| Reason::of(&error))?;
        let cut = match found.completeness {
            Completeness::Complete => None,
            Completeness::Partial(reason) => {
                Some(Reason::new(format!("the answer is incomplete: {reason}")))
            }
        };
        Ok((found.entries, cut))
    }
}

/// Whether one of the groups is authorized. With such a group, an incomplete answer is enough.
fn judge(
    authorized: &[String],
    name: &AttributeName,
    groups: &[Entry],
    cut: Option<Reason>,
) -> Fetched<bool> {
    let names = groups.iter().flat_map(|group| group.texts(name));
    match (judge_groups(authorized, names), cut) {
        (Ok(true), _) => Ok(true),
        (_, Some(reason)) => Err(reason),
        (Ok(false), None) => named_elsewhere(authorized, name, groups).map_or(Ok(false), Err),
        (judged, None) => judged,
    }
}

/// Why a group decides nothing that shows an authorized name in an attribute with another name than the settings
/// write: the same attribute by its usual name, a subtype, or one with an option. No source says whether a node
/// reads it there.
fn named_elsewhere(
    authorized: &[String],
    name: &AttributeName,
    groups: &[Entry],
) -> Option<Reason> {
    let others = groups.iter().flat_map(Entry::attributes).filter(|(other, _)| *other != name);
    let named = others.flat_map(|(other, values)| values.iter().map(move |value| (other, value)));
    let is_authorized = |text: &&str| authorized.iter().any(|group| group == text);
    let (other, group) = named
        .filter_map(|(other, value)| Some((other, value.as_text().filter(is_authorized)?)))
        .next()?;
    let plain = other.as_str().split(';').next().unwrap_or_default();
    let is_option = plain.eq_ignore_ascii_case(name.as_str());
    Some(Reason::new(match is_option {
        true => format!(
            "the directory has the name `{}` of a group only as `{other}`; give the group this name as `{name}`",
            shortened(group)
        ),
        false => format!(
            "the directory returns the name of the group `{}` as `{other}`, not as `{name}`; write `{other}` in \
             `groupNameAttribute` of the LDAP settings",
            shortened(group)
        ),
    }))
}

/// A name that differs only in case gives "unknown": no source says how the product compares such names.
fn judge_groups<'a>(authorized: &[String], names: impl Iterator<Item = &'a str>) -> Fetched<bool> {
    let mut similar = None;
    for name in names {
        if authorized.iter().any(|group| group == name) {
            return Ok(true);
        }
        if authorized.iter().any(|group| folded(group) == folded(name)) {
            similar = Some(name.to_owned());
        }
    }
    match similar {
        None => Ok(false),
        Some(name) => Err(Reason::new(in_another_spelling(&name))),
    }
}
