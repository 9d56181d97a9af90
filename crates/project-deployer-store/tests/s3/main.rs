//! Archives in buckets of two S3 servers: `s3s-fs` in this process, and moto as the second opinion.
#![expect(clippy::unwrap_used, reason = "tests")]

mod answers;
mod conformance;
mod moto;
mod server;
mod uploads;

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use project_deployer_core::BundleDigest;
use project_deployer_store::{ArchiveError, BundleArchive, ByteStream, S3Keys, S3Settings};
use sha2::{Digest as _, Sha256};

/// The bucket of the tests.
pub(crate) const BUCKET: &str = "bundles";

/// The secret of the tests: no error may show it.
pub(crate) const SECRET: &str = "canary-secret-51d0";

/// A bucket at an address, with the keys of the tests.
pub(crate) fn settings(endpoint: &str) -> S3Settings {
    let keys = S3Keys::new("AKIDEXAMPLE", SECRET.into());
    S3Settings::new(BUCKET).prefix("team/a").endpoint(endpoint).region("us-east-1").keys(keys)
}

pub(crate) fn digest_of(bytes: &[u8]) -> BundleDigest {
    BundleDigest::from_bytes(Sha256::digest(bytes).into())
}

/// Bytes in pieces, as a spool gives them.
pub(crate) fn pieces(bytes: &[u8]) -> ByteStream {
    let pieces: Vec<_> =
        bytes.chunks(300_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces).boxed()
}

/// Bytes for several parts.
pub(crate) fn large() -> Vec<u8> {
    (0..(17_u32 << 20)).map(|at| (at % 251) as u8).collect()
}

pub(crate) async fn put(archive: &dyn BundleArchive, bytes: &[u8]) -> BundleDigest {
    let digest = digest_of(bytes);
    archive.put(&digest, bytes.len() as u64, pieces(bytes)).await.unwrap();
    digest
}

pub(crate) async fn read(archive: &dyn BundleArchive, digest: &BundleDigest) -> Vec<u8> {
    let stored = archive.open(digest, 0).await.unwrap().unwrap();
    let pieces: Vec<_> = stored.bytes.collect().await;
    pieces.into_iter().flat_map(Result::unwrap).collect()
}

/// Everything that an error says, with its causes.
pub(crate) fn text(error: &ArchiveError) -> String {
    let mut text = format!("{error:?}");
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(found) = cause {
        text = format!("{text}: {found}");
        cause = found.source();
    }
    text
}

/// A time at which everything that a test did is old.
pub(crate) fn tomorrow() -> SystemTime {
    #[expect(clippy::disallowed_methods, reason = "servers have their own clocks")]
    let now = SystemTime::now();
    now + Duration::from_secs(86_400)
}
