use std::collections::BTreeMap;

use project_deployer::core::accounts::LdapSettings;
use project_deployer::ldap::supplier::LdapUrl;
use project_deployer::ldap::{
    AttributeName, Completeness, Directory, DirectoryConnector as _, Filter, Scope,
};

use super::in_one_line;
use super::report::{Area, Check};
use crate::directories::CommandDirectories;
use crate::inventory::Inventory;

/// LDAP settings, and who has them.
pub(super) struct Named {
    pub(super) by: String,
    pub(super) settings: LdapSettings,
}

/// Asks each directory once for the entry at its base, however many nodes name it.
pub(super) async fn checks(inventory: &Inventory, named: Vec<Named>) -> Vec<Check> {
    let directories = match CommandDirectories::of(inventory) {
        Ok(directories) => directories,
        Err(error) => {
            let what = in_one_line(&error);
            return vec![Check::problem(Area::Configuration, "directories", what)];
        }
    };
    let mut by_settings: BTreeMap<(String, Option<String>, bool), Vec<Named>> = BTreeMap::new();
    for one in named {
        let LdapSettings { url, bind_dn, use_tls, .. } = &one.settings;
        by_settings.entry((url.clone(), bind_dn.clone(), *use_tls)).or_default().push(one);
    }
    let mut checks = Vec::new();
    for named in by_settings.values() {
        checks.push(check(&directories, inventory, named).await);
    }
    let not_named = directories.not_named().into_iter().map(|url| {
        let what = "the inventory lists it, and no LDAP settings that were read name it";
        Check::warning(Area::Directory, url.to_string(), what)
            .with_fix("write its URL as the LDAP settings do")
    });
    checks.extend(not_named);
    checks
}

async fn check(directories: &CommandDirectories, inventory: &Inventory, named: &[Named]) -> Check {
    let by = named.iter().map(|one| one.by.as_str()).collect::<Vec<_>>().join(", ");
    let Some(Named { settings, .. }) = named.first() else {
        return Check::info(Area::Directory, by, "not named");
    };
    let url = match LdapUrl::parse(&settings.url) {
        Ok(url) => url,
        Err(error) => {
            let what = format!("its URL cannot be used: {error}");
            return Check::problem(Area::Directory, format!("used by {by}"), what);
        }
    };
    let name = url.to_string();
    let directory = match directories.connect(settings) {
        Ok(directory) => directory,
        Err(reason) => {
            return Check::problem(Area::Directory, name, format!("used by {by}: {reason}"));
        }
    };
    let export = inventory.directories.iter().find(|access| access.url == url);
    if let Some(path) = export.and_then(|access| access.ldif.as_ref()) {
        let what = format!("used by {by}; read from `{}`, server not contacted", path.display());
        return Check::ok(Area::Directory, name, what);
    }
    match base_entry(&*directory, &url).await {
        Ok(()) => {
            let bind = settings
                .bind_dn
                .as_deref()
                .map_or("anonymously".to_owned(), |dn| format!("as `{dn}`"));
            Check::ok(Area::Directory, name, format!("used by {by}: answers, bound {bind}"))
        }
        Err(reason) => Check::problem(Area::Directory, name, format!("used by {by}: {reason}")),
    }
}

/// Whether the directory shows the entry that all searches start from.
async fn base_entry(directory: &dyn Directory, url: &LdapUrl) -> Result<(), String> {
    let any = Filter::parse("(objectClass=*)").map_err(|error| error.to_string())?;
    let attribute = AttributeName::parse("objectClass").map_err(|error| error.to_string())?;
    let found = directory
        .search(url.base(), Scope::Base, &any, &[attribute])
        .await
        .map_err(|error| in_one_line(&error))?;
    match found.completeness {
        Completeness::Partial(reason) => Err(reason.to_string()),
        Completeness::Complete if found.entries.is_empty() => {
            Err(format!("it shows no entry `{}` to this bind DN", url.base()))
        }
        Completeness::Complete => Ok(()),
    }
}
