//! The same errors about a server that is no node: a Deployer, or a receiver of calls.

use crate::error::{NodeErrorKind, What};
use crate::tls_problem::TlsProblem;

impl NodeErrorKind {
    /// What went wrong, and what to do about it, if the call went to something that is no node. `server` is what errors call
    /// it, such as `the receiver`.
    #[must_use]
    pub fn about(&self, server: &str) -> String {
        let what = match self {
            Self::Reported(messages) if messages.0.is_empty() => {
                format!("{server} reports a failure without a message")
            }
            other => What(other).to_string(),
        };
        match self {
            // It says what to do.
            Self::Refused { message, .. } if message.contains("; ") => what,
            _ => format!("{what}; {}", self.hint_about(server)),
        }
    }

    fn hint_about(&self, server: &str) -> String {
        match self {
            Self::Unreachable => {
                format!("check that {server} runs and that its address and port are right")
            }
            Self::Tls(TlsProblem::UnknownAuthority | TlsProblem::Certificate) => {
                "trust the CA of its certificate on this machine, or turn verification off for it"
                    .to_owned()
            }
            Self::Tls(problem) => problem.hint().replace("the node", server),
            Self::AddressRefused(_) => {
                "use another address, or allow this one in the address policy".to_owned()
            }
            Self::TimedOut(_) | Self::Interrupted | Self::Lost => {
                format!("look at the load and the log of {server}, then try again")
            }
            Self::Unauthorized(_) => format!("use a key that {server} knows"),
            Self::Forbidden(_) => "let somebody do it who may".to_owned(),
            Self::NotFound(_) => "correct the name that was asked for".to_owned(),
            Self::Refused { .. } | Self::Reported(_) => "follow this message".to_owned(),
            Self::Failed { .. } | Self::ErrorInSuccessResponse(_) => {
                format!("look at the log of {server}")
            }
            Self::Redirected(_) => format!("use the address at which {server} itself responds"),
            Self::UnexpectedServer(_) => {
                format!("check that the address leads to {server} and not to a proxy or login page")
            }
            Self::Malformed(_) | Self::Empty | Self::TooLarge(_) => {
                format!("check the proxies in front of {server}")
            }
            Self::Busy(_) | Self::Aborted | Self::Archive(_) | Self::InvalidRequest(_) => {
                self.hint().to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use project_deployer_core::messages::InfoMessages;

    use super::*;

    #[test]
    fn what_is_said_about_another_server_names_no_node() {
        let text = || "text".to_owned();
        let kinds = [
            NodeErrorKind::Unreachable,
            NodeErrorKind::Tls(TlsProblem::UnknownAuthority),
            NodeErrorKind::Tls(TlsProblem::Outdated),
            NodeErrorKind::Tls(TlsProblem::NotYetValid),
            NodeErrorKind::Tls(TlsProblem::NoTls),
            NodeErrorKind::TimedOut(Duration::from_secs(1)),
            NodeErrorKind::Interrupted,
            NodeErrorKind::Unauthorized(text()),
            NodeErrorKind::Forbidden(text()),
            NodeErrorKind::NotFound(text()),
            NodeErrorKind::Refused { status: 409, message: text() },
            NodeErrorKind::Busy(None),
            NodeErrorKind::Failed { status: 500, message: text() },
            NodeErrorKind::Redirected(text()),
            NodeErrorKind::UnexpectedServer(text()),
            NodeErrorKind::Malformed(text()),
            NodeErrorKind::Reported(InfoMessages::default()),
        ];
        for kind in kinds {
            let said = kind.about("the receiver");
            assert!(!said.contains("node") && said.contains("; "), "{said}");
        }
        let message = "no file waits; look at the scheduled files".to_owned();
        let said = NodeErrorKind::Refused { status: 422, message }.about("the Deployer");
        assert_eq!(said, "rejected (422): no file waits; look at the scheduled files");
        let said = NodeErrorKind::Unreachable.about("the receiver");
        assert_eq!(
            said,
            "no connection; check that the receiver runs and that its address and port are right"
        );
    }
}
