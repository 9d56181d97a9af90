use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use futures::StreamExt as _;
use project_deployer::bundle_difference::compare_archives;
use project_deployer::bundle_reader::BundleLimits;
use project_deployer::client::Upload;
use project_deployer::core::{BundleId, GitCommit, ProjectKey};

use super::Connection;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};

const KIND: &str = "bundle";
const COLUMNS: &[Column] = &[
    ("bundle", "/id"),
    ("published on", "/publishedOn"),
    ("published by", "/publishedBy"),
    ("release notes", "/releaseNotes"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List the bundles of a project.
    List { project: ProjectKey },
    /// Show one bundle.
    Show { project: ProjectKey, bundle: BundleId },
    /// Upload a bundle archive. It creates its project if there is none.
    #[command(visible_alias = "create")]
    Upload {
        file: PathBuf,
        /// Project to upload into, instead of the one that the archive names.
        #[arg(long, value_name = "KEY")]
        project: Option<ProjectKey>,
        /// Git commit that it was made from. A Deployer of this project keeps it with the bundle.
        #[arg(long, value_name = "COMMIT")]
        git_commit: Option<GitCommit>,
    },
    /// Download a bundle archive into a new file.
    Download { project: ProjectKey, bundle: BundleId, file: PathBuf },
    /// Compare two bundles: scenarios, connections, code environments, plugins, variables, and files by digest.
    /// The exit code is 1 if they differ.
    Diff { project: ProjectKey, from: BundleId, to: BundleId },
    /// Not possible: a bundle never changes.
    #[command(hide = true)]
    Edit { project: ProjectKey, bundle: BundleId },
    /// Delete a bundle that no deployment uses.
    Delete { project: ProjectKey, bundle: BundleId },
}

/// Carries out an action.
///
/// # Errors
///
/// The Deployer does not answer or refuses it, or a file cannot be used.
pub(super) async fn act(connection: &Connection, action: Action) -> Result<Exit, Failure> {
    let deployer = connection.deployer();
    match action {
        Action::List { project } => {
            let status = deployer.project(&project).await?;
            connection.show(ObjectsView::list(KIND, &status.packages, COLUMNS))
        }
        Action::Show { project, bundle } => show(connection, &project, &bundle).await,
        Action::Upload { file, project, git_commit } => {
            let unreadable = |error| {
                Failure::usage(format!("the bundle `{}` cannot be read: {error}", file.display()))
            };
            let upload = Upload::from_file(&file).await.map_err(unreadable)?;
            let name = upload.file_name.clone();
            let upload = upload.with_git_commit(git_commit);
            deployer.upload_bundle(upload, project.as_ref()).await?;
            connection.done(KIND, "uploaded", &name)
        }
        Action::Download { project, bundle, file } => {
            let archive = deployer.download_bundle(&project, &bundle).await?;
            save(archive, &file).await?;
            connection.done(KIND, "downloaded", &bundle)
        }
        Action::Diff { project, from, to } => diff(connection, &project, &from, &to).await,
        Action::Edit { bundle, .. } => Err(Failure::usage(format!(
            "to edit bundle `{bundle}` is not possible; a bundle never changes, so upload a new one under another id"
        ))),
        Action::Delete { project, bundle } => {
            deployer.delete_bundle(&project, &bundle).await?;
            connection.done(KIND, "deleted", &bundle)
        }
    }
}

async fn show(
    connection: &Connection,
    project: &ProjectKey,
    bundle: &BundleId,
) -> Result<Exit, Failure> {
    let status = connection.deployer().project(project).await?;
    let found = status.packages.iter().find(|package| package.id == *bundle);
    let absent = || {
        Failure::failed(format!(
            "project `{project}` has no bundle `{bundle}`; `deployer bundle list {project}` lists them"
        ))
    };
    connection.show(ObjectsView::document(KIND, found.ok_or_else(absent)?))
}

/// Downloads both archives and compares them here: that works with every Deployer.
async fn diff(
    connection: &Connection,
    project: &ProjectKey,
    from: &BundleId,
    to: &BundleId,
) -> Result<Exit, Failure> {
    let deployer = connection.deployer();
    let from = deployer.download_bundle(project, from).await?;
    let to = deployer.download_bundle(project, to).await?;
    let found = compare_archives(from, to, &BundleLimits::default()).await?;
    let object = serde_json::to_value(&found)?;
    connection.write(&ObjectsView::done(KIND, "diff", object, found.to_string()))?;
    Ok(if found.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// Writes an archive to a file that does not exist yet. A file that is not complete is removed.
async fn save(archive: Upload, path: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::failed(format!(
            "the bundle cannot be saved as `{}`: {error}; name a new file in a directory that you may write",
            path.display()
        ))
    };
    let mut file = File::create_new(path).map_err(failed)?;
    let written = copy(archive, &mut file).await;
    if written.is_err() {
        // The error of the transfer is the one that matters.
        let _ = std::fs::remove_file(path);
    }
    written.map_err(failed)
}

async fn copy(mut archive: Upload, file: &mut File) -> std::io::Result<()> {
    while let Some(piece) = archive.bytes.next().await {
        file.write_all(&piece?)?;
    }
    file.sync_all()
}
