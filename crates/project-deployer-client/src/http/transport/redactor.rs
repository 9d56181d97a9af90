use std::borrow::Cow;
use std::cmp::Reverse;

use project_deployer_core::messages::InfoMessage;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::error::NodeErrorKind;
use crate::http::peer::Credentials;

/// What a server could repeat of the secret that it was sent: the secret itself, spelled as texts spell
/// it, and the header that it went in. A proxy between us and a node may put either into its
/// response, to help with an analysis. It is removed before the response is used (R13).
#[derive(Clone)]
pub(super) struct SecretRedactor(Vec<SecretString>);

/// A shorter secret may be in a response by chance, and its removal would change the
/// answer. Keys that nodes make are 32 characters long.
const SHORTEST: usize = 8;

const CUT: &[u8] = b"(key)";

impl SecretRedactor {
    pub(super) fn of(credentials: &Credentials) -> Self {
        let secret = credentials.secret();
        if secret.len() < SHORTEST {
            return Self(Vec::new());
        }
        let forms = credentials.encoded();
        let trimmed = forms.each_ref().map(|form| form.trim_end_matches('=').to_owned());
        let all = forms.into_iter().chain(trimmed).chain(spelled(secret));
        Self::longest_first(all.map(SecretString::from).collect())
    }

    /// These and the secrets in a body that is sent: passwords and keys, by the names of their fields.
    pub(super) fn and_of_body(&self, body: Option<&Value>) -> Cow<'_, Self> {
        let mut found = Vec::new();
        if let Some(body) = body {
            collect_secrets(body, false, &mut found);
        }
        if found.is_empty() {
            return Cow::Borrowed(self);
        }
        let of_body = found.into_iter().flat_map(spelled).map(SecretString::from);
        Cow::Owned(Self::longest_first(self.0.iter().cloned().chain(of_body).collect()))
    }

    /// What is left of a cut must not be half of another.
    fn longest_first(mut forms: Vec<SecretString>) -> Self {
        forms.sort_by_key(|form| Reverse(form.expose_secret().len()));
        forms.dedup_by(|one, other| one.expose_secret() == other.expose_secret());
        Self(forms)
    }

    pub(super) fn cut_out(&self, text: Vec<u8>) -> Vec<u8> {
        self.0.iter().fold(text, |text, form| replaced(text, form.expose_secret().as_bytes()))
    }

    /// Of whatever a node said. Most texts were cleaned before they were read; what a task reports is
    /// read later, and inside a success.
    pub(super) fn cut_out_of_kind(&self, kind: NodeErrorKind) -> NodeErrorKind {
        let clean = |text| self.cut_out_of_text(text);
        match kind {
            NodeErrorKind::Reported(messages) => {
                let clean = |mut message: InfoMessage| {
                    message.title = clean(message.title);
                    message.message = clean(message.message);
                    message.details = clean(message.details);
                    message
                };
                NodeErrorKind::Reported(messages.0.into_iter().map(clean).collect())
            }
            NodeErrorKind::Unauthorized(text) => NodeErrorKind::Unauthorized(clean(text)),
            NodeErrorKind::Forbidden(text) => NodeErrorKind::Forbidden(clean(text)),
            NodeErrorKind::Redirected(text) => NodeErrorKind::Redirected(clean(text)),
            NodeErrorKind::UnexpectedServer(text) => NodeErrorKind::UnexpectedServer(clean(text)),
            NodeErrorKind::Archive(text) => NodeErrorKind::Archive(clean(text)),
            NodeErrorKind::InvalidRequest(text) => NodeErrorKind::InvalidRequest(clean(text)),
            NodeErrorKind::NotFound(text) => NodeErrorKind::NotFound(clean(text)),
            NodeErrorKind::Malformed(text) => NodeErrorKind::Malformed(clean(text)),
            NodeErrorKind::ErrorInSuccessResponse(text) => {
                NodeErrorKind::ErrorInSuccessResponse(clean(text))
            }
            NodeErrorKind::Refused { status, message } => {
                NodeErrorKind::Refused { status, message: clean(message) }
            }
            NodeErrorKind::Failed { status, message } => {
                NodeErrorKind::Failed { status, message: clean(message) }
            }
            textless @ (NodeErrorKind::Unreachable
            | NodeErrorKind::Tls(_)
            | NodeErrorKind::AddressRefused(_)
            | NodeErrorKind::TimedOut(_)
            | NodeErrorKind::Interrupted
            | NodeErrorKind::Busy(_)
            | NodeErrorKind::Empty
            | NodeErrorKind::TooLarge(_)
            | NodeErrorKind::Aborted
            | NodeErrorKind::Lost) => textless,
        }
    }

    pub(super) fn cut_out_of_text(&self, text: String) -> String {
        String::from_utf8_lossy(&self.cut_out(text.into_bytes())).into_owned()
    }
}

/// What fields are called that hold secrets, in small letters.
const SECRET_NAMES: [&str; 5] = ["password", "secret", "token", "apikey", "credential"];

