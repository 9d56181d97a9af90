use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, stream};

use super::{ByteStream, Upload};

type Open = dyn Fn() -> BoxFuture<'static, io::Result<ByteStream>> + Send + Sync;

/// An archive that can be sent more than once, since its bytes can be read from the beginning again. A call
/// that carries an archive needs this in order to be repeated.
///
/// An [`Upload`] can be sent only until its bytes are read for the first time.
///
/// ```
/// use project_deployer_client::UploadSource;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let source = UploadSource::from_bytes("v1.zip", "PK");
/// assert_eq!(source.open().await?.collect().await?, "PK");
/// assert_eq!(source.open().await?.collect().await?, "PK");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct UploadSource {
    file_name: String,
    length: Option<u64>,
    bytes: Source,
}

#[derive(Clone)]
enum Source {
    Reopened(Arc<Open>),
    Once(Arc<Mutex<Option<ByteStream>>>),
}

impl UploadSource {
    /// An archive whose bytes `open` returns from their beginning, each time.
    pub fn new<F>(
        file_name: impl Into<String>,
        length: impl Into<Option<u64>>,
        open: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = io::Result<ByteStream>> + Send + 'static,
    {
        let open: Arc<Open> = Arc::new(move || open().boxed());
        Self { file_name: file_name.into(), length: length.into(), bytes: Source::Reopened(open) }
    }

    /// An archive that is in memory.
    #[must_use]
    pub fn from_bytes(file_name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self::new(file_name, bytes.len() as u64, move || {
            let all = bytes.clone();
            async move { Ok(stream::once(async { Ok(all) }).boxed()) }
        })
    }

    /// An archive on disk, opened and read piece by piece each time. If its length changes in between, the
    /// next reading fails.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    #[cfg(feature = "http")]
    pub async fn from_file(path: impl AsRef<std::path::Path>) -> io::Result<Self> {
        let path = path.as_ref().to_owned();
        let Upload { file_name, length, .. } = Upload::from_file(&path).await?;
        Ok(Self::new(file_name, length, move || {
            let path = path.clone();
            async move { Ok(Upload { length, ..Upload::from_file(path).await? }.checked(None).bytes) }
        }))
    }

    /// The file name that receivers see.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// How many bytes there are, if that is known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Whether the bytes can be read from their beginning.
    #[must_use]
    pub fn can_be_opened(&self) -> bool {
        match &self.bytes {
            Source::Reopened(_) => true,
            Source::Once(slot) => slot.lock().unwrap_or_else(PoisonError::into_inner).is_some(),
        }
    }

    /// The archive from its beginning.
    ///
    /// # Errors
    ///
    /// It cannot be opened.
    pub async fn open(&self) -> io::Result<Upload> {
        let bytes = match &self.bytes {
            Source::Reopened(open) => open().await?,
            Source::Once(slot) if self.can_be_opened() => taken_when_read(Arc::clone(slot)),
            Source::Once(_) => return Err(spent()),
        };
        Ok(Upload::new(self.file_name.clone(), self.length, bytes))
    }
}

/// The bytes are taken when the first one is asked for, so that a call that never came to it leaves
/// them as they are.
fn taken_when_read(slot: Arc<Mutex<Option<ByteStream>>>) -> ByteStream {
    let first_read = async move {
        let taken = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.unwrap_or_else(|| stream::once(async { Err(spent()) }).boxed())
    };
    stream::once(first_read).flatten().boxed()
}

fn spent() -> io::Error {
    io::Error::other("the archive was read and cannot be read again; pass it once more")
}

impl From<Upload> for UploadSource {
    fn from(upload: Upload) -> Self {
        let slot = Arc::new(Mutex::new(Some(upload.bytes)));
        Self { file_name: upload.file_name, length: upload.length, bytes: Source::Once(slot) }
    }
}

impl fmt::Debug for UploadSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadSource")
            .field("file_name", &self.file_name)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
