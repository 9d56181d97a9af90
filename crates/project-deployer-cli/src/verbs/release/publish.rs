use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use project_deployer::bundle_reader::{BundleLimits, read_bundle};
use project_deployer::client::{DeployerError, Upload};
use project_deployer::core::status::Package;
use project_deployer::core::{BundleDigest, BundleId, GitCommit, ProjectKey};
use sha2::{Digest as _, Sha256};

use super::Options;
use super::steps::{Done, Steps};
use crate::failure::Failure;
use crate::verbs::Connection;

/// How much of an archive is read at once, in bytes.
const PIECE: usize = 256 * 1024;

/// A bundle that the Deployer has.
#[derive(Debug, Clone)]
pub(super) struct Published {
    pub(super) project: ProjectKey,
    pub(super) bundle: BundleId,
    /// The Git commit that it was made of, if that is known.
    pub(super) git_commit: Option<GitCommit>,
    /// Whether the Deployer keeps the Git commit with it.
    pub(super) keeps_commit: bool,
}

/// A bundle as this command has it.
#[derive(Debug, Clone)]
struct Wanted {
    project: ProjectKey,
    bundle: BundleId,
    /// None for one that is published already.
    digest: Option<BundleDigest>,
}

/// Publishes the bundle unless it is published. None if that failed.
pub(super) async fn publish(
    connection: &Connection,
    options: &Options,
    steps: &mut Steps,
) -> Option<Published> {
    steps.run("bundle", "publish", ensure(connection, options)).await
}

async fn ensure(connection: &Connection, options: &Options) -> Result<Done<Published>, Failure> {
    let wanted = wanted(options)?;
    let name = format!("bundle `{}` of `{}`", wanted.bundle, wanted.project);
    if let Some(package) = find(connection, &wanted).await? {
        is_the_same(&wanted, &package, &name)?;
        return Ok(Done::Nothing(
            published(wanted, &package, options),
            format!("{name} is published already"),
        ));
    }
    let Some(path) = &options.file else {
        return Err(Failure::failed(format!(
            "there is no {name}; publish its archive, or see `deployer bundle list {}`",
            wanted.project
        )));
    };
    connection.progress.report(&format!("publishing {name}"));
    let upload = Upload::from_file(path).await.map_err(|error| unreadable(path, &error))?;
    let upload = upload.with_git_commit(options.git_commit.clone());
    match connection.deployer().upload_bundle(upload, options.project.as_ref()).await {
        // Another pipeline was faster, perhaps with the same archive.
        Ok(()) | Err(DeployerError::AlreadyExists(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let package = find(connection, &wanted).await?.ok_or_else(|| {
        Failure::failed(format!(
            "{name} was published, and the Deployer does not list it; try again"
        ))
    })?;
    is_the_same(&wanted, &package, &name)?;
    Ok(Done::Work(published(wanted, &package, options), format!("published {name}")))
}

/// The commit that the Deployer keeps is the right one. Otherwise it is that of this command, which only knows it of an
/// archive or if it was named.
fn published(wanted: Wanted, package: &Package, options: &Options) -> Published {
    let is_known = wanted.digest.is_some() || !options.is_commit_of_pipeline;
    let ours = options.git_commit.clone().filter(|_| is_known);
    let keeps_commit = package.git_commit.is_some();
    let git_commit = package.git_commit.clone().or(ours);
    Published { project: wanted.project, bundle: wanted.bundle, git_commit, keeps_commit }
}

/// The bundle on the Deployer; none if the project is not there or not visible.
async fn find(connection: &Connection, wanted: &Wanted) -> Result<Option<Package>, Failure> {
    match connection.deployer().project(&wanted.project).await {
        Ok(project) => Ok(project.packages.into_iter().find(|known| known.id == wanted.bundle)),
        // The product also refuses a project that does not exist.
        Err(DeployerError::NotFound(_) | DeployerError::Denied(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// An id means the same bytes for ever. The product reports no digest; there the id alone counts.
fn is_the_same(wanted: &Wanted, package: &Package, name: &str) -> Result<(), Failure> {
    match (&wanted.digest, &package.digest) {
        (Some(ours), Some(theirs)) if ours != theirs => Err(Failure::failed(format!(
            "{name} was published before with other contents; make the bundle again under a new id"
        ))),
        _ => Ok(()),
    }
}

fn wanted(options: &Options) -> Result<Wanted, Failure> {
    if let (Some(project), Some(bundle)) = (&options.project, &options.bundle) {
        return Ok(Wanted { project: project.clone(), bundle: bundle.clone(), digest: None });
    }
    let path = options.file.as_ref().ok_or_else(|| Failure::usage("name a bundle archive"))?;
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let digest = digest_of(&file).map_err(|error| unreadable(path, &error))?;
    let contents = read_bundle(file, &BundleLimits::default())
        .map_err(|error| Failure::usage(format!("`{}` is no bundle: {error}", path.display())))?;
    let project = options.project.clone().unwrap_or(contents.project_key);
    Ok(Wanted { project, bundle: contents.bundle_id, digest: Some(digest) })
}

fn digest_of(mut file: &File) -> std::io::Result<BundleDigest> {
    let (mut digest, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(BundleDigest::from_bytes(digest.finalize().into())),
            read => digest.update(piece.get(..read).unwrap_or_default()),
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("the bundle `{}` cannot be read: {error}", path.display()))
}
