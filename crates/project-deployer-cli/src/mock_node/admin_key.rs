use std::fmt::Write as _;

/// The system has no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the system has no random bytes for an admin key; set `adminApiKey` in a seed")]
pub(crate) struct NoRandomness;

/// A key that cannot be guessed, since other machines may reach the node.
///
/// # Errors
///
/// The system has no random bytes.
pub(super) fn make_up() -> Result<String, NoRandomness> {
    let mut bytes = [0; 16];
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    provider.secure_random.fill(&mut bytes).map_err(|_| NoRandomness)?;
    let mut key = "mock-".to_owned();
    for byte in bytes {
        write!(key, "{byte:02x}").map_err(|_| NoRandomness)?;
    }
    Ok(key)
}
