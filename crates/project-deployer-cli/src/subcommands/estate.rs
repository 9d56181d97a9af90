//! `deployer plan`, `diff`, `apply` and `export`: the whole estate as one file.

mod access;
pub(crate) mod apply;
pub(crate) mod diff;
pub(crate) mod export;
pub(crate) mod plan;
mod source;

use std::io::{self, Write as _};
use std::path::Path;

use project_deployer::estate::{EstateKind, PlanOptions};

use crate::output::Formats;

/// The formats of plans.
const FORMATS: Formats = Formats {
    table: "Each change with its fields, then blockers and warnings",
    csv: "CSV with one line for each field of each change, and for each note",
};

/// What a plan may do beyond what the file mentions.
#[derive(Debug, clap::Args)]
struct OptionArguments {
    /// Delete objects of this kind that the file does not mention: groups, users, stages, fleets, infrastructures,
    /// windows, projects or deployments. Repeat it for more kinds. Everything else that the file does not mention is
    /// left alone.
    #[arg(long, value_name = "KIND")]
    prune: Vec<EstateKind>,

    /// Also update the deployments that change, and those whose nodes are behind: never updated, another bundle, a
    /// failed last update, or settings saved after it.
    #[arg(long)]
    deploy: bool,

    /// Go on where an infrastructure warns of a bundle that is not approved.
    #[arg(long)]
    accept_warnings: bool,
}

impl OptionArguments {
    fn options(&self) -> PlanOptions {
        PlanOptions::default()
            .with_prune(self.prune.iter().copied().collect())
            .with_deploy(self.deploy)
            .with_accept_warnings(self.accept_warnings)
    }
}

/// Writes a file that only its owner may read, also where one with another mode is there.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // A file that was there keeps its mode otherwise.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}
