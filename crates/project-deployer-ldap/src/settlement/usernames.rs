//! Which logins of a directory to ask for, for each login of a node that remaps (R-L9).

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::Login;
use project_deployer_core::accounts::LdapSettings;

use crate::snapshot::{DirectorySnapshot, Usernames};
use crate::supplier::SupplierRules;
use crate::template::{Placeholder, Slot};

/// How many logins are asked for in place of one.
const AT_MOST: usize = 16;

/// The logins that become one login of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) names: Vec<String>,
    /// Whether nobody has the login if the directory has none of these.
    pub(super) are_all: bool,
}

/// The logins to ask for. Without a listing only the rules themselves show them.
pub(super) fn asked_for<'l>(
    rules: &SupplierRules,
    snapshot: Option<&DirectorySnapshot>,
    settings: &LdapSettings,
    logins: &BTreeSet<&'l Login>,
) -> BTreeMap<&'l Login, Asked> {
    let remapping = &rules.remapping;
    if remapping.is_empty() {
        let as_is = |login: &&'l Login| (*login, Asked::of([login.to_string()], true));
        return logins.iter().map(as_is).collect();
    }
    let is_by_login = finds_by_login(rules);
    let listed = snapshot.and_then(|snapshot| snapshot.usernames(settings, logins).ok());
    let asked = |login: &'l Login| {
        let listed = listed.as_ref().and_then(|listed| listed.get(login)).cloned();
        let Usernames { held, respelled, .. } = listed.unwrap_or_default();
        if !held.is_empty() && is_by_login {
            return Asked::of(held, true);
        }
        let inverse = remapping.preimages(login.as_str());
        let are_all = inverse.are_all || (is_by_login && !respelled.is_empty());
        let names = held.into_iter().chain(respelled).chain(inverse.logins);
        Asked::of(names.collect::<BTreeSet<_>>(), are_all)
    };
    logins.iter().map(|login| (*login, asked(login))).collect()
}

/// Whether the user filter finds people by the login attribute alone. Another attribute may have any text that
/// somebody types.
fn finds_by_login(rules: &SupplierRules) -> bool {
    let is_login = |slot: &Slot| {
        slot.attribute == rules.login && slot.value.only_place() == Some(Placeholder::Username)
    };
    rules.users.as_ref().is_ok_and(|selector| selector.slots().iter().all(is_login))
}

impl Asked {
    fn of(names: impl IntoIterator<Item = String>, are_all: bool) -> Self {
        let mut names: Vec<String> = names.into_iter().collect();
        let are_all = are_all && names.len() <= AT_MOST;
        names.truncate(AT_MOST);
        Self { names, are_all }
    }

    /// Why the directory did not settle whether somebody becomes the login.
    pub(super) fn why_left(&self) -> String {
        let names: Vec<String> = self.names.iter().map(|name| format!("`{name}`")).collect();
        match names.as_slice() {
            [] => "the directory was not asked, since the remapping rules do not show which of its logins becomes this \
                   one"
            .to_owned(),
            _ => format!(
                "the directory finds nobody as {}, but the remapping rules may make this login of another one",
                names.join(", ")
            ),
        }
    }
}
