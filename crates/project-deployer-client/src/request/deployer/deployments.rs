//! Deployments of a Deployer.

use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::status::{DeploymentHeavyStatus, DeploymentLightStatus};
use project_deployer_core::{BundleId, DeploymentId};
use serde_json::json;

use super::documents;
use crate::project_deployer::Warnings;
use crate::request::{Call, NodeRequest};

const ROOT: [&str; 2] = ["project-deployer", "deployments"];

fn below<'a>(id: &'a DeploymentId, name: &'a str) -> [&'a str; 4] {
    [ROOT[0], ROOT[1], id.as_str(), name]
}

fn ignored(warnings: Warnings) -> &'static str {
    match warnings {
        Warnings::AsErrors => "false",
        Warnings::Ignore => "true",
    }
}

/// All deployments. 19
pub fn list() -> Call<Vec<DeploymentLightStatus>> {
    NodeRequest::get("list deployments", &ROOT).list().reading(documents::status)
}

/// Creates a deployment. 20
pub fn create(creation: &DeploymentCreation, warnings: Warnings) -> Call<()> {
    NodeRequest::post(format!("create deployment {}", creation.deployment_id), &ROOT)
        .with_query("ignoreWarnings", ignored(warnings))
        .with_body(json!(creation))
        .nothing()
}

/// One deployment, without a look at its node. 21
pub fn get(id: &DeploymentId) -> Call<DeploymentLightStatus> {
    NodeRequest::get(format!("read deployment {id}"), &[ROOT[0], ROOT[1], id.as_str()])
        .reading(documents::status)
}

/// Deletes a deployment. 22
pub fn delete(id: &DeploymentId) -> Call<()> {
    NodeRequest::delete(format!("delete deployment {id}"), &[ROOT[0], ROOT[1], id.as_str()])
        .nothing()
}

/// One deployment, with a look at its node. 23
pub fn status(id: &DeploymentId) -> Call<DeploymentHeavyStatus> {
    NodeRequest::get(format!("read the status of deployment {id}"), &below(id, "status"))
        .reading(documents::status)
}

/// Whether a bundle is approved; the parameter is sent empty for the deployment's own bundle, as the
/// official client does it. 24
pub fn governance_status(id: &DeploymentId, bundle: Option<&BundleId>) -> Call<InfoMessages> {
    let operation = format!("read the governance status of deployment {id}");
    NodeRequest::get(operation, &below(id, "governance-status"))
        .with_query("bundleId", bundle.map_or("", AsRef::as_ref))
        .json()
}

/// The settings of a deployment. 25
pub fn settings(id: &DeploymentId) -> Call<DeploymentSettings> {
    NodeRequest::get(format!("read the settings of deployment {id}"), &below(id, "settings"))
        .reading(crate::documents::document)
}

/// Replaces the settings of a deployment. 26
pub fn save_settings(settings: &DeploymentSettings, warnings: Warnings) -> Call<()> {
    let operation = format!("write the settings of deployment {}", settings.id);
    NodeRequest::put(operation, &below(&settings.id, "settings"), settings.to_document())
        .with_query("ignoreWarnings", ignored(warnings))
        .nothing()
}
