//! `deployer serve`: a Deployer as a service.

mod first_key;
pub(crate) mod listener;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use project_deployer::client::HttpConnectorError;
use project_deployer::store::{ArchiveLocation, ArchiveLocationError, KeyringError, SecretsAtRest};
use project_deployer::{Deployer, DeployerOpenError, HttpConnector};
use project_deployer_server::DeployerService;
use serde::Serialize;

use self::first_key::FirstKeyError;
use self::listener::{Listener, TlsFiles};
use crate::stop::{Stop, StopError};
use crate::subcommands::state::Keys;

/// How long requests, and then updates, may go on after the service was asked to stop.
pub(crate) const GRACE: Duration = Duration::from_secs(30);

/// Run a Deployer as a service until it is stopped.
///
/// It has the public API of the product's Project Deployer, so official clients work with it. As soon as it accepts
/// requests, it prints one line of JSON:
///
/// {"url": "http://127.0.0.1:11300"}
///
/// The first start creates user `admin` and writes an API key of it to `admin-key` in the data directory, which only
/// you may read. SIGINT (Ctrl-C) and SIGTERM stop the service, with exit code 0. Requests, and then updates, have
/// 30 s each to end; the next start goes on with an update that has not ended.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  deployer serve --data /var/lib/deployer")]
pub(crate) struct Arguments {
    /// Address to listen on; port 0 picks a free port.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:11300", value_parser = address)]
    listen: SocketAddr,

    /// Directory with the state and the first key. It is created for you alone.
    #[arg(long, value_name = "DIRECTORY")]
    data: PathBuf,

    /// State of the Deployer, instead of `deployer.db` in the data directory: `sqlite:` and the path of a file, or
    /// `memory:` for a trial.
    #[arg(long, value_name = "URL")]
    database: Option<String>,

    /// Where bundle archives are, instead of a directory beside the state: `file:` and the path of a directory.
    #[arg(long, value_name = "URL")]
    archives: Option<String>,

    /// Where the keys come from that seal secrets, instead of a key file beside the state: `file:PATH`, `env:NAME`,
    /// `command:PROGRAM ARGUMENT…`, or `none` for a state without encryption.
    #[arg(long, value_name = Keys::VALUE)]
    key: Option<Keys>,

    /// File with the TLS certificate and its chain in PEM. The service reads it again when it changes.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,

    /// File with the private key of the TLS certificate in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,

    /// A proxy in front of the service has TLS, so that other machines may reach the service without it.
    #[arg(long, conflicts_with = "tls_certificate")]
    behind_proxy: bool,

    /// Create a new API key of user `admin`, and write it to `admin-key` in the data directory: for an administrator who
    /// has lost the key. Other keys stay.
    #[arg(long)]
    new_admin_key: bool,

    /// Also stop when standard input closes, so that the service ends with the program that started it.
    #[arg(long)]
    until_stdin_closes: bool,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "this is not an address with a port; write for example 127.0.0.1:11300 or [::1]:0"
            .to_owned()
    })
}

/// Why a service does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error(
        "other machines can reach {address}, and API keys would pass without encryption; pass --tls-certificate and \
         --tls-key, or --behind-proxy if a proxy has TLS, or listen on 127.0.0.1"
    )]
    Exposed { address: SocketAddr },
    #[error(transparent)]
    Archives(ArchiveLocationError),
    #[error(transparent)]
    Secrets(KeyringError),
    #[error("the data directory {directory} cannot be used; name a directory that you may write")]
    Data {
        directory: String,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Open(#[from] DeployerOpenError),
    #[error(transparent)]
    Client(#[from] HttpConnectorError),
    #[error(transparent)]
    FirstKey(#[from] FirstKeyError),
    #[error(
        "the TLS files {files} cannot be used; both have to be PEM, and the key has to be that of the certificate"
    )]
    Tls {
        files: String,
        #[source]
        source: io::Error,
    },
    #[error("cannot listen on {address}; choose another address or port")]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("the service stopped")]
    Serve(#[source] io::Error),
    #[error(transparent)]
    Stop(#[from] StopError),
    #[error("cannot print the address; keep standard output open")]
    Print(#[source] io::Error),
}

/// What the program that started the service needs.
#[derive(Serialize)]
struct Started {
    url: String,
}

/// Runs a service until it is stopped.
///
/// # Errors
///
/// The state, an address or a file cannot be used.
pub(crate) async fn run(arguments: Arguments) -> Result<(), ServeError> {
    let tls = arguments.tls();
    let is_local = arguments.listen.ip().is_loopback();
    if !is_local && tls.is_none() && !arguments.behind_proxy {
        return Err(ServeError::Exposed { address: arguments.listen });
    }
    create_data(&arguments.data)?;
    // Before anything is announced, so that no signal is lost.
    let stop = Stop::new(arguments.until_stdin_closes)?;
    let deployer = arguments.open().await?;
    let listener = Listener::bind(arguments.listen, tls).await?;
    if let Some(path) =
        first_key::ensure(&deployer, &arguments.data, arguments.new_admin_key).await?
    {
        crate::report("note", &format!("the API key of user `admin` is in {}", path.display()));
    }
    let router = DeployerService::new(deployer.clone()).into_router();
    print(&Started { url: listener.url() }).map_err(ServeError::Print)?;
    let served = listener.serve(router, stop.wanted(), GRACE).await;
    hand_over(&deployer).await;
    served.map_err(ServeError::Serve)
}

/// Lets updates end, and says which ones another process has to go on with.
async fn hand_over(deployer: &Deployer) {
    let left = deployer.shutdown(GRACE).await;
    for update in left.handed_over.iter().chain(&left.unreleased) {
        let text = format!(
            "the update of deployment `{}` has not ended; the next start on this state goes on with it",
            update.deployment
        );
        crate::report("note", &text);
    }
}

impl Arguments {
    fn tls(&self) -> Option<TlsFiles> {
        let files = self.tls_certificate.clone().zip(self.tls_key.clone());
        files.map(|(certificate, key)| TlsFiles { certificate, key })
    }

    async fn open(&self) -> Result<Deployer, ServeError> {
        let mut builder = Deployer::builder(HttpConnector::builder().build()?);
        if let Some(archives) = &self.archives {
            let archives = archives.parse::<ArchiveLocation>().map_err(ServeError::Archives)?;
            builder = builder.archives(archives);
        }
        if let Some(keys) = &self.key {
            builder = builder.secrets(match keys {
                Keys::From(source) => {
                    SecretsAtRest::Sealed(source.read().map_err(ServeError::Secrets)?)
                }
                Keys::Unencrypted => SecretsAtRest::Plain,
            });
        }
        let usual = || format!("sqlite:{}", self.data.join("deployer.db").display());
        Ok(builder.open(&self.database.clone().unwrap_or_else(usual)).await?)
    }
}

/// Creates the data directory for its owner alone. One that exists stays as it is.
fn create_data(directory: &std::path::Path) -> Result<(), ServeError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(directory)
        .map_err(|source| ServeError::Data { directory: directory.display().to_string(), source })
}

fn print(started: &Started) -> io::Result<()> {
    let mut output = io::stdout().lock();
    serde_json::to_writer(&mut output, started)?;
    output.write_all(b"\n")?;
    output.flush()
}
