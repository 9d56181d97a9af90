//! The actions that copy a state.

use project_deployer::state_admin::{
    Archives, Progress, StateError, StatePlace, backup, move_state, restore,
};

use super::place::{Keys, StateUrl, UrlArguments, place};
use super::{FORMATS, ShowArguments};
use crate::environment::operator;
use crate::output::Output;
use crate::state_view::StateResult;
use crate::store_view::StoreView;

/// Copy a state into an empty one, while Deployers run. The copy is one state of the store, and is checked.
///
/// The backup opens as a store, with the same keys. It does not contain them: back up the key as well, and keep
/// it elsewhere.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(after_help = "Example:\n  deployer state backup sqlite:/var/lib/deployer/deployer.db \
                        sqlite:/backup/monday/deployer.db")]
pub(super) struct BackupArguments {
    #[command(flatten)]
    place: UrlArguments,

    /// Where the backup goes; nothing may be there.
    #[arg(value_name = "TO")]
    to: StateUrl,

    /// Where the archives of the backup go; by default beside its SQLite file.
    #[arg(long, value_name = "URL")]
    to_archives: Option<String>,

    /// What happens with bundle archives.
    #[arg(long, value_enum, default_value_t = ArchiveChoice::Copy, value_name = "HOW")]
    archives: ArchiveChoice,

    #[command(flatten)]
    pub(super) show: ShowArguments,
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
pub(super) struct RestoreArguments {
    #[command(flatten)]
    two: TwoPlaces,

    #[command(flatten)]
    pub(super) show: ShowArguments,
}

/// Move a state to an empty one, such as from SQLite to PostgreSQL. No Deployer may run on either. After a kill, repeat
/// the command.
///
/// The state is checked before, and the copy after. Then the old one is marked, so that no Deployer opens it.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(after_help = "Example:\n  deployer state move sqlite:/var/lib/deployer/deployer.db \
                        postgres://deployer@db.example/deployer --to-key file:/etc/deployer.key \
                        --to-archives s3://bucket/deployer")]
pub(super) struct MoveArguments {
    #[command(flatten)]
    two: TwoPlaces,

    #[command(flatten)]
    pub(super) show: ShowArguments,
}

#[derive(Debug, clap::Args)]
struct TwoPlaces {
    /// The state to copy.
    #[arg(value_name = "FROM")]
    from: StateUrl,

    /// Where it goes; nothing may be there.
    #[arg(value_name = "TO")]
    to: StateUrl,

    /// Where the keys of FROM come from; by default as for TO, if there is no key file beside it.
    #[arg(long, value_name = Keys::VALUE)]
    from_key: Option<Keys>,

    /// Where the keys of TO come from; `none` leaves secrets unsealed.
    #[arg(long, value_name = Keys::VALUE)]
    to_key: Option<Keys>,

    /// Where the archives of FROM are.
    #[arg(long, value_name = "URL")]
    from_archives: Option<String>,

    /// Where archives go; by default beside the SQLite file.
    #[arg(long, value_name = "URL")]
    to_archives: Option<String>,
}

impl TwoPlaces {
    fn places(&self) -> (StatePlace, StatePlace) {
        let to = place(&self.to, self.to_archives.as_deref(), self.to_key.as_ref());
        let from = place(&self.from, self.from_archives.as_deref(), self.from_key.as_ref());
        (from.or_keys_of(&to), to)
    }
}

pub(super) async fn back_up(
    arguments: BackupArguments,
    progress: Progress<'_>,
) -> Result<StoreView<StateResult>, StateError> {
    let archives = match arguments.archives {
        ArchiveChoice::Copy => Archives::Copy,
        ArchiveChoice::ByReference => Archives::ByReference,
    };
    let to = place(&arguments.to, arguments.to_archives.as_deref(), None);
    let state = arguments.place.place().open().await?;
    let copied = backup(&state, &to, archives, progress).await?;
    Ok(StoreView::now("backup", &state, StateResult::copied(copied, &to)))
}

pub(super) async fn restored(
    arguments: &RestoreArguments,
    progress: Progress<'_>,
) -> Result<StoreView<StateResult>, StateError> {
    let (from, to) = arguments.two.places();
    let state = from.open().await?.acting_as(operator());
    let copied = restore(&state, &to, progress).await?;
    Ok(StoreView::now("restore", &state, StateResult::copied(copied, &to)))
}

pub(super) async fn moved(
    arguments: &MoveArguments,
    progress: Progress<'_>,
) -> Result<StoreView<StateResult>, StateError> {
    let (from, to) = arguments.two.places();
    let state = from.open().await?.acting_as(operator());
    let copied = move_state(&state, &to, progress).await?;
    Ok(StoreView::now("move", &state, StateResult::copied(copied, &to)))
}
