use serde_json::{Map, Value, json};

use super::NodeState;
use super::settings::object;
use crate::answer::{Answer, Refusal};
use crate::caller::Caller;
use crate::seed::{MockGroup, MockUser};

impl NodeState {
    pub(crate) fn user(&self, login: &str) -> Answer<&MockUser> {
        self.users.get(login).ok_or_else(|| Refusal::not_found("User", login))
    }

    /// # Errors
    ///
    /// The login is taken or not one.
    pub(crate) fn add_user(&mut self, mut user: MockUser) -> Answer<()> {
        must_be_name("login", &user.login, 3)?;
        if self.users.contains_key(&user.login) {
            return Err(Refusal::illegal(format!("User exists already: {}", user.login))
                .with_code("ERR_SECURITY_USER_EXISTS"));
        }
        if user.display_name.is_empty() {
            user.display_name.clone_from(&user.login);
        }
        self.users.insert(user.login.clone(), user);
        Ok(())
    }

    /// Replaces the document of a user. Login and source stay what they are (R-L10).
    ///
    /// # Errors
    ///
    /// There is no such user, or the display name is empty.
    pub(crate) fn save_user(&mut self, login: &str, document: MockUser) -> Answer<()> {
        let known = self.user(login)?;
        if document.display_name.is_empty() {
            return Err(Refusal::illegal("The display name is empty")
                .with_code("ERR_SECURITY_CRUD_INVALID_SETTINGS"));
        }
        let changed =
            MockUser { login: known.login.clone(), source_type: known.source_type, ..document };
        self.users.insert(changed.login.clone(), changed);
        Ok(())
    }

    /// Changes the fields of a user that are named; others stay.
    ///
    /// # Errors
    ///
    /// There is no such user, or a field has another shape.
    pub(crate) fn edit_user(&mut self, login: &str, change: &Map<String, Value>) -> Answer<()> {
        let shape = |error: serde_json::Error| Refusal::illegal(error.to_string());
        let known = serde_json::to_value(self.user(login)?).map_err(shape)?;
        let mut document = object(known);
        document.extend(change.clone());
        let document = serde_json::from_value(Value::Object(document)).map_err(shape)?;
        self.save_user(login, document)
    }

    /// # Errors
    ///
    /// There is no such user, or it is the caller and nothing says that this is meant.
    pub(crate) fn remove_user(
        &mut self,
        caller: &Caller,
        login: &str,
        allow_self: bool,
    ) -> Answer<()> {
        self.user(login)?;
        if caller.login.as_deref() == Some(login) && !allow_self {
            return Err(Refusal::illegal("You cannot delete yourself"));
        }
        self.users.remove(login);
        Ok(())
    }

    pub(crate) fn group(&self, name: &str) -> Answer<&MockGroup> {
        self.groups.get(name).ok_or_else(|| Refusal::not_found("Group", name))
    }

    /// Adds a group without any flag: flags in a creation are ignored (wire-facts 5.3).
    ///
    /// # Errors
    ///
    /// The name is taken or not one.
    pub(crate) fn add_group(&mut self, group: MockGroup) -> Answer<()> {
        must_be_name("group name", &group.name, 1)?;
        if self.groups.contains_key(&group.name) {
            return Err(Refusal::illegal(format!("Group exists already: {}", group.name))
                .with_code("ERR_SECURITY_GROUP_EXISTS"));
        }
        let group = MockGroup {
            description: group.description,
            source_type: group.source_type,
            ..MockGroup::new(group.name)
        };
        self.groups.insert(group.name.clone(), group);
        Ok(())
    }

    /// # Errors
    ///
    /// There is no such group.
    pub(crate) fn save_group(&mut self, name: &str, document: MockGroup) -> Answer<()> {
        self.group(name)?;
        let group = MockGroup { name: name.to_owned(), ..document };
        self.groups.insert(group.name.clone(), group);
        Ok(())
    }

    /// Removes a group, and all members from it.
    pub(crate) fn remove_group(&mut self, name: &str) -> Answer<()> {
        self.group(name)?;
        self.groups.remove(name);
        for user in self.users.values_mut() {
            user.groups.retain(|group| group != name);
        }
        Ok(())
    }

    /// The identity of the caller (wire-facts 3.1): groups only when it is a user.
    pub(crate) fn auth_info(caller: &Caller, with_secrets: bool) -> Value {
        let mut info = json!({"authIdentifier": caller.name(), "admin": caller.admin});
        if caller.login.is_some() {
            info["groups"] = json!(caller.groups);
            if with_secrets {
                info["secrets"] = json!([]);
            }
        }
        info
    }
}

/// Page "ERR_SECURITY_CRUD_INVALID_SETTINGS".
fn must_be_name(what: &str, name: &str, shortest: usize) -> Answer<()> {
    let is_allowed = |c: char| c.is_alphanumeric() || "@.+_-".contains(c);
    let length = name.chars().count();
    if (shortest..=80).contains(&length) && name.chars().all(is_allowed) {
        return Ok(());
    }
    Err(Refusal::illegal(format!("Not a {what}: {name}"))
        .with_code("ERR_SECURITY_CRUD_INVALID_SETTINGS"))
}
