//! How a person whom a node does not authorize belongs to an authorized group all the same: through another
//! group, or by the primary group, which does not list its members.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use super::NodeSearches;
use crate::attribute::{AttributeName, AttributeValue};
use crate::directory::Nature;
use crate::dn::Dn;
use crate::entry::Entry;
use crate::fetched::Fetched;
use crate::filter::Filter;
use crate::matching::{GroupInGroup, IndirectMembership};
use crate::supplier::{GroupSearch, named};
use crate::template::Placeholder;

/// How many groups of one person are followed up.
const FOLLOWED: usize = 50;

/// Looks for indirect memberships in one directory, with the settings of one node. The groups of a group are asked
/// for once.
pub(crate) struct IndirectMemberships<'a> {
    searches: &'a NodeSearches,
    search: &'a GroupSearch,
    /// Whether the directory is an Active Directory domain.
    is_domain: bool,
    above: Mutex<BTreeMap<Dn, Vec<Group>>>,
}

/// A group and its names.
#[derive(Debug, Clone)]
struct Group {
    dn: Dn,
    names: Vec<String>,
}

impl Group {
    fn of(entry: &Entry, name: &AttributeName) -> Self {
        Self { dn: entry.dn.clone(), names: entry.texts(name).map(str::to_owned).collect() }
    }

    fn name(&self) -> Option<String> {
        self.names.first().cloned()
    }
}

impl<'a> IndirectMemberships<'a> {
    /// None where the settings authorize everybody.
    pub(crate) fn new(searches: &'a NodeSearches, is_domain: bool) -> Option<Self> {
        let search = searches.rules.group_search.as_ref()?;
        Some(Self { searches, search, is_domain, above: Mutex::default() })
    }

    /// The membership of the only person with this login.
    pub(crate) async fn of(&self, username: &str) -> Fetched<Option<IndirectMembership>> {
        let names = ["primaryGroupID", "objectSid", "gidNumber"].map(AttributeName::known);
        let people = self.searches.people(username, names).await?;
        let [person] = people.as_slice() else { return Ok(None) };
        let mut own = self.groups_of(username, person).await?;
        if own.iter().any(|group| self.authorized(group).is_some()) {
            return Ok(None);
        }
        if let Some(found) = own.iter().find_map(|group| self.named_by_dn(group)) {
            return Ok(Some(found));
        }
        let primary = self.primary_group(person).await?;
        if let Some(group) = primary.as_ref().and_then(|group| self.authorized(group)) {
            return Ok(Some(IndirectMembership::PrimaryGroup { group }));
        }
        if let Some(group) = self.posix_group(person).await? {
            return Ok(Some(IndirectMembership::PosixPrimaryGroup { group }));
        }
        own.extend(primary);
        self.through(own, self.is_of_domain(person)).await
    }

    /// An export does not show the kind of server, but each account of a domain has an identifier.
    fn is_of_domain(&self, person: &Entry) -> bool {
        let sid = AttributeName::known("objectSid");
        let is_export = self.searches.directory().nature() == Nature::Export;
        self.is_domain || (is_export && !person.values(&sid).is_empty())
    }

    fn authorized(&self, group: &Group) -> Option<String> {
        let authorized = &self.searches.rules.authorized;
        group.names.iter().find(|name| authorized.contains(name)).cloned()
    }

    /// The DN of a group in the settings, which compare names only.
    fn written(&self, group: &Group) -> Option<String> {
        let is_same =
            |text: &&String| text.contains('=') && Dn::parse(text).is_ok_and(|dn| dn == group.dn);
        self.searches.rules.authorized.iter().find(is_same).cloned()
    }

    fn named_by_dn(&self, group: &Group) -> Option<IndirectMembership> {
        let written = self.written(group)?;
        Some(match group.name() {
            Some(name) => IndirectMembership::NamedByDn { group: written, name },
            None => {
                let attribute = self.search.name().to_string();
                IndirectMembership::Nameless { group: written, attribute }
            }
        })
    }

    /// The membership in an authorized group that holds the person's own group.
    fn nested(&self, above: &Group, through: &GroupInGroup) -> Option<IndirectMembership> {
        let (group, authorized_by_dn) = match (self.authorized(above), self.written(above)) {
            (Some(name), _) => (name, None),
            (None, Some(written)) => (above.name()?, Some(written)),
            (None, None) => return None,
        };
        let through = GroupInGroup { authorized_by_dn, ..through.clone() };
        Some(IndirectMembership::Nested { group, through })
    }

