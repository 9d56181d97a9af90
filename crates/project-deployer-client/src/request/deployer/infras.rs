//! Infrastructures of a Deployer.

use project_deployer_core::InfraId;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::status::{InfraStatus, NodeKeyCreation};
use serde_json::json;

use super::documents;
use crate::project_deployer::{InfraCreation, NodeKeyRequest};
use crate::request::{Call, NodeRequest};

const ROOT: [&str; 2] = ["project-deployer", "infras"];

fn segments(id: &InfraId) -> [&str; 3] {
    [ROOT[0], ROOT[1], id.as_str()]
}

/// All infrastructures. 2
pub fn list() -> Call<Vec<InfraStatus>> {
    NodeRequest::get("list infrastructures", &ROOT).list().reading(documents::status)
}

/// Creates an infrastructure. 3
pub fn create(infra: &InfraCreation) -> Call<()> {
    NodeRequest::post(format!("create infrastructure {}", infra.id()), &ROOT)
        .with_body(json!({
            "id": infra.id(),
            "stage": infra.stage(),
            "governCheckPolicy": infra.govern_check_policy(),
        }))
        .nothing()
}

/// One infrastructure. 4
pub fn get(id: &InfraId) -> Call<InfraStatus> {
    NodeRequest::get(format!("read infrastructure {id}"), &segments(id)).reading(documents::status)
}

/// Deletes an infrastructure. 5
pub fn delete(id: &InfraId) -> Call<()> {
    NodeRequest::delete(format!("delete infrastructure {id}"), &segments(id)).nothing()
}

/// The settings of an infrastructure. 6
pub fn settings(id: &InfraId) -> Call<InfraSettings> {
    let [root, infras, id] = segments(id);
    let operation = format!("read the settings of infrastructure {id}");
    NodeRequest::get(operation, &[root, infras, id, "settings"]).reading(crate::documents::document)
}

/// Replaces the settings of an infrastructure. The body has the keys of the nodes in it. 7
pub fn save_settings(settings: &InfraSettings) -> Call<()> {
    let [root, infras, id] = segments(&settings.id);
    let operation = format!("write the settings of infrastructure {id}");
    let body = settings.to_document_with_keys();
    NodeRequest::put(operation, &[root, infras, id, "settings"], body).nothing()
}

/// Creates a personal API key on every node of a multi-node infrastructure. The parameters are in
/// the query (wire-facts 2.5). 8
pub fn create_node_key(id: &InfraId, key: &NodeKeyRequest) -> Call<NodeKeyCreation> {
    let [root, infras, id] = segments(id);
    let operation = format!("create a personal API key on the nodes of infrastructure {id}");
    NodeRequest::post(operation, &[root, infras, id, "generate-personal-api-key"])
        .with_query("label", &key.label)
        .with_query("description", &key.description)
        .with_optional_query("forUser", key.for_user.as_ref().map(AsRef::as_ref))
        .task()
        .reading(documents::node_keys)
}
