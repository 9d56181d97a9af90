//! JSON in the body of a request.

use std::time::Duration;

use axum::body::Body;
use axum::http::Extensions;
use futures::StreamExt as _;
use tokio::time::timeout;

use super::memory::{BodyMemory, Reserved};

/// The longest JSON that is read, in bytes. Settings of an infrastructure of 1,000 nodes are below 1 MiB.
pub(crate) const MAX_JSON: usize = 2 * 1024 * 1024;

/// How long a body may take.
const LONGEST: Duration = Duration::from_secs(60);

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// The connection ended first.
    EndedEarly,
    /// It is longer than [`MAX_JSON`].
    TooLong,
    /// Other requests use all memory for bodies.
    Busy,
    /// It took longer than a minute.
    TooSlow,
}

/// Reads a body. Its memory is reserved as long as `reserved` lives.
pub(crate) async fn read_body(
    extensions: &Extensions,
    body: Body,
    reserved: &mut Reserved,
) -> Result<Vec<u8>, BodyError> {
    let memory = extensions.get::<BodyMemory>().cloned();
    let mut pieces = body.into_data_stream();
    let mut bytes = Vec::new();
    let reading = async {
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| BodyError::EndedEarly)?;
            if bytes.len() + piece.len() > MAX_JSON {
                return Err(BodyError::TooLong);
            }
            if let Some(memory) = &memory {
                memory.reserve(reserved, piece.len()).await.map_err(|_| BodyError::Busy)?;
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(())
    };
    match timeout(LONGEST, reading).await {
        Ok(read) => read.map(|()| bytes),
        Err(_) => Err(BodyError::TooSlow),
    }
}
