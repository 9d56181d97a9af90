//! `deployer serve`: a Deployer as a service.

pub(crate) mod connections;
mod first_key;
pub(crate) mod listener;
mod log;
mod traces;

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use project_deployer::audit::AuditRetention;
use project_deployer::client::HttpConnectorError;
use project_deployer::{Deployer, DeployerOpenError, HttpConnector, LdapConnector};
use project_deployer_server::{DeployerService, FrontendOptions, Limits};
use serde::Serialize;
use tokio::sync::oneshot;
use tokio::time::timeout;

use self::connections::Connections;
use self::first_key::FirstKeyError;
use self::listener::{Listener, TlsFiles};
use self::log::{LogFormat, LogLevel};
use self::traces::{TraceArguments, Traces};
use crate::output::print_line;
use crate::stop::{Stop, StopError};
use crate::subcommands::state::Keys;
use crate::target::{HookArguments, PlaceError, in_directory, with_places};

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
/// you may read. SIGINT (Ctrl-C) and SIGTERM stop the service, with exit code 0. Streams of events end at once. Requests,
/// and then updates, have 30 s each to end; the next start goes on with an update that has not ended. A second signal
/// stops it at once.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  deployer serve --data /var/lib/deployer")]
pub(crate) struct Arguments {
    /// Address to listen on; port 0 picks a free port.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:11300", value_parser = address)]
    listen: SocketAddr,

    /// Directory with the state and the first key. It is created for you alone.
    #[arg(long, value_name = "DIRECTORY")]
    data: PathBuf,

    /// State of the Deployer, instead of `deployer.db` in the data directory: `sqlite:` and the path of a file,
    /// `postgres://` with user, host and database, or `memory:` for a trial.
    #[arg(long, value_name = "URL")]
    database: Option<String>,

    /// Where bundle archives are, instead of a directory beside the state: `file:` and the path of a directory.
    #[arg(long, value_name = "URL")]
    archives: Option<String>,

    /// Where the keys come from that seal secrets, instead of a key file beside the state: `file:PATH`, `env:NAME`,
    /// `command:PROGRAM ARGUMENT…`, or `none` for a state without encryption.
    #[arg(long, value_name = Keys::VALUE)]
    key: Option<Keys>,

    #[command(flatten)]
    hooks: HookArguments,

    /// File with the TLS certificate and its chain in PEM. The service reads it again when it changes.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,

    /// File with the private key of the TLS certificate in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,

    /// A proxy in front of the service has TLS, so that other machines may reach the service without it.
    #[arg(long, conflicts_with = "tls_certificate")]
    behind_proxy: bool,

    /// Format of the log on standard error.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text)]
    log_format: LogFormat,

    /// What is logged.
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = LogLevel::Warn)]
    log_level: LogLevel,

    #[command(flatten)]
    traces: TraceArguments,

    /// How many connections may be open. More of them are closed at once.
    #[arg(long, value_name = "NUMBER", default_value_t = 1024)]
    max_connections: usize,

    /// How many connections of one address may be open. Behind a proxy, which has one address, it does not count.
    #[arg(long, value_name = "NUMBER", default_value_t = 256)]
    max_connections_per_address: usize,

    /// How many requests a second one key may send on the average, and ten times as many at once; 0 is any number.
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    key_rate: u32,

    /// How many seconds after a kill another process on the same state goes on with the updates of this one.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(3..=3600))]
    lease_seconds: u64,

    /// Let everybody read /metrics, which otherwise takes the API key of an administrator.
    #[arg(long)]
    open_metrics: bool,

    /// Remove audit records that are older than this many days. Without it they stay for ever.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(7..))]
    audit_days: Option<u32>,

    /// Let pages of this origin, such as `https://front.example`, call the API for frontends with API keys. Repeat it for
    /// more origins.
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    allow_origin: Vec<String>,

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

