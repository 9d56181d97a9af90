//! Multipart uploads that were neither completed nor aborted: nobody sees them, and their parts cost space.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::DateTime;
use object_store::aws::AmazonS3;
use object_store::client::{
    HttpClient, HttpConnector as _, HttpRequest, HttpRequestBody, HttpResponse, ReqwestConnector,
};
use object_store::multipart::MultipartStore as _;
use object_store::path::Path as ObjectPath;
use object_store::signer::{SignedUrlOptions, Signer as _};
use object_store::{ClientOptions, Error};
use project_deployer_core::BundleDigest;
use serde::Deserialize;

use crate::archive::{ArchiveError, machine_time};
use crate::objects::fault::Faults;

const ACTION: &str = "list interrupted uploads";

/// How long a signed request can be sent.
const VALID: Duration = Duration::from_secs(60);

/// The uploads of a bucket. The library has no call to list them.
pub(in crate::objects) struct S3Uploads {
    s3: Arc<AmazonS3>,
    client: HttpClient,
}

/// One page of the answer to `ListMultipartUploads`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default, rename = "Upload")]
    uploads: Vec<Upload>,
    #[serde(default)]
    is_truncated: bool,
    #[serde(default)]
    next_key_marker: Option<String>,
    #[serde(default)]
    next_upload_id_marker: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Upload {
    key: String,
    upload_id: String,
    initiated: String,
}

impl S3Uploads {
    pub(super) fn new(s3: Arc<AmazonS3>, allow_http: bool) -> object_store::Result<Self> {
        let options = ClientOptions::new().with_allow_http(allow_http);
        Ok(Self { s3, client: ReqwestConnector::default().connect(&options)? })
    }

    /// Aborts the uploads of archives that began before a time, and returns how many. A store that cannot list
    /// uploads has none that could be found.
    pub(in crate::objects) async fn remove(
        &self,
        folder: &ObjectPath,
        faults: &Faults,
        older_than: SystemTime,
    ) -> Result<u64, ArchiveError> {
        let (mut removed, mut after) = (0, None);
        loop {
            let Some(page) = self.page(folder, faults, after.as_ref()).await? else {
                return Ok(removed);
            };
            for upload in page.uploads.iter().filter(|upload| upload.began_before(older_than)) {
                let Some(path) = upload.archive_in(folder) else { continue };
                match self.s3.abort_multipart(&path, &upload.upload_id).await {
                    Ok(()) => removed += 1,
                    // It was completed or aborted meanwhile.
                    Err(Error::NotFound { .. }) => {}
                    Err(error) => return Err(faults.of("remove an interrupted upload", error)),
                }
            }
            after = match page.next_key_marker.filter(|_| page.is_truncated) {
                Some(key) => Some((key, page.next_upload_id_marker.unwrap_or_default())),
                None => return Ok(removed),
            };
        }
    }

    /// The time by the clock of the server, which every answer has.
    pub(in crate::objects) async fn now(
        &self,
        folder: &ObjectPath,
        faults: &Faults,
    ) -> Result<SystemTime, ArchiveError> {
        let answer = self.ask(folder, faults, None).await?;
        let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        Ok(date.map_or_else(machine_time, SystemTime::from))
    }

    async fn page(
        &self,
        folder: &ObjectPath,
        faults: &Faults,
        after: Option<&(String, String)>,
    ) -> Result<Option<Page>, ArchiveError> {
        let answer = self.ask(folder, faults, after).await?;
        let status = answer.status();
        let body = answer.into_body().bytes().await;
        let body = body.map_err(|error| faults.of(ACTION, generic(error)))?;
        let text = String::from_utf8_lossy(&body);
        match status.as_u16() {
            200 => quick_xml::de::from_str(&text).map(Some).map_err(|_| malformed("its answer")),
            405 | 501 => Ok(None),
            _ => Err(faults.of(ACTION, generic(format!("{status}: {text}")))),
        }
    }

    /// Sends a signed `ListMultipartUploads`.
    async fn ask(
        &self,
        folder: &ObjectPath,
        faults: &Faults,
        after: Option<&(String, String)>,
    ) -> Result<HttpResponse, ArchiveError> {
        let mut query = vec![("uploads", ""), ("prefix", folder.as_ref())];
        if let Some((key, upload)) = after {
            query.extend([("key-marker", key.as_str()), ("upload-id-marker", upload.as_str())]);
        }
        let options = SignedUrlOptions::default().with_query(query);
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        let method = request.method().clone();
        let signed = self.s3.signed_url_opts(method, &ObjectPath::default(), VALID, &options).await;
        let signed = signed.map_err(|error| faults.of(ACTION, error))?;
        // The URL has a signature, so no error shows it.
        *request.uri_mut() = signed.as_str().parse().map_err(|_| malformed("its address"))?;
        let answer = self.client.execute(request).await;
        answer.map_err(|error| faults.of(ACTION, generic(error)))
    }
}

impl Upload {
    /// The path, if the upload is one of an archive: others are left alone.
    fn archive_in(&self, folder: &ObjectPath) -> Option<ObjectPath> {
        let path = ObjectPath::parse(&self.key).ok()?;
        let digest = BundleDigest::parse(path.filename()?).ok()?;
        Some(folder.clone().join(digest.as_str())).filter(|expected| *expected == path)
    }

    fn began_before(&self, time: SystemTime) -> bool {
        let initiated = DateTime::parse_from_rfc3339(&self.initiated);
        initiated.is_ok_and(|initiated| SystemTime::from(initiated) < time)
    }
}

fn generic(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Generic { store: "S3", source: source.into() }
}

fn malformed(what: &str) -> ArchiveError {
    let error = io::Error::new(io::ErrorKind::InvalidData, format!("{what} cannot be read"));
    ArchiveError::of(ACTION, error)
}
