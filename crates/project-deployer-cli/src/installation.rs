//! The installation that a verb reads: infrastructures of a Deployer or of an inventory, accounts on
//! their nodes, and the directories behind them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use project_deployer::HttpConnector;
use project_deployer::client::{HttpConnectorError, NodeConnector as _, RemoteDeployer};
use project_deployer::core::infra::{NodeEntry, NodeSettings};
use project_deployer::core::{InfraId, Login};
use project_deployer::ldap::matching::{LocationId, Locations, Role};
use project_deployer::parity::{LocationAccounts, NodeKeys, ParityScope};

use crate::deployer_access::{AccessError, DeployerAccess, Environment};
use crate::directories::CommandDirectories;
use crate::environment;
use crate::failure::Failure;
use crate::inventory::{Inventory, NamedSecrets, NodeKey, Secrets};
use crate::progress::Progress;

const NOTHING: &str = "no infrastructure is visible; use an API key with rights on infrastructures, or list them in \
                       an inventory";

/// Which installation to read.
#[derive(Debug, clap::Args)]
pub(crate) struct InstallationArguments {
    /// File that lists infrastructures (.yaml, .yml, .json or .toml), or that only adds what a Deployer
    /// withholds: keys of nodes, passwords of directories. See `docs/parity.md`.
    #[arg(long, short, value_name = "FILE")]
    inventory: Option<PathBuf>,

    #[command(flatten)]
    deployer: DeployerAccess,

    /// `-` reads lines `NAME=SECRET` from standard input. A field `{stdin: NAME}` of the inventory uses
    /// such a secret.
    #[arg(long, value_name = "-", value_parser = ["-"], requires = "inventory")]
    secrets: Option<String>,
}

/// An installation, ready to be read.
#[derive(Debug)]
pub(crate) struct Installation {
    /// Connects to nodes.
    pub(crate) nodes: HttpConnector,
    /// The infrastructures and the logins that they need.
    pub(crate) scope: ParityScope,
    /// Reads the accounts of all locations.
    pub(crate) accounts: LocationAccounts,
    /// The directories that their settings name.
    pub(crate) directories: CommandDirectories,
}

impl InstallationArguments {
    /// Reads the inventory, and the infrastructures of the Deployer if there is one.
    ///
    /// # Errors
    ///
    /// The arguments or the inventory cannot be used, or the Deployer does not answer.
    pub(crate) async fn open(&self, progress: &Progress) -> Result<Installation, Failure> {
        let inventory = self.inventory()?;
        let environment = environment::of_process().map_err(Failure::usage)?;
        let remote = self.remote(&inventory, &environment)?;
        let nodes = connector(&inventory).map_err(Failure::usage)?;
        let scope = match &remote {
            None => ParityScope::of_infras(inventory.infras.clone()),
            Some(settings) => {
                progress.report(&format!("reading the infrastructures of the Deployer {settings}"));
                let connector = Arc::new(connector(&inventory).map_err(Failure::usage)?);
                let deployer = RemoteDeployer::new(connector, settings.clone())?;
                ParityScope::of_deployer(&deployer).await?
            }
        };
        keys_fit(&inventory.node_keys, &scope).map_err(Failure::usage)?;
        let scope = scope
            .with_requesters(inventory.requesters.iter().cloned(), "the inventory")
            .with_keys(&keys(&inventory));
        let accounts = LocationAccounts::of(&scope, &nodes);
        if scope.infras.is_empty() {
            return Err(Failure::failed(NOTHING));
        }
        // The Deployer that lists the infrastructures is the one whose accounts count.
        let settings = remote.as_ref().or(inventory.deployer.as_ref());
        let accounts = match settings {
            Some(settings) => {
                let address = inventory.external_address(settings);
                accounts.with_deployer(nodes.accounts(settings)?, Some(address))
            }
            None => accounts,
        };
        let directories = CommandDirectories::of(&inventory).map_err(Failure::usage)?;
        Ok(Installation { nodes, scope, accounts, directories })
    }