    async fn groups_of(&self, username: &str, entry: &Entry) -> Fetched<Vec<Group>> {
        let name = self.search.name();
        match self.search {
            GroupSearch::OnGroup { filter, .. } => {
                let filter = filter.fill(username, &entry.dn);
                let found = self.searches.found(&filter, std::slice::from_ref(name)).await?;
                Ok(found.iter().map(|group| Group::of(group, name)).collect())
            }
            GroupSearch::OnUser { attribute, .. } => {
                let mut groups = Vec::new();
                for dn in entry.texts(attribute).filter_map(|dn| Dn::parse(dn).ok()).take(FOLLOWED)
                {
                    groups.extend(self.entry(&dn, &[name]).await?.map(|own| Group::of(&own, name)));
                }
                Ok(groups)
            }
        }
    }

    /// The groups in which a group is.
    async fn above(&self, group: &Group) -> Fetched<Vec<Group>> {
        let known =
            self.above.lock().unwrap_or_else(PoisonError::into_inner).get(&group.dn).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let entry = match self.search {
            GroupSearch::OnGroup { filter, .. } if filter.uses(Placeholder::UserDn) => {
                Some(Entry::new(group.dn.clone()))
            }
            GroupSearch::OnGroup { .. } => None,
            GroupSearch::OnUser { attribute, .. } => self.entry(&group.dn, &[attribute]).await?,
        };
        let above = match entry {
            Some(entry) => self.groups_of("", &entry).await?,
            None => Vec::new(),
        };
        let mut known = self.above.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(group.dn.clone(), above.clone());
        Ok(above)
    }

    /// Follows groups in groups, which may form a loop.
    async fn through(
        &self,
        own: Vec<Group>,
        is_domain: bool,
    ) -> Fetched<Option<IndirectMembership>> {
        let mut seen: BTreeSet<Dn> = own.iter().map(|group| group.dn.clone()).collect();
        let mut next: VecDeque<(Group, GroupInGroup)> = own
            .into_iter()
            .map(|group| (group.clone(), through_group(&group, is_domain)))
            .collect();
        for _ in 0..FOLLOWED {
            let Some((group, through)) = next.pop_front() else { return Ok(None) };
            for above in self.above(&group).await? {
                if let Some(found) = self.nested(&above, &through) {
                    return Ok(Some(found));
                }
                if seen.insert(above.dn.clone()) {
                    next.push_back((above, through.clone()));
                }
            }
        }
        Ok(None)
    }

    /// The group whose identifier is that of the person with another last part (MS-ADTS, 3.1.1.4.5.11).
    async fn primary_group(&self, person: &Entry) -> Fetched<Option<Group>> {
        let sid = AttributeName::known("objectSid");
        let part = person.texts(&AttributeName::known("primaryGroupID")).next();
        let part = part.and_then(|part| part.parse::<u32>().ok());
        let own = person.values(&sid).first().map(AttributeValue::as_bytes);
        let (Some(part), Some(own)) = (part, own) else { return Ok(None) };
        let Some((domain, _)) = own.split_last_chunk::<4>() else { return Ok(None) };
        let group = Filter::equality(sid, [domain, &part.to_le_bytes()[..]].concat());
        let name = self.search.name();
        let found = self.searches.found(&group, std::slice::from_ref(name)).await?;
        Ok(found.first().map(|group| Group::of(group, name)))
    }

    /// An authorized group with the number of the person's group.
    async fn posix_group(&self, person: &Entry) -> Fetched<Option<String>> {
        let number = AttributeName::known("gidNumber");
        let Some(own) = person.texts(&number).next() else { return Ok(None) };
        let name = self.search.name();
        let class = AttributeName::known("objectClass");
        let filter = Filter::And(vec![
            Filter::equality(number, own),
            named(name, &self.searches.rules.authorized),
            Filter::Not(Box::new(Filter::equality(class, "posixAccount"))),
        ]);
        let found = self.searches.found(&filter, std::slice::from_ref(name)).await?;
        Ok(found.iter().find_map(|group| self.authorized(&Group::of(group, name))))
    }

    async fn entry(&self, dn: &Dn, wanted: &[&AttributeName]) -> Fetched<Option<Entry>> {
        let wanted: Vec<AttributeName> = wanted.iter().copied().cloned().collect();
        self.searches.entry(dn, &wanted).await
    }
}

fn through_group(group: &Group, is_domain: bool) -> GroupInGroup {
    let through = GroupInGroup::new(group.dn.to_string(), group.name());
    if is_domain { through.following() } else { through }
}
