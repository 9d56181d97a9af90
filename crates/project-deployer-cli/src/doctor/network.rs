use std::sync::Arc;

use project_deployer::HttpConnector;
use project_deployer::client::{DeployerError, Identity, NodeConnector as _, RemoteDeployer};
use project_deployer::core::accounts::LdapSettings;
use project_deployer::core::infra::{NodeEntry, NodeSettings};
use project_deployer::core::node::InstanceInfo;
use project_deployer::core::{InfraId, NodeAddress};
use project_deployer::parity::ParityScope;
use tokio::task::JoinSet;

use super::configuration::Configured;
use super::directories::{self, Named};
use super::in_one_line;
use super::report::{Area, Check};
use crate::installation::{connector_once, keys, keys_fit};

/// A server to contact.
struct Target {
    area: Area,
    name: String,
    settings: NodeSettings,
}

/// What was seen, and the directories that were named meanwhile.
#[derive(Default)]
struct Seen {
    checks: Vec<Check>,
    directories: Vec<Named>,
}

/// Asks the Deployer, every node, and every directory that they name.
pub(super) async fn checks(configured: &Configured) -> Vec<Check> {
    let http = match connector_once(&configured.inventory) {
        Ok(http) => Arc::new(http),
        Err(error) => {
            let name = "certificate authorities";
            return vec![Check::problem(Area::Configuration, name, in_one_line(&error))];
        }
    };
    let mut seen = Seen::default();
    let scope = deployer(configured, &http, &mut seen).await;
    if let Some(scope) = scope {
        let targets = targets(configured, scope, &mut seen.checks);
        ask_all(targets, &http, &mut seen).await;
    }
    seen.checks.extend(directories::checks(&configured.inventory, seen.directories).await);
    seen.checks
}

/// Asks the Deployer, and gives back what there is to look at; none where it does not say so.
async fn deployer(
    configured: &Configured,
    http: &Arc<HttpConnector>,
    seen: &mut Seen,
) -> Option<ParityScope> {
    let own = configured.remote.as_ref().or(configured.inventory.deployer.as_ref());
    let mut answered = true;
    if let Some(settings) = own {
        let target = Target {
            area: Area::Deployer,
            name: "Deployer".to_owned(),
            settings: settings.clone(),
        };
        let (checks, directory) = ask(target, http).await;
        answered = checks.iter().any(Check::is_ok);
        seen.checks.extend(checks);
        seen.directories.extend(directory);
    }
    match &configured.remote {
        None => Some(ParityScope::of_infras(configured.inventory.infras.clone())),
        Some(settings) if answered => {
            let name = "infrastructures";
            let asked = match RemoteDeployer::new(Arc::clone(http), settings.clone()) {
                Ok(deployer) => ParityScope::of_deployer(&deployer).await,
                Err(error) => Err(DeployerError::Node(error)),
            };
            match asked {
                Ok(scope) => {
                    let count = scope.infras.len().to_string();
                    seen.checks.push(Check::ok(Area::Deployer, name, count));
                    Some(scope)
                }
                Err(error) => {
                    let what = in_one_line(&error);
                    seen.checks.push(Check::problem(Area::Deployer, name, what));
                    None
                }
            }
        }
        Some(_) => None,
    }
}

/// The nodes that can be asked; what is in the way of the others is noted.
fn targets(configured: &Configured, scope: ParityScope, checks: &mut Vec<Check>) -> Vec<Target> {
    if let Err(reason) = keys_fit(&configured.inventory.node_keys, &scope) {
        checks.push(Check::problem(Area::Configuration, "keys of nodes", reason));
    }
    let scope = scope.with_keys(&keys(&configured.inventory));
    let mut targets = Vec::new();
    for (infra, settings) in &scope.infras {
        match settings {
            Ok(settings) => {
                for entry in settings.target.entries() {
                    match target(infra, entry) {
                        Ok(target) => targets.push(target),
                        Err(check) => checks.push(check),
                    }
                }
            }
            Err(reason) => {
                let what = format!("its settings cannot be read: {reason}");
                let check = Check::problem(Area::Node, infra.as_str(), what);
                checks.push(check.with_fix("ask with a key that may administer it"));
            }
        }
    }
    targets
}

fn target(infra: &InfraId, entry: &NodeEntry) -> Result<Target, Check> {
    let name = match &entry.node_id {
        Some(node) => format!("{infra}/{node}"),
        None => infra.to_string(),
    };
    if entry.address.is_none() {
        return Err(Check::problem(Area::Node, name, "it has no address")
            .with_fix("write the address of the node into the infrastructure"));
    }
    match entry.settings() {
        Some(settings) => Ok(Target { area: Area::Node, name, settings }),
        None => Err(Check::problem(Area::Node, name, "its admin key is not set, or withheld")
            .with_fix("pass it in `nodeKeys` of an inventory")),
    }
}

/// All at the same time; the checks stay in the order of the targets.
async fn ask_all(targets: Vec<Target>, http: &Arc<HttpConnector>, seen: &mut Seen) {
    let mut answers = JoinSet::new();
    for (index, target) in targets.into_iter().enumerate() {
        let http = Arc::clone(http);
        answers.spawn(async move { (index, ask(target, &http).await) });
    }
    let mut answers = answers.join_all().await;
    answers.sort_by_key(|(index, _)| *index);
    for (_, (checks, directory)) in answers {
        seen.checks.extend(checks);
        seen.directories.extend(directory);
    }
}

async fn ask(target: Target, http: &HttpConnector) -> (Vec<Check>, Option<Named>) {
    let Target { area, name, settings } = target;
    let info = match http.connect(&settings, Identity::ApiKey) {
        Ok(node) => node.instance_info().await,
        Err(error) => Err(error),
    };
    let info = match info {
        Ok(info) => info,
        Err(error) => return (vec![Check::problem(area, name, in_one_line(&error))], None),
    };
    let mut checks = vec![described(area, &name, &settings.address, &info)];
    let ldap = match http.accounts(&settings) {
        Ok(accounts) => accounts.ldap_settings().await,
        Err(error) => Err(error),
    };
    let ldap = ldap.map_err(|error| {
        let what = format!("its LDAP settings cannot be read: {}", in_one_line(&error));
        checks.push(
            Check::warning(area, &name, what).with_fix("use the secret of an admin global API key"),
        );
    });
    let ldap: Option<LdapSettings> = ldap.ok().filter(|ldap| ldap.enabled);
    (checks, ldap.map(|settings| Named { by: name, settings }))
}

fn described(area: Area, name: &str, address: &NodeAddress, info: &InstanceInfo) -> Check {
    let kind = info
        .node_type
        .as_ref()
        .map_or("a node of unknown type".to_owned(), |kind| String::from(kind.clone()));
    let id = info.node_id.as_ref().map_or("unknown".to_owned(), ToString::to_string);
    let version = info.dss_version.as_deref().unwrap_or("unknown");
    let what = format!("{address} answers: {kind}, node id {id}, version {version}");
    Check::ok(area, name, what).of_version(version)
}
