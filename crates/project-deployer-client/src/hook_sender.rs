//! What sends the calls of HTTP hooks.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use project_deployer_core::NodeAddress;

use crate::error::NodeErrorKind;

/// Sends the calls of HTTP hooks: one POST each, without credentials, without redirects and without retries. The
/// caller limits the time. Programs may implement it for a transport of their own.
#[async_trait]
pub trait HookSender: fmt::Debug + Send + Sync + 'static {
    /// Sends one call, and reads the answer as far as [`HookReply::MOST_BYTES`], unless its body is to be ignored.
    ///
    /// # Errors
    ///
    /// There is no answer, or the address is not allowed. [`NodeErrorKind::side_effect`] says whether the call may
    /// have arrived.
    async fn post(&self, post: &HookPost) -> Result<HookReply, NodeErrorKind>;
}

/// One call of an HTTP hook.
#[derive(Clone)]
#[non_exhaustive]
pub struct HookPost {
    /// The address, with its path.
    pub address: NodeAddress,
    /// Accept any certificate.
    pub trust_all_certificates: bool,
    /// Headers beside the type of the content.
    pub headers: Vec<(&'static str, String)>,
    /// The body, which is JSON.
    pub body: Bytes,
    /// The status of the answer says everything: its body is not read, however long it is, and the reply has none.
    pub ignore_body: bool,
}

impl HookPost {
    /// A call without headers.
    #[must_use]
    pub fn new(address: NodeAddress, body: Bytes) -> Self {
        let headers = Vec::new();
        Self { address, trust_all_certificates: false, headers, body, ignore_body: false }
    }
}

/// Without headers and body: a signature proves the knowledge of a secret.
impl fmt::Debug for HookPost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookPost").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The answer of an HTTP hook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HookReply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl HookReply {
    /// The longest answer that is read. A longer one is [`NodeErrorKind::TooLarge`].
    pub const MOST_BYTES: u64 = 64 * 1024;

    /// An answer.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into() }
    }
}
