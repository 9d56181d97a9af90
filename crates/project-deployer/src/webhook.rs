//! Signatures of Standard Webhooks (specification 1.0.0): `webhook-id`, `webhook-timestamp`, and `webhook-signature` as `v1`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::{Digest as _, Sha256};

/// The block of SHA-256, in bytes.
const BLOCK: usize = 64;

/// The secret of a webhook. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct WebhookSecret(SecretSlice<u8>);

/// A text is no secret of a webhook. It is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the text is no secret of a webhook; write 24 to 64 random bytes in Base64, with or without `whsec_` before them"
)]
pub struct WebhookSecretError;

impl WebhookSecret {
    /// Reads a secret: Base64 of 24 to 64 bytes, with or without `whsec_` before it.
    ///
    /// # Errors
    ///
    /// The text is no such secret.
    pub fn parse(text: &str) -> Result<Self, WebhookSecretError> {
        let encoded = text.strip_prefix("whsec_").unwrap_or(text);
        let bytes = STANDARD.decode(encoded).map_err(|_| WebhookSecretError)?;
        match bytes.len() {
            24..=64 => Ok(Self(bytes.into())),
            _ => Err(WebhookSecretError),
        }
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// The value of `webhook-signature` for a message. The timestamp is in seconds since 1970. The body is signed as it is sent.
#[must_use]
pub fn sign(secret: &WebhookSecret, id: &str, timestamp: i64, body: &[u8]) -> String {
    let head = format!("{id}.{timestamp}.");
    let mac = hmac_sha256(secret.0.expose_secret(), &[head.as_bytes(), body]);
    format!("v1,{}", STANDARD.encode(mac))
}

/// HMAC (RFC 2104). The key is not longer than a block.
fn hmac_sha256(key: &[u8], message: &[&[u8]]) -> [u8; 32] {
    let padded = |with: u8| {
        let mut block = [with; BLOCK];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        Sha256::new_with_prefix(block)
    };
    let mut inner = padded(0x36);
    message.iter().for_each(|part| inner.update(part));
    let mut outer = padded(0x5c);
    outer.update(inner.finalize());
    outer.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn a_signature_is_that_of_the_published_vector() {
        let secret = WebhookSecret::parse(SECRET).unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signature = sign(&secret, id, 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let other = sign(&secret, id, 1_614_265_331, br#"{"test": 2432232314}"#);
        assert_ne!(signature, other, "the time is signed");
    }

    #[test]
    fn hmac_is_that_of_rfc_4231() {
        let mac = hmac_sha256(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn a_text_that_is_no_secret_is_refused_and_no_secret_is_shown() {
        for text in ["", "whsec_", "whsec_c2hvcnQ=", "canary-4711!"] {
            let error = WebhookSecret::parse(text).unwrap_err().to_string();
            assert!(!error.contains("canary-4711"), "{error}");
        }
        let shown = format!("{:?}", WebhookSecret::parse(SECRET).unwrap());
        assert_eq!(shown, "WebhookSecret(…)");
    }
}
