//! `deployer history`: the updates that have ended.

use clap::Subcommand;
use project_deployer::core::status::UpdateStatus;
use project_deployer::core::{DeploymentId, InfraId, ProjectKey, Timestamp};
use project_deployer::history::{HistoryFilter, HistoryId};
use project_deployer::state_admin::{history_details, list_history};

use super::state::{PlaceArguments, UrlArguments};
use super::{ShowArguments, moment};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::history_view::HistoryResult;
use crate::output::{Formats, Output};
use crate::store_view::StoreView;

/// The formats of a list.
const LISTED: Formats =
    Formats { table: "A line for each update", csv: "CSV with one line for each update" };

/// The formats of one update.
const ONE: Formats = Formats {
    table: "What is known of the update, its nodes, and its log",
    csv: "CSV with one line for each step",
};

/// Show the updates that have ended, also of deployments that were deleted.
///
/// A state is named as in `deployer state`. A Deployer may run meanwhile. An update that runs is not in the history yet.
#[derive(Debug, clap::Args)]
#[command(subcommand_value_name = "ACTION", subcommand_help_heading = "Actions")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(Box<ListArguments>),
    Show(OneArguments),
}

/// List updates, the latest start first.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(LISTED))))]
#[command(after_help = "Example:\n  deployer history list sqlite:/var/lib/deployer/deployer.db \
                        --deployment churn-prod --outcome failed")]
struct ListArguments {
    #[command(flatten)]
    place: PlaceArguments,

    /// Only of deployments of this id, those that exist and those that were deleted.
    #[arg(long, value_name = "ID")]
    deployment: Option<DeploymentId>,

    /// Only of this published project.
    #[arg(long, value_name = "KEY")]
    project: Option<ProjectKey>,

    /// Only on this infrastructure.
    #[arg(long, value_name = "ID")]
    infra: Option<InfraId>,

    /// Only with this outcome.
    #[arg(long, value_parser = outcome, value_name = "success|warning|failed|aborted")]
    outcome: Option<UpdateStatus>,

    /// Only those that began at this time or later: a day such as 2026-11-01, or a time such as 2026-11-01T10:00:00Z.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    since: Option<Timestamp>,

    /// Only those that began before this time.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    until: Option<Timestamp>,

    /// Only updates after this one in the list, which began before it.
    #[arg(long, value_parser = history_id, value_name = "UPDATE")]
    after: Option<HistoryId>,

    /// How many updates.
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: usize,

    #[command(flatten)]
    show: ShowArguments,
}

/// Show one update with its steps and its log.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(ONE))))]
#[command(after_help = "Example:\n  deployer history show sqlite:/var/lib/deployer/deployer.db \
                        09223370246854775807-3f2c9a51d07be486")]
struct OneArguments {
    #[command(flatten)]
    place: UrlArguments,

    /// The update, as `deployer history list` names it.
    #[arg(value_name = "UPDATE", value_parser = history_id)]
    update: HistoryId,

    #[command(flatten)]
    show: ShowArguments,
}

/// Carries an action out.
///
/// # Errors
///
/// The state cannot be read, there is no such update, or the result cannot be written.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    match arguments.action {
        Action::List(arguments) => list(*arguments).await,
        Action::Show(arguments) => show(arguments).await,
    }
}

async fn list(arguments: ListArguments) -> Result<Exit, Failure> {
    let state = arguments.place.place().open().await?;
    let filter = HistoryFilter::default()
        .with_deployment(arguments.deployment)
        .with_project(arguments.project)
        .with_infra(arguments.infra)
        .with_status(arguments.outcome)
        .with_from(arguments.since)
        .with_until(arguments.until);
    let (mut entries, mut after) = (Vec::new(), arguments.after);
    while entries.len() < arguments.limit {
        let left = arguments.limit - entries.len();
        let page = list_history(&state, &filter, after.as_ref(), left).await?;
        entries.extend(page.entries);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let result = HistoryResult::listed(&entries, after.as_ref());
    let view = StoreView::now("history list", &state, result);
    arguments.show.write(&view)?;
    Ok(Exit::Clean)
}

async fn show(arguments: OneArguments) -> Result<Exit, Failure> {
    let state = arguments.place.place().open().await?;
    let found = history_details(&state, &arguments.update).await?;
    let result = HistoryResult::one(found);
    let view = StoreView::now("history show", &state, result);
    arguments.show.write(&view)?;
    Ok(Exit::Clean)
}

fn outcome(text: &str) -> Result<UpdateStatus, String> {
    let ended =
        [UpdateStatus::Success, UpdateStatus::Warning, UpdateStatus::Failed, UpdateStatus::Aborted];
    let found = ended.into_iter().find(|status| status.to_string() == text);
    found.ok_or_else(|| "write `success`, `warning`, `failed` or `aborted`".to_owned())
}

/// An id of an update. A path or a URL in its place is a mistake.
fn history_id(text: &str) -> Result<HistoryId, String> {
    let is_id = text.get(..20).is_some_and(|start| start.bytes().all(|byte| byte.is_ascii_digit()));
    match is_id {
        true => Ok(HistoryId::new(text)),
        false => Err("write an update as `deployer history list` names it".to_owned()),
    }
}
