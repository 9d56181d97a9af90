//! Which logins of a directory to ask for, for each login of a node that remaps (R-L9).

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::Login;
use project_deployer_core::accounts::LdapSettings;

use crate::snapshot::{DirectorySnapshot, Usernames};
use crate::supplier::SupplierRules;
use crate::template::Selector;

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
    let shows_all = rules.users.as_ref().is_ok_and(Selector::shows_usernames);
    let listed = snapshot.and_then(|snapshot| snapshot.usernames(settings, logins).ok());
    let asked = |login: &'l Login| {
        let listed = listed.as_ref().and_then(|listed| listed.get(login)).cloned();
        let Usernames { held, respelled, .. } = listed.unwrap_or_default();
        // Somebody else may get the login by another spelling.
        let names: BTreeSet<String> = held.into_iter().chain(respelled).collect();
        if !names.is_empty() && shows_all {
            return Asked::of(names, true);
        }
        let inverse = remapping.preimages(login.as_str());
        Asked::of(names.into_iter().chain(inverse.logins).collect::<BTreeSet<_>>(), inverse.are_all)
    };
    logins.iter().map(|login| (*login, asked(login))).collect()
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
