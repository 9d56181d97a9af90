use clap::Subcommand;
use project_deployer::core::{InfraId, Timestamp};
use project_deployer::watch::{Check, FindingFilter};

use super::Connection;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};
use crate::subcommands::moment;

const KIND: &str = "finding";
const COLUMNS: &[Column] = &[
    ("id", "/id"),
    ("severity", "/severity"),
    ("what", "/summary"),
    ("first seen", "/firstSeen"),
    ("last seen", "/lastSeen"),
    ("resolved", "/resolved"),
    ("acknowledged by", "/acknowledgedBy"),
    ("ignored", "/ignored"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List what was found, the worst first.
    List {
        /// Only of this infrastructure.
        #[arg(long, value_name = "ID")]
        infra: Option<InfraId>,

        /// Only of this check: health or parity.
        #[arg(long, value_name = "CHECK")]
        check: Option<Check>,

        /// Also what is resolved, which is kept for 30 days.
        #[arg(long)]
        resolved: bool,
    },
    /// Say that somebody knows of a finding. It holds until the finding is resolved.
    Acknowledge {
        /// The finding.
        #[arg(value_name = "ID")]
        finding: String,

        /// Why nothing is done now: others read it.
        #[arg(long, value_name = "TEXT")]
        note: String,

        /// When it ends by itself: a day such as 2026-11-01, or a time such as 2026-11-01T10:00:00Z.
        #[arg(long, value_parser = moment, value_name = "TIME")]
        until: Option<Timestamp>,
    },
    /// Withdraw an acknowledgement.
    Unacknowledge {
        /// The finding.
        #[arg(value_name = "ID")]
        finding: String,
    },
}

/// Carries an action out.
///
/// # Errors
///
/// The Deployer does not answer, refuses the action, or has no call for it.
pub(super) async fn act(connection: &Connection, action: Action) -> Result<Exit, Failure> {
    let deployer = connection.deployer();
    match action {
        Action::List { infra, check, resolved } => {
            let filter = FindingFilter::default()
                .with_infra(infra)
                .with_check(check)
                .including_resolved(resolved);
            let found = deployer.list_findings(&filter).await?;
            connection.show(ObjectsView::list(KIND, found, COLUMNS))
        }
        Action::Acknowledge { finding, note, until } => {
            deployer.acknowledge(&finding, &note, until).await?;
            connection.done(KIND, "acknowledged", &finding)
        }
        Action::Unacknowledge { finding } => {
            deployer.unacknowledge(&finding).await?;
            connection.done(KIND, "unacknowledged", &finding)
        }
    }
}
