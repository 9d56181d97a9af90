//! Nodes over HTTP pass the suite of the boundary traits, against a mock node that shares no type with
//! the client.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod over_http;
mod seeding;

/// The node answers long tasks with their result.
mod tasks_at_once {
    use crate::over_http::{AtOnce, OverHttp};

    project_deployer_client::automation_node_conformance!(OverHttp<AtOnce>);
}

/// The node answers long tasks with futures, which have to be asked again (wire-facts 1.9).
mod tasks_as_futures {
    use crate::over_http::{AsFutures, OverHttp};

    project_deployer_client::automation_node_conformance!(OverHttp<AsFutures>);
}
