use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use super::attempts::Received;
use super::{Transport, head};
use crate::error::{NodeError, NodeErrorKind};
use crate::http::times::later;
use crate::request::NodeRequest;
use crate::response::NodeResponse;
use crate::upload::{ByteStream, Upload, read_ahead};

/// Every zip archive begins so, and no page or error of the product does.
const ZIP: &[u8] = b"PK";

/// As much of an answer that is no archive as we read to find out what it is.
const MAX_EXPLANATION: usize = 1024 * 1024;

/// The largest archive that is taken.
const MAX_ARCHIVE: u64 = 16 * 1024 * 1024 * 1024;

/// How long a download may take: for the next piece, and in all.
#[derive(Clone, Copy)]
struct Pace {
    piece: Duration,
    end: Instant,
}

impl Pace {
    fn next(self) -> Instant {
        later(self.piece).min(self.end)
    }
}

/// The beginning of an archive, with the rest on its way.
struct Streaming {
    length: Option<u64>,
    bytes: ByteStream,
}

impl Received for Streaming {
    async fn receive(
        transport: &Transport,
        request: &NodeRequest,
        answer: reqwest::Response,
    ) -> Result<Self, NodeError> {
        let head = head(&answer);
        let length = answer.content_length();
        let mut pieces = pieces(answer, transport.pace(length));
        let start = beginning(&mut pieces).await;
        let start = start.map_err(|error| transport.interrupted(request, error))?;
        if !(200..300).contains(&head.status) || !start.starts_with(ZIP) {
            let mut said = explanation(head, start, pieces).await;
            let redactor = transport.redactor.and_of_body(request.body.as_ref());
            said.body = redactor.cut_out(said.body);
            said.location = said.location.map(|place| redactor.cut_out_of_text(place));
            return Err(transport.error(request, meaning(said)));
        }
        if length.is_some_and(|length| length > MAX_ARCHIVE) {
            return Err(transport.error(request, NodeErrorKind::TooLarge(MAX_ARCHIVE)));
        }
        Ok(Self { length, bytes: stream::once(async { Ok(start) }).chain(pieces).boxed() })
    }

    /// What is no archive was not received.
    fn problem(&self) -> Option<NodeErrorKind> {
        None
    }
}

impl Transport {
    /// Sends a request for a zip archive, and passes its bytes on as they arrive. When the response has no
    /// length (chunks, compression), it goes through an anonymous file, since the length is needed to send
    /// an archive on.
    ///
    /// The next piece comes within the time of a call, and all of it within the time of a task and
    /// what each MiB may add. What breaks off after the beginning is not asked for again.
    pub(in crate::http) async fn download(
        &self,
        request: &NodeRequest,
        file_name: String,
    ) -> Result<Upload, NodeError> {
        let Streaming { length, bytes } = self.attempts(request, None).await?;
        match length {
            Some(length) => Ok(Upload::new(file_name, length, bytes)),
            None => {
                let spooled = spooled(file_name, bytes).await;
                spooled.map_err(|error| self.interrupted(request, error))
            }
        }
    }

    fn pace(&self, length: Option<u64>) -> Pace {
        let all = self.with_upload_of(self.timeouts.task, length.unwrap_or_default() >> 20);
        Pace { piece: self.timeouts.call, end: later(all) }
    }

    fn interrupted(&self, request: &NodeRequest, error: io::Error) -> NodeError {
        let kind = match error.kind() {
            io::ErrorKind::TimedOut => NodeErrorKind::TimedOut(self.timeouts.call),
            io::ErrorKind::FileTooLarge => NodeErrorKind::TooLarge(MAX_ARCHIVE),
            _ => NodeErrorKind::Interrupted,
        };
        self.error(request, kind).caused_by(error)
    }
}

fn pieces(answer: reqwest::Response, pace: Pace) -> ByteStream {
    let next = move |answer: Option<reqwest::Response>| async move {
        let mut answer = answer?;
        // A piece that is there already is handed on however late it is, so the end is looked at before.
        if Instant::now() >= pace.end {
            return Some((Err(io::ErrorKind::TimedOut.into()), None));
        }
        match timeout_at(pace.next(), answer.chunk()).await {
            Ok(Ok(Some(piece))) => Some((Ok(piece), Some(answer))),
            Ok(Ok(None)) => None,
            Ok(Err(error)) => Some((Err(io::Error::other(error.without_url())), None)),
            Err(_) => Some((Err(io::ErrorKind::TimedOut.into()), None)),
        }
    };
    // Fused: a caller may poll again after the end.
    stream::unfold(Some(answer), next).fuse().boxed()
}

/// The first bytes: as many as it takes to see whether they begin an archive.
async fn beginning(pieces: &mut ByteStream) -> io::Result<Bytes> {
    let mut start = bytes::BytesMut::new();
    while start.len() < ZIP.len() {
        match pieces.next().await {
            Some(piece) => start.extend_from_slice(&piece?),
            None => break,
        }
    }
    Ok(start.freeze())
}

/// An answer that is no archive, as far as it is needed to see what it is instead.
async fn explanation(head: NodeResponse, start: Bytes, mut pieces: ByteStream) -> NodeResponse {
    let mut body = start.to_vec();
    while body.len() < MAX_EXPLANATION {
        match pieces.next().await {
            Some(Ok(piece)) => body.extend_from_slice(&piece),
            Some(Err(_)) | None => break,
        }
    }
    NodeResponse { body, ..head }
}

fn meaning(said: NodeResponse) -> NodeErrorKind {
    let empty = said.body.is_empty();
    match said.into_nothing() {
        Err(kind) => kind,
        Ok(()) if empty => NodeErrorKind::Empty,
        Ok(()) => NodeErrorKind::Malformed("it is no zip archive".to_owned()),
    }
}

/// The bytes by way of a file, for the sake of their length.
async fn spooled(file_name: String, mut bytes: ByteStream) -> io::Result<Upload> {
    let mut file = tokio::fs::File::from_std(tempfile::tempfile()?);
    let mut length = 0;
    while let Some(piece) = bytes.next().await {
        let piece = piece?;
        length += piece.len() as u64;
        if length > MAX_ARCHIVE {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        file.write_all(&piece).await?;
    }
    file.flush().await?;
    file.rewind().await?;
    let bytes = read_ahead(file.into_std().await);
    Ok(Upload::new(file_name, length, bytes))
}
