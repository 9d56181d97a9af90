//! `deployer state`: the whole state of a Deployer.

mod place;

use std::io;

use clap::Subcommand;
use project_deployer::state_admin::{
    self, Archives, State, StateError, backup, compact, forget_key, move_state, restore,
    rotate_key, status, verify,
};
use project_deployer::{Clock as _, SystemClock};

use self::place::{Keys, PlaceArguments};
use super::ShowArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Formats, Output};
use crate::progress::Progress;
use crate::state_view::{StateResult, StateView};

/// The formats of the results.
const FORMATS: Formats = Formats {
    table: "Each fact, then each fault",
    csv: "CSV with one line for each fact and each fault",
};

/// Create, count, check, back up, restore, compact and move the state of a Deployer, and change its key.
///
/// A state is a SQLite file, `sqlite:PATH`, with its key and its bundle archives beside it.
/// docs/operations.md in the source repository explains them.
#[derive(Debug, clap::Args)]
#[command(subcommand_value_name = "ACTION", subcommand_help_heading = "Actions")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Init(InitArguments),
    Status(StatusArguments),
    Backup(BackupArguments),
    Restore(RestoreArguments),
    Verify(VerifyArguments),
    Compact(CompactArguments),
    RotateKey(RotateKeyArguments),
    Move(MoveArguments),
}

/// Create an empty state: a database, a key that only you may read, and a directory for archives.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(after_help = "Example:\n  deployer state init sqlite:/var/lib/deployer/deployer.db")]
struct InitArguments {
    #[command(flatten)]
    place: PlaceArguments,

    #[command(flatten)]
    show: ShowArguments,
}

/// Count what a state holds: documents by kind, journals, secrets by key, archives, bytes.
///
/// A Deployer may run meanwhile.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(after_help = "Example:\n  deployer state status sqlite:/var/lib/deployer/deployer.db")]
struct StatusArguments {
    #[command(flatten)]
    place: PlaceArguments,

    #[command(flatten)]
    show: ShowArguments,
}

/// Copy a state into an empty one, while Deployers run. The copy is one state of the store, and is checked.
///
/// The backup opens as a store, with the same keys. It does not contain them: back up the key as well, and keep
/// it elsewhere.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(after_help = "Example:\n  deployer state backup sqlite:/var/lib/deployer/deployer.db \
                        sqlite:/backup/monday/deployer.db")]
struct BackupArguments {
    #[command(flatten)]
    place: PlaceArguments,

    /// Where the backup goes; nothing may be there.
    #[arg(value_name = "TO")]
    to: String,

    /// What happens with bundle archives.
    #[arg(long, value_enum, default_value_t = ArchiveChoice::Copy, value_name = "HOW")]
    archives: ArchiveChoice,

    #[command(flatten)]
    show: ShowArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ArchiveChoice {
    /// They are copied
    Copy,
    /// They stay where they are, and the backup names the place
    ByReference,
}

/// Copy a backup into an empty state. The backup is checked first; after a failure the state is empty.
///
/// The state gets a new key, unless there is a key file beside it or --to-key names one.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(after_help = "Example:\n  deployer state restore sqlite:/backup/monday/deployer.db \
                        sqlite:/var/lib/deployer/deployer.db --from-key file:/safe/deployer.key")]
struct RestoreArguments {
    #[command(flatten)]
    two: TwoPlaces,

    #[command(flatten)]
    show: ShowArguments,
}

/// Check a state: every document, secret, journal and archive can be read, and every reference leads somewhere.
///
/// A Deployer may run meanwhile. Exit code 1: there are faults, and all of them are listed.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(after_help = "Example:\n  deployer state verify sqlite:/backup/monday/deployer.db \
                        --key file:/safe/deployer.key")]
struct VerifyArguments {
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

/// Move a state to an empty one. No Deployer may run on either. After a kill, repeat the command.
///
/// The state is checked before, and the copy after. Then the old one is marked, so that no Deployer opens it.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(after_help = "Example:\n  deployer state move sqlite:/var/lib/deployer/deployer.db \
                        sqlite:/srv/deployer/deployer.db")]
struct MoveArguments {
    #[command(flatten)]
    two: TwoPlaces,

    #[command(flatten)]
    show: ShowArguments,
}

#[derive(Debug, clap::Args)]
struct TwoPlaces {
    /// The state to copy.
    #[arg(value_name = "FROM")]
    from: String,

