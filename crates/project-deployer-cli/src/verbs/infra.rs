use std::path::PathBuf;

use clap::Subcommand;
use project_deployer::client::InfraCreation;
use project_deployer::core::infra::HookPhase;
use project_deployer::core::{ApiKeySecret, InfraId, NodeAddress, StageId};
use serde_json::json;

use super::Connection;
use super::document::{PatchArguments, secret_of};
use crate::environment;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};

const KIND: &str = "infra";
const COLUMNS: &[Column] = &[
    ("infra", "/infraBasicInfo/id"),
    ("stage", "/infraBasicInfo/stage"),
    ("node", "/infraBasicInfo/automationNodeUrl"),
    ("may deploy", "/canDeploy"),
    ("administers", "/isAdmin"),
];

const TRIAL: &[Column] = &[
    ("hook", "/hook"),
    ("phase", "/phase"),
    ("status", "/status"),
    ("ms", "/tookMs"),
    ("message", "/message"),
];

const ROTATED: &[Column] = &[
    ("node", "/node"),
    ("end", "/end"),
    ("step", "/step"),
    ("old key", "/oldKey"),
    ("new key", "/newKey"),
    ("reason", "/reason"),
];

const ROTATIONS: &[Column] = &[
    ("node", "/node"),
    ("end", "/end"),
    ("ended", "/ended"),
    ("requester", "/requester"),
    ("new key", "/newKey"),
    ("left on the node", "/orphans"),
    ("reason", "/reason"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List the infrastructures that you may see.
    List,
    /// Show an infrastructure with its deployments.
    Show { id: InfraId },
    /// Show the settings of an infrastructure, without the keys of its nodes.
    Settings { id: InfraId },
    /// Create an infrastructure, with a node if an address is given.
    Create(CreateArguments),
    /// Change the settings of an infrastructure. Keys of nodes that the change does not name stay.
    Edit {
        id: InfraId,
        #[command(flatten)]
        patch: PatchArguments,
    },
    /// Try a hook of an infrastructure without an update. A Deployer of the product has no such call.
    TryHook {
        id: InfraId,
        /// When it runs in an update: `pre`, `post` or `on-failure`.
        phase: HookPhase,
        /// Its name.
        hook: String,
    },
    /// Delete an infrastructure that has no deployment.
    Delete { id: InfraId },
    /// Replace the admin key of each node by a new one, and revoke the old one. A Deployer of the product
    /// has no such call.
    RotateKey { id: InfraId },
    /// List the last rotation of the key of each node, with the keys that it left there.
    ///
    /// Exit code 1: one has not ended with a new key alone, so that somebody has to look at it. A Deployer of the product
    /// has no such call.
    Rotations { id: InfraId },
}

#[derive(Debug, clap::Args)]
pub(crate) struct CreateArguments {
    id: InfraId,

    /// Lifecycle stage, such as `Production`.
    #[arg(long)]
    stage: StageId,

    /// Address of the Automation node.
    #[arg(long, value_name = "URL")]
    node_url: Option<NodeAddress>,

    /// File with the admin API key of the node, or `-` for standard input. Default: the variable NODE_API_KEY.
    #[arg(long, value_name = "FILE", requires = "node_url")]
    node_key_file: Option<PathBuf>,
}

/// Carries out an action.
///
/// # Errors
///
/// The Deployer does not answer or refuses it.
pub(super) async fn act(connection: &Connection, action: Action) -> Result<Exit, Failure> {
    let deployer = connection.deployer();
    match action {
        Action::List => connection.show(ObjectsView::list(KIND, deployer.infras().await?, COLUMNS)),
        Action::Show { id } => {
            connection.show(ObjectsView::document(KIND, &deployer.infra(&id).await?))
        }
        Action::Settings { id } => {
            let seen = deployer.infra_seen(&id).await?;
            let document = seen.value.to_document();
            connection.write(&ObjectsView::settings(KIND, document, seen.revision))
        }
        Action::Create(arguments) => create(connection, arguments).await,
        Action::Edit { id, patch } => {
            let seen = deployer.infra_seen(&id).await?;
            // The keys are withheld here, and stay.
            let Some(changed) = patch.apply(&seen, seen.value.to_document())? else {
                return connection.done(KIND, "unchanged", &id);
            };
            deployer.change_infra(&changed, &seen.revision).await?;
            connection.done(KIND, "edited", &id)
        }
        Action::TryHook { id, phase, hook } => {
            let trial = deployer.trial(&id, phase, &hook).await?;
            let outcome = json!({
                "infra": id, "phase": phase, "hook": hook, "status": trial.status,
                "message": trial.message, "tookMs": trial.took_ms,
            });
            connection.show(ObjectsView::outcome(KIND, "tried", [outcome], TRIAL))?;
            Ok(if trial.is_success() { Exit::Clean } else { Exit::Findings })
        }
        Action::RotateKey { id } => {
            let rotated = deployer.rotate_keys(&id).await?;
            let view = ObjectsView::outcome("rotation", "rotate-key", &rotated.nodes, ROTATED);
            connection.show(view)?;
            Ok(if rotated.is_done { Exit::Clean } else { Exit::Findings })
        }
        Action::Rotations { id } => {
            let known = deployer.last_rotations(&id).await?;
            known.unreadable.iter().for_each(|text| connection.progress.report(text));
            connection.show(ObjectsView::list("rotation", &known.nodes, ROTATIONS))?;
            Ok(if known.is_done { Exit::Clean } else { Exit::Findings })
        }
        Action::Delete { id } => {
            deployer.delete_infra(&id).await?;
            connection.done(KIND, "deleted", &id)
        }
    }
}

async fn create(connection: &Connection, arguments: CreateArguments) -> Result<Exit, Failure> {
    let mut creation = InfraCreation::new(arguments.id.clone(), arguments.stage);
    if let Some(address) = arguments.node_url {
        let key = match arguments.node_key_file {
            Some(path) => secret_of(&path)?,
            None => {
                environment::variable("NODE_API_KEY").map_err(Failure::usage)?.ok_or_else(|| {
                    Failure::usage(
                        "no API key for the node; pass --node-key-file FILE or set NODE_API_KEY",
                    )
                })?
            }
        };
        creation = creation.with_node(address, ApiKeySecret::new(key).map_err(Failure::usage)?);
    }
    connection.deployer().create_infra(&creation).await?;
    connection.done(KIND, "created", &arguments.id)
}
