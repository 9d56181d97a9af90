//! Archives in a bucket of an S3-compatible object store.

mod uploads;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, AwsCredential};
use object_store::path::Path as ObjectPath;
use object_store::{BackoffConfig, ClientConfigKey, RetryConfig, StaticCredentialProvider};
use secrecy::{ExposeSecret as _, SecretString};

pub(super) use self::uploads::S3Uploads;
use super::fault::Faults;
use super::linked::Naming;
use super::{FOLDER, Leftovers, ObjectArchive};
use crate::archive::ArchiveError;

/// How long nothing may arrive. The whole of a request has no such limit: nodes may take archives slowly.
const SILENCE: &str = "60s";
const NO_LIMIT: &str = "1day";

/// A bucket, and what reaches it. What is not set here is taken from the environment variables of AWS tools:
/// `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
#[derive(Debug, Clone)]
#[must_use = "settings do nothing until archives are opened with them"]
pub struct S3Settings {
    bucket: String,
    prefix: ObjectPath,
    endpoint: Option<String>,
    region: Option<String>,
    keys: Option<S3Keys>,
}

/// An access key.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct S3Keys {
    /// Its id, which is no secret.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
    /// The token of temporary keys.
    pub session_token: Option<SecretString>,
}

impl S3Settings {
    /// A bucket.
    pub fn new(bucket: impl Into<String>) -> Self {
        let (prefix, bucket) = (ObjectPath::default(), bucket.into());
        Self { bucket, prefix, endpoint: None, region: None, keys: None }
    }

    /// The folder of the bucket in which the archives are. Several Deployers may share a bucket, each with its
    /// own prefix.
    pub fn prefix(self, prefix: &str) -> Self {
        Self { prefix: ObjectPath::from(prefix), ..self }
    }

    /// The address of the object store, if it is not that of Amazon. `http://` is possible.
    pub fn endpoint(self, endpoint: impl Into<String>) -> Self {
        Self { endpoint: Some(endpoint.into()), ..self }
    }

    /// The region.
    pub fn region(self, region: impl Into<String>) -> Self {
        Self { region: Some(region.into()), ..self }
    }

    /// The access key.
    pub fn keys(self, keys: S3Keys) -> Self {
        Self { keys: Some(keys), ..self }
    }

    fn builder(&self) -> Result<AmazonS3Builder, ArchiveError> {
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&self.bucket)
            .with_disable_bulk_delete(true)
            .with_retry(retries());
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        if let Some(keys) = &self.keys {
            // As a whole: a token of the environment belongs to the key of the environment.
            let keys = StaticCredentialProvider::new(keys.credential());
            builder = builder.with_credentials(Arc::new(keys));
        }
        for (key, value) in
            [(ClientConfigKey::ReadTimeout, SILENCE), (ClientConfigKey::Timeout, NO_LIMIT)]
        {
            builder = builder.with_config(AmazonS3ConfigKey::Client(key), value);
        }
        let endpoint = self.endpoint.clone().or_else(|| {
            let named = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint];
            named.iter().find_map(|key| builder.get_config_value(key))
        });
        match endpoint {
            Some(endpoint) => self.reach(builder, &endpoint),
            None => Ok(builder),
        }
    }

    /// Only an address that says so is reached without TLS.
    fn reach(
        &self,
        builder: AmazonS3Builder,
        endpoint: &str,
    ) -> Result<AmazonS3Builder, ArchiveError> {
        if endpoint.contains('@') {
            return Err(self.malformed("its endpoint has a user; write keys into the environment"));
        }
        let is_plain = endpoint.starts_with("http://");
        if !is_plain && !endpoint.starts_with("https://") {
            return Err(self.malformed("its endpoint does not begin with https:// or http://"));
        }
        let key = AmazonS3ConfigKey::S3Endpoint;
        Ok(builder.with_config(key, endpoint).with_allow_http(is_plain))
    }

    fn malformed(&self, why: &'static str) -> ArchiveError {
        ArchiveError::of(format!("open {self}"), io::Error::new(io::ErrorKind::InvalidInput, why))
    }
}

impl S3Keys {
    /// An access key.
    #[must_use]
    pub fn new(id: impl Into<String>, secret: SecretString) -> Self {
        Self { id: id.into(), secret, session_token: None }
    }

    /// The token of temporary keys.
    #[must_use]
    pub fn with_session_token(self, token: SecretString) -> Self {
        Self { session_token: Some(token), ..self }
    }

    fn secrets(&self) -> impl Iterator<Item = String> {
        let secrets = [Some(&self.secret), self.session_token.as_ref()];
        secrets.into_iter().flatten().map(|secret| secret.expose_secret().to_owned())
    }

    fn credential(&self) -> AwsCredential {
        let token = self.session_token.as_ref();
        AwsCredential {
            key_id: self.id.clone(),
            secret_key: self.secret.expose_secret().to_owned(),
            token: token.map(|token| token.expose_secret().to_owned()),
        }
    }
}

impl ObjectArchive {
    /// Archives in a bucket of an S3-compatible object store. Nothing is sent yet: [`Self::check`] finds out
    /// whether the bucket can be used.
    ///
    /// # Errors
    ///
    /// The settings contradict each other or are malformed.
    pub fn in_bucket(settings: &S3Settings) -> Result<Self, ArchiveError> {
        let builder = settings.builder()?;
        let mut secrets = secrets_of(&builder);
        secrets.extend(settings.keys.iter().flat_map(S3Keys::secrets));
        let faults = Faults::in_bucket(format!("bucket `{}`", settings.bucket), secrets);
        let is_plain = builder
            .get_config_value(&AmazonS3ConfigKey::S3Endpoint)
            .is_some_and(|endpoint| endpoint.starts_with("http://"));
        let opened = |error| faults.of(&format!("open {settings}"), error);
        let s3 = Arc::new(builder.build().map_err(opened)?);
        let uploads = S3Uploads::new(Arc::clone(&s3), is_plain).map_err(opened)?;
        let root = settings.prefix.clone();
        let folder = root.clone().join(FOLDER);
        let leftovers = Leftovers::S3(Arc::new(uploads));
        let naming = Naming::of_system();
        Ok(Self { objects: s3, root, folder, faults, leftovers, naming })
    }
}

/// The secrets that the environment has.
fn secrets_of(builder: &AmazonS3Builder) -> Vec<String> {
    let names = ["aws_secret_access_key", "aws_session_token", "aws_sse_customer_key_base64"];
    let keys = names.iter().filter_map(|name| name.parse().ok());
    keys.filter_map(|key: AmazonS3ConfigKey| builder.get_config_value(&key)).collect()
}

/// A connection that fails is tried again for a few seconds: whoever waits should not wait for minutes.
fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig { max_backoff: Duration::from_secs(5), ..BackoffConfig::default() },
        max_retries: 5,
        retry_timeout: Duration::from_secs(60),
    }
}

/// As a URL, without keys.
impl fmt::Display for S3Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.prefix.as_ref().is_empty() { "" } else { "/" };
        write!(f, "s3://{}{slash}{}", self.bucket, self.prefix)
    }
}
