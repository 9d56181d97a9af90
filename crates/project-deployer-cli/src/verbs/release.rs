//! `deployer release`: what a pipeline calls.

mod checks;
mod deploy;
mod junit;
mod publish;
mod steps;
mod target;

use std::path::PathBuf;

use project_deployer::core::{BundleId, GitCommit, NodeId, ProjectKey};
use serde::Serialize;

use self::publish::Published;
use self::steps::Steps;
use self::target::ReleaseTarget;
use super::deployment::WarningArguments;
use super::{Common, Connection, FORMATS};
use crate::environment;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};
use crate::output::Output;
use crate::target::Work;

const KIND: &str = "release";
const COLUMNS: &[Column] = &[
    ("deployment", "/deployment"),
    ("bundle", "/bundle"),
    ("result", "/result"),
    ("health", "/health"),
    ("reason", "/reason"),
];

/// Where the commit of a pipeline is.
const COMMIT_VARIABLES: [&str; 3] = ["GIT_COMMIT", "CI_COMMIT_SHA", "GITHUB_SHA"];

/// Publish a bundle and bring it to one deployment after the other, with tests between them.
///
/// For each deployment, in this order: set the bundle and update, wait, run the tests, check the health. The first failure
/// ends the release, so that a deployment is promoted to the next one only if it is good. To call it again is safe: a bundle
/// that is published stays, and a deployment that has the bundle and is healthy gets no second update. Tests run each time.
///
/// Exit codes: 0 released; 1 tests failed, or a deployment is not healthy; 3 the Deployer refused or an update failed; 4 a
/// temporary failure.
#[derive(Debug, clap::Args)]
#[command(
    mut_arg("output", |output| output.value_parser(Output::described(FORMATS))),
    after_help = "Examples:\n  deployer release churn-v2.zip --to churn-test=test --to churn-prod=prod --run-tests --junit \
                  report.xml\n  deployer release --project CHURN --bundle v2 --to churn-prod -- pytest smoke"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,

    #[command(flatten)]
    common: Common,
}

/// The command line without the Deployer.
#[derive(Debug, clap::Args)]
struct Options {
    /// Bundle archive to publish. Without it, --project and --bundle name a bundle that is published.
    #[arg(value_name = "FILE", required_unless_present = "bundle", conflicts_with = "bundle")]
    file: Option<PathBuf>,

    /// Published project, if it is not the one that the archive names.
    #[arg(long, value_name = "KEY")]
    project: Option<ProjectKey>,

    /// Bundle that is published already.
    #[arg(long, value_name = "ID", requires = "project")]
    bundle: Option<BundleId>,

    /// Deployment; may be given several times, in the order of promotion. With `=INFRA`, one that does not exist is
    /// created on this infrastructure.
    #[arg(long = "to", value_name = "DEPLOYMENT[=INFRA]", required = true)]
    targets: Vec<ReleaseTarget>,

    /// Git commit that the bundle was made from. Default for an archive: GIT_COMMIT, CI_COMMIT_SHA or GITHUB_SHA.
    ///
    /// A Deployer of this project keeps it with the bundle. Another one does not; then each deployment gets it as a tag
    /// `git-commit:COMMIT`.
    #[arg(long, value_name = "COMMIT")]
    git_commit: Option<GitCommit>,

    /// Run the test scenarios of the project on the node of each deployment.
    #[arg(long)]
    run_tests: bool,

    /// The node that runs them, on an infrastructure with several.
    #[arg(long, value_name = "NODE", requires = "run_tests")]
    test_node: Option<NodeId>,

    /// File for a JUnit report. It is also written when the release fails.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Update outside windows as well, for this reason, which the audit keeps of each update that it starts: for
    /// administrators of the infrastructures. For others nothing is published. A Deployer of the product has no such call.
    #[arg(long, value_name = "REASON")]
    break_glass: Option<String>,

    #[command(flatten)]
    warnings: WarningArguments,

    /// Command that tests each deployment. Exit code 0 is success. It has DEPLOYER_DEPLOYMENT, DEPLOYER_PROJECT and
    /// DEPLOYER_BUNDLE in its environment, and its output goes to standard error.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,

    // Whether the Git commit is that of the pipeline that runs, which may have checked out another one than the one that
    // the bundle was made of.
    #[arg(skip)]
    is_commit_of_pipeline: bool,
}

/// What became of one deployment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Released {
    deployment: String,
    project: String,
    bundle: String,
    /// `released`, `already released`, `failed`, or `not reached`.
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    git_commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Releases a bundle.
///
/// # Errors
///
/// The command line or a file is wrong, the Deployer has no call to break the glass, or the report cannot be written. A
/// release that fails is a result.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let Arguments { mut options, common } = arguments;
    if options.git_commit.is_none() {
        options.git_commit = commit_of_pipeline()?;
        options.is_commit_of_pipeline = true;
    }
    common.with(Work::Updates, async |connection| release(connection, &options).await).await
}

fn commit_of_pipeline() -> Result<Option<GitCommit>, Failure> {
    for name in COMMIT_VARIABLES {
        if let Some(text) = environment::variable(name).map_err(Failure::usage)? {
            let commit = GitCommit::parse(text);
            let wrong = |error| Failure::usage(format!("the variable `{name}` is wrong: {error}"));
            return commit.map(Some).map_err(wrong);
        }
    }
    Ok(None)
}

async fn release(connection: &Connection, options: &Options) -> Result<Exit, Failure> {
    checks::glass(connection, options).await?;
    let mut steps = Steps::default();
    checks::administration(connection, options, &mut steps).await;
    let published = match steps.has_failed() {
        true => None,
        false => publish::publish(connection, options, &mut steps).await,
    };
    let mut shown = Vec::new();
    if let Some(published) = &published {
        for target in &options.targets {
            shown.push(one(connection, options, (published, target), &mut steps).await);
        }
    }
    if let Some(path) = &options.junit {
        junit::write(path, &steps)?;
    }
    for failed in steps.failures() {
        crate::report("error", failed);
    }
    connection.show(ObjectsView::outcome(KIND, KIND, shown, COLUMNS))?;
    Ok(steps.exit())
}

/// Brings the bundle to one deployment, unless the release has failed before.
async fn one(
    connection: &Connection,
    options: &Options,
    (published, target): (&Published, &ReleaseTarget),
    steps: &mut Steps,
) -> Released {
    let mut released = Released {
        deployment: target.id.to_string(),
        project: published.project.to_string(),
        bundle: published.bundle.to_string(),
        result: "not reached",
        git_commit: published.git_commit.as_ref().map(ToString::to_string),
        health: None,
        reason: None,
    };
    let suite = target.id.to_string();
    if steps.has_failed() {
        steps.skip(&suite, "deploy", "the release failed before");
        return released;
    }
    let deployed = deploy::deploy(connection, options, (published, target), steps).await;
    if deployed.is_some() {
        checks::tests(connection, options, (published, target), steps).await;
        released.health = checks::health(connection, &target.id, steps).await;
    }
    released.result = match deployed {
        Some(_) if steps.has_failed() => "failed",
        Some(deploy::Deployed::Now) => "released",
        Some(deploy::Deployed::Already) => "already released",
        None => "failed",
    };
    released.reason = steps.failures().next().map(str::to_owned);
    released
}
