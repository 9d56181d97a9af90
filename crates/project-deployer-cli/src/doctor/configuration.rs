use std::path::Path;

use project_deployer::core::infra::NodeSettings;

use super::in_one_line;
use super::report::{Area, CHOSEN_DEPLOYER, Check};
use crate::deployer_access::{AccessError, Environment, config_files};
use crate::environment;
use crate::failure::Failure;
use crate::installation::InstallationArguments;
use crate::inventory::Inventory;

/// What files, options and environment say.
pub(super) struct Configuration {
    pub(super) checks: Vec<Check>,
    /// What there is to ask; none where the configuration cannot be used.
    pub(super) installation: Option<Configured>,
}

/// An installation that was configured and not asked yet.
pub(super) struct Configured {
    pub(super) inventory: Inventory,
    /// The Deployer to take infrastructures from; none where the inventory lists them.
    pub(super) remote: Option<NodeSettings>,
}

/// Reads the configuration.
///
/// # Errors
///
/// Standard input or the environment cannot be read.
pub(super) fn read(arguments: &InstallationArguments) -> Result<Configuration, Failure> {
    let environment = environment::of_process().map_err(Failure::usage)?;
    let (of_inventory, inventory) = inventory(arguments)?;
    let mut checks = vec![of_inventory];
    checks.extend(config_files(environment.home.as_deref()).iter().map(|(path, file)| {
        let name = path.display().to_string();
        match file {
            Ok(None) => Check::info(Area::Configuration, name, "not there"),
            Ok(Some(instances)) => Check::ok(Area::Configuration, name, instances.clone()),
            Err(error) => Check::warning(Area::Configuration, name, error.to_string()),
        }
    }));
    let installation = inventory.and_then(|inventory| {
        let (check, remote) = deployer(arguments, &inventory, &environment);
        checks.push(check);
        Some(Configured { inventory, remote: remote? })
    });
    Ok(Configuration { checks, installation })
}

/// The inventory; an empty one where none was passed, none where it cannot be used.
fn inventory(arguments: &InstallationArguments) -> Result<(Check, Option<Inventory>), Failure> {
    let name = "inventory";
    let secrets = arguments.secrets()?;
    let Some(path) = arguments.inventory_file() else {
        let what = "none; --inventory FILE names one";
        let check = Check::info(Area::Configuration, name, what);
        return Ok((check, Some(Inventory::default())));
    };
    Ok(match Inventory::read(path, &secrets) {
        Ok(inventory) => {
            let check = Check::ok(Area::Configuration, name, holds(path, &inventory));
            (check, Some(inventory))
        }
        Err(error) => {
            let what = in_one_line(&error);
            (Check::problem(Area::Configuration, name, what), None)
        }
    })
}

fn holds(path: &Path, inventory: &Inventory) -> String {
    format!(
        "`{}`: infrastructures {}, keys of nodes {}, directories {}, certificate authorities {}",
        path.display(),
        inventory.infras.len(),
        inventory.node_keys.len(),
        inventory.directories.len(),
        inventory.certificate_authorities.len(),
    )
}

/// Which Deployer is read: none in the second place where the configuration cannot be used.
fn deployer(
    arguments: &InstallationArguments,
    inventory: &Inventory,
    environment: &Environment,
) -> (Check, Option<Option<NodeSettings>>) {
    let name = CHOSEN_DEPLOYER;
    match arguments.choose_deployer(inventory, environment) {
        Ok(None) => {
            let what = "none: infrastructures come from the inventory";
            (Check::info(Area::Configuration, name, what), Some(None))
        }
        Ok(Some(settings)) => {
            let place = arguments.place_of_deployer(inventory, environment);
            let what = format!("{} ({place})", settings.address);
            let check = if settings.trust_all_certificates {
                let what = format!("{what}; any certificate is accepted");
                Check::warning(Area::Configuration, name, what)
                    .with_fix("add its authority to `certificateAuthorities` of an inventory")
            } else {
                Check::ok(Area::Configuration, name, what)
            };
            (check, Some(Some(settings)))
        }
        // The text may be a key that a user put into the wrong place.
        Err(AccessError::Address { place, .. }) => {
            let what = format!("the address {place} cannot be used");
            let check = Check::problem(Area::Configuration, name, what)
                .with_fix("write http[s]://HOST[:PORT], without login and password");
            (check, None)
        }
        Err(error) => (Check::problem(Area::Configuration, name, error.to_string()), None),
    }
}
