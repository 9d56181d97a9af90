//! Everything that explains an update, as one zip without secrets: for people who help with it.

mod redact;

use std::io::{Cursor, Write as _};

use project_deployer_client::{DeployerError, DeploymentOperations as _, UpdateOperations as _};
use project_deployer_core::rights::Operation;
use project_deployer_core::{DeploymentId, Timestamp};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use self::redact::redacted;
pub(crate) use self::redact::{LEFT_OUT, each_field, is_secret, left_out};
use super::DeployerSession;

const README: &str = "\
update.json       the update, its log, and its journal entry by entry
deployment.json   the settings of the deployment, as they are now
status.json       the state of its nodes, as they report it now
program.json      the version of the Deployer, and when this file was made

Values of variables, passwords, tokens and keys, and the bodies of hooks are left out. Names of people, projects
and nodes are not.
";

impl DeployerSession {
    /// A zip with what explains an update: its journal and log, the settings of its deployment, and the state
    /// of the nodes now. It has no admin keys and no values of variables. A node that does not answer is part
    /// of it.
    ///
    /// # Errors
    ///
    /// The update does not exist for the caller, the caller may not update the deployment, or the store does
    /// not answer.
    pub async fn diagnostics(
        &self,
        id: &DeploymentId,
        start: Timestamp,
    ) -> Result<Vec<u8>, DeployerError> {
        let view = self.view().await?;
        let deployment = view.deployment_for(Operation::UpdateDeployment, id)?;
        let update = self.update_record(id, start).await?;
        let journal = self.repository().journal(&update.task.journal(), 0).await?;
        let journal: Vec<_> = journal
            .into_iter()
            .map(|entry| json!({"sequence": entry.sequence, "entry": entry.body}))
            .collect();
        let detail = self.update(id, start).await?;
        let status = match self.deployment_status(id).await {
            Ok(status) => serde_json::to_value(status).map_err(unwritten)?,
            Err(error) => json!({"error": error.to_string()}),
        };
        let program = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "made": self.deployer.now().to_string(),
        });
        let update = json!({
            "deployment": id,
            "bundle": update.bundle,
            "update": detail,
            "journal": journal,
        });
        let settings = deployment.record.value.settings.to_document();
        let files = [
            ("update.json", update),
            ("deployment.json", settings),
            ("status.json", status),
            ("program.json", program),
        ];
        zipped(files.map(|(name, value)| (name, redacted(value)))).map_err(unwritten)
    }
}

fn zipped(
    files: impl IntoIterator<Item = (&'static str, Value)>,
) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("README.txt", options)?;
    zip.write_all(README.as_bytes())?;
    for (name, value) in files {
        zip.start_file(name, options)?;
        zip.write_all(format!("{value:#}\n").as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

fn unwritten(error: impl std::error::Error + Send + Sync + 'static) -> DeployerError {
    DeployerError::state("the diagnostics", error)
}