/// An origin as browsers send it: without a path.
pub(crate) fn origin(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', '*']) => {
            Ok(text.to_ascii_lowercase())
        }
        _ => Err("this is not an origin; write for example https://front.example".to_owned()),
    }
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
    Places(#[from] PlaceError),
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
    let traces = Traces::to(&arguments.traces);
    log::start(arguments.log_format, arguments.log_level, &traces);
    let served = serve(arguments).await;
    traces.send_rest().await;
    served
}

async fn serve(arguments: Arguments) -> Result<(), ServeError> {
    let tls = arguments.tls();
    let is_local = arguments.listen.ip().is_loopback();
    if !is_local && tls.is_none() && !arguments.behind_proxy {
        return Err(ServeError::Exposed { address: arguments.listen });
    }
    create_data(&arguments.data)?;
    // Before anything is announced, so that no signal is lost.
    let mut stop = Stop::new(arguments.until_stdin_closes)?;
    let deployer = arguments.open().await?;
    let listener = Listener::bind(arguments.listen, tls).await?;
    if let Some(path) =
        first_key::ensure(&deployer, &arguments.data, arguments.new_admin_key).await?
    {
        crate::report("note", &format!("the API key of user `admin` is in {}", path.display()));
    }
    let service = arguments.service(deployer.clone());
    let running = service.running_requests();
    print_line(&Started { url: listener.url() }).map_err(ServeError::Print)?;
    let (order, ordered) = oneshot::channel();
    let ordered = async { drop(ordered.await) };
    let work = async {
        let served = listener.serve(service, arguments.connections(), ordered).await;
        // Those whose clients are gone.
        if timeout(GRACE, running.ended()).await.is_err() {
            crate::report("warning", "some requests have not ended");
        }
        hand_over(&deployer).await;
        served.map_err(ServeError::Serve)
    };
    let stopping = async {
        stop.wanted().await;
        // Nobody waits for it if the service has ended by itself.
        let _ = order.send(());
        stop.insisted().await;
    };
    tokio::select! {
        biased;
        ended = work => ended,
        () = stopping => end_at_once(),
    }
}

/// Ends the process as a kill does, which the state outlives. The runtime would wait for reads and writes of files.
#[expect(clippy::exit, reason = "a second signal asks for it")]
fn end_at_once() -> ! {
    crate::report(
        "warning",
        "stopped at once; what was running goes on at the next start on this state",
    );
    std::process::exit(crate::exit::Exit::Failed.code().into())
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
    fn frontends(&self) -> FrontendOptions {
        FrontendOptions::default()
            .origins(self.allow_origin.iter().cloned())
            .over_tls(self.tls_certificate.is_some() || self.behind_proxy)
            .directories(LdapConnector::default())
    }

    fn tls(&self) -> Option<TlsFiles> {
        let files = self.tls_certificate.clone().zip(self.tls_key.clone());
        files.map(|(certificate, key)| TlsFiles { certificate, key })
    }

    fn service(&self, deployer: Deployer) -> DeployerService {
        let limits = Limits::default().with_requests(NonZeroU32::new(self.key_rate));
        DeployerService::new(deployer)
            .limits(limits)
            .behind_proxy(self.behind_proxy)
            .open_metrics(self.open_metrics)
            .frontends(self.frontends())
    }

    fn connections(&self) -> Connections {
        let of_one = if self.behind_proxy { usize::MAX } else { self.max_connections_per_address };
        Connections::new(self.max_connections, of_one)
    }

    async fn open(&self) -> Result<Deployer, ServeError> {
        let mut builder = self.hooks.set_up(Deployer::builder(HttpConnector::builder().build()?));
        builder = with_places(builder, self.archives.as_deref(), self.key.as_ref())?;
        builder = builder.lease_ttl(Duration::from_secs(self.lease_seconds));
        if let Some(days) = self.audit_days {
            let age = Duration::from_secs(u64::from(days) * 86_400);
            builder = builder.audit_retention(AuditRetention::default().with_age(Some(age)));
        }
        let usual = || in_directory(&self.data);
        let deployer = builder.open(&self.database.clone().unwrap_or_else(usual)).await?;
        // Nothing is watched until somebody says so.
        deployer.watch_always(Arc::new(LdapConnector::default()));
        Ok(deployer)
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
