use super::report::{Area, Check};
use crate::environment;
use crate::installation::InstallationArguments;
use crate::inventory::Inventory;

/// Variables that change what the command does, and what for.
const USED: [(&str, &str); 5] = [
    ("DKU_DSS_URL", "the address of the Deployer"),
    ("DKU_API_KEY", "its API key"),
    ("HOME", "where .dataiku/config.json is looked for"),
    ("SSL_CERT_FILE", "certificate authorities instead of the system's"),
    ("SSL_CERT_DIR", "the same, as a directory"),
];

/// Variables that people set for other programs and that do nothing here.
const NOT_USED: [&str; 3] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"];

/// Which variables are set. Their values may be secret: only names are shown.
pub(super) fn checks(arguments: &InstallationArguments) -> Vec<Check> {
    let mut checks: Vec<Check> =
        USED.iter().map(|(name, purpose)| of_variable(name, purpose)).collect();
    for name in NOT_USED.iter().flat_map(|name| [(*name).to_owned(), name.to_lowercase()]) {
        if matches!(environment::variable(&name), Ok(Some(_)) | Err(_)) {
            let what = "set, and not used: this command uses no proxy";
            checks.push(Check::info(Area::Environment, name, what));
        }
    }
    let named = arguments.inventory_file().map(Inventory::variables).unwrap_or_default();
    let named = named.iter().filter(|name| USED.iter().all(|(used, _)| used != name));
    checks.extend(named.map(|name| of_secret(name)));
    checks
}

fn of_variable(name: &str, purpose: &str) -> Check {
    match environment::variable(name) {
        Ok(Some(_)) => Check::info(Area::Environment, name, format!("set ({purpose})")),
        Ok(None) => Check::info(Area::Environment, name, format!("not set ({purpose})")),
        Err(reason) => Check::problem(Area::Environment, name, reason),
    }
}

/// A variable that an inventory names for a secret has to be there.
fn of_secret(name: &str) -> Check {
    match environment::variable(name) {
        Ok(Some(_)) => Check::ok(Area::Environment, name, "set (a secret of the inventory)"),
        Ok(None) => Check::problem(Area::Environment, name, "not set (a secret of the inventory)")
            .with_fix("set it, or change the inventory"),
        Err(reason) => Check::problem(Area::Environment, name, reason),
    }
}
