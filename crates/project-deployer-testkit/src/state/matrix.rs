use serde_json::{Value, json};

use super::NodeState;
use crate::seed::{MockGroup, MockUser};

impl NodeState {
    /// The rights on the whole node. `perUser` and `perGroup` are documented; what they contain
    /// is our choice (wire-facts 8.1, item 7).
    pub(crate) fn authorization_matrix(&self) -> Value {
        let of_group = |group: &MockGroup| {
            let mut entry = self.rights_of(&[group.name.as_str()]);
            entry["group"] = json!(group.name);
            entry
        };
        let of_user = |user: &MockUser| {
            let groups: Vec<&str> = user.groups.iter().map(String::as_str).collect();
            let mut entry = self.rights_of(&groups);
            entry["login"] = json!(user.login);
            entry["enabled"] = json!(user.enabled);
            entry
        };
        json!({
            "perUser": self.users.values().map(of_user).collect::<Vec<_>>(),
            "perGroup": self.groups.values().map(of_group).collect::<Vec<_>>(),
        })
    }

    /// Rights add up over groups (R-P12).
    fn rights_of(&self, groups: &[&str]) -> Value {
        let any = |has: fn(&MockGroup) -> bool| {
            groups.iter().filter_map(|name| self.groups.get(*name)).any(has)
        };
        let in_projects = self.projects.values().filter_map(|project| {
            let mut flags: Vec<&String> = project
                .permissions
                .iter()
                .filter(|entry| entry.group.as_ref().is_some_and(|g| groups.contains(&g.as_str())))
                .flat_map(|entry| &entry.flags)
                .collect();
            flags.sort();
            flags.dedup();
            (!flags.is_empty()).then(|| json!({"projectKey": project.key, "permissions": flags}))
        });
        json!({
            "admin": any(|group| group.admin),
            "mayCreateProjects": any(|group| group.admin || group.may_create_projects),
            "projects": in_projects.collect::<Vec<_>>(),
        })
    }

    /// When a user was seen last; 0 is never.
    pub(crate) fn activity_json(&self, login: &str) -> Value {
        let last = self.logins.get(login).copied().unwrap_or_default();
        json!({
            "login": login,
            "lastSuccessfulLogin": last,
            "lastFailedLogin": 0,
            "lastSessionActivity": last,
        })
    }
}
