//! Signatures of HTTP hooks as Standard Webhooks define them (<https://www.standardwebhooks.com>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use project_deployer_core::{ApiKeySecret, Timestamp};
use sha2::{Digest as _, Sha256};

/// What a secret in the form of Standard Webhooks begins with; Base64 follows.
const PREFIX: &str = "whsec_";

/// The headers of a call: its key, its time, and the signature over both and the body.
pub(crate) fn headers(
    secret: &ApiKeySecret,
    key: &str,
    at: Timestamp,
    body: &[u8],
) -> Vec<(&'static str, String)> {
    let seconds = at.as_millis() / 1000;
    let mut headers =
        vec![("webhook-id", key.to_owned()), ("webhook-timestamp", seconds.to_string())];
    headers.extend(signature(secret, key, seconds, body).map(|it| ("webhook-signature", it)));
    headers
}

/// A key of any length is valid for HMAC; the type has an error all the same.
fn signature(secret: &ApiKeySecret, key: &str, seconds: i64, body: &[u8]) -> Option<String> {
    let text = secret.expose();
    let decoded = text.strip_prefix(PREFIX).and_then(|encoded| STANDARD.decode(encoded).ok());
    let bytes = decoded.unwrap_or_else(|| text.as_bytes().to_vec());
    let mut mac = Hmac::<Sha256>::new_from_slice(&bytes).ok()?;
    mac.update(format!("{key}.{seconds}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// Whether a secret begins as those of Standard Webhooks and is none: they are Base64 of 24 to 64 bytes. It would be taken for a
/// text, and sign what the receiver does not expect.
pub(crate) fn is_malformed(secret: &ApiKeySecret) -> bool {
    let encoded = secret.expose().strip_prefix(PREFIX);
    let decoded = encoded.map(|encoded| STANDARD.decode(encoded));
    decoded.is_some_and(|it| !it.is_ok_and(|bytes| (24..=64).contains(&bytes.len())))
}

/// The key of one hook of one update, the same at every attempt: whoever gets it twice may act once.
pub(crate) fn stable_key(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digits: String =
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("hook_{digits}")
}

#[cfg(test)]
mod tests {
    use project_deployer_core::{ApiKeySecret, Timestamp};

    use super::{headers, is_malformed, stable_key};

    #[test]
    fn the_signature_is_that_of_the_test_vector_of_standard_webhooks() {
        let secret = ApiKeySecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = Timestamp::from_millis(1_614_265_330_000);
        let signed =
            headers(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signed[1], ("webhook-timestamp", "1614265330".to_owned()));
        assert_eq!(signed[2], ("webhook-signature", expected.to_owned()));
    }

    #[test]
    fn a_secret_that_only_begins_as_one_of_standard_webhooks_is_malformed() {
        for (text, expected) in [
            ("whsec_", true),
            ("whsec_c2hvcnQ=", true),
            ("whsec_no base64", true),
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false),
            ("a text of our own", false),
        ] {
            assert_eq!(is_malformed(&ApiKeySecret::new(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn a_key_depends_on_each_part_and_on_where_it_ends() {
        // H5: the same update and hook have the same key, others have another one.
        assert_eq!(stable_key(&["a", "b"]), stable_key(&["a", "b"]));
        assert_ne!(stable_key(&["a", "b"]), stable_key(&["ab", ""]));
        assert!(!stable_key(&["a"]).contains('.'), "a full stop separates what is signed");
    }
}
