use clap::Subcommand;
use project_deployer::client::Warnings;
use project_deployer::core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer::core::health::Health;
use project_deployer::core::status::DeploymentLightStatus;
use project_deployer::core::{BundleId, DeploymentId, InfraId, ProjectKey, StageId};
use serde_json::{Map, Value, json};

use super::document::PatchArguments;
use super::{Connection, follow};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};
use crate::target::{PlannedUpdate, Work};

const KIND: &str = "deployment";
const COLUMNS: &[Column] = &[
    ("deployment", "/deploymentBasicInfo/id"),
    ("stage", "/infraBasicInfo/stage"),
    ("infra", "/deploymentBasicInfo/infraId"),
    ("project", "/deploymentBasicInfo/publishedProjectKey"),
    ("bundle", "/deploymentBasicInfo/bundleId"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List the deployments that you may see.
    List(ListArguments),
    /// Show a deployment.
    Show { id: DeploymentId },
    /// Show the health of a deployment, with a look at its nodes. Exit code 0: it is healthy; 1: it is not.
    Status { id: DeploymentId },
    /// Show the settings of a deployment.
    Settings {
        id: DeploymentId,
        /// Also show the values of its variables, which may be secret.
        #[arg(long)]
        with_variables: bool,
    },
    /// Show what an update would do on each node, without doing it. Exit code 0: nothing would change; 1: a node differs,
    /// or something would make the update fail.
    Plan {
        id: DeploymentId,
        /// Plan an update to this bundle, instead of the one of the settings.
        #[arg(long, value_name = "ID")]
        bundle: Option<BundleId>,
    },
    /// Show what the bundle of a deployment would do on the deployments of its project in the next stage. Exit codes as for
    /// `plan`.
    Promotion { id: DeploymentId },
    /// Create a deployment. It is on no node before its first update.
    Create(CreateArguments),
    /// Change the settings of a deployment. An update takes them to its nodes.
    Edit {
        id: DeploymentId,
        #[command(flatten)]
        patch: PatchArguments,
        #[command(flatten)]
        warnings: WarningArguments,
    },
    /// Delete a deployment. Its project stays on the nodes.
    Delete { id: DeploymentId },
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArguments {
    /// Only deployments of this lifecycle stage.
    #[arg(long)]
    stage: Option<StageId>,

    /// Only deployments on this infrastructure.
    #[arg(long, value_name = "ID")]
    infra: Option<InfraId>,

    /// Only deployments of this project.
    #[arg(long, value_name = "KEY")]
    project: Option<ProjectKey>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CreateArguments {
    id: DeploymentId,

    /// The infrastructure.
    #[arg(long, value_name = "ID")]
    infra: InfraId,

    /// The published project.
    #[arg(long, value_name = "KEY")]
    project: ProjectKey,

    /// The bundle.
    #[arg(long, value_name = "ID")]
    bundle: BundleId,

    /// Key of the project on the node, if it differs.
    #[arg(long, value_name = "KEY")]
    project_on_node: Option<ProjectKey>,

    /// Also update it, and wait for the end.
    #[arg(long)]
    wait: bool,

    #[command(flatten)]
    warnings: WarningArguments,
}

#[derive(Debug, clap::Args)]
pub(crate) struct WarningArguments {
    /// Go on if the Deployer has only warnings.
    #[arg(long)]
    ignore_warnings: bool,
}

impl WarningArguments {
    pub(super) fn warnings(&self) -> Warnings {
        if self.ignore_warnings { Warnings::Ignore } else { Warnings::AsErrors }
    }
}

impl ListArguments {
    fn takes(&self, status: &DeploymentLightStatus) -> bool {
        let deployment = &status.deployment_basic_info;
        self.stage.as_ref().is_none_or(|stage| *stage == status.infra_basic_info.stage)
            && self.infra.as_ref().is_none_or(|infra| *infra == deployment.infra_id)
            && self.project.as_ref().is_none_or(|key| *key == deployment.published_project_key)
    }
}

impl Action {
    /// What it does beside single calls.
    pub(super) fn work(&self) -> Work {
        match self {
            Self::Create(CreateArguments { wait: true, .. }) => Work::Updates,
            _ => Work::Calls,
        }
    }
}

/// Carries out an action.
///
/// # Errors
///
/// The Deployer does not answer or refuses it.
pub(super) async fn act(connection: &Connection, action: Action) -> Result<Exit, Failure> {
    let deployer = connection.deployer();
    match action {
        Action::List(filter) => {
            let all = deployer.deployments().await?;
            let shown = all.iter().filter(|status| filter.takes(status));
            connection.show(ObjectsView::list(KIND, shown, COLUMNS))
        }
        Action::Show { id } => {
            connection.show(ObjectsView::document(KIND, &deployer.deployment(&id).await?))
        }
        Action::Status { id } => status(connection, &id).await,
        Action::Settings { id, with_variables } => {
            let seen = deployer.deployment_seen(&id).await?;
            let document = match with_variables {
                true => seen.value.to_document(),
                false => without_values(&seen.value),
            };
            connection.write(&ObjectsView::settings(KIND, document, seen.revision))
        }
        Action::Plan { id, bundle } => {
            planned(connection, vec![deployer.plan_of(&id, bundle.as_ref()).await?])
        }
        Action::Promotion { id } => planned(connection, deployer.promotion_of(&id).await?),
        Action::Create(arguments) => create(connection, arguments).await,
        Action::Edit { id, patch, warnings } => {
            let seen = deployer.deployment_seen(&id).await?;
            let Some(changed) = patch.apply(&seen, seen.value.to_document())? else {
                return connection.done(KIND, "unchanged", &id);
            };
            let warnings = warnings.warnings();
            deployer.change_deployment(&changed, &seen.revision, warnings).await?;
            connection.done(KIND, "edited", &id)
        }
        Action::Delete { id } => {
            deployer.delete_deployment(&id).await?;
            connection.done(KIND, "deleted", &id)
        }
    }
}

/// Shows plans, which also decide about the exit code.
fn planned(connection: &Connection, plans: Vec<PlannedUpdate>) -> Result<Exit, Failure> {
    let needs_attention = plans.iter().any(|plan| plan.needs_attention);
    let (objects, texts): (Vec<_>, Vec<_>) =
        plans.into_iter().map(|plan| (plan.document, plan.text)).unzip();
    connection.write(&ObjectsView::in_words(KIND, "plan", objects, texts.join("\n")))?;
    Ok(if needs_attention { Exit::Findings } else { Exit::Clean })
}

/// Shows the health, which also decides about the exit code.
async fn status(connection: &Connection, id: &DeploymentId) -> Result<Exit, Failure> {
    let status = connection.deployer().deployment_status(id).await?;
    connection.show(ObjectsView::document(KIND, &status))?;
    Ok(if status.health == Health::Healthy { Exit::Clean } else { Exit::Findings })
}

async fn create(connection: &Connection, arguments: CreateArguments) -> Result<Exit, Failure> {
    let CreateArguments { id, infra, project, bundle, .. } = arguments;
    let mut creation = DeploymentCreation::new(id.clone(), project, infra, bundle);
    creation.deployed_project_key = arguments.project_on_node;
    let warnings = arguments.warnings.warnings();
    connection.deployer().create_deployment(&creation, warnings).await?;
    if arguments.wait {
        let call = connection.deployer().start_update(&id);
        return follow::start(connection, &id, call, true).await;
    }
    connection.done(KIND, "created", &id)
}

/// The settings, where the values of variables are not shown.
fn without_values(settings: &DeploymentSettings) -> Value {
    let mut shown = settings.clone();
    let hidden =
        settings.local_variables.names().map(|name| (name.to_owned(), json!("(not shown)")));
    shown.local_variables = hidden.collect::<Map<String, Value>>().into();
    shown.to_document()
}
