//! `deployer state`: the whole state of a Deployer.

mod copies;
mod place;

use clap::Subcommand;
use project_deployer::state_admin::{
    self, StateError, compact, forget_key, rotate_key, status, verify,
};

use self::copies::{BackupArguments, MoveArguments, RestoreArguments};
pub(crate) use self::place::{Keys, StateUrl, with_needs};
pub(super) use self::place::{PlaceArguments, UrlArguments};
use super::ShowArguments;
use crate::environment::operator;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Formats, Output};
use crate::progress::Progress;
use crate::state_view::StateResult;
use crate::store_view::StoreView;

/// The formats of the results.
const FORMATS: Formats = Formats {
    table: "Each fact, then each fault",
    csv: "CSV with one line for each fact and each fault",
};

/// Create, count, check, back up, restore, compact and move the state of a Deployer, and change its key.
///
/// A state is a SQLite file, `sqlite:PATH`, with its key and its bundle archives beside it, or a schema of a PostgreSQL
/// database, `postgres://USER@HOST/DATABASE`, whose key and archives are named; the variable PGPASSWORD has its password.
/// docs/operations.md in the source repository explains them.
#[derive(Debug, clap::Args)]
#[command(subcommand_value_name = "ACTION", subcommand_help_heading = "Actions")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create an empty state: a database, a key that only you may read, and a directory for archives.
    #[command(after_help = "Example:\n  deployer state init sqlite:/var/lib/deployer/deployer.db")]
    Init(StateArguments),
    /// Count what a state holds: documents by kind, journals, secrets by key, archives, bytes.
    ///
    /// A Deployer may run meanwhile.
    #[command(
        after_help = "Example:\n  deployer state status sqlite:/var/lib/deployer/deployer.db"
    )]
    Status(StateArguments),
    Backup(BackupArguments),
    Restore(RestoreArguments),
    /// Check a state: every document, secret, journal and archive can be read, and every reference leads somewhere.
    ///
    /// A Deployer may run meanwhile. Exit code 1: there are faults, and all of them are listed.
    #[command(after_help = "Example:\n  deployer state verify sqlite:/backup/monday/deployer.db \
                            --key file:/safe/deployer.key")]
    Verify(StateArguments),
    Compact(CompactArguments),
    RotateKey(RotateKeyArguments),
    Move(MoveArguments),
}

/// What names the state, and the format of the result.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
struct StateArguments {
    #[command(flatten)]
    place: PlaceArguments,

    #[command(flatten)]
    show: ShowArguments,
}

/// Forget old deletions and ids of commits, and give unused space back.
///
/// A Deployer may run meanwhile; its commits wait while the file is rewritten.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(
    after_help = "Example:\n  deployer state compact sqlite:/var/lib/deployer/deployer.db --keep 50000"
)]
struct CompactArguments {
    #[command(flatten)]
    place: PlaceArguments,

    /// How many of the last commits are kept whole.
    #[arg(long, value_name = "COMMITS", default_value_t = 10_000)]
    keep: u64,

    #[command(flatten)]
    show: ShowArguments,
}

/// Change the key that seals secrets, and seal every secret with it, while Deployers run.
///
/// A key file gets a new key in front. From a variable or a command, put a new key in front yourself. The old
/// key stays, since backups need it; --forget removes it. After a kill, repeat the command.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(
    after_help = "Example:\n  deployer state rotate-key sqlite:/var/lib/deployer/deployer.db"
)]
struct RotateKeyArguments {
    #[command(flatten)]
    place: PlaceArguments,

    /// Change nothing; only remove this key from the key file. A key in use is refused.
    #[arg(long, value_name = "KEY-ID")]
    forget: Option<String>,

    #[command(flatten)]
    show: ShowArguments,
}

/// Carries an action out and shows its result.
///
/// # Errors
///
/// The state cannot be used, or refuses; or the result cannot be written.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let show = arguments.action.show();
    let progress = Progress::always(show.quiet);
    let report = |what: &str| progress.report(what);
    let view = result(arguments.action, state_admin::Progress::to(&report)).await?;
    show.write(&view)?;
    Ok(if view.result.faults() > 0 { Exit::Findings } else { Exit::Clean })
}

async fn result(
    action: Action,
    progress: state_admin::Progress<'_>,
) -> Result<StoreView<StateResult>, StateError> {
    Ok(match action {
        Action::Init(arguments) => {
            let state = arguments.place.place().init().await?;
            StoreView::now("init", &state, StateResult::Status(status(&state).await?))
        }
        Action::Status(arguments) => {
            let state = arguments.place.place().open().await?;
            StoreView::now("status", &state, StateResult::Status(status(&state).await?))
        }
        Action::Verify(arguments) => {
            let state = arguments.place.place().open().await?;
            StoreView::now("verify", &state, StateResult::Verified(verify(&state, progress).await?))
        }
        Action::Compact(arguments) => {
            let state = arguments.place.place().open().await?;
            let done = compact(&state, arguments.keep, progress).await?;
            StoreView::now("compact", &state, StateResult::Compacted(done))
        }
        Action::RotateKey(arguments) => change_key(arguments, progress).await?,
        Action::Backup(arguments) => copies::back_up(arguments, progress).await?,
        Action::Restore(arguments) => copies::restored(&arguments, progress).await?,
        Action::Move(arguments) => copies::moved(&arguments, progress).await?,
    })
}

async fn change_key(
    arguments: RotateKeyArguments,
    progress: state_admin::Progress<'_>,
) -> Result<StoreView<StateResult>, StateError> {
    let state = arguments.place.place().open().await?.acting_as(operator());
    Ok(match arguments.forget {
        Some(key) => {
            let secrets = forget_key(&state, &key).await?;
            StoreView::now("forget-key", &state, StateResult::Forgotten { key, secrets })
        }
        None => {
            let done = rotate_key(&state, progress).await?;
            StoreView::now("rotate-key", &state, StateResult::Rotated(done))
        }
    })
}

impl Action {
    fn show(&self) -> ShowArguments {
        match self {
            Self::Init(arguments) | Self::Status(arguments) | Self::Verify(arguments) => {
                arguments.show
            }
            Self::Backup(arguments) => arguments.show,
            Self::Restore(arguments) => arguments.show,
            Self::Compact(arguments) => arguments.show,
            Self::RotateKey(arguments) => arguments.show,
            Self::Move(arguments) => arguments.show,
        }
    }
}
