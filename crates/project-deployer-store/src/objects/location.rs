use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use super::ObjectArchive;
#[cfg(feature = "s3")]
use super::S3Settings;
use crate::archive::{ArchiveError, BundleArchive};
use crate::memory::MemoryArchive;

/// Where bundle archives are, as a URL names it: `file:PATH`, `s3://BUCKET/PREFIX` (feature `s3`) or `memory:`.
///
/// ```
/// use project_deployer_store::ArchiveLocation;
///
/// let location: ArchiveLocation = "file:/srv/bundles".parse()?;
/// assert!(matches!(location, ArchiveLocation::Directory(path) if path == std::path::Path::new("/srv/bundles")));
/// # Ok::<(), project_deployer_store::ArchiveLocationError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ArchiveLocation {
    /// In memory: they are gone at the end of the process.
    Memory,
    /// In a directory.
    Directory(PathBuf),
    /// In a bucket of an S3-compatible object store.
    #[cfg(feature = "s3")]
    S3(S3Settings),
}

/// Why a URL names no place for archives.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveLocationError {
    /// The scheme is unknown.
    #[error(
        "`{url}` names no place for archives; write `file:` and a path, `s3://` with bucket and prefix, or `memory:`"
    )]
    Unknown {
        /// The URL.
        url: String,
    },
    /// There is no path, or the path is on another machine.
    #[error("`{url}` names no local directory; write `file:` and the path of one")]
    NoPath {
        /// The URL.
        url: String,
    },
    /// There is no bucket, or its name is malformed.
    #[error("`{url}` names no bucket; write `s3://BUCKET` or `s3://BUCKET/PREFIX`")]
    NoBucket {
        /// The URL.
        url: String,
    },
    /// The URL has more than a bucket and a prefix, perhaps keys. It is not shown.
    #[error(
        "the URL of the archives has a user, a query or a fragment; write `s3://BUCKET/PREFIX`, and keys into the environment"
    )]
    Secrets,
    /// This program was built without the feature.
    #[error("`{url}` needs feature `s3`, which this program was built without")]
    NotBuilt {
        /// The URL.
        url: String,
    },
}

impl ArchiveLocation {
    /// Opens the archives, and finds out whether they can be used.
    ///
    /// # Errors
    ///
    /// They cannot, with the reason.
    pub async fn open(&self) -> Result<Arc<dyn BundleArchive>, ArchiveError> {
        match self {
            Self::Memory => Ok(Arc::new(MemoryArchive::new())),
            Self::Directory(path) => Ok(Arc::new(ObjectArchive::in_directory(path)?)),
            #[cfg(feature = "s3")]
            Self::S3(settings) => {
                let archive = ObjectArchive::in_bucket(settings)?;
                archive.check().await?;
                Ok(Arc::new(archive))
            }
        }
    }
}

impl FromStr for ArchiveLocation {
    type Err = ArchiveLocationError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        match url.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("file", path)) => directory(url, path),
            Some(("s3", rest)) => bucket(url, rest),
            _ => Err(ArchiveLocationError::Unknown { url: without_user(url) }),
        }
    }
}

/// `file:PATH`, or `file:///PATH` as other programs write it.
fn directory(url: &str, path: &str) -> Result<ArchiveLocation, ArchiveLocationError> {
    let local = match path.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => path,
    };
    let is_local = !local.is_empty() && (local == path || local.starts_with('/'));
    if is_local {
        return Ok(ArchiveLocation::Directory(PathBuf::from(local)));
    }
    Err(ArchiveLocationError::NoPath { url: url.to_owned() })
}

#[cfg(feature = "s3")]
fn bucket(url: &str, rest: &str) -> Result<ArchiveLocation, ArchiveLocationError> {
    if rest.contains(['@', '?', '#']) {
        return Err(ArchiveLocationError::Secrets);
    }
    let absent = || ArchiveLocationError::NoBucket { url: url.to_owned() };
    let rest = rest.strip_prefix("//").ok_or_else(absent)?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let is_name = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b'_');
    if bucket.is_empty() || !bucket.bytes().all(is_name) {
        return Err(absent());
    }
    Ok(ArchiveLocation::S3(S3Settings::new(bucket).prefix(prefix)))
}

#[cfg(not(feature = "s3"))]
fn bucket(url: &str, rest: &str) -> Result<ArchiveLocation, ArchiveLocationError> {
    if rest.contains(['@', '?', '#']) {
        return Err(ArchiveLocationError::Secrets);
    }
    Err(ArchiveLocationError::NotBuilt { url: url.to_owned() })
}

/// A URL whose user may be a secret.
fn without_user(url: &str) -> String {
    match (url.find("//"), url.rfind('@')) {
        (Some(begin), Some(end)) if begin < end => {
            format!("{}…{}", &url[..begin + 2], &url[end..])
        }
        _ => url.to_owned(),
    }
}

/// As a URL, without keys.
impl fmt::Display for ArchiveLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Directory(path) => write!(f, "file:{}", path.display()),
            #[cfg(feature = "s3")]
            Self::S3(settings) => settings.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ArchiveLocation, ArchiveLocationError};

    fn place(url: &str) -> String {
        url.parse::<ArchiveLocation>().unwrap().to_string()
    }

    fn refusal(url: &str) -> ArchiveLocationError {
        url.parse::<ArchiveLocation>().unwrap_err()
    }

    #[test]
    fn a_directory_is_named_by_its_path() {
        assert_eq!(place("memory:"), "memory:");
        for (url, shown) in [
            ("file:bundles", "file:bundles"),
            ("file:/srv/bundles", "file:/srv/bundles"),
            ("file:///srv/a b", "file:/srv/a b"),
            ("file://localhost/srv", "file:/srv"),
        ] {
            assert_eq!(place(url), shown);
        }
        for url in ["file:", "file://", "file://elsewhere/srv", "file://localhost"] {
            assert_eq!(refusal(url), ArchiveLocationError::NoPath { url: url.to_owned() });
        }
    }

    #[test]
    fn what_is_no_place_is_refused_without_its_user() {
        for url in ["", "bundles", "memory:x", "https://host/bundles", "/srv/bundles"] {
            assert_eq!(refusal(url), ArchiveLocationError::Unknown { url: url.to_owned() });
        }
        let text = refusal("https://AK:canary@host/bundles").to_string();
        assert!(text.contains("@host/bundles") && !text.contains("canary"), "{text}");
        assert_eq!(refusal("s3://AK:canary@bucket"), ArchiveLocationError::Secrets);
    }

    #[cfg(feature = "s3")]
    #[test]
    fn a_bucket_is_named_with_its_prefix() {
        assert_eq!(place("s3://bundles"), "s3://bundles");
        assert_eq!(place("s3://bundles/"), "s3://bundles");
        assert_eq!(place("s3://bundles/team/a/"), "s3://bundles/team/a");
        for url in ["s3:", "s3:bundles", "s3://", "s3:///prefix", "s3://a b/c"] {
            assert_eq!(refusal(url), ArchiveLocationError::NoBucket { url: url.to_owned() });
        }
        assert_eq!(refusal("s3://bucket/p?region=x"), ArchiveLocationError::Secrets);
    }

    #[cfg(not(feature = "s3"))]
    #[test]
    fn a_bucket_needs_the_feature() {
        let url = "s3://bundles".to_owned();
        assert_eq!(refusal(&url), ArchiveLocationError::NotBuilt { url });
    }
}
