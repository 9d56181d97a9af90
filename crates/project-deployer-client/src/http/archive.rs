use serde_json::Value;

use super::node::HttpNode;
use super::times::HttpTimeouts;
use crate::error::{NodeError, NodeErrorKind};
use crate::request::NodeRequest;
use crate::upload::{Upload, UploadSource};

impl HttpNode {
    /// Sends a request with an archive; the body of the response is ignored. An
    /// [`UploadSource`] is opened anew for each attempt; an [`Upload`] is sent again only as long as
    /// none of it was read.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or the archive cannot be read.
    pub async fn upload(
        &self,
        request: &NodeRequest,
        archive: impl Into<UploadSource>,
    ) -> Result<(), NodeError> {
        let answer = self.transport.send_archive(request, archive).await?;
        answer.into_nothing().map_err(|kind| self.transport.error(request, kind))
    }

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

    /// Sends a request that may answer a future, waits for its result and reads that.
    pub(super) async fn result<T>(
        &self,
        request: &NodeRequest,
        reader: impl FnOnce(Value) -> Result<T, NodeErrorKind>,
    ) -> Result<T, NodeError> {
        let result = self.task(request).await?;
        reader(result).map_err(|kind| self.transport.error(request, kind))
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
