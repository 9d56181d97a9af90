//! A node's LDAP settings, compiled: which people they authorize, under which login, and by which searches.

use std::collections::BTreeSet;

use project_deployer_core::accounts::LdapSettings;

use crate::attribute::{AttributeName, AttributeNameError};
use crate::fetched::{Fetched, Reason};
use crate::filter::{Comparison, Filter, FilterError};
use crate::remapping::{LoginRemapping, RemappingError};
use crate::template::{
    FilterTemplate, Placeholder, Selector, Slot, TemplateKind, TemplateValue, UndecidableTemplate,
};

mod ldap_url;

const USER_FILTER: &str = "user filter";

/// With more authorized groups, they are not searched by name.
const NAMED_AT_MOST: usize = 5_000;

/// The class and the attributes by which servers compute the members of a group at each search.
pub(crate) const COMPUTES_MEMBERS: [&str; 3] = ["objectClass", "memberURL", "labeledURI"];

pub use ldap_url::{LdapUrl, LdapUrlError};

/// The rules of one node's LDAP supplier (R-L2, R-L9).
///
/// The user filter decides which people exist, since a first login uses it. The group filter decides on
/// group membership. The attributes for listing replace the group filter only if there is none.
#[derive(Debug)]
pub struct SupplierRules {
    pub(crate) url: LdapUrl,
    pub(crate) login: AttributeName,
    /// The user filter as a rule for all people; an error if only one search for each login can decide.
    pub(crate) users: Result<Selector, SupplierError>,
    pub(crate) user_template: FilterTemplate,
    pub(crate) groups: Option<GroupRules>,
    /// How a node finds the groups of one user; none if it authorizes every person.
    pub(crate) group_search: Option<GroupSearch>,
    pub(crate) authorized: Vec<String>,
    pub(crate) remapping: LoginRemapping,
}

/// One search for a listing, and the attributes that are read of each entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    pub(crate) filter: Filter,
    pub(crate) attributes: BTreeSet<AttributeName>,
}

impl Search {
    /// A text that no other search has. What one location asks for may change what a server returns, so only
    /// equal searches share an answer.
    pub(crate) fn key(&self) -> String {
        let names: Vec<&str> = self.attributes.iter().map(AttributeName::as_str).collect();
        format!("{} {}", self.filter, names.join(" "))
    }
}

/// How to find the names of a user's groups.
#[derive(Debug)]
pub(crate) struct GroupRules {
    pub(crate) name: AttributeName,
    pub(crate) membership: Membership,
}

#[derive(Debug)]
pub(crate) enum Membership {
    /// The group entry lists its members.
    OnGroup(Selector),
    /// Only one search for each user can decide.
    Unlisted(SupplierError),
    /// The user's entry lists its groups; the filter finds all groups.
    OnUser {
        /// The attribute of the user with the names of its groups.
        attribute: AttributeName,
        /// The filter for all groups.
        list: Filter,
    },
}

/// The search for the groups of one user.
#[derive(Debug)]
pub(crate) enum GroupSearch {
    /// Group entries list their members; the filter is filled for one user.
    OnGroup { name: AttributeName, filter: FilterTemplate },
    /// The user's entry lists its groups; the filter finds all groups.
    OnUser { name: AttributeName, attribute: AttributeName, list: Filter },
}

impl GroupSearch {
    /// The attribute with the name of a group.
    pub(crate) fn name(&self) -> &AttributeName {
        match self {
            Self::OnGroup { name, .. } | Self::OnUser { name, .. } => name,
        }
    }
}

/// Why the settings of an LDAP supplier are not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SupplierError {
    /// The URL is not valid.
    #[error(transparent)]
    Url(#[from] LdapUrlError),
    /// A required field is empty.
    #[error("the LDAP settings have no {field}; write one, for example `{example}`")]
    Missing {
        /// The name of the field, in words.
        field: &'static str,
        /// An example.
        example: &'static str,
    },
    /// A field that should name an attribute does not.
    #[error("the {field} of the LDAP settings: {source}")]
    Attribute {
        /// The name of the field, in words.
        field: &'static str,
        /// The fault.
        source: AttributeNameError,
    },
    /// A filter is malformed.
    #[error("the {field} of the LDAP settings: {source}")]
    Filter {
        /// The name of the field, in words.
        field: &'static str,
        /// The fault.
        source: FilterError,
    },
    /// A filter cannot be evaluated from a list of entries.
    #[error(
        "the {field} of the LDAP settings cannot be evaluated from a list of entries: {source}"
    )]
    Undecidable {
        /// The name of the field, in words.
        field: &'static str,
        /// The reason.
        source: UndecidableTemplate,
    },
    /// Only some groups are authorized, but groups are not fetched.
    #[error(
        "the LDAP settings authorize only some groups (`authorizedGroups`) but fetch no groups (`enableGroups`); \
         switch groups on, or empty the list"
    )]
    GroupsOff,
    /// A remapping rule is not usable.
    #[error(transparent)]
    Remapping(#[from] RemappingError),
}

