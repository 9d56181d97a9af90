use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use futures::channel::mpsc;
use futures::{SinkExt as _, StreamExt as _, stream};
use project_deployer::core::BundleId;
use project_deployer::{BundleOperations as _, Upload};
use serde_json::Value;

use super::error::ApiError;
use super::projects::key_in;
use super::request::{Answer, Ids, Parameters, Session};
use crate::service::ServiceContext;

/// Pieces that wait between the connection and the engine.
const PIECES: usize = 4;

/// The longest beginning of a request, up to the part with the archive, in bytes.
const MAX_BEGINNING: usize = 64 * 1024;

/// How much of an archive is read after the engine refused it, in bytes, so that the client reads why.
const MAX_REST: usize = 8 * 1024 * 1024;

/// Bundles (rows 15 to 18 of wire-facts 2.1).
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new()
        .route("/projects/bundles", post(upload).layer(DefaultBodyLimit::disable()))
        .route("/projects/{key}/bundles/{bundle}", get(download).delete(delete))
        .route("/projects/{key}/bundles/{bundle}/project-standards-report", get(standards_report))
}

fn bundle_in(ids: &Ids) -> Answer<BundleId> {
    ids.read("bundle", "bundle")
}

/// Passes the part `file` on while it arrives. The engine limits its size.
async fn upload(session: Session, query: Parameters, request: Request) -> Answer<()> {
    let (key, git_commit) = (query.parsed("projectKey")?, query.parsed("gitCommit")?);
    let begun = Arc::new(AtomicBool::new(false));
    let parts = Multipart::from_request(with_bounded_beginning(request, &begun), &()).await;
    let mut parts = parts.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let malformed = |error: axum::extract::multipart::MultipartError| {
        ApiError::bad_request(format!("the request cannot be read: {}", error.body_text()))
    };
    while let Some(part) = parts.next_field().await.map_err(malformed)? {
        if part.name() == Some("file") {
            begun.store(true, Ordering::Relaxed);
            let file_name = part.file_name().unwrap_or("bundle.zip").to_owned();
            let (sender, pieces) = mpsc::channel(PIECES);
            let bundle = Upload::new(file_name, None, pieces.boxed()).with_git_commit(git_commit);
            let publishing = session.upload_bundle(bundle, key.as_ref());
            let ((), published) = futures::join!(forward(part, sender), publishing);
            return Ok(published?);
        }
    }
    Err(ApiError::bad_request("the request has no part `file`; send the archive in one"))
}

/// The request, which ends with an error if the archive does not begin early: a reader of parts keeps everything
/// before it in memory.
fn with_bounded_beginning(request: Request, begun: &Arc<AtomicBool>) -> Request {
    let begun = Arc::clone(begun);
    let mut seen = 0_usize;
    request.map(|body| {
        // A reader of parts takes pieces as long as they are there, whether or not anybody takes them from it. With a
        // pause after each it looks at what it has.
        let pieces =
            stream::unfold((body.into_data_stream(), false), |(mut body, pauses)| async move {
                if pauses {
                    tokio::task::yield_now().await;
                }
                Some((body.next().await?, (body, true)))
            });
        Body::from_stream(pieces.map(move |piece| {
            let piece = piece.map_err(io::Error::other)?;
            seen = seen.saturating_add(piece.len());
            // A piece may have the end of the beginning and much of the archive.
            if seen > MAX_BEGINNING + piece.len() && !begun.load(Ordering::Relaxed) {
                return Err(io::Error::other("no part `file` begins in the first 64 KiB"));
            }
            Ok(piece)
        }))
    })
}

/// Passes a part on to the engine. If the engine wants no more of it, some more is read: a client that is cut off
/// while it sends does not read why.
async fn forward(mut part: Field<'_>, mut sender: mpsc::Sender<io::Result<Bytes>>) {
    let mut rest = 0;
    while let Some(piece) = part.next().await {
        let piece = piece.map_err(io::Error::other);
        let (is_last, length) = (piece.is_err(), piece.as_ref().map_or(0, Bytes::len));
        if sender.send(piece).await.is_err() {
            rest += length;
        }
        if is_last || rest > MAX_REST {
            break;
        }
    }
}

async fn download(session: Session, ids: Ids) -> Answer<Response> {
    let archive = session.download_bundle(&key_in(&ids)?, &bundle_in(&ids)?).await?;
    let length = archive.length;
    let mut response = Response::new(Body::from_stream(archive.bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    if let Some(length) = length {
        headers.insert(header::CONTENT_LENGTH, length.into());
    }
    Ok(response)
}

async fn delete(session: Session, ids: Ids) -> Answer<()> {
    Ok(session.delete_bundle(&key_in(&ids)?, &bundle_in(&ids)?).await?)
}

async fn standards_report(session: Session, ids: Ids) -> Answer<Json<Option<Value>>> {
    Ok(Json(session.standards_report(&key_in(&ids)?, &bundle_in(&ids)?).await?))
}
