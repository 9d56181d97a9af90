//! The meaning of result codes (RFC 4511, A.1).

use ldap3::LdapResult;

use super::ber::Malformed;
use crate::directory::{DirectoryError, PartialReason};
use crate::dn::Dn;

/// Why a search did not complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The connection ended. The search may succeed on a new one.
    Lost(String),
    /// There may be more entries than those received.
    Cut(PartialReason),
    /// There is no answer.
    Failed(DirectoryError),
}

impl From<Malformed> for Fault {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Failed(DirectoryError::Malformed { what: what.to_owned() })
    }
}

/// The code and the text of a result, for messages.
pub(super) fn described(code: impl std::fmt::Display, diagnostic: &str) -> String {
    let text = shown(diagnostic);
    let name = match code.to_string().parse().unwrap_or(u32::MAX) {
        1 => "operations error",
        2 => "protocol error",
        7 => "the authentication method is not supported",
        8 => "stronger authentication is required: use `ldaps://` or StartTLS",
        12 => "a critical extension is not available",
        13 => "confidentiality is required: use `ldaps://` or StartTLS",
        21 => "invalid syntax of a value",
        34 => "invalid syntax of a name",
        48 => "inappropriate authentication",
        49 => "invalid credentials",
        50 => "insufficient access rights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwilling to perform",
        _ => "result",
    };
    if text.is_empty() { format!("{name} ({code})") } else { format!("{name} ({code}), `{text}`") }
}

/// At most 200 characters, control characters escaped.
fn shown(text: &str) -> String {
    let mut shown: String = text.trim().chars().take(200).flat_map(char::escape_debug).collect();
    if text.chars().nth(200).is_some() {
        shown.push('…');
    }
    shown
}

/// The meaning of the result of a search.
pub(super) fn judge(result: &LdapResult, base: &Dn) -> Result<(), Fault> {
    let what = || described(result.rc, &result.text);
    Err(match result.rc {
        0 => return Ok(()),
        3 => Fault::Cut(PartialReason::TimeLimit),
        4 => Fault::Cut(PartialReason::SizeLimit),
        9 | 10 => Fault::Cut(PartialReason::Referral(super::referral::shown(&result.refs))),
        11 => Fault::Cut(PartialReason::AdministrativeLimit),
        32 => Fault::Failed(DirectoryError::NoSuchBase { base: base.to_string() }),
        _ => Fault::Failed(failure(result.rc, what())),
    })
}

/// The meaning of the result of a bind. Only the code for success is a success.
pub(super) fn judge_bind(result: &LdapResult, name: Option<&str>) -> Result<(), DirectoryError> {
    let who = name.map_or_else(|| "anonymously".to_owned(), |name| format!("as `{}`", shown(name)));
    let what = || format!("binding {who}: {}", described(result.rc, &result.text));
    match result.rc {
        0 => Ok(()),
        3 | 51 | 52 => Err(DirectoryError::Unavailable { what: what() }),
        1 | 2 | 80 => Err(DirectoryError::Failed { what: what() }),
        _ => Err(DirectoryError::Refused { what: what() }),
    }
}

fn failure(code: u32, what: String) -> DirectoryError {
    match code {
        7 | 8 | 13 | 48..=50 | 53 => DirectoryError::Refused { what },
        51 | 52 => DirectoryError::Unavailable { what },
        _ => DirectoryError::Failed { what },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(rc: u32, text: &str) -> LdapResult {
        LdapResult {
            rc,
            matched: String::new(),
            text: text.to_owned(),
            refs: vec!["ldap://other.example/dc=t".to_owned()],
            ctrls: vec![],
        }
    }

    #[test]
    fn only_success_is_a_whole_answer() {
        // R10
        let base = Dn::parse("dc=t").unwrap();
        assert_eq!(judge(&result(0, ""), &base), Ok(()));
        for code in 1..=130 {
            assert!(judge(&result(code, ""), &base).is_err(), "{code}");
            assert!(judge_bind(&result(code, ""), None).is_err(), "{code}");
        }
        assert_eq!(judge(&result(4, ""), &base), Err(Fault::Cut(PartialReason::SizeLimit)));
        let referral = PartialReason::Referral("ldap://other.example/dc=t".to_owned());
        assert_eq!(judge(&result(10, ""), &base), Err(Fault::Cut(referral)));
    }

    #[test]
    fn results_say_what_to_do() {
        let says = |code, text: &str| judge_bind(&result(code, text), Some("cn=a")).unwrap_err();
        assert!(says(8, "").to_string().contains("StartTLS"));
        assert!(
            says(49, "data 52e")
                .to_string()
                .contains("`cn=a`: invalid credentials (49), `data 52e`")
        );
        assert!(matches!(says(52, ""), DirectoryError::Unavailable { .. }));
        assert!(says(49, &"x".repeat(5_000)).to_string().len() < 400);
        assert!(!says(49, "a\u{1b}[2J").to_string().contains('\u{1b}'));
    }
}
