//! `deployer audit`: who changed what.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Subcommand;
use project_deployer::audit::{AuditFilter, AuditHead, AuditId, AuditOutcome};
use project_deployer::core::Timestamp;
use project_deployer::state_admin::{export_audit, list_audit, verify_audit};

use super::state::PlaceArguments;
use super::{ShowArguments, moment};
use crate::audit_view::AuditResult;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Formats, Output};
use crate::store_view::StoreView;

/// The formats of the results.
const FORMATS: Formats = Formats {
    table: "Each record, or each fact and each fault",
    csv: "CSV with one line for each record, or for each fact and each fault",
};

/// List, export and check the audit of a Deployer: who changed what, and who was refused.
///
/// A state is named as in `deployer state`. A Deployer may run meanwhile. docs/audit.md in the source repository explains
/// the records and the chain.
#[derive(Debug, clap::Args)]
#[command(subcommand_value_name = "ACTION", subcommand_help_heading = "Actions")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(ListArguments),
    Export(ExportArguments),
    Verify(VerifyArguments),
}

/// List records, the newest first.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(after_help = "Example:\n  deployer audit list sqlite:/var/lib/deployer/deployer.db \
                        --kind infrastructure --id prod")]
struct ListArguments {
    #[command(flatten)]
    place: PlaceArguments,

    /// Only objects of this kind: infrastructure, stages, published-project, bundle, deployment, user, group, api-key.
    #[arg(long)]
    kind: Option<String>,

    /// Only objects of this id.
    #[arg(long)]
    id: Option<String>,

    /// Only what this login did, or what somebody did on its behalf.
    #[arg(long, value_name = "LOGIN")]
    actor: Option<String>,

    /// Only this action, such as edit.
    #[arg(long)]
    action: Option<String>,

    /// Only what was done, or only what was refused.
    #[arg(long, value_parser = outcome, value_name = "done|refused")]
    outcome: Option<AuditOutcome>,

    /// Only from this time on: a day such as 2026-11-01, or a time such as 2026-11-01T10:00:00Z.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    since: Option<Timestamp>,

    /// Only before this time.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    until: Option<Timestamp>,

    /// Only records before this one, such as 2026-11-29/17.
    #[arg(long, value_name = "RECORD")]
    before: Option<AuditId>,

    /// How many records.
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: usize,

    #[command(flatten)]
    show: ShowArguments,
}

/// Write all records as JSON lines, in the order of the chain.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  deployer audit export sqlite:/var/lib/deployer/deployer.db \
                        --since 2026-11-01 --output audit.jsonl")]
struct ExportArguments {
    #[command(flatten)]
    place: PlaceArguments,

    /// Only from this time on: a day such as 2026-11-01, or a time such as 2026-11-01T10:00:00Z.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    since: Option<Timestamp>,

    /// File to write, instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Check that no record was changed, removed, inserted or moved.
///
/// Exit code 1: there are faults, and all of them are listed. The last line names the head of the chain: keep it elsewhere,
/// and pass it to --expect later.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(after_help = "Example:\n  deployer audit verify sqlite:/var/lib/deployer/deployer.db")]
struct VerifyArguments {
    #[command(flatten)]
    place: PlaceArguments,

    /// A block that has to be in the chain, as an earlier check or the log of the service named it.
    #[arg(long, value_name = "BLOCK:HASH")]
    expect: Option<AuditHead>,

    #[command(flatten)]
    show: ShowArguments,
}

/// Carries an action out.
///
/// # Errors
///
/// The state cannot be read, or the result cannot be written.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    match arguments.action {
        Action::List(arguments) => list(arguments).await,
        Action::Export(arguments) => export(arguments).await,
        Action::Verify(arguments) => verify(arguments).await,
    }
}

async fn list(arguments: ListArguments) -> Result<Exit, Failure> {
    let state = arguments.place.place().open().await?;
    let filter = AuditFilter::default()
        .with_kind(arguments.kind)
        .with_id(arguments.id)
        .with_actor(arguments.actor)
        .with_action(arguments.action)
        .with_outcome(arguments.outcome)
        .with_since(arguments.since)
        .with_until(arguments.until);
    let (mut entries, mut before) = (Vec::new(), arguments.before);
    while entries.len() < arguments.limit {
        let left = arguments.limit - entries.len();
        let page = list_audit(&state, &filter, before.as_ref(), left).await?;
        entries.extend(page.entries);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let result = AuditResult::listed(&entries, before.as_ref());
    let view = StoreView::now("audit list", &state, result);
    arguments.show.write(&view)?;
    Ok(Exit::Clean)
}

async fn export(arguments: ExportArguments) -> Result<Exit, Failure> {
    let state = arguments.place.place().open().await?;
    let mut export = export_audit(&state, arguments.since);
    let mut to: Box<dyn Write> = match &arguments.output {
        Some(file) => Box::new(BufWriter::new(File::create(file)?)),
        None => Box::new(BufWriter::new(io::stdout())),
    };
    while let Some(part) = export.next_part().await? {
        for entry in part {
            match writeln!(to, "{}", entry.to_json_line()) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Exit::Clean),
                written => written?,
            }
        }
    }
    match to.flush() {
        // The reader closed the pipe early, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Clean),
        flushed => Ok(flushed.map(|()| Exit::Clean)?),
    }
}

async fn verify(arguments: VerifyArguments) -> Result<Exit, Failure> {
    let state = arguments.place.place().open().await?;
    let found = verify_audit(&state, arguments.expect.as_ref()).await?;
    let exit = if found.faults.is_empty() { Exit::Clean } else { Exit::Findings };
    let result = AuditResult::Verified(found);
    let view = StoreView::now("audit verify", &state, result);
    arguments.show.write(&view)?;
    Ok(exit)
}

fn outcome(text: &str) -> Result<AuditOutcome, String> {
    match text {
        "done" => Ok(AuditOutcome::Done),
        "refused" => Ok(AuditOutcome::Refused),
        _ => Err("write `done` or `refused`".to_owned()),
    }
}
