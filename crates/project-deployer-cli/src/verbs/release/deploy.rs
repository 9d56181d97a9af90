use project_deployer::client::DeployerError;
use project_deployer::core::DeploymentId;
use project_deployer::core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer::core::health::Health;
use project_deployer::core::status::{UpdateDetail, UpdateStatus};

use super::Options;
use super::publish::Published;
use super::steps::{Done, Steps};
use super::target::ReleaseTarget;
use crate::failure::Failure;
use crate::verbs::{Connection, follow};

/// Whether a deployment has got the bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deployed {
    /// By this release.
    Now,
    /// It had it before, and is healthy.
    Already,
}

/// Brings a bundle to a deployment. None if that failed.
pub(super) async fn deploy(
    connection: &Connection,
    options: &Options,
    (published, target): (&Published, &ReleaseTarget),
    steps: &mut Steps,
) -> Option<Deployed> {
    let work = ensure(connection, options, published, target);
    steps.run(target.id.as_str(), "deploy", work).await
}

async fn ensure(
    connection: &Connection,
    options: &Options,
    published: &Published,
    target: &ReleaseTarget,
) -> Result<Done<Deployed>, Failure> {
    let (id, bundle) = (&target.id, &published.bundle);
    let settings = existing(connection, options, published, target).await?;
    if settings.published_project_key != published.project {
        return Err(Failure::usage(format!(
            "deployment `{id}` is one of project `{}`, not of `{}`; name another deployment",
            settings.published_project_key, published.project
        )));
    }
    tag(connection, options, published, id).await?;
    if settings.bundle_id == *bundle && is_good(connection, id).await? {
        let text = format!("`{id}` has bundle `{bundle}` and is healthy");
        return Ok(Done::Nothing(Deployed::Already, text));
    }
    let warnings = options.warnings.warnings();
    let reason = options.break_glass.as_deref();
    let started = follow::begin_with(connection, id, bundle, warnings, reason).await?;
    let ended = follow::to_the_end(connection, id, started).await?;
    match ended.status {
        UpdateStatus::Success | UpdateStatus::Warning => {
            Ok(Done::Work(Deployed::Now, format!("`{id}` has bundle `{bundle}`: {}", ended.status)))
        }
        status => Err(Failure::failed(format!(
            "the update of `{id}` to bundle `{bundle}` ended: {status}; {}",
            last_line(&ended)
        ))),
    }
}

/// The settings of a deployment, which is created if its infrastructure is named.
async fn existing(
    connection: &Connection,
    options: &Options,
    published: &Published,
    target: &ReleaseTarget,
) -> Result<DeploymentSettings, Failure> {
    let (deployer, id) = (connection.deployer(), &target.id);
    match (deployer.deployment_settings(id).await, &target.infra) {
        (Ok(settings), Some(infra)) if settings.infra_id != *infra => Err(Failure::usage(format!(
            "deployment `{id}` is on infrastructure `{}`, not on `{infra}`; name another deployment",
            settings.infra_id
        ))),
        (Ok(settings), _) => Ok(settings),
        (Err(DeployerError::NotFound(_) | DeployerError::Denied(_)), Some(infra)) => {
            let (project, bundle) = (published.project.clone(), published.bundle.clone());
            let creation = DeploymentCreation::new(id.clone(), project, infra.clone(), bundle);
            deployer.create_deployment(&creation, options.warnings.warnings()).await?;
            connection.progress.report(&format!("created deployment `{id}` on `{infra}`"));
            Ok(deployer.deployment_settings(id).await?)
        }
        (Err(DeployerError::NotFound(_)), None) => Err(Failure::failed(format!(
            "there is no deployment `{id}`; write `--to {id}=INFRA` to create it on an infrastructure"
        ))),
        (Err(error), _) => Err(error.into()),
    }
}

/// Keeps the Git commit as a tag where the Deployer does not keep it with the bundle.
async fn tag(
    connection: &Connection,
    options: &Options,
    published: &Published,
    id: &DeploymentId,
) -> Result<(), Failure> {
    let Some(commit) = published.git_commit.as_ref().filter(|_| !published.keeps_commit) else {
        return Ok(());
    };
    let seen = connection.deployer().deployment_seen(id).await?;
    let (prefix, mut changed) = ("git-commit:", seen.value.clone());
    // The bundle that is there keeps the commit that it was released with.
    let has_one = changed.tags.iter().any(|tag| tag.starts_with(prefix));
    if has_one && seen.value.bundle_id == published.bundle {
        return Ok(());
    }
    changed.tags.retain(|tag| !tag.starts_with(prefix));
    changed.tags.push(format!("{prefix}{commit}"));
    if changed.tags == seen.value.tags {
        return Ok(());
    }
    let warnings = options.warnings.warnings();
    connection.deployer().change_deployment(&changed, &seen.revision, warnings).await
}

async fn is_good(connection: &Connection, id: &DeploymentId) -> Result<bool, Failure> {
    let health = connection.deployer().deployment_status(id).await?.health;
    if !matches!(health, Health::Healthy | Health::Warning) {
        return Ok(false);
    }
    // An update that was aborted leaves a node that looks well, although not all of its steps were done.
    let last = connection.deployer().last_update(id).await?.status;
    Ok(matches!(last, UpdateStatus::Success | UpdateStatus::Warning))
}

fn last_line(update: &UpdateDetail) -> &str {
    let lines = update.logs.as_ref().and_then(|log| log.lines.last());
    lines.map_or("it has no log", String::as_str)
}
