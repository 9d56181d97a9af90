use std::process::Stdio;

use project_deployer::client::DeployerError;
use project_deployer::core::DeploymentId;
use project_deployer::core::health::Health;
use project_deployer::core::status::TestingStatus;
use tokio::process::Command;

use super::Options;
use super::publish::Published;
use super::steps::{Done, Steps};
use super::target::ReleaseTarget;
use crate::failure::Failure;
use crate::verbs::Connection;

/// The longest reason to break the glass, in bytes, as for all reasons that an engine keeps.
const MAX_REASON: usize = 1000;

/// Outcomes of a test scenario that are no failure.
const GOOD: [&str; 2] = ["SUCCESS", "WARNING"];

/// Refuses a reason to break the glass that no update would take.
///
/// # Errors
///
/// The reason says nothing or too much, or the Deployer has no such call.
pub(super) async fn glass(connection: &Connection, options: &Options) -> Result<(), Failure> {
    let Some(reason) = &options.break_glass else { return Ok(()) };
    let length = reason.trim().len();
    if length == 0 || length > MAX_REASON {
        return Err(Failure::usage(format!(
            "the reason of --break-glass has {length} bytes; write one of at most {MAX_REASON} bytes"
        )));
    }
    connection.deployer().has_windows().await
}

/// Checks that the caller may break the glass on each infrastructure, if that is asked for.
pub(super) async fn administration(connection: &Connection, options: &Options, steps: &mut Steps) {
    if options.break_glass.is_some() {
        steps.run("bundle", "administration", administers(connection, options)).await;
    }
}

async fn administers(connection: &Connection, options: &Options) -> Result<Done<()>, Failure> {
    let deployer = connection.deployer();
    for target in &options.targets {
        let infra = match &target.infra {
            Some(infra) => infra.clone(),
            None => match deployer.deployment_settings(&target.id).await {
                Ok(settings) => settings.infra_id,
                // Its own step says what to do.
                Err(DeployerError::NotFound(_)) => continue,
                Err(error) => return Err(error.into()),
            },
        };
        if !deployer.infra(&infra).await?.is_admin {
            return Err(Failure::failed(format!(
                "only administrators of infrastructure `{infra}` break the glass; ask one of them, or release without \
                 --break-glass"
            )));
        }
    }
    Ok(Done::Work((), "the caller may break the glass".to_owned()))
}

/// Runs the test scenarios and the command, if they are asked for.
pub(super) async fn tests(
    connection: &Connection,
    options: &Options,
    (published, target): (&Published, &ReleaseTarget),
    steps: &mut Steps,
) {
    let suite = target.id.as_str();
    if options.run_tests {
        steps.run(suite, "test scenarios", scenarios(connection, options, &target.id)).await;
    }
    if !options.command.is_empty() && !steps.has_failed() {
        steps.run(suite, "test command", command(options, published, target)).await;
    }
}

async fn scenarios(
    connection: &Connection,
    options: &Options,
    id: &DeploymentId,
) -> Result<Done<()>, Failure> {
    connection.progress.report(&format!("running the test scenarios of `{id}`"));
    let node = options.test_node.as_ref();
    verdict(id, &connection.deployer().run_test_scenarios(id, node).await?)
}

fn verdict(id: &DeploymentId, status: &TestingStatus) -> Result<Done<()>, Failure> {
    let counts = status.nb_scenarios_per_outcome.iter();
    let counted: Vec<_> =
        counts.clone().map(|(outcome, count)| format!("{outcome}: {count}")).collect();
    let bad: usize = counts
        .filter(|(outcome, _)| !GOOD.contains(&outcome.as_str()))
        .map(|(_, count)| *count)
        .sum();
    match status.nb_total_ran_scenarios {
        0 => Ok(Done::Nothing((), format!("`{id}` has no test scenarios"))),
        _ if bad == 0 => Ok(Done::Work((), counted.join(", "))),
        all => Err(Failure::findings(format!(
            "{bad} of {all} test scenarios of `{id}` failed ({}); see their runs on the node",
            counted.join(", ")
        ))),
    }
}

async fn command(
    options: &Options,
    published: &Published,
    target: &ReleaseTarget,
) -> Result<Done<()>, Failure> {
    let Some((program, arguments)) = options.command.split_first() else {
        return Ok(Done::Nothing((), "no command".to_owned()));
    };
    let failed = |error: std::io::Error| {
        Failure::usage(format!("the test command `{program}` cannot be run: {error}"))
    };
    let commit = published.git_commit.as_ref();
    let commit = commit.map(|commit| ("DEPLOYER_GIT_COMMIT", commit.as_str()));
    let status = Command::new(program)
        .args(arguments)
        .env("DEPLOYER_DEPLOYMENT", target.id.as_str())
        .env("DEPLOYER_PROJECT", published.project.as_str())
        .env("DEPLOYER_BUNDLE", published.bundle.as_str())
        .envs(commit)
        .stdin(Stdio::null())
        .stdout(to_standard_error().map_err(failed)?)
        .kill_on_drop(true)
        .status()
        .await
        .map_err(failed)?;
    match status.success() {
        true => Ok(Done::Work((), format!("`{program}` succeeded"))),
        false => Err(Failure::findings(format!(
            "the test command `{program}` failed for `{}`: {status}",
            target.id
        ))),
    }
}

/// Standard output has the result of the release.
#[cfg(unix)]
fn to_standard_error() -> std::io::Result<Stdio> {
    use std::os::fd::AsFd as _;
    Ok(std::io::stderr().as_fd().try_clone_to_owned()?.into())
}

/// Standard output has the result of the release.
#[cfg(not(unix))]
fn to_standard_error() -> std::io::Result<Stdio> {
    Ok(Stdio::null())
}

/// The health at the end. None if it is unknown or bad.
pub(super) async fn health(
    connection: &Connection,
    id: &DeploymentId,
    steps: &mut Steps,
) -> Option<String> {
    let look = async {
        let status = connection.deployer().deployment_status(id).await?;
        match status.health {
            Health::Healthy | Health::Warning => {
                let text = status.health.to_string();
                Ok(Done::Work(text.clone(), text))
            }
            Health::Unknown => Err(Failure::findings(format!(
                "the health of `{id}` is unknown, so that nothing is promoted; see `deployer deployment status {id}`"
            ))),
            bad => Err(Failure::findings(format!(
                "`{id}` is not healthy: {bad}; see `deployer deployment status {id}`"
            ))),
        }
    };
    steps.run(id.as_str(), "health", look).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_that_failed_or_was_stopped_is_a_failure_and_none_at_all_is_not() {
        let id = DeploymentId::parse("churn").unwrap();
        let status = |counts: &[(&str, usize)]| {
            let mut status = TestingStatus::default();
            for (outcome, count) in counts {
                status.nb_total_ran_scenarios += count;
                status.nb_scenarios_per_outcome.insert((*outcome).to_owned(), *count);
            }
            verdict(&id, &status)
        };
        assert!(matches!(status(&[]), Ok(Done::Nothing((), _))));
        assert!(matches!(status(&[("SUCCESS", 2), ("WARNING", 1)]), Ok(Done::Work((), _))));
        for bad in ["FAILED", "ABORTED", "SOMETHING_NEW"] {
            let failure = status(&[("SUCCESS", 2), (bad, 1)]).map(|_| ()).unwrap_err();
            assert!(failure.reason().to_string().starts_with("1 of 3"), "{failure:?}");
        }
    }
}
