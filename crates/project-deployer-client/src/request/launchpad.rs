//! What the Launchpad of Dataiku Cloud is asked (wire-facts 6.2).

use serde_json::json;

use super::{Call, Method, NodeRequest, fleet_documents};
use crate::fleet::{FleetNode, Gap};

/// The nodes of a space; of one type, or of all. A gap for each that cannot be read.
pub fn nodes(space: &str, node_type: Option<&str>) -> Call<Vec<Result<FleetNode, Gap>>> {
    // The type goes as null, not as nothing, when there is none. A search by POST changes nothing.
    NodeRequest::at_root("list nodes", Method::Post, &["spaces", space, "nodes", "search"])
        .with_body(json!({"type": node_type}))
        .repeatable()
        .list()
        .whole(fleet_documents::launchpad_nodes)
}
