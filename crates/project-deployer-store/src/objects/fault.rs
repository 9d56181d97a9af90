//! What an error of an object store means. Its text never has the answer of a server as a whole: S3 repeats the
//! session token in it.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use object_store::Error;
#[cfg(feature = "s3")]
use object_store::client::{HttpError, HttpErrorKind};

use crate::archive::ArchiveError;

/// Codes of answers that say that the bucket is not there.
const NO_BUCKET: [&str; 1] = ["NoSuchBucket"];

/// Codes that say that the account is known, and lacks a right.
const DENIED: [&str; 4] = ["AccessDenied", "AllAccessDisabled", "AccountProblem", "Forbidden"];

/// Codes that say that the key, its secret, its token or its region is wrong.
const WRONG_KEYS: [&str; 8] = [
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "InvalidToken",
    "TokenRefreshRequired",
    "AuthorizationHeaderMalformed",
    "InvalidSecurity",
    "NotSignedUp",
];

/// Codes that say that there is no space.
const FULL: [&str; 6] = [
    "QuotaExceeded",
    "XMinioStorageFull",
    "XMinioAdminBucketQuotaExceeded",
    "InsufficientStorage",
    "InsufficientCapacity",
    "StorageFull",
];

/// Codes that say that there is no such object.
const ABSENT: [&str; 2] = ["NoSuchKey", "NoSuchVersion"];

/// The longest message of a server that is repeated, in characters.
const LONGEST_MESSAGE: usize = 300;

/// Turns errors of one object store into errors of an archive.
#[derive(Clone)]
pub(super) struct Faults {
    place: Arc<str>,
    /// Values that no text repeats.
    secrets: Arc<[String]>,
    is_remote: bool,
}

/// An answer of a server, without what may be secret.
#[derive(Debug)]
struct Answer {
    code: String,
    message: String,
}

impl Faults {
    pub(super) fn in_directory(place: String) -> Self {
        Self { place: place.into(), secrets: Arc::default(), is_remote: false }
    }

    #[cfg(feature = "s3")]
    pub(super) fn in_bucket(place: String, secrets: Vec<String>) -> Self {
        Self { place: place.into(), secrets: secrets.into(), is_remote: true }
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// What an error means for an action.
    pub(super) fn of(&self, action: &str, error: Error) -> ArchiveError {
        if !self.is_remote {
            return ArchiveError::of(action, io_error(error));
        }
        let (action, code) = (action.to_owned(), code_of(&error));
        let code = code.as_deref().unwrap_or_default();
        let source = io::Error::other(self.answer(&error, code));
        let is_one_of = |codes: &[&str]| codes.contains(&code);
        if is_one_of(&NO_BUCKET) {
            return ArchiveError::NoBucket { action, place: self.place.to_string(), source };
        }
        if is_one_of(&WRONG_KEYS) || is_without_keys(&error) {
            return ArchiveError::WrongKeys { action, source };
        }
        if is_one_of(&FULL) || text_of(&error).contains("507 Insufficient") {
            return ArchiveError::Full { action, source };
        }
        match error {
            _ if is_one_of(&DENIED) => ArchiveError::Denied { action, source },
            Error::PermissionDenied { .. } => ArchiveError::Denied { action, source },
            Error::Unauthenticated { .. } => ArchiveError::WrongKeys { action, source },
            error if is_unreachable(&error) => ArchiveError::Unreachable { action, source },
            _ => ArchiveError::Unavailable { action, source },
        }
    }

    /// Whether an error says why: an answer to HEAD has no body.
    pub(super) fn has_reason(&self, error: &Error) -> bool {
        !self.is_remote || code_of(error).is_some() || is_unreachable(error)
    }

    fn answer(&self, error: &Error, code: &str) -> Answer {
        let text = text_of(error);
        let message = match between(&text, "<Message>", "</Message>") {
            Some(message) => message.to_owned(),
            // The answer of a proxy, or of a server that fails; and errors of our own side.
            None => text.split('<').next().unwrap_or_default().trim().to_owned(),
        };
        let shown: String = message.chars().take(LONGEST_MESSAGE).collect();
        Answer { code: self.without_secrets(code), message: self.without_secrets(&shown) }
    }

    fn without_secrets(&self, text: &str) -> String {
        let shown = self.secrets.iter().filter(|secret| !secret.is_empty());
        shown.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "…"))
    }
}

/// Whether an error says that there is no such object: a missing bucket is another thing.
pub(super) fn is_absent(error: &Error) -> bool {
    let code = code_of(error);
    matches!(error, Error::NotFound { .. })
        && code.is_none_or(|code| ABSENT.contains(&code.as_str()))
}

/// Whether an error says that an object ends before the range that was asked for.
pub(super) fn is_beyond_end(error: &Error) -> bool {
    code_of(error).is_some_and(|code| code == "InvalidRange")
        || text_of(error).contains("416 Range")
}

/// Whether a store cannot create an object only if it is absent.
pub(super) fn is_unsupported(error: &Error) -> bool {
    matches!(error, Error::NotImplemented { .. })
        || code_of(error).is_some_and(|code| code == "NotImplemented")
}

/// The error of the file system within an error of the object store, so that a full disk is found.
fn io_error(error: Error) -> io::Error {
    let kind =
        causes(&error).find_map(|cause| cause.downcast_ref::<io::Error>().map(io::Error::kind));
    match kind {
        Some(kind) => io::Error::new(kind, error),
        None => io::Error::other(error),
    }
}

#[cfg(feature = "s3")]
fn is_unreachable(error: &Error) -> bool {
    let kind =
        causes(error).find_map(|cause| cause.downcast_ref::<HttpError>().map(HttpError::kind));
    matches!(
        kind,
        Some(
            HttpErrorKind::Connect
                | HttpErrorKind::Timeout
                | HttpErrorKind::Interrupted
                | HttpErrorKind::Request
        )
    )
}

#[cfg(not(feature = "s3"))]
fn is_unreachable(_: &Error) -> bool {
    false
}

/// Without keys, the library asks the machine for keys at a fixed address.
fn is_without_keys(error: &Error) -> bool {
    text_of(error).contains("http://169.254.")
}

/// The code of a server's answer, such as `NoSuchBucket`.
fn code_of(error: &Error) -> Option<String> {
    let text = text_of(error);
    let code = between(&text, "<Code>", "</Code>")?;
    let is_word = |code: &str| !code.is_empty() && code.bytes().all(|c| c.is_ascii_alphanumeric());
    Some(code.trim().to_owned()).filter(|code| is_word(code))
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(begin)?;
    Some(rest.split_once(end)?.0)
}

/// The error with its causes, as far as it does not repeat them itself.
fn text_of(error: &Error) -> String {
    causes(error).map(ToString::to_string).fold(String::new(), |text, cause| {
        match text.contains(&cause) {
            true => text,
            false if text.is_empty() => cause,
            false => format!("{text}: {cause}"),
        }
    })
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |cause| (**cause).source())
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.code.is_empty() {
            write!(f, "{}: ", self.code)?;
        }
        f.write_str(&self.message)
    }
}

impl StdError for Answer {}
