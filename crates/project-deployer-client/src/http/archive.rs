use super::node::HttpNode;
use super::times::HttpTimeouts;
use crate::error::{NodeError, NodeErrorKind};
use crate::request::NodeRequest;
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

    /// How long things may take.
    pub(crate) fn timeouts(&self) -> &HttpTimeouts {
        self.transport.timeouts()
    }

    /// An error of this node that was found after its answer.
    pub(crate) fn error(&self, request: &NodeRequest, kind: NodeErrorKind) -> NodeError {
        self.transport.error(request, kind)
    }
}