    /// Where it goes; nothing may be there.
    #[arg(value_name = "TO")]
    to: String,

    /// Where the keys of FROM come from; by default as for TO, if there is no key file beside it.
    #[arg(long, value_name = Keys::VALUE)]
    from_key: Option<Keys>,

    /// Where the keys of TO come from; `none` leaves secrets unsealed.
    #[arg(long, value_name = Keys::VALUE)]
    to_key: Option<Keys>,

    /// Where the archives of FROM are.
    #[arg(long, value_name = "URL")]
    from_archives: Option<String>,

    /// Where archives go; by default beside the store.
    #[arg(long, value_name = "URL")]
    to_archives: Option<String>,
}

impl TwoPlaces {
    fn places(&self) -> (state_admin::StatePlace, state_admin::StatePlace) {
        let to = place::place(&self.to, self.to_archives.as_ref(), self.to_key.as_ref());
        let from = place::place(&self.from, self.from_archives.as_ref(), self.from_key.as_ref());
        (from.or_keys_of(&to), to)
    }
}

/// Carries an action out and shows its result.
///
/// # Errors
///
/// The state cannot be used, or refuses; or the result cannot be written.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let show = arguments.action.show();
    let format = show.output;
    let progress = Progress::always(show.quiet);
    let report = |what: &str| progress.report(what);
    let view = result(arguments.action, state_admin::Progress::to(&report)).await?;
    output::write(&view, format, io::stdout().lock())?;
    Ok(if view.has_faults() { Exit::Findings } else { Exit::Clean })
}

async fn result(
    action: Action,
    progress: state_admin::Progress<'_>,
) -> Result<StateView, StateError> {
    let opened = |place: PlaceArguments| async move { place.place().open().await };
    let view = |command, state: &State, result| {
        StateView::new(SystemClock.now(), command, state.name(), result)
    };
    Ok(match action {
        Action::Init(arguments) => {
            let state = arguments.place.place().init().await?;
            view("init", &state, StateResult::Status(status(&state).await?))
        }
        Action::Status(arguments) => {
            let state = opened(arguments.place).await?;
            view("status", &state, StateResult::Status(status(&state).await?))
        }
        Action::Backup(arguments) => {
            let archives = match arguments.archives {
                ArchiveChoice::Copy => Archives::Copy,
                ArchiveChoice::ByReference => Archives::ByReference,
            };
            let to = state_admin::StatePlace::at(arguments.to);
            let state = opened(arguments.place).await?;
            let copied = backup(&state, &to, archives, progress).await?;
            view("backup", &state, StateResult::copied(copied, &to))
        }
        Action::Restore(arguments) => {
            let (from, to) = arguments.two.places();
            let state = from.open().await?;
            let copied = restore(&state, &to, progress).await?;
            view("restore", &state, StateResult::copied(copied, &to))
        }
        Action::Verify(arguments) => {
            let state = opened(arguments.place).await?;
            view("verify", &state, StateResult::Verified(verify(&state, progress).await?))
        }
        Action::Compact(arguments) => {
            let state = opened(arguments.place).await?;
            let done = compact(&state, arguments.keep, progress).await?;
            view("compact", &state, StateResult::Compacted(done))
        }
        Action::RotateKey(RotateKeyArguments { place, forget: Some(key), .. }) => {
            let state = opened(place).await?;
            let left = forget_key(&state, &key).await?;
            view("forget-key", &state, StateResult::Forgotten { key, secrets: left })
        }
        Action::RotateKey(arguments) => {
            let state = opened(arguments.place).await?;
            view("rotate-key", &state, StateResult::Rotated(rotate_key(&state, progress).await?))
        }
        Action::Move(arguments) => {
            let (from, to) = arguments.two.places();
            let state = from.open().await?;
            let copied = move_state(&state, &to, progress).await?;
            view("move", &state, StateResult::copied(copied, &to))
        }
    })
}

impl Action {
    fn show(&self) -> &ShowArguments {
        match self {
            Self::Init(arguments) => &arguments.show,
            Self::Status(arguments) => &arguments.show,
            Self::Backup(arguments) => &arguments.show,
            Self::Restore(arguments) => &arguments.show,
            Self::Verify(arguments) => &arguments.show,
            Self::Compact(arguments) => &arguments.show,
            Self::RotateKey(arguments) => &arguments.show,
            Self::Move(arguments) => &arguments.show,
        }
    }
}
