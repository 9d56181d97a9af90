use std::path::{Path, PathBuf};

use clap::Subcommand;
use project_deployer::core::document::Document as _;
use project_deployer::core::{FleetId, InfraId, NodeId};
use project_deployer::fleets::FleetSettings;
use serde_json::{Value, json};

use super::Connection;
use crate::environment;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::inventory::{self, NamedSecrets, Secrets};
use crate::objects::{Column, ObjectsView};
use crate::target::{FleetFacts, FleetFile, FleetWork, LineFacts};

const KIND: &str = "fleet";
const COLUMNS: &[Column] = &[
    ("fleet", "/id"),
    ("source", "/source"),
    ("infrastructures", "/infras"),
    ("in quarantine", "/inQuarantine"),
    ("read", "/read"),
    ("state", "/state"),
];
const LINES: &[Column] = &[
    ("what", "/kind"),
    ("infrastructure", "/infra"),
    ("node", "/node"),
    ("why", "/reason"),
    ("failure", "/failure"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List the fleets.
    List,
    /// Show a fleet: its settings, what the last synchronization found, and the infrastructures that it manages.
    Show { id: FleetId },
    /// Create a fleet.
    Create {
        #[command(flatten)]
        settings: SettingsArguments,
    },
    /// Replace the settings of a fleet. Secrets that the file leaves out stay.
    Edit {
        #[command(flatten)]
        settings: SettingsArguments,
    },
    /// Delete a fleet that manages no infrastructure.
    Delete { id: FleetId },
    /// Show what a synchronization would do. Nothing is written. Exit code 1 if there is something to do.
    Plan { id: FleetId },
    /// Synchronize a fleet now. Exit code 1 if its answer has to be confirmed, or something failed.
    Sync { id: FleetId },
    /// Confirm an answer that lacks many nodes, and synchronize.
    Confirm {
        id: FleetId,
        /// The digest of the answer, as `plan` or `sync` shows it.
        answer: String,
    },
    /// Let a fleet manage an infrastructure that exists.
    Adopt {
        id: FleetId,
        infra: InfraId,
        /// The id of its node in the fleet. Default: the one in its settings.
        #[arg(long, value_name = "NODE")]
        node: Option<NodeId>,
    },
    /// Take an infrastructure from its fleet. It stays as it is, and is edited by hand from then on.
    Release { id: FleetId, infra: InfraId },
}

#[derive(Debug, clap::Args)]
pub(crate) struct SettingsArguments {
    /// File with the settings (YAML, JSON or TOML). A secret in it is a place: `{env: NAME}` or `{file: PATH}`.
    #[arg(long, value_name = "FILE")]
    settings: PathBuf,
}

/// Carries out an action.
///
/// # Errors
///
/// The Deployer does not answer, refuses the action, or has no call for it.
pub(super) async fn act(connection: &Connection, action: Action) -> Result<Exit, Failure> {
    let deployer = connection.deployer();
    match action {
        Action::List => {
            let fleets = deployer.list_fleets().await?;
            connection.show(ObjectsView::list(KIND, fleets.iter().map(line), COLUMNS))
        }
        Action::Show { id } => {
            connection.show(ObjectsView::document(KIND, &deployer.show_fleet(&id).await?))
        }
        Action::Create { settings } => {
            let file = read(&settings.settings)?;
            deployer.new_fleet(&file).await?;
            connection.done(KIND, "created", &file.settings.id)
        }
        Action::Edit { settings } => {
            let file = read(&settings.settings)?;
            deployer.change_fleet(&file).await?;
            connection.done(KIND, "edited", &file.settings.id)
        }
        Action::Delete { id } => {
            deployer.drop_fleet(&id).await?;
            connection.done(KIND, "deleted", &id)
        }
        Action::Plan { id } => {
            let plan = deployer.plan_of_fleet(&id).await?;
            let is_empty = plan.changes.is_empty();
            show(connection, "planned", &id, plan)?;
            Ok(if is_empty { Exit::Clean } else { Exit::Findings })
        }
        Action::Sync { id } => synced(connection, &id, deployer.synchronize(&id).await?),
        Action::Confirm { id, answer } => {
            synced(connection, &id, deployer.confirm(&id, &answer).await?)
        }
        Action::Adopt { id, infra, node } => {
            deployer.adopt(&id, &infra, node.as_ref()).await?;
            connection.done("infrastructure", "adopted", &infra)
        }
        Action::Release { id, infra } => {
            deployer.release(&id, &infra).await?;
            connection.done("infrastructure", "released", &infra)
        }
    }
}

fn synced(connection: &Connection, id: &FleetId, work: FleetWork) -> Result<Exit, Failure> {
    let is_clean = work.waiting.is_none() && !work.has_failed();
    show(connection, "synchronized", id, work)?;
    Ok(if is_clean { Exit::Clean } else { Exit::Findings })
}

/// Shows what is done, what is not, and what has to be confirmed.
fn show(
    connection: &Connection,
    action: &'static str,
    id: &FleetId,
    work: FleetWork,
) -> Result<Exit, Failure> {
    let FleetWork { answer, waiting, changes, notes } = work;
    let waits = waiting.map(|(missing, registered)| {
        LineFacts::to_confirm(format!(
            "{missing} of {registered} nodes are missing, so nothing is done; check the fleet, then `deployer fleet confirm {id} {answer}`"
        ))
    });
    let lines = changes.into_iter().chain(notes).chain(waits);
    connection.show(ObjectsView::outcome(KIND, action, lines, LINES))
}

fn line(fleet: &FleetFacts) -> Value {
    let in_quarantine = fleet.infras.iter().filter(|it| it.quarantined_since.is_some()).count();
    let text = match (&fleet.problem, &fleet.pending, &fleet.read) {
        (Some(problem), ..) => problem.clone(),
        (None, Some(lack), _) => {
            format!("waits for a confirmation: {} of {} are missing", lack.missing, lack.registered)
        }
        (None, None, Some(_)) => "read".to_owned(),
        (None, None, None) => "not read yet".to_owned(),
    };
    json!({
        "id": fleet.id, "source": fleet.settings.pointer("/source/kind"), "infras": fleet.infras.len(),
        "inQuarantine": in_quarantine, "read": fleet.read, "state": text,
    })
}

fn read(path: &Path) -> Result<FleetFile, Failure> {
    let secrets = Secrets::new(NamedSecrets::default(), environment::variable);
    let document = inventory::with_secrets(path, &["keySecret", "adminKey"], &secrets);
    let document = document.map_err(Failure::usage)?;
    let settings = FleetSettings::from_document(document.clone()).map_err(Failure::usage)?;
    Ok(FleetFile { settings, document })
}
