use std::path::PathBuf;
use std::time::Duration;

use project_deployer::estate::{EstatePlan, SavedPlan};
use project_deployer::store::{KeySource, Keyring};
use project_deployer::{Clock as _, SystemClock};

use super::access::{AccessArguments, Opened};
use super::source::Source;
use super::{FORMATS, OptionArguments, write_private};
use crate::estate_view::EstateView;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Progress;
use crate::subcommands::ShowArguments;
use crate::target::Work;

/// Show what `deployer apply` would change: each field with its old and its new value, and what the nodes lack.
///
/// Writes nothing. The file lists groups, users, stages, fleets, infrastructures, windows, projects and deployments; what it does
/// not mention is left alone. docs/estate.md in the source repository explains it. Exit code 1: there are changes or blockers.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(
    after_help = "Examples:\n  deployer plan estate.yaml --deployer-url https://deployer.example:11300\n  \
                        deployer plan estate.yaml --data /var/lib/deployer\n  \
                        deployer plan estate.yaml --out change.plan --plan-key file:plan.key"
)]
pub(crate) struct Arguments {
    /// File of the estate: .yaml, .yml, .json or .toml.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    access: AccessArguments,

    #[command(flatten)]
    options: OptionArguments,

    /// Save the plan to this file, for `deployer apply --plan`. It holds no secret and is sealed.
    #[arg(long, value_name = "FILE", requires = "plan_key")]
    out: Option<PathBuf>,

    #[command(flatten)]
    key: PlanKeyArguments,

    /// How many hours the saved plan is valid.
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=720))]
    valid_for: u32,

    #[command(flatten)]
    show: ShowArguments,
}

/// The key of saved plans.
#[derive(Debug, clap::Args)]
pub(super) struct PlanKeyArguments {
    /// Where the key comes from that seals saved plans: `file:PATH`, which is created if it is absent, `env:NAME`, or
    /// `command:PROGRAM ARGUMENT…`.
    #[arg(long, value_name = "SOURCE")]
    pub(super) plan_key: Option<KeySource>,
}

impl PlanKeyArguments {
    /// The keys. A key file that is absent is created if `creates` says so.
    pub(super) fn keys(&self, creates: bool) -> Result<Option<Keyring>, Failure> {
        let keys = match &self.plan_key {
            None => return Ok(None),
            Some(KeySource::File(path)) if creates => Keyring::from_file_or_new(path),
            Some(source) => source.read(),
        };
        keys.map(Some).map_err(Failure::usage)
    }
}

/// Plans, and saves the plan if asked for.
///
/// # Errors
///
/// The file cannot be used, the Deployer does not answer, or the plan cannot be saved.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let source = Source::read(&arguments.file)?;
    let keys = arguments.key.keys(true)?;
    let opened = arguments.access.open(Work::Calls).await?;
    let view = planned(&arguments, &source, &opened, keys).await;
    opened.close().await;
    let view = view?;
    arguments.show.write(&view)?;
    Ok(if view.is_clean() { Exit::Clean } else { Exit::Findings })
}

async fn planned(
    arguments: &Arguments,
    source: &Source,
    opened: &Opened,
    keys: Option<Keyring>,
) -> Result<EstateView, Failure> {
    // A plan that is saved is compared by the command when it is applied, so it is made here.
    if arguments.out.is_none() {
        let options = arguments.options.options();
        if let Some(answer) = source.planned_there(opened, &options).await? {
            return Ok(EstateView::answered("plan", answer));
        }
    }
    let plan = made(arguments, source, opened).await?;
    if let (Some(path), Some(keys)) = (&arguments.out, keys) {
        let valid_for = Duration::from_secs(u64::from(arguments.valid_for) * 3600);
        let times = (SystemClock.now(), valid_for);
        let place = (&*source.folder, opened.name());
        let saved = SavedPlan::new(&source.estate, &plan, &source.secrets, place, times);
        // It is sealed, and nobody else's business all the same: it says what will change.
        write_private(path, &saved.seal(&keys)?)?;
        if plan.lasting_blockers().next().is_some() {
            let text = format!(
                "{} was written, and cannot be applied while its blockers last",
                path.display()
            );
            crate::report("warning", &text);
        }
    }
    Ok(EstateView::planned("plan", &plan))
}

async fn made(
    arguments: &Arguments,
    source: &Source,
    opened: &Opened,
) -> Result<EstatePlan, Failure> {
    let progress = Progress::new(arguments.show.quiet);
    progress.report("reading what is there");
    let mut plan = source.plan(opened, &arguments.options.options()).await?;
    progress.report("checking nodes");
    plan.check(opened.access()).await.map_err(|error| opened.failed(error))?;
    Ok(plan)
}
