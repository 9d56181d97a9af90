use clap::Subcommand;
use project_deployer::core::GroupName;
use project_deployer::core::accounts::Group;

use super::Connection;
use super::document::PatchArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};

const KIND: &str = "group";
const COLUMNS: &[Column] = &[
    ("group", "/name"),
    ("description", "/description"),
    ("source", "/sourceType"),
    ("administers", "/admin"),
    ("may create projects", "/mayCreatePublishedProjects"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List all groups.
    List,
    /// Show a group.
    Show { name: GroupName },
    /// Create a local group.
    Create {
        name: GroupName,
        /// What it is for.
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
        /// Its members may create published projects: upload the first bundle of a project.
        #[arg(long)]
        may_create_projects: bool,
    },
    /// Change a group, for example its rights.
    Edit {
        name: GroupName,
        #[command(flatten)]
        patch: PatchArguments,
    },
    /// Delete a group. Rights that it was granted stay for a later group of the same name.
    Delete { name: GroupName },
}

/// Carries out an action.
///
/// # Errors
///
/// The Deployer does not answer or refuses it.
pub(super) async fn act(connection: &Connection, action: Action) -> Result<Exit, Failure> {
    let deployer = connection.deployer();
    match action {
        Action::List => {
            connection.show(ObjectsView::list(KIND, deployer.all_groups().await?, COLUMNS))
        }
        Action::Show { name } => {
            let seen = deployer.group_seen(&name).await?;
            let document = serde_json::to_value(&seen.value)?;
            connection.write(&ObjectsView::settings(KIND, document, seen.revision))
        }
        Action::Create { name, description, may_create_projects } => {
            let group = Group::new(name.clone())
                .with_description(description)
                .with_may_create_published_projects(may_create_projects);
            deployer.add_group(&group).await?;
            connection.done(KIND, "created", &name)
        }
        Action::Edit { name, patch } => {
            let seen = deployer.group_seen(&name).await?;
            let document = serde_json::to_value(&seen.value)?;
            let Some(changed) = patch.apply(&seen, document)? else {
                return connection.done(KIND, "unchanged", &name);
            };
            deployer.change_group(&changed, &seen.revision).await?;
            connection.done(KIND, "edited", &name)
        }
        Action::Delete { name } => {
            deployer.remove_group(&name).await?;
            connection.done(KIND, "deleted", &name)
        }
    }
}