fn collect_secrets<'a>(value: &'a Value, is_secret: bool, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if is_secret && text.len() >= SHORTEST => found.push(text),
        Value::Array(items) => {
            items.iter().for_each(|item| collect_secrets(item, is_secret, found));
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.to_lowercase();
                let named = SECRET_NAMES.iter().any(|secret| name.contains(secret));
                collect_secrets(value, is_secret || named, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A secret as JSON, JSON inside JSON, a URL and a form spell it, and as it is.
fn spelled(secret: &str) -> [String; 5] {
    let escaped = in_json(secret);
    let in_form = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>();
    let in_url = in_form.replace('+', "%20");
    [in_json(&escaped), escaped, in_url, in_form, secret.to_owned()]
}

fn in_json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
}

fn replaced(text: Vec<u8>, form: &[u8]) -> Vec<u8> {
    let mut places = memchr::memmem::find_iter(&text, form).peekable();
    if places.peek().is_none() {
        return text;
    }
    let mut clean = Vec::with_capacity(text.len());
    let mut from = 0;
    for place in places {
        clean.extend_from_slice(text.get(from..place).unwrap_or_default());
        clean.extend_from_slice(CUT);
        from = place + form.len();
    }
    clean.extend_from_slice(text.get(from..).unwrap_or_default());
    clean
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use project_deployer_core::ApiKeySecret;

    use super::*;

    fn redactor(key: &str) -> SecretRedactor {
        SecretRedactor::of(&Credentials::Key(ApiKeySecret::new(key).unwrap()))
    }

    fn cleaned(redactor: &SecretRedactor, text: &str) -> String {
        redactor.cut_out_of_text(text.to_owned())
    }

    #[test]
    fn the_key_is_cut_out_in_every_form_that_it_was_sent_in() {
        // R13
        let redactor = redactor("canary-0123456789");
        let sent = STANDARD.encode("canary-0123456789:");
        let text = format!("key canary-0123456789, header Basic {sent}, and canary");
        assert_eq!(cleaned(&redactor, &text), "key (key), header Basic (key), and canary");
    }

    #[test]
    fn a_key_that_could_stand_there_by_chance_changes_no_answer() {
        assert_eq!(cleaned(&redactor("a"), "ann"), "ann");
    }

    #[test]
    fn a_secret_is_cut_out_as_texts_spell_it() {
        // R13
        let redactor = redactor("canary/01 \"2+3");
        for text in [
            r#"canary/01 \"2+3"#,
            r#"canary/01 \\\"2+3"#,
            "canary%2F01%20%222%2B3",
            "canary%2F01+%222%2B3",
            "canary/01 \"2+3",
        ] {
            assert_eq!(cleaned(&redactor, text), "(key)");
        }
    }

    #[test]
    fn the_secrets_of_a_body_are_cut_out_and_its_names_are_not() {
        // R13
        let body = serde_json::json!({
            "login": "wilhelmina", "bindPassword": "canary-word",
            "nodes": [{"adminApiKey": "canary-key-1"}], "tokens": {"first": ["canary-token"]},
        });
        let text = "wilhelmina canary-word canary-key-1 canary-token";
        let redactor = SecretRedactor(Vec::new());
        let redactor = redactor.and_of_body(Some(&body));
        assert_eq!(cleaned(&redactor, text), "wilhelmina (key) (key) (key)");
    }

    #[test]
    fn a_secret_inside_a_longer_one_leaves_no_half_of_it() {
        // R13
        let body = serde_json::json!({"password": "canary-1", "token": "word-canary-1-and-more"});
        let key = redactor("canary-1-and");
        let text = "word-canary-1-and-more canary-1-and canary-1";
        assert_eq!(cleaned(&key.and_of_body(Some(&body)), text), "(key) (key) (key)");
    }

    #[test]
    fn every_kind_that_holds_a_text_is_cut() {
        // R13
        let text = || "to canary-0123456789".to_owned();
        for kind in [
            NodeErrorKind::Unauthorized(text()),
            NodeErrorKind::Forbidden(text()),
            NodeErrorKind::NotFound(text()),
            NodeErrorKind::Refused { status: 400, message: text() },
            NodeErrorKind::Failed { status: 500, message: text() },
            NodeErrorKind::Redirected(text()),
            NodeErrorKind::UnexpectedServer(text()),
            NodeErrorKind::Malformed(text()),
            NodeErrorKind::ErrorInSuccessResponse(text()),
            NodeErrorKind::Archive(text()),
            NodeErrorKind::InvalidRequest(text()),
        ] {
            let clean = redactor("canary-0123456789").cut_out_of_kind(kind).to_string();
            assert!(clean.contains("to (key)") && !clean.contains("canary"), "{clean}");
        }
    }

    #[cfg(feature = "fleet")]
    #[test]
    fn of_a_pair_the_secret_is_cut_out_and_not_the_id() {
        // R13
        let pair = crate::fleet::FleetCredentials::new("the-key-id", "canary-secret").unwrap();
        let sent = STANDARD.encode("the-key-id:canary-secret");
        let text = format!("the-key-id canary-secret {sent}");
        let clean = cleaned(&SecretRedactor::of(&Credentials::Pair(pair)), &text);
        assert_eq!(clean, "the-key-id (key) (key)");
    }
}
