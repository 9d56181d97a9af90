use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use project_deployer_core::ApiKeySecret;
use project_deployer_core::messages::InfoMessage;

use crate::error::NodeErrorKind;

/// What a server could repeat of the key that it was sent: the key itself, and the header that it
/// went in. Whatever stands between us and a node may put either into its answer, to help with an
/// analysis; it is cut out before anybody reads the answer (R13).
pub(super) struct Echoes(Vec<Vec<u8>>);

/// A key of fewer characters may stand in an answer by chance, and cutting it out would change the
/// answer. Keys that nodes make are 32 characters long.
const SHORTEST: usize = 8;

const CUT: &[u8] = b"(key)";

impl Echoes {
    pub(super) fn of(key: &ApiKeySecret) -> Self {
        let key = key.expose();
        if key.len() < SHORTEST {
            return Self(Vec::new());
        }
        let credentials = format!("{key}:");
        // Longest first: what is left of a cut must not be half of another.
        let forms = [STANDARD.encode(&credentials), URL_SAFE.encode(&credentials)];
        let trimmed = forms.each_ref().map(|form| form.trim_end_matches('=').to_owned());
        let key = [key.to_owned()];
        let all = forms.into_iter().chain(trimmed).chain(key);
        Self(all.map(String::into_bytes).collect())
    }

    pub(super) fn cut_out(&self, text: Vec<u8>) -> Vec<u8> {
        self.0.iter().fold(text, |text, form| replaced(text, form))
    }

    /// Of what a node reported inside a success; other texts were cleaned before they were read.
    pub(super) fn cut_out_of_kind(&self, kind: NodeErrorKind) -> NodeErrorKind {
        match kind {
            NodeErrorKind::Reported(messages) => {
                let clean = |message: InfoMessage| InfoMessage {
                    title: self.cut_out_of_text(message.title),
                    message: self.cut_out_of_text(message.message),
                    details: self.cut_out_of_text(message.details),
                    ..message
                };
                NodeErrorKind::Reported(messages.0.into_iter().map(clean).collect())
            }
            NodeErrorKind::Malformed(text) => NodeErrorKind::Malformed(self.cut_out_of_text(text)),
            NodeErrorKind::ErrorInside(text) => {
                NodeErrorKind::ErrorInside(self.cut_out_of_text(text))
            }
            other => other,
        }
    }

    pub(super) fn cut_out_of_text(&self, text: String) -> String {
        String::from_utf8_lossy(&self.cut_out(text.into_bytes())).into_owned()
    }
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
    use super::*;

    #[test]
    fn the_key_is_cut_out_in_every_form_that_it_was_sent_in() {
        // R13
        let echoes = Echoes::of(&ApiKeySecret::new("canary-0123456789").unwrap());
        let sent = STANDARD.encode("canary-0123456789:");
        let text = format!("key canary-0123456789, header Basic {sent}, and canary");
        let clean = String::from_utf8(echoes.cut_out(text.into_bytes())).unwrap();
        assert_eq!(clean, "key (key), header Basic (key), and canary");
    }

    #[test]
    fn a_key_that_could_stand_there_by_chance_changes_no_answer() {
        let echoes = Echoes::of(&ApiKeySecret::new("a").unwrap());
        assert_eq!(echoes.cut_out(b"ann".to_vec()), b"ann");
    }
}
