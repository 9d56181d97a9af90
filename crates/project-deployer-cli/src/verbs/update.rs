use clap::Subcommand;
use project_deployer::core::{BundleId, DeploymentId, Timestamp};
use project_deployer::schedule::ScheduleTime;

use super::Connection;
use super::follow::{self, KIND};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};
use crate::subcommands::moment;
use crate::target::Work;

const COLUMNS: &[Column] =
    &[("started", "/startTimestamp"), ("type", "/type"), ("status", "/status")];

const SCHEDULED: &str = "scheduled-update";
const SCHEDULED_COLUMNS: &[Column] = &[
    ("deployment", "/deployment"),
    ("bundle", "/bundle"),
    ("at", "/at"),
    ("requester", "/requester"),
    ("outcome", "/outcome/outcome"),
    ("reason", "/outcome/reason"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Start an update, which brings the bundle and the settings of a deployment to its nodes.
    ///
    /// With --data the update runs in this process, so that the command waits for its end. Exit codes of a command that
    /// waits: 0 success, 1 success with warnings, 3 the update failed or was aborted. Its log goes to standard error.
    Start {
        deployment: DeploymentId,
        /// Follow the update to its end.
        #[arg(long, conflicts_with_all = ["at", "next_window"])]
        wait: bool,
        /// Start it at a later time, such as 2026-12-24T02:00:00Z, if it would still do the same then. The Deployer has to
        /// run at that time. A Deployer of the product has no such call.
        #[arg(long, value_name = "TIME", value_parser = moment)]
        at: Option<Timestamp>,
        /// Start it when windows next allow updates, if it would still do the same then: at once, if they do now. The Deployer
        /// has to run at that time. A Deployer of the product has no such call.
        #[arg(long, conflicts_with = "at")]
        next_window: bool,
        /// Start it outside windows as well, for this reason, which the audit keeps: for administrators of the infrastructure.
        /// A Deployer of the product has no such call.
        #[arg(long, value_name = "REASON", conflicts_with_all = ["at", "next_window", "plan"])]
        break_glass: Option<String>,
        /// Start it only if it would still do what this plan says, which `deployer deployment plan` shows.
        #[arg(long, value_name = "DIGEST", conflicts_with_all = ["at", "next_window"])]
        plan: Option<String>,
        /// The bundle of the plan, if it is not that of the settings.
        #[arg(long, requires = "plan")]
        bundle: Option<BundleId>,
    },
    /// List the updates that wait for their time, and for 30 days those that did.
    Scheduled,
    /// Withdraw the update of a deployment that waits for its time.
    Unschedule { deployment: DeploymentId },
    /// Follow an update to its end: the last one, or the one that started at this time. Exit codes are those of `start`.
    Follow {
        deployment: DeploymentId,
        /// When it started, in milliseconds since 1970, as `list` shows it.
        #[arg(value_name = "STARTED")]
        started: Option<i64>,
    },
    /// List the updates of a deployment, the newest first.
    List { deployment: DeploymentId },
    /// Show an update with its log: the last one, or the one that started at this time.
    Show {
        deployment: DeploymentId,
        /// When it started, in milliseconds since 1970, as `list` shows it.
        #[arg(value_name = "STARTED")]
        started: Option<i64>,
    },
    /// Abort the update of a job, whose id `start` prints.
    Abort { job: String },
}

impl Action {
    /// What it does beside single calls.
    pub(super) fn work(&self) -> Work {
        match self {
            Self::Start { at: None, next_window: false, .. } | Self::Follow { .. } => Work::Updates,
            Self::Start { .. } | Self::Scheduled | Self::Unschedule { .. } => Work::Calls,
            Self::List { .. } | Self::Show { .. } | Self::Abort { .. } => Work::Calls,
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
        Action::Start { deployment, at: Some(at), .. } => {
            let scheduled = deployer.schedule(&deployment, at.into()).await?;
            connection.show(ObjectsView::document(SCHEDULED, &scheduled))
        }
        Action::Start { deployment, next_window: true, .. } => {
            let scheduled = deployer.schedule(&deployment, ScheduleTime::NextWindow).await?;
            connection.show(ObjectsView::document(SCHEDULED, &scheduled))
        }
        Action::Start { deployment, wait, break_glass: Some(reason), .. } => {
            let call = deployer.start_anyway(&deployment, &reason);
            follow::start(connection, &deployment, call, wait).await
        }
        Action::Scheduled => connection.show(ObjectsView::list(
            SCHEDULED,
            &deployer.scheduled().await?,
            SCHEDULED_COLUMNS,
        )),
        Action::Unschedule { deployment } => {
            deployer.unschedule(&deployment).await?;
            connection.done(SCHEDULED, "withdrew", &deployment)
        }
        Action::Start { deployment, wait, plan: Some(plan), bundle, .. } => {
            let call = deployer.start_planned(&deployment, bundle.as_ref(), &plan);
            follow::start(connection, &deployment, call, wait).await
        }
        Action::Start { deployment, wait, .. } => {
            follow::start(connection, &deployment, deployer.start_update(&deployment), wait).await
        }
        Action::Follow { deployment, started } => {
            let started = started.map(Timestamp::from_millis);
            let ended = follow::existing(connection, &deployment, started).await?;
            connection.show(ObjectsView::document(KIND, &ended))?;
            Ok(follow::exit_of(ended.status))
        }
        Action::List { deployment } => {
            connection.show(ObjectsView::list(KIND, &deployer.updates(&deployment).await?, COLUMNS))
        }
        Action::Show { deployment, started } => {
            let update = match started {
                Some(at) => deployer.update(&deployment, Timestamp::from_millis(at)).await?,
                None => deployer.last_update(&deployment).await?,
            };
            connection.show(ObjectsView::document(KIND, &update))
        }
        Action::Abort { job } => {
            deployer.abort_future(&job).await?;
            connection.done(KIND, "aborted", &job)
        }
    }
}
