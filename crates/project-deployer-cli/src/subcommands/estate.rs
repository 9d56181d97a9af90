//! `deployer plan`, `diff`, `apply` and `export`: the whole estate as one file.

mod access;
pub(crate) mod apply;
pub(crate) mod diff;
pub(crate) mod export;
pub(crate) mod plan;
mod source;

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
    /// Delete objects of this kind that the file does not mention: stages, infrastructures, projects or deployments.
    /// Repeat it for more kinds. Everything else that the file does not mention is left alone.
    #[arg(long, value_name = "KIND")]
    prune: Vec<EstateKind>,

    /// Also update the deployments that change, and those whose nodes have another bundle than the file.
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
