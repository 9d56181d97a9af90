use std::time::Duration;

use project_deployer_core::node::FutureState;
use serde_json::Value;

use super::futures::TaskPoll;
use super::node::HttpNode;
use crate::error::NodeError;
use crate::request::{NodeRequest, instance};
use crate::upload::Upload;

impl HttpNode {
    /// Sends a request for a zip archive, and passes the bytes on as they arrive. If the download breaks off
    /// later, the bytes end with an error. They also do if the archive is checked against a digest
    /// ([`Upload::checked`]) and differs. Dropping the bytes cancels the call.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or something other than an archive comes.
    pub async fn download(
        &self,
        request: &NodeRequest,
        file_name: impl Into<String>,
    ) -> Result<Upload, NodeError> {
        self.transport.download(request, file_name.into()).await
    }

    /// The result of a task that was started elsewhere.
    pub(crate) async fn end_of(
        &self,
        started: FutureState,
        within: Duration,
    ) -> Result<Value, NodeError> {
        self.transport.end_of(&instance::future("task"), started, &TaskPoll::NODE, within).await
    }
}
