//! Files of the estate that are applied at a given time.

use project_deployer::schedule::ScheduleTime;
use serde_json::json;

use super::{Arguments, Wanted, planned};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};
use crate::subcommands::estate::access::Opened;
use crate::target::{Face, ScheduledFile, Work, schedule_at};

const KIND: &str = "scheduled-file";
const COLUMNS: &[Column] = &[
    ("id", "/id"),
    ("at", "/at"),
    ("requester", "/requester"),
    ("state", "/state"),
    ("changed", "/changed"),
    ("reason", "/reason"),
];

/// Lists or withdraws.
///
/// # Errors
///
/// The Deployer refuses, or has no call for it.
pub(super) async fn look(arguments: &Arguments) -> Result<Exit, Failure> {
    let opened = arguments.access.open(Work::Calls).await?;
    let done = looked(arguments, &opened).await;
    opened.close().await;
    arguments.show.write(&done?)?;
    Ok(Exit::Clean)
}

async fn looked(arguments: &Arguments, opened: &Opened) -> Result<ObjectsView, Failure> {
    let deployer = opened.face();
    if let Some(id) = &arguments.withdraw {
        deployer.withdraw_file(id).await?;
        let sentence = format!("Withdrew scheduled file `{id}`.");
        return Ok(ObjectsView::done(KIND, "withdrew", json!({ "id": id }), sentence));
    }
    Ok(ObjectsView::list(KIND, deployer.scheduled_files().await?, COLUMNS)?)
}

/// Plans, and has the plan applied at a time. A service plans for itself; a saved plan is compared with what is there
/// first.
///
/// # Errors
///
/// The plan has blockers or is outdated, or the Deployer refuses or has no call for it.
pub(super) async fn schedule(
    wanted: &Wanted,
    opened: &Opened,
    at: ScheduleTime,
) -> Result<ScheduledFile, Failure> {
    let source = &wanted.source;
    match opened.face() {
        Face::Engine(session) => {
            let plan = planned(wanted, opened).await?;
            let scheduled = session.schedule_estate(&source.estate, &plan, &source.secrets, at);
            Ok(scheduled.await?.into())
        }
        Face::Remote(remote) => {
            if wanted.saved.is_some() {
                drop(planned(wanted, opened).await?);
            }
            schedule_at(remote, &source.request(&wanted.options)?, at).await
        }
    }
}

/// Shows what was scheduled.
///
/// # Errors
///
/// The output cannot be written.
pub(super) fn show(arguments: &Arguments, scheduled: &ScheduledFile) -> Result<Exit, Failure> {
    let object = serde_json::to_value(scheduled)?;
    let view = ObjectsView::done(KIND, "scheduled", object, scheduled.sentence());
    arguments.show.write(&view)?;
    Ok(Exit::Clean)
}
