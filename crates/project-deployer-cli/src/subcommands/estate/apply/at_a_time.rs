//! Files of the estate that are applied at a given time.

use std::io;

use project_deployer::estate::ScheduledEstate;
use project_deployer::schedule::ScheduleTime;
use project_deployer::{DeployerSession, estate::EstateAccess};
use serde_json::json;

use super::{Arguments, Wanted, planned};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};
use crate::output;
use crate::subcommands::estate::access::Opened;
use crate::target::Work;

const KIND: &str = "scheduled-file";
const COLUMNS: &[Column] = &[
    ("id", "/id"),
    ("at", "/at"),
    ("requester", "/requester"),
    ("outcome", "/outcome/outcome"),
    ("changes", "/outcome/changes"),
    ("reason", "/outcome/reason"),
];

/// Lists or withdraws.
///
/// # Errors
///
/// It is no state, or the Deployer refuses.
pub(super) async fn look(arguments: &Arguments) -> Result<Exit, Failure> {
    let opened = arguments.access.open(Work::Calls).await?;
    let done = looked(arguments, &opened).await;
    opened.close().await;
    output::write(&done?, arguments.show.output, io::stdout().lock())?;
    Ok(Exit::Clean)
}

async fn looked(arguments: &Arguments, opened: &Opened) -> Result<ObjectsView, Failure> {
    let session = engine(opened)?;
    if let Some(id) = &arguments.withdraw {
        session.unschedule_estate(id).await?;
        let sentence = format!("Withdrew scheduled file `{id}`.");
        return Ok(ObjectsView::done(KIND, "withdrew", json!({ "id": id }), sentence));
    }
    let scheduled = session.scheduled_estates().await?;
    ObjectsView::list(KIND, &scheduled, COLUMNS).map_err(Failure::failed)
}

/// Plans, and has the plan applied at a time.
///
/// # Errors
///
/// It is no state, the plan has blockers, or the Deployer refuses.
pub(super) async fn schedule(
    wanted: &Wanted,
    opened: &Opened,
    at: ScheduleTime,
) -> Result<ScheduledEstate, Failure> {
    let session = engine(opened)?;
    let plan = planned(wanted, opened).await?;
    let source = &wanted.source;
    Ok(session.schedule_estate(&source.estate, &plan, &source.secrets, at).await?)
}

/// Shows what was scheduled.
///
/// # Errors
///
/// The output cannot be written.
pub(super) fn show(arguments: &Arguments, scheduled: &ScheduledEstate) -> Result<Exit, Failure> {
    let view = ObjectsView::document(KIND, scheduled).map_err(Failure::failed)?;
    output::write(&view, arguments.show.output, io::stdout().lock())?;
    Ok(Exit::Clean)
}

fn engine(opened: &Opened) -> Result<&DeployerSession, Failure> {
    match opened.access() {
        EstateAccess::Engine(session) => Ok(session),
        _ => Err(Failure::usage(
            "a file is applied at a given time by a service on its state; name the state with --data or --database",
        )),
    }
}
