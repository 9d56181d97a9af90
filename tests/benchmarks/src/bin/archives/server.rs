//! An S3 server on a directory that does as little as possible: no digest of its own, no second copy. So the figures say what
//! the client takes. The tests use servers that do more.

use std::error::Error;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures::stream::TryStreamExt as _;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag,
    GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, UploadPartInput,
    UploadPartOutput,
};
use s3s::service::S3ServiceBuilder;
use s3s::{Body, S3, S3Error, S3Request, S3Response, S3Result, s3_error};
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;

/// The bucket: a folder of the directory.
pub(crate) const BUCKET: &str = "bundles";

pub(crate) const KEY_ID: &str = "AKIDEXAMPLE";
pub(crate) const SECRET: &str = "benchmark";

/// The size of all parts but the last one, as the product sends them for bundles up to 80 GB.
const PART: u64 = 8 << 20;

/// Serves until the process is ended. It prints its address first.
pub(crate) async fn serve(directory: &Path) -> Result<(), Box<dyn Error>> {
    let files = Files { folder: directory.join(BUCKET), uploads: AtomicU64::new(0) };
    let mut service = S3ServiceBuilder::new(files);
    service.set_auth(SimpleAuth::from_single(KEY_ID, SECRET));
    let service = service.build();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let (connection, _) = listener.accept().await?;
        let service = service.clone();
        tokio::spawn(async move {
            let server = Builder::new(TokioExecutor::new());
            // A client that goes away is no failure.
            let _ = server.serve_connection(TokioIo::new(connection), service).await;
        });
    }
}

/// Objects as files of one folder.
struct Files {
    folder: PathBuf,
    uploads: AtomicU64,
}

impl Files {
    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(key.replace('/', "-"))
    }

    fn length(&self, key: &str) -> S3Result<u64> {
        let found = fs::metadata(self.path(key));
        found.map(|found| found.len()).map_err(|_| s3_error!(NoSuchKey))
    }
}

fn failed(error: impl Error + Send + Sync + 'static) -> S3Error {
    S3Error::internal_error(error)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> S3Result<T> {
    spawn_blocking(work).await.map_err(failed)?.map_err(failed)
}

#[async_trait]
impl S3 for Files {
    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let length = self.length(&request.input.key)?;
        let content_length = i64::try_from(length).ok();
        Ok(S3Response::new(HeadObjectOutput { content_length, ..HeadObjectOutput::default() }))
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let length = self.length(&input.key)?;
        let range = input.range.ok_or_else(|| s3_error!(NotImplemented))?.check(length)?;
        let path = self.path(&input.key);
        let content_range = format!("bytes {}-{}/{length}", range.start, range.end - 1);
        let size = usize::try_from(range.end - range.start).map_err(failed)?;
        let bytes = blocking(move || {
            let mut bytes = vec![0; size];
            File::open(path)?.read_exact_at(&mut bytes, range.start).map(|()| bytes)
        });
        Ok(S3Response::new(GetObjectOutput {
            body: Some(Body::from(bytes.await?).into()),
            content_length: i64::try_from(size).ok(),
            content_range: Some(content_range),
            ..GetObjectOutput::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        _: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let id = self.uploads.fetch_add(1, Ordering::Relaxed);
        let upload_id = Some(format!("upload-{id}"));
        let output =
            CreateMultipartUploadOutput { upload_id, ..CreateMultipartUploadOutput::default() };
        Ok(S3Response::new(output))
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let input = request.input;
        let mut body = input.body.ok_or_else(|| s3_error!(IncompleteBody))?;
        let number = u64::try_from(input.part_number).map_err(failed)?;
        let mut bytes = Vec::new();
        while let Some(piece) =
            body.try_next().await.map_err(|error| failed(io::Error::other(error)))?
        {
            bytes.extend_from_slice(&piece);
        }
        let path = self.path(&input.upload_id);
        blocking(move || {
            let file = File::options().create(true).truncate(false).write(true).open(path)?;
            file.write_all_at(&bytes, (number - 1) * PART)
        })
        .await?;
        let e_tag = Some(ETag::Strong(number.to_string()));
        Ok(S3Response::new(UploadPartOutput { e_tag, ..UploadPartOutput::default() }))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let (from, to) = (self.path(&request.input.upload_id), self.path(&request.input.key));
        blocking(move || fs::rename(from, to)).await?;
        let e_tag = Some(ETag::Strong("whole".to_owned()));
        let output =
            CompleteMultipartUploadOutput { e_tag, ..CompleteMultipartUploadOutput::default() };
        Ok(S3Response::new(output))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let path = self.path(&request.input.upload_id);
        blocking(move || fs::remove_file(path)).await?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}