impl SupplierRules {
    /// Compiles the settings of a node.
    ///
    /// # Errors
    ///
    /// A setting is missing, malformed or contradicts another one. The error names the first.
    pub fn compile(settings: &LdapSettings) -> Result<Self, SupplierError> {
        let login = attribute("username attribute", Some(&settings.username_attribute), "uid")?;
        let url = LdapUrl::parse(&settings.url)?;
        let (user_template, users) = users(settings)?;
        let (groups, group_search) = groups(settings, &login)?.unzip();
        let users =
            users.map_err(|source| SupplierError::Undecidable { field: USER_FILTER, source });
        Ok(Self {
            url,
            users,
            user_template,
            groups,
            group_search,
            authorized: settings.authorized_groups.clone(),
            remapping: LoginRemapping::compile(&settings.remapping_rules)?,
            login,
        })
    }

    /// The URL of the directory.
    #[must_use]
    pub fn url(&self) -> &LdapUrl {
        &self.url
    }

    /// The search for all people; an error if only one search for each login finds them.
    pub(crate) fn people(&self) -> Fetched<Search> {
        let users = self.users.as_ref().map_err(|error| Reason::of(error))?;
        let mut attributes: BTreeSet<AttributeName> = users.attributes().into_iter().collect();
        attributes.insert(self.login.clone());
        if let Some(GroupRules { membership: Membership::OnUser { attribute, .. }, .. }) =
            &self.groups
        {
            attributes.insert(attribute.clone());
        }
        Ok(Search { filter: users.reach().clone(), attributes })
    }

    /// The search for everybody whom the user filter would find without its parts that do not depend on the
    /// login. An export may lack what these parts compare.
    pub(crate) fn wide_people(&self) -> Fetched<Search> {
        let people = self.people()?;
        let users = self.users.as_ref().map_err(|error| Reason::of(error))?;
        let mut attributes = people.attributes;
        attributes.insert(AttributeName::known("objectClass"));
        Ok(Search { filter: Filter::And(present(users)), attributes })
    }

    /// The search for all groups that have members; none if every person is let in, or if no list of groups
    /// decides. It finds a group only by its members: who may read them may still not search them, and
    /// then a node finds nobody's group.
    pub(crate) fn member_groups(&self) -> Option<Search> {
        let GroupRules { name, membership } = self.groups.as_ref()?;
        let (filter, mut attributes) = match membership {
            Membership::OnGroup(selector) => (selector.reach().clone(), selector.attributes()),
            Membership::OnUser { list, .. } => (list.clone(), Vec::new()),
            Membership::Unlisted(_) => return None,
        };
        attributes.push(name.clone());
        Some(Search { filter, attributes: attributes.into_iter().collect() })
    }

    /// Whether the authorized groups are searched by name.
    pub(crate) fn names_groups(&self) -> bool {
        self.authorized.len() <= NAMED_AT_MOST
    }

    /// The search for the authorized groups by their names, with the attributes that show that a server
    /// computes members. The search for members may not find them: a group may hide its members, and an
    /// export may lack what the group filter compares.
    pub(crate) fn named_groups(&self, is_server: bool) -> Option<Search> {
        let GroupRules { name, membership } = self.groups.as_ref()?;
        let is_needed = match membership {
            Membership::OnUser { .. } => !is_server,
            Membership::OnGroup(_) | Membership::Unlisted(_) => true,
        };
        if !is_needed || !self.names_groups() {
            return None;
        }
        let mut attributes: BTreeSet<AttributeName> =
            COMPUTES_MEMBERS.map(AttributeName::known).into();
        attributes.insert(name.clone());
        if let Membership::OnUser { list, .. } = membership {
            let mut compared = Vec::new();
            list.attributes(&mut compared);
            attributes.extend(compared.into_iter().cloned());
        }
        let named = named(name, &self.authorized);
        let filter = match membership {
            Membership::OnGroup(selector) if is_server => {
                Filter::And(selector.given().into_iter().cloned().chain([named]).collect())
            }
            _ => named,
        };
        Some(Search { filter, attributes })
    }

    /// Whether the user filter finds people by the login attribute alone, and only by equality. Another attribute may
    /// have any text that somebody types.
    pub(crate) fn finds_by_login(&self) -> bool {
        let is_login = |slot: &Slot| {
            let is_username = slot.value.only_place() == Some(Placeholder::Username);
            slot.is_plain() && slot.attribute == self.login && is_username
        };
        self.users.as_ref().is_ok_and(|selector| selector.slots().iter().all(is_login))
    }

    /// Every search for a listing. The number does not depend on the number of people (D8).
    pub(crate) fn searches(&self, is_server: bool) -> impl Iterator<Item = Search> {
        let members = self.member_groups().into_iter();
        let groups = members.chain(self.named_groups(is_server));
        groups.chain(self.people().ok())
    }
}

