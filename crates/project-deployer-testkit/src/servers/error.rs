use std::io;

/// Why a server is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Its programs are not on this machine.
    #[error(
        "{server} is not installed; `cargo xtask test` puts it under target/debian, or install it with \
         `{command}`, or set PROJECT_DEPLOYER_OFFLINE=1 to leave out what needs it"
    )]
    NotInstalled {
        /// The server.
        server: &'static str,
        /// What installs it.
        command: String,
    },
    /// The machine gives no sandbox of its own to the server.
    #[error(
        "{server} needs mount, network and process namespaces of its own, and this machine refuses them; run \
         as root, or allow user namespaces (`sysctl user.max_user_namespaces`)\n{log}"
    )]
    NoSandbox {
        /// The server.
        server: &'static str,
        /// What the machine said.
        log: String,
    },
    /// It started, and ended or never answered.
    #[error("{server} did not get ready: {reason}; the end of its log:\n{log}")]
    NotReady {
        /// The server.
        server: &'static str,
        /// What happened instead.
        reason: String,
        /// The end of what it said.
        log: String,
    },
    /// The server has no such option, or this testkit does not know how to set it.
    #[error("{server} cannot be started {option}; test that with another server")]
    NotOffered {
        /// The server.
        server: &'static str,
        /// The option.
        option: &'static str,
    },
    /// The files or sockets of the server cannot be made.
    #[error("{server} cannot be given its files and sockets")]
    Machine {
        /// The server.
        server: &'static str,
        /// Why.
        source: io::Error,
    },
    /// Its certificate cannot be made.
    #[error("the certificate of the server cannot be made")]
    Certificate(#[source] Box<dyn std::error::Error + Send + Sync>),
}
