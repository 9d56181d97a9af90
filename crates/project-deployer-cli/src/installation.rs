//! The installation that a subcommand reads: infrastructures of a Deployer or of an inventory, accounts on
//! their nodes, and the directories behind them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use project_deployer::HttpConnector;
use project_deployer::client::{
    HttpConnectorBuilder, HttpConnectorError, NodeConnector as _, RemoteDeployer, RetryPolicy,
};
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
    /// withholds: keys of nodes, passwords of directories. See docs/parity.md in the source repository.
    #[arg(long, short, value_name = "FILE")]
    inventory: Option<PathBuf>,

    #[command(flatten)]
    deployer: DeployerAccess,

    /// Where to read the secrets of `{stdin: NAME}` fields. The only value is `-`: lines `NAME=SECRET`
    /// from standard input.
    #[arg(long, value_name = "SOURCE", hide_possible_values = true, value_parser = ["-"], requires = "inventory")]
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
        let remote = self.choose_deployer(&inventory, &environment).map_err(Failure::usage)?;
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
        let installation = Installation { nodes, scope, accounts, directories };
        progress.report(&format!("reading {}", installation.size()));
        Ok(installation)
    }

    fn inventory(&self) -> Result<Inventory, Failure> {
        let secrets = self.secrets()?;
        let Some(path) = &self.inventory else { return Ok(Inventory::default()) };
        Inventory::read(path, &secrets).map_err(Failure::usage)
    }

    /// The file that was passed as inventory.
    pub(crate) fn inventory_file(&self) -> Option<&Path> {
        self.inventory.as_deref()
    }

    /// Where the inventory finds its secrets. Those of standard input are read by this, once.
    ///
    /// # Errors
    ///
    /// Standard input cannot be read.
    pub(crate) fn secrets(&self) -> Result<Secrets, Failure> {
        let named = match &self.secrets {
            Some(_) => NamedSecrets::read(std::io::stdin()).map_err(Failure::usage)?,
            None => NamedSecrets::default(),
        };
        Ok(Secrets::new(named, environment::variable))
    }

    /// The Deployer to take infrastructures from; none where the inventory has them.
    ///
    /// # Errors
    ///
    /// None is named, two are, or its address or key cannot be used.
    pub(crate) fn choose_deployer(
        &self,
        inventory: &Inventory,
        environment: &Environment,
    ) -> Result<Option<NodeSettings>, AccessError> {
        if inventory.infras.is_empty() {
            return match self.of_inventory(inventory) {
                Some(deployer) => Ok(Some(deployer.clone())),
                None => self.deployer.settings(environment).map(Some),
            };
        }
        if self.deployer.is_named() { Err(AccessError::TwoSources) } else { Ok(None) }
    }

    /// What named the Deployer that is chosen, for people.
    pub(crate) fn place_of_deployer(
        &self,
        inventory: &Inventory,
        environment: &Environment,
    ) -> &'static str {
        match self.of_inventory(inventory) {
            Some(_) => "`deployer` of the inventory",
            None => self.deployer.place(environment),
        }
    }

    /// The Deployer of the inventory: the file is more than the environment, and less than an option.
    fn of_inventory<'a>(&self, inventory: &'a Inventory) -> Option<&'a NodeSettings> {
        inventory.deployer.as_ref().filter(|_| !self.deployer.is_named())
    }
}

impl Installation {
    /// How much will be read, for progress messages.
    fn size(&self) -> String {
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
    trusting(inventory, HttpConnector::builder()).build()
}

/// A connector that asks everything once.
pub(crate) fn connector_once(inventory: &Inventory) -> Result<HttpConnector, HttpConnectorError> {
    trusting(inventory, HttpConnector::builder().retries(RetryPolicy::never())).build()
}

fn trusting(inventory: &Inventory, builder: HttpConnectorBuilder) -> HttpConnectorBuilder {
    let authorities = inventory.certificate_authorities.iter().cloned();
    authorities.fold(builder, HttpConnectorBuilder::certificate_authority)
}

pub(crate) fn keys(inventory: &Inventory) -> NodeKeys {
    inventory.node_keys.iter().fold(NodeKeys::none(), |keys, known| match &known.node {
        Some(node) => keys.with_node(known.infra.clone(), node.clone(), known.key.clone()),
        None => keys.with_infra(known.infra.clone(), known.key.clone()),
    })
}

/// A key that fits no node would be left out without a word.
pub(crate) fn keys_fit(keys: &[NodeKey], scope: &ParityScope) -> Result<(), String> {
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
