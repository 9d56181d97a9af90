use serde_json::Value;

use crate::error::{NodeError, NodeErrorKind};
use crate::http::HttpNode;
use crate::request::NodeRequest;
use crate::response::{NodeResponse, excerpt};

impl HttpNode {
    /// Sends a request and reads its JSON with a reader of ours.
    pub(super) async fn read<T>(
        &self,
        request: &NodeRequest,
        reader: impl FnOnce(Value) -> Result<T, NodeErrorKind>,
    ) -> Result<T, NodeError> {
        let answer: Value = self.json(request).await?;
        reader(answer).map_err(|kind| self.transport.error(request, kind))
    }

    /// Sends a request that is answered by text, such as a log.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or a page comes in the place of the text.
    pub async fn text(&self, request: &NodeRequest) -> Result<String, NodeError> {
        let mut answer = self.transport.send(request).await?;
        answer.body = self.transport.cut_out(request, answer.body);
        text_of(answer).map_err(|kind| self.transport.error(request, kind))
    }
}

fn text_of(answer: NodeResponse) -> Result<String, NodeErrorKind> {
    let succeeded = (200..300).contains(&answer.status);
    let is_page = answer.content_type.as_deref().is_some_and(|name| name.contains("html"));
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    match answer.into_nothing() {
        // A text may look like anything; a page says what it is.
        Err(NodeErrorKind::UnexpectedServer(_) | NodeErrorKind::Malformed(_))
            if succeeded && !is_page =>
        {
            Ok(text)
        }
        Err(NodeErrorKind::UnexpectedServer(_)) => {
            Err(NodeErrorKind::UnexpectedServer(excerpt(&text)))
        }
        Err(kind) => Err(kind),
        Ok(()) => Ok(text),
    }
}
