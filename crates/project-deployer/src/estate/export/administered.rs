//! What only global administrators export: groups, users and fleets.

use std::collections::BTreeSet;

use project_deployer_core::accounts::{Group, SourceType, User};

use crate::estate::document::{
    FleetEntry, FleetSourceEntry, GroupEntry, InfraEntry, ListedNodeEntry, OrNone, UserEntry,
};
use crate::estate::export::ExportOptions;
use crate::estate::observed::ObservedEstate;
use crate::fleets::{FleetOrigin, FleetSettings, ManagedField, ManagedInfra};

impl ObservedEstate {
    /// Groups and users; none for whoever may not see them.
    pub(super) fn export_accounts(
        &self,
        options: &ExportOptions,
        left_out: &mut Vec<String>,
    ) -> (Option<Vec<GroupEntry>>, Option<Vec<UserEntry>>) {
        let Some(accounts) = self.accounts.seen() else { return (None, None) };
        let groups = accounts.groups.values().map(|seen| group_entry(&seen.value)).collect();
        if !options.users {
            match accounts.users.len() {
                0 => {}
                1 => left_out.push("1 user".to_owned()),
                many => left_out.push(format!("{many} users")),
            }
            return (Some(groups), None);
        }
        if !accounts.users.is_empty() {
            left_out.push("the passwords and keys of users".to_owned());
        }
        let users = accounts.users.values().map(|seen| user_entry(&seen.value)).collect();
        (Some(groups), Some(users))
    }

    /// Fleets without their secrets; none for whoever may not see them.
    pub(super) fn export_fleets(&self, left_out: &mut Vec<String>) -> Option<Vec<FleetEntry>> {
        let fleets = self.fleets.seen()?;
        let entry = |settings: &FleetSettings| {
            if !settings.source.secrets().is_empty() {
                left_out.push(format!("fleet `{}`: its secrets", settings.id));
            }
            fleet_entry(settings)
        };
        let entries = fleets.values().map(|seen| &seen.settings.value).map(entry).collect();
        let unread = self.unread_fleets.iter();
        left_out.extend(
            unread.map(|(id, reason)| format!("fleet `{id}`: it cannot be read: {reason}")),
        );
        Some(entries)
    }
}

/// A source that this program does not know by a word of the file is left out.
fn source_of(source: &SourceType) -> Option<SourceType> {
    Some(source.clone()).filter(|source| !matches!(source, SourceType::Other(_)))
}

fn group_entry(group: &Group) -> GroupEntry {
    let names = group.ldap_group_names.iter().cloned().collect::<BTreeSet<_>>();
    GroupEntry::new(group.name.clone())
        .with_description(Some(group.description.clone()))
        .with_source_type(source_of(&group.source_type))
        .with_admin(Some(group.admin))
        .with_ldap_group_names(
            Some(names).filter(|names| names.iter().all(|name| !name.trim().is_empty())),
        )
        .with_may_create_projects(Some(group.may_create_projects))
        .with_may_create_published_projects(Some(group.may_create_published_projects))
        .with_may_write_in_root_project_folder(Some(group.may_write_in_root_project_folder))
}

fn user_entry(user: &User) -> UserEntry {
    let filled = |text: &String| !text.trim().is_empty();
    let or_none =
        |text: &Option<String>| OrNone::from(text.clone().filter(|text| !text.is_empty()));
    UserEntry::new(user.login.clone())
        .with_display_name(Some(user.display_name.clone()).filter(filled))
        .with_email(Some(or_none(&user.email)))
        .with_source_type(source_of(&user.source_type))
        .with_profile(Some(or_none(&user.user_profile)))
        .with_groups(Some(user.groups.iter().cloned().collect()))
        .with_enabled(Some(user.enabled))
}

fn fleet_entry(fleet: &FleetSettings) -> FleetEntry {
    FleetEntry::new(fleet.id.clone())
        .with_source(Some(source_entry(&fleet.source)))
        .with_infra_id(Some(fleet.infra_id.clone()))
        .with_new_infras(Some(fleet.new_infras.clone()))
        .with_trust_node_certificates(Some(fleet.trust_node_certificates))
        .with_register_all(Some(fleet.register_all))
        .with_ignored_nodes(Some(fleet.ignored_nodes.clone()))
        .with_most_missing_percent(Some(fleet.most_missing_percent))
        .with_interval_seconds(Some(fleet.interval_seconds))
        .with_enabled(Some(fleet.enabled))
}

fn source_entry(origin: &FleetOrigin) -> FleetSourceEntry {
    match origin {
        FleetOrigin::FleetManager {
            url,
            tenant,
            key_id,
            trust_all_certificates,
            read_admin_keys,
            ..
        } => FleetSourceEntry::FleetManager {
            url: url.clone(),
            tenant: Some(tenant.clone()),
            key_id: key_id.clone(),
            key_secret: None,
            trust_all_certificates: Some(*trust_all_certificates),
            read_admin_keys: Some(*read_admin_keys),
        },
        FleetOrigin::Launchpad { url, space, key_id, .. } => FleetSourceEntry::Launchpad {
            url: url.clone(),
            space: space.clone(),
            key_id: key_id.clone(),
            key_secret: None,
        },
        FleetOrigin::List { nodes } => {
            let entry = |node: &crate::fleets::ListedNode| {
                ListedNodeEntry::new(node.node_id.clone()).with_url(node.url.clone())
            };
            FleetSourceEntry::List { nodes: nodes.iter().map(entry).collect() }
        }
    }
}

/// An infrastructure without what its fleet manages (I2): a file that repeated it would fight with the fleet.
pub(super) fn without_managed(
    mut entry: InfraEntry,
    marker: &ManagedInfra,
    left_out: &mut Vec<String>,
) -> InfraEntry {
    left_out.push(format!(
        "infrastructure `{}`: its node, which fleet `{}` manages",
        marker.infra, marker.fleet
    ));
    let has_address = marker.fields.contains(&ManagedField::Address);
    for node in entry.nodes.iter_mut().flatten() {
        node.id = None;
        node.trust_all_certificates = None;
        if has_address {
            node.url = None;
        }
    }
    let says_something = |nodes: &Vec<crate::estate::document::NodeDescription>| {
        nodes.iter().any(|node| {
            node.url.is_some()
                || node.external_url.as_ref().is_some_and(|url| url.value().is_some())
        })
    };
    let nodes = entry.nodes.take().filter(says_something);
    entry.with_nodes(nodes).with_from_fleet(None).with_fleet(Some(marker.fleet.clone()))
}
