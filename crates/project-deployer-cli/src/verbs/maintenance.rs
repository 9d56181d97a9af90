use clap::Subcommand;
use project_deployer::core::{InfraId, StageId, Timestamp};
use project_deployer::maintenance::{MaintenanceRequest, MaintenanceScope};
use serde_json::json;

use super::Connection;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};
use crate::subcommands::moment;

const KIND: &str = "maintenance";
const COLUMNS: &[Column] = &[
    ("where", "/scope"),
    ("reason", "/reason"),
    ("started by", "/owner"),
    ("since", "/since"),
    ("until", "/until"),
    ("alarm", "/alarm"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List the maintenance that there is.
    List,
    /// Start a maintenance, or replace the one that is there.
    Start {
        #[command(flatten)]
        place: PlaceArguments,

        /// Why: whoever is refused reads it.
        #[arg(long, value_name = "TEXT")]
        reason: String,

        /// When it ends by itself: a day such as 2026-11-01, or a time such as 2026-11-01T10:00:00Z. Without it, it is until
        /// somebody ends it.
        #[arg(long, value_parser = moment, value_name = "TIME")]
        until: Option<Timestamp>,

        /// When it is too long. Without it and without --until, after a day.
        #[arg(long, value_parser = moment, value_name = "TIME")]
        alarm: Option<Timestamp>,
    },
    /// End a maintenance.
    End {
        #[command(flatten)]
        place: PlaceArguments,
    },
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct PlaceArguments {
    /// On this infrastructure.
    #[arg(long, value_name = "ID")]
    infra: Option<InfraId>,

    /// On all infrastructures of this stage.
    #[arg(long, value_name = "STAGE")]
    stage: Option<StageId>,

    /// On all infrastructures.
    #[arg(long)]
    everything: bool,
}

impl PlaceArguments {
    pub(super) fn scope(self) -> MaintenanceScope {
        match (self.infra, self.stage) {
            (Some(id), _) => MaintenanceScope::Infra(id),
            (None, Some(stage)) => MaintenanceScope::Stage(stage),
            (None, None) => MaintenanceScope::Everything,
        }
    }
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
            let known = deployer.list_maintenance().await?;
            known.unreadable.iter().for_each(|text| connection.progress.report(text));
            connection.show(ObjectsView::list(KIND, known.items, COLUMNS))
        }
        Action::Start { place, reason, until, alarm } => {
            let request = MaintenanceRequest::new(place.scope(), reason);
            let request = request.with_until(until).with_alarm(alarm);
            let begun = deployer.begin_maintenance(request).await?;
            let object = json!({ "id": begun.scope });
            connection.write(&ObjectsView::done(KIND, "started", object, begun.text))
        }
        Action::End { place } => {
            let scope = place.scope();
            deployer.finish_maintenance(&scope).await?;
            connection.done(KIND, "ended", &scope)
        }
    }
}