    fn inventory(&self) -> Result<Inventory, Failure> {
        let named = match &self.secrets {
            Some(_) => NamedSecrets::read(std::io::stdin()).map_err(Failure::usage)?,
            None => NamedSecrets::default(),
        };
        let secrets = Secrets::new(named, environment::variable);
        let Some(path) = &self.inventory else { return Ok(Inventory::default()) };
        Inventory::read(path, &secrets).map_err(Failure::usage)
    }

    /// The Deployer to read infrastructures from; none if the inventory lists them.
    fn remote(
        &self,
        inventory: &Inventory,
        environment: &Environment,
    ) -> Result<Option<NodeSettings>, Failure> {
        if inventory.infras.is_empty() {
            return match &inventory.deployer {
                // The inventory overrides the environment. An option overrides the inventory.
                Some(deployer) if !self.deployer.is_named() => Ok(Some(deployer.clone())),
                _ => self.deployer.settings(environment).map(Some).map_err(Failure::usage),
            };
        }
        if self.deployer.is_named() {
            return Err(Failure::usage(AccessError::TwoSources));
        }
        Ok(None)
    }
}

impl Installation {
    /// How much will be read, for progress messages.
    pub(crate) fn size(&self) -> String {
        let known = self.scope.infras.iter().filter_map(|(_, settings)| settings.as_ref().ok());
        let nodes: usize = known.map(|settings| settings.target.entries().len()).sum();
        format!("{nodes} nodes of {} infrastructures", self.scope.infras.len())
    }

    /// The requesters of deployments on an infrastructure.
    pub(crate) fn requesters_of(&self, infra: &InfraId) -> BTreeSet<Login> {
        let is_there = |at: &Locations| match at {
            Locations::Everywhere => true,
            Locations::At(places) => places.iter().any(|place| match place {
                LocationId::Node { infra: of, .. } => of == infra,
                LocationId::Deployer => false,
            }),
        };
        let needs = self.scope.needs.iter();
        let requesters = needs.filter(|need| need.role == Role::Requester && is_there(&need.at));
        requesters.map(|need| need.login.clone()).collect()
    }
}

fn connector(inventory: &Inventory) -> Result<HttpConnector, HttpConnectorError> {
    let builder = inventory
        .certificate_authorities
        .iter()
        .fold(HttpConnector::builder(), |builder, authority| {
            builder.certificate_authority(authority.clone())
        });
    builder.build()
}

fn keys(inventory: &Inventory) -> NodeKeys {
    inventory.node_keys.iter().fold(NodeKeys::none(), |keys, known| match &known.node {
        Some(node) => keys.with_node(known.infra.clone(), node.clone(), known.key.clone()),
        None => keys.with_infra(known.infra.clone(), known.key.clone()),
    })
}

/// Refuses a key that fits no node, which would otherwise be ignored silently.
fn keys_fit(keys: &[NodeKey], scope: &ParityScope) -> Result<(), String> {
    for key in keys {
        let infra = scope.infras.iter().find(|(id, _)| *id == key.infra);
        let fits = match infra {
            None => false,
            Some((_, Err(_))) => true,
            Some((_, Ok(settings))) => fits(key, settings.target.entries()),
        };
        if !fits {
            let node = key.node.as_ref().map(|node| format!(" and the node `{node}`"));
            return Err(format!(
                "the key for `{}`{} fits no node; write the id of the infrastructure, and on a multi-node \
                 infrastructure also the node id as it is configured there",
                key.infra,
                node.unwrap_or_default()
            ));
        }
    }
    Ok(())
}

fn fits(key: &NodeKey, entries: &[NodeEntry]) -> bool {
    match &key.node {
        None => entries.len() == 1,
        Some(node) => entries.iter().any(|entry| entry.node_id.as_ref() == Some(node)),
    }
}