/// An entry has a value for each slot.
fn present(selector: &Selector) -> Vec<Filter> {
    selector.slots().iter().map(|slot| Filter::Present(slot.attribute.clone())).collect()
}

/// Finds the groups with one of these names.
pub(crate) fn named(name: &AttributeName, groups: &[String]) -> Filter {
    let is_named = |group: &String| Filter::equality(name.clone(), group.as_str());
    Filter::Or(groups.iter().map(is_named).collect())
}

fn users(
    settings: &LdapSettings,
) -> Result<(FilterTemplate, Result<Selector, UndecidableTemplate>), SupplierError> {
    if settings.user_filter.trim().is_empty() {
        return Err(SupplierError::Missing { field: USER_FILTER, example: "(uid={USERNAME})" });
    }
    let template = template(USER_FILTER, &settings.user_filter, TemplateKind::User)?;
    match Selector::of(&template) {
        Err(source @ UndecidableTemplate::NoPlaceholder) => {
            Err(SupplierError::Undecidable { field: USER_FILTER, source })
        }
        selector => Ok((template, selector)),
    }
}

/// Groups matter only if some are authorized and others are not.
fn groups(
    settings: &LdapSettings,
    login: &AttributeName,
) -> Result<Option<(GroupRules, GroupSearch)>, SupplierError> {
    if settings.authorized_groups.is_empty() {
        return Ok(None);
    }
    if !settings.enable_groups {
        return Err(SupplierError::GroupsOff);
    }
    let name = attribute("group name attribute", settings.group_name_attribute.as_deref(), "cn")?;
    let (membership, search) = membership(settings, login, &name)?;
    Ok(Some((GroupRules { name, membership }, search)))
}

/// The rule for listing, and the search of a node for one user: its group filter, if it has one.
fn membership(
    settings: &LdapSettings,
    login: &AttributeName,
    name: &AttributeName,
) -> Result<(Membership, GroupSearch), SupplierError> {
    const FIELD: &str = "group filter";
    let Some(text) = &settings.group_filter else {
        return listed_membership(settings, login, name);
    };
    let filter = template(FIELD, text, TemplateKind::Group)?;
    let membership = match Selector::plain(&filter) {
        Ok(selector) => Membership::OnGroup(selector),
        Err(source) => Membership::Unlisted(SupplierError::Undecidable { field: FIELD, source }),
    };
    Ok((membership, GroupSearch::OnGroup { name: name.clone(), filter }))
}

/// Membership by the attributes for listing.
fn listed_membership(
    settings: &LdapSettings,
    login: &AttributeName,
    name: &AttributeName,
) -> Result<(Membership, GroupSearch), SupplierError> {
    const FIELD: &str = "group membership attribute";
    let list = settings.all_groups_filter.as_deref().ok_or(SupplierError::Missing {
        field: "group filter and no filter for all groups",
        example: "(&(objectClass=groupOfNames)(member={USERDN}))",
    })?;
    let list = template("filter for all groups", list, TemplateKind::List)?;
    let attribute = attribute(FIELD, settings.group_membership_attribute.as_deref(), "member")?;
    if attribute == AttributeName::known("memberOf") {
        let list = list.fill("", &crate::dn::Dn::root());
        let search = GroupSearch::OnUser {
            name: name.clone(),
            attribute: attribute.clone(),
            list: list.clone(),
        };
        return Ok((Membership::OnUser { attribute, list }, search));
    }
    let held = settings.group_membership_user_attribute.as_deref().unwrap_or("DN");
    let place = match held {
        held if held.eq_ignore_ascii_case("DN") => Placeholder::UserDn,
        held if held.eq_ignore_ascii_case(login.as_str()) => Placeholder::Username,
        _ => {
            return Err(SupplierError::Missing {
                field: "group membership user attribute that is `DN` or the username attribute",
                example: "DN",
            });
        }
    };
    let member = Filter::Compare {
        attribute,
        comparison: Comparison::Equal,
        value: TemplateValue::place(place),
    };
    let filter = FilterTemplate::from_filter(Filter::And(vec![list.filter().clone(), member]));
    let selector = Selector::of(&filter)
        .map_err(|source| SupplierError::Undecidable { field: FIELD, source })?;
    Ok((Membership::OnGroup(selector), GroupSearch::OnGroup { name: name.clone(), filter }))
}

fn template(
    field: &'static str,
    text: &str,
    kind: TemplateKind,
) -> Result<FilterTemplate, SupplierError> {
    FilterTemplate::parse(text, kind).map_err(|source| SupplierError::Filter { field, source })
}

fn attribute(
    field: &'static str,
    text: Option<&str>,
    example: &'static str,
) -> Result<AttributeName, SupplierError> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let text = text.ok_or(SupplierError::Missing { field, example })?;
    AttributeName::parse(text).map_err(|source| SupplierError::Attribute { field, source })
}

#[cfg(test)]
mod tests;
