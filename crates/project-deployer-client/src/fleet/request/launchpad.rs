//! What the Launchpad of Dataiku Cloud is asked (wire-facts 6.2).

use serde_json::json;

use super::FleetRequest;
use crate::request::Method;

/// The nodes of a space; of one type, or of all.
pub fn nodes(space: &str, node_type: Option<&str>) -> FleetRequest {
    // The type goes as null, not as nothing, when there is none. A search by POST changes nothing.
    FleetRequest::new("list nodes", Method::Post, &["spaces", space, "nodes", "search"])
        .with_body(json!({"type": node_type}))
        .repeatable()
        .list()
}
