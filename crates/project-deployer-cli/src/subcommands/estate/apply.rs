mod at_a_time;

use std::path::PathBuf;

use project_deployer::core::Timestamp;
use project_deployer::estate::{AppliedEstate, EstatePlan, PlanOptions, PlannedChange, SavedPlan};
use project_deployer::schedule::ScheduleTime;
use project_deployer::{Clock as _, SystemClock};

use super::access::{AccessArguments, Opened};
use super::plan::PlanKeyArguments;
use super::source::{Source, read_text};
use super::{FORMATS, OptionArguments};
use crate::estate_view::EstateView;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Progress;
use crate::subcommands::{ShowArguments, moment};
use crate::target::Work;

/// Bring a Deployer to what a file of the estate says.
///
/// Plans first, and writes nothing if there is a blocker. A second run of a file changes nothing; after an interruption,
/// repeat it. A saved plan is refused if something that it relies on has changed, also by itself: plan again. Exit code 1:
/// there are blockers.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(
    after_help = "Examples:\n  deployer apply estate.yaml --data /var/lib/deployer --deploy\n  \
                        deployer apply --plan change.plan --plan-key file:plan.key\n  \
                        deployer apply estate.yaml --deployer-url https://deployer.example --at 2026-12-24T22:00:00Z"
)]
pub(crate) struct Arguments {
    /// File of the estate: .yaml, .yml, .json or .toml.
    #[arg(value_name = "FILE", required_unless_present_any = ["plan", "scheduled", "withdraw"])]
    file: Option<PathBuf>,

    /// Apply at this time, such as 2026-12-24T22:00:00Z, instead of now: a service on the same state plans again then, and
    /// applies the file if nothing that the plan relies on has changed. The secrets that the file names are kept sealed
    /// until then. Over HTTP, a service of this project does so with the secrets that this command finds.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<Timestamp>,

    /// Apply when windows next allow the updates that --deploy starts, instead of now: on all infrastructures at once. That
    /// time is kept; otherwise this is as --at.
    #[arg(long, conflicts_with = "at")]
    next_window: bool,

    /// List the files that wait for their time, and what became of those that did.
    #[arg(long, conflicts_with_all = ["file", "plan", "at", "next_window"])]
    scheduled: bool,

    /// Withdraw a file that waits for its time, by its id.
    #[arg(long, value_name = "ID", conflicts_with_all = ["file", "plan", "at", "next_window", "scheduled"])]
    withdraw: Option<String>,

    /// Saved plan, instead of a file. It has its own options.
    #[arg(long, value_name = "FILE", requires = "plan_key", conflicts_with_all = ["file", "prune", "deploy", "accept_warnings"])]
    plan: Option<PathBuf>,

    #[command(flatten)]
    key: PlanKeyArguments,

    #[command(flatten)]
    access: AccessArguments,

    #[command(flatten)]
    options: OptionArguments,

    #[command(flatten)]
    show: ShowArguments,
}

/// What is applied.
struct Wanted {
    source: Source,
    options: PlanOptions,
    saved: Option<SavedPlan>,
}

/// Plans and applies.
///
/// # Errors
///
/// The file or the plan cannot be used, the Deployer refuses, or an update failed.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    if arguments.scheduled || arguments.withdraw.is_some() {
        return at_a_time::look(&arguments).await;
    }
    let wanted = wanted(&arguments)?;
    let work = if wanted.options.deploy { Work::Updates } else { Work::Calls };
    let opened = arguments.access.open(work).await?;
    let at = arguments.at.map(ScheduleTime::At);
    if let Some(at) = at.or(arguments.next_window.then_some(ScheduleTime::NextWindow)) {
        let scheduled = at_a_time::schedule(&wanted, &opened, at).await;
        opened.close().await;
        return at_a_time::show(&arguments, &scheduled?);
    }
    let done = applied(&arguments, &wanted, &opened).await;
    opened.close().await;
    let view = done?;
    arguments.show.write(&view)?;
    Ok(view.exit())
}

/// What was planned and done: by the service of a Deployer of this project, or else by this command.
async fn applied(
    arguments: &Arguments,
    wanted: &Wanted,
    opened: &Opened,
) -> Result<EstateView, Failure> {
    if wanted.saved.is_none()
        && let Some(service) = opened.service().await?
    {
        let progress = Progress::always(arguments.show.quiet);
        progress.report("the service plans and applies the file");
        let request = wanted.source.request(&wanted.options)?;
        if let Some(answer) = service.apply(&request).await? {
            return Ok(EstateView::answered("apply", answer));
        }
    }
    let (plan, applied) = carried_out(arguments, wanted, opened).await?;
    Ok(EstateView::planned("apply", &plan).applied(applied.as_ref()))
}

fn wanted(arguments: &Arguments) -> Result<Wanted, Failure> {
    if let Some(file) = &arguments.file {
        let options = arguments.options.options();
        return Ok(Wanted { source: Source::read(file)?, options, saved: None });
    }
    let (Some(path), Some(keys)) = (&arguments.plan, arguments.key.keys(false)?) else {
        return Err(Failure::usage("name a FILE, or --plan with --plan-key"));
    };
    let text = read_text(path)?;
    let saved = SavedPlan::open(&text, &keys, SystemClock.now())?;
    let source = Source::with_secrets(saved.estate().clone(), saved.folder().to_owned())?;
    Ok(Wanted { source, options: saved.options().clone(), saved: Some(saved) })
}

/// The plan of what is wanted, which is the saved one if there is one.
async fn planned(wanted: &Wanted, opened: &Opened) -> Result<EstatePlan, Failure> {
    let mut plan = wanted.source.plan(opened, &wanted.options).await?;
    if let Some(saved) = &wanted.saved {
        saved.admit(&plan, &wanted.source.secrets, opened.name())?;
    }
    plan.check(opened.access()).await?;
    Ok(plan)
}

/// The plan, and what was done of it; nothing if it has blockers.
async fn carried_out(
    arguments: &Arguments,
    wanted: &Wanted,
    opened: &Opened,
) -> Result<(EstatePlan, Option<AppliedEstate>), Failure> {
    let Source { estate, secrets, .. } = &wanted.source;
    let plan = planned(wanted, opened).await?;
    if plan.blockers().next().is_some() {
        return Ok((plan, None));
    }
    let progress = Progress::always(arguments.show.quiet);
    let report = |change: &PlannedChange| {
        progress
            .report(format!("{} {} {}", change.action, change.kind.noun(), change.id).trim_end());
    };
    let applied = plan.apply(opened.access(), estate, secrets, &report).await?;
    Ok((plan, Some(applied)))
}
