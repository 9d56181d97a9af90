use clap::Subcommand;
use project_deployer::core::StageId;

use super::Connection;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};
use crate::target::StageChange;

const KIND: &str = "stage";
const COLUMNS: &[Column] = &[("stage", "/id"), ("description", "/desc")];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List the stages in their order.
    List,
    /// Show a stage.
    Show { id: StageId },
    /// Create a stage behind the others. Only with --data: the public API has no such call.
    Create {
        id: StageId,
        /// What it is for.
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
    },
    /// Change a stage. Only with --data: the public API has no such call.
    Edit {
        id: StageId,
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Delete a stage that no infrastructure uses. Only with --data: the public API has no such call.
    Delete { id: StageId },
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(crate) struct ChangeArguments {
    /// Another description.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// Another place among the stages; 1 is the first.
    #[arg(long, value_name = "NUMBER")]
    position: Option<usize>,

    /// Another name. Its infrastructures stay in it.
    #[arg(long, value_name = "STAGE")]
    rename: Option<StageId>,
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
            let stages = deployer.stages().await?;
            connection.show(ObjectsView::list(KIND, stages.iter(), COLUMNS))
        }
        Action::Show { id } => {
            let stages = deployer.stages().await?;
            let found = stages.get(&id).ok_or_else(|| {
                let known = stages.names();
                Failure::failed(format!("there is no stage `{id}`; the stages are {known}"))
            })?;
            connection.show(ObjectsView::document(KIND, found))
        }
        Action::Create { id, description } => {
            deployer.new_stage(id.clone(), description).await?;
            connection.done(KIND, "created", &id)
        }
        Action::Edit { id, change } => {
            let ChangeArguments { description, position, rename: name } = change;
            deployer.change_stage(&id, StageChange { description, position, name }).await?;
            connection.done(KIND, "edited", &id)
        }
        Action::Delete { id } => {
            deployer.drop_stage(&id).await?;
            connection.done(KIND, "deleted", &id)
        }
    }
}
