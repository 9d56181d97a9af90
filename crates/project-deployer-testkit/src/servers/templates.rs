use crate::MockLdapSettings;

/// How a product's LDAP settings look for people and groups in a schema: its own templates (wire-facts
/// 7.8), without disabled people.
#[derive(Debug, Clone, Copy)]
pub(super) struct Templates {
    /// What people have.
    people: &'static str,
    /// What those who are kept out do not have.
    not: &'static str,
    login: &'static str,
    display_name: &'static str,
    groups: Groups,
}

#[derive(Debug, Clone, Copy)]
struct Groups {
    class: &'static str,
    member: &'static str,
    placeholder: &'static str,
    member_is: &'static str,
}

const POSIX_GROUPS: Groups = Groups {
    class: "posixGroup",
    member: "memberUid",
    placeholder: "{USERNAME}",
    member_is: "UID",
};

const GROUPS_OF_NAMES: Groups =
    Groups { class: "groupOfNames", member: "member", placeholder: "{USERDN}", member_is: "DN" };

impl Templates {
    /// `posixGroup` with `memberUid` (RFC 2307).
    pub(super) const fn posix(not: &'static str) -> Self {
        let people = "(objectClass=posixAccount)";
        Self { people, not, login: "uid", display_name: "cn", groups: POSIX_GROUPS }
    }

    /// The same people in `groupOfNames`.
    pub(super) const fn with_groups_of_names(self) -> Self {
        Self { groups: GROUPS_OF_NAMES, ..self }
    }

    /// Active Directory.
    pub(super) const fn active_directory(not: &'static str) -> Self {
        Self {
            people: "(objectClass=user)",
            not,
            login: "sAMAccountName",
            display_name: "displayName",
            groups: Groups { class: "group", ..GROUPS_OF_NAMES },
        }
    }

    pub(super) fn settings(&self) -> MockLdapSettings {
        let Self { people, not, login, groups, .. } = self;
        let Groups { class, member, placeholder, .. } = groups;
        MockLdapSettings {
            user_filter: format!("(&{people}({login}={{USERNAME}})(!{not}))"),
            username_attribute: (*login).to_owned(),
            display_name_attribute: self.display_name.to_owned(),
            email_attribute: "mail".to_owned(),
            group_filter: format!("(&(objectClass={class})({member}={placeholder}))"),
            group_name_attribute: "cn".to_owned(),
            all_users_filter: format!("(&{people}(!{not}))"),
            all_groups_filter: format!("(objectClass={class})"),
            group_membership_attribute: (*member).to_owned(),
            group_membership_user_attribute: groups.member_is.to_owned(),
            ..MockLdapSettings::on()
        }
    }
}
