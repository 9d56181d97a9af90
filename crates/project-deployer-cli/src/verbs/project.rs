use clap::Subcommand;
use project_deployer::core::ProjectKey;

use super::Connection;
use super::document::PatchArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};

const KIND: &str = "project";
const COLUMNS: &[Column] = &[
    ("project", "/projectBasicInfo/id"),
    ("name", "/projectBasicInfo/name"),
    ("may upload", "/canWrite"),
    ("may deploy", "/canDeploy"),
    ("administers", "/isAdmin"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List the published projects that you may see.
    List,
    /// Show a project with its bundles and deployments.
    Show { project: ProjectKey },
    /// Show the settings of a project.
    Settings { project: ProjectKey },
    /// Create a project without bundles. You own it.
    Create { project: ProjectKey },
    /// Change the settings of a project, such as its rights.
    Edit {
        project: ProjectKey,
        #[command(flatten)]
        patch: PatchArguments,
    },
    /// Delete a project that has no deployment, with its bundles.
    Delete { project: ProjectKey },
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
            connection.show(ObjectsView::list(KIND, deployer.projects().await?, COLUMNS))
        }
        Action::Show { project } => {
            connection.show(ObjectsView::document(KIND, &deployer.project(&project).await?))
        }
        Action::Settings { project } => {
            let seen = deployer.project_seen(&project).await?;
            let document = seen.value.to_document();
            connection.write(&ObjectsView::settings(KIND, document, seen.revision))
        }
        Action::Create { project } => {
            deployer.create_project(&project).await?;
            connection.done(KIND, "created", &project)
        }
        Action::Edit { project, patch } => {
            let seen = deployer.project_seen(&project).await?;
            let Some(changed) = patch.apply(&seen, seen.value.to_document())? else {
                return connection.done(KIND, "unchanged", &project);
            };
            deployer.change_project(&changed, &seen.revision).await?;
            connection.done(KIND, "edited", &project)
        }
        Action::Delete { project } => {
            deployer.delete_project(&project).await?;
            connection.done(KIND, "deleted", &project)
        }
    }
}
