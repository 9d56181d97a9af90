//! A node's LDAP settings made ready: whom they let in, under which login, and what has to be asked.

use project_deployer_core::accounts::LdapSettings;

use crate::attribute::{AttributeName, AttributeNameError};
use crate::filter::{Comparison, Filter, FilterError};
use crate::remapping::{LoginRemapping, RemappingError};
use crate::template::{
    FilterTemplate, Placeholder, Selector, TemplateKind, TemplateValue, UndecidableTemplate,
};

mod ldap_url;

pub use ldap_url::{LdapUrl, LdapUrlError};

/// The rules of one node's LDAP supplier (R-L2, R-L9).
///
/// Who may come in is what the user filter finds, since a first login goes by it; group membership is
/// what the group filter finds. The attributes for listing stand in where there is no group filter, or
/// where it cannot be judged without one search per user.
#[derive(Debug)]
pub struct SupplierRules {
    pub(crate) url: LdapUrl,
    pub(crate) login: AttributeName,
    pub(crate) users: Selector,
    pub(crate) user_template: FilterTemplate,
    pub(crate) groups: Option<GroupRules>,
    /// How a node finds the groups of one user; none where it lets everybody in.
    pub(crate) group_search: Option<GroupSearch>,
    pub(crate) authorized: Vec<String>,
    pub(crate) remapping: LoginRemapping,
}

/// How the names of a user's groups are found.
#[derive(Debug)]
pub(crate) struct GroupRules {
    pub(crate) name: AttributeName,
    pub(crate) membership: Membership,
}

#[derive(Debug)]
pub(crate) enum Membership {
    /// The group says who its members are.
    OnGroup(Selector),
    /// The user says which groups it is in; the filter lists the groups.
    OnUser {
        /// The attribute with the names of the groups.
        attribute: AttributeName,
        /// Finds the groups.
        list: Filter,
    },
}

/// The search for the groups of one user.
#[derive(Debug)]
pub(crate) enum GroupSearch {
    /// Groups say who their members are; the filter is filled in for a user.
    OnGroup { name: AttributeName, filter: FilterTemplate },
    /// The user says which groups it is in; the filter lists all groups.
    OnUser { name: AttributeName, attribute: AttributeName, list: Filter },
}

impl GroupSearch {
    /// The attribute that is the name of a group.
    pub(crate) fn name(&self) -> &AttributeName {
        match self {
            Self::OnGroup { name, .. } | Self::OnUser { name, .. } => name,
        }
    }
}

/// Settings of an LDAP supplier that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SupplierError {
    /// The URL.
    #[error(transparent)]
    Url(#[from] LdapUrlError),
    /// A field that has to be filled.
    #[error("the LDAP settings have no {field}; write one, for example `{example}`")]
    Missing {
        /// Which one, in words.
        field: &'static str,
        /// What it may look like.
        example: &'static str,
    },
    /// A field that is the name of an attribute.
    #[error("the {field} of the LDAP settings: {source}")]
    Attribute {
        /// Which one, in words.
        field: &'static str,
        /// What is wrong.
        source: AttributeNameError,
    },
    /// A filter that is none.
    #[error("the {field} of the LDAP settings: {source}")]
    Filter {
        /// Which one, in words.
        field: &'static str,
        /// What is wrong.
        source: FilterError,
    },
    /// A filter that cannot be judged from a list of entries.
    #[error("the {field} of the LDAP settings cannot be judged from a list of entries: {source}")]
    Undecidable {
        /// Which one, in words.
        field: &'static str,
        /// Why.
        source: UndecidableTemplate,
    },
    /// Only some groups are let in, but groups are not fetched.
    #[error(
        "the LDAP settings let in some groups only (`authorizedGroups`) and fetch no groups (`enableGroups`); \
         switch groups on, or empty the list"
    )]
    GroupsOff,
    /// A remapping rule.
    #[error(transparent)]
    Remapping(#[from] RemappingError),
}

impl SupplierRules {
    /// Reads the settings of a node.
    ///
    /// # Errors
    ///
    /// The first part that is missing, unreadable or contradictory.
    pub fn compile(settings: &LdapSettings) -> Result<Self, SupplierError> {
        let login = attribute("username attribute", Some(&settings.username_attribute), "uid")?;
        let url = LdapUrl::parse(&settings.url)?;
        let (user_template, users) = users(settings)?;
        let (groups, group_search) = groups(settings, &login)?.unzip();
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

    /// Where the directory is.
    #[must_use]
    pub fn url(&self) -> &LdapUrl {
        &self.url
    }

    /// Every search that is needed, however many people there are (D8), with the attributes to read.
    pub(crate) fn searches(&self) -> Vec<(Filter, Vec<AttributeName>)> {
        let mut of_users = self.users.attributes();
        of_users.push(self.login.clone());
        let mut searches = Vec::new();
        match &self.groups {
            None => {}
            Some(GroupRules { name, membership: Membership::OnGroup(selector) }) => {
                let mut of_groups = selector.attributes();
                of_groups.push(name.clone());
                searches.push((selector.reach().clone(), of_groups.clone()));
                searches.extend(selector.links().map(|links| (links, of_groups)));
            }
            Some(GroupRules { name, membership: Membership::OnUser { attribute, list } }) => {
                of_users.push(attribute.clone());
                searches.push((list.clone(), vec![name.clone()]));
            }
        }
        searches.push((self.users.reach().clone(), of_users));
        searches
    }
}

fn users(settings: &LdapSettings) -> Result<(FilterTemplate, Selector), SupplierError> {
    const FIELD: &str = "user filter";
    if settings.user_filter.trim().is_empty() {
        return Err(SupplierError::Missing { field: FIELD, example: "(uid={USERNAME})" });
    }
    let template = template(FIELD, &settings.user_filter, TemplateKind::User)?;
    let selector = Selector::of(&template)
        .map_err(|source| SupplierError::Undecidable { field: FIELD, source })?;
    Ok((template, selector))
}

/// Groups matter only where some of them are let in and others are not.
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

/// What decides in a listing, and what a node asks for one user: its group filter, where it has one.
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
    let membership = match Selector::of(&filter) {
        Ok(selector) => Membership::OnGroup(selector),
        Err(source) => match listed_membership(settings, login, name) {
            Ok((membership, _)) => membership,
            Err(_) => return Err(SupplierError::Undecidable { field: FIELD, source }),
        },
    };
    Ok((membership, GroupSearch::OnGroup { name: name.clone(), filter }))
}

/// Membership by the attributes that the settings have for listing.
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
