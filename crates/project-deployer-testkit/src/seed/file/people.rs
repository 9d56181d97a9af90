//! Users and groups of the node, and people of the directory behind it.

use super::fields::Fields;
use crate::directory::{MockDirectory, MockPerson};
use crate::node::MockNodeBuilder;
use crate::seed::{MockGroup, MockLdapSettings, MockUser};

pub(super) fn seed(fields: &mut Fields<'_>, mut builder: MockNodeBuilder) -> MockNodeBuilder {
    for user in fields.each("users", ("login", |user: &MockUser| user.login.clone()), user) {
        builder = builder.user(user);
    }
    for group in fields.each("groups", ("name", |group: &MockGroup| group.name.clone()), group) {
        builder = builder.group(group);
    }
    builder
}

fn user(fields: &mut Fields<'_>) -> MockUser {
    let mut user = MockUser::new(fields.required("login"));
    fields.set("displayName", &mut user.display_name);
    fields.set("email", &mut user.email);
    fields.set("groups", &mut user.groups);
    fields.set("sourceType", &mut user.source_type);
    fields.set("userProfile", &mut user.user_profile);
    fields.set("enabled", &mut user.enabled);
    user
}

fn group(fields: &mut Fields<'_>) -> MockGroup {
    let mut group = MockGroup::new(fields.required("name"));
    fields.set("description", &mut group.description);
    fields.set("sourceType", &mut group.source_type);
    fields.set("admin", &mut group.admin);
    fields.set("ldapGroupNames", &mut group.ldap_group_names);
    fields.set("mayCreateProjects", &mut group.may_create_projects);
    fields.set("mayWriteInRootProjectFolder", &mut group.may_write_in_root_project_folder);
    fields.set("mayCreatePublishedProjects", &mut group.may_create_published_projects);
    group
}

/// Puts the people of the file into a directory.
pub(super) fn put_into(directory: &MockDirectory, fields: &mut Fields<'_>) {
    let identity = ("login", (|person| person.login.clone()) as fn(&MockPerson) -> String);
    for person in fields.each("directoryPeople", identity, person) {
        directory.put(person);
    }
}

fn person(fields: &mut Fields<'_>) -> MockPerson {
    let mut person = MockPerson::new(fields.required("login"));
    fields.set("displayName", &mut person.display_name);
    fields.set("email", &mut person.email);
    fields.set("groups", &mut person.groups);
    fields.set("enabled", &mut person.enabled);
    person
}

pub(super) fn set_ldap_settings(fields: &mut Fields<'_>, settings: &mut MockLdapSettings) {
    fields.set("enabled", &mut settings.enabled);
    fields.set("authenticationEnabled", &mut settings.authentication_enabled);
    fields.set("url", &mut settings.url);
    fields.set("useTls", &mut settings.use_tls);
    fields.set("bindDN", &mut settings.bind_dn);
    fields.set("bindPassword", &mut settings.bind_password);
    fields.set("userFilter", &mut settings.user_filter);
    fields.set("usernameAttribute", &mut settings.username_attribute);
    fields.set("displayNameAttribute", &mut settings.display_name_attribute);
    fields.set("emailAttribute", &mut settings.email_attribute);
    fields.set("enableGroups", &mut settings.enable_groups);
    fields.set("groupFilter", &mut settings.group_filter);
    fields.set("groupNameAttribute", &mut settings.group_name_attribute);
    fields.set("authorizedGroups", &mut settings.authorized_groups);
    fields.set("autoImportUsers", &mut settings.auto_import_users);
    fields.set("autoSyncUsersAtLoginTime", &mut settings.auto_sync_users_at_login_time);
    fields.set("allowOnDemandUsersSync", &mut settings.allow_on_demand_users_sync);
    fields.set("allowOnDemandUsersProvisioning", &mut settings.allow_on_demand_users_provisioning);
    fields.set("defaultUserProfile", &mut settings.default_user_profile);
    fields.set("groupProfiles", &mut settings.group_profiles);
    fields.set("allUsersFilter", &mut settings.all_users_filter);
    fields.set("allGroupsFilter", &mut settings.all_groups_filter);
    fields.set("groupMembershipAttribute", &mut settings.group_membership_attribute);
    fields.set("groupMembershipUserAttribute", &mut settings.group_membership_user_attribute);
    fields.set("remappingRules", &mut settings.remapping_rules);
}
