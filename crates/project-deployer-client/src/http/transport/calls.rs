use serde_json::Value;

use super::Transport;
use crate::error::{NodeError, NodeErrorKind};
use crate::request::{Answer, Call};
use crate::response::{NodeResponse, excerpt};
use crate::upload::UploadSource;

impl Transport {
    /// Sends a request, with its archive if it carries one, and reads its answer.
    pub(crate) async fn call<T>(
        &self,
        call: &Call<T>,
        archive: Option<&UploadSource>,
    ) -> Result<T, NodeError> {
        let answer: NodeResponse = self.attempts(call, archive).await?;
        let read = match call.answer {
            Answer::Whole(read) => read(answer),
            Answer::Json(read) => answer.into_json::<Value>().and_then(read),
            Answer::Result(read) => read(self.result_of(call, answer).await?),
            Answer::Text(read) => {
                let redactor = self.redactor.and_of_body(call.body.as_ref());
                text_of(NodeResponse { body: redactor.cut_out(answer.body), ..answer }).map(read)
            }
        };
        read.map_err(|kind| self.error(call, kind))
    }
}

fn text_of(answer: NodeResponse) -> Result<String, NodeErrorKind> {
    let is_text = answer.is_success() && !answer.is_named_html();
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    match answer.into_nothing() {
        // A text may look like anything; a page says what it is.
        Err(NodeErrorKind::UnexpectedServer(_) | NodeErrorKind::Malformed(_)) if is_text => {
            Ok(text)
        }
        Err(NodeErrorKind::UnexpectedServer(_)) => {
            Err(NodeErrorKind::UnexpectedServer(excerpt(&text)))
        }
        Err(kind) => Err(kind),
        Ok(()) => Ok(text),
    }
}
