use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use project_deployer_server::DeployerService;
use tokio::time::{MissedTickBehavior, interval};

use super::connections::Connections;
use super::{GRACE, ServeError};

/// How long a connection may wait for the head of a request.
const HEAD_WITHIN: Duration = Duration::from_secs(60);

/// How often it is looked whether the TLS files have changed.
const LOOK: Duration = Duration::from_secs(30);

/// The files of a certificate.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// A port that accepts connections.
pub(crate) struct Listener {
    port: TcpListener,
    address: SocketAddr,
    tls: Option<(TlsFiles, RustlsConfig, ChangeTimes)>,
}

/// When the files of a certificate were changed.
type ChangeTimes = [Option<SystemTime>; 2];

impl Listener {
    /// Listens at an address.
    pub(crate) async fn bind(
        address: SocketAddr,
        files: Option<TlsFiles>,
    ) -> Result<Self, ServeError> {
        let tls = match files {
            Some(files) => {
                // Before they are read, so that no change is missed.
                let times = files.changed_at();
                let config = files
                    .read()
                    .await
                    .map_err(|source| ServeError::Tls { files: files.to_string(), source })?;
                Some((files, config, times))
            }
            None => None,
        };
        let bound = || -> io::Result<(TcpListener, SocketAddr)> {
            let port = TcpListener::bind(address)?;
            port.set_nonblocking(true)?;
            let address = port.local_addr()?;
            Ok((port, address))
        };
        let (port, address) = bound().map_err(|source| ServeError::Listen { address, source })?;
        Ok(Self { port, address, tls })
    }

    /// The URL for clients on this machine.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let host = match self.address.ip() {
            ip if !ip.is_unspecified() => ip,
            ip if ip.is_ipv4() => Ipv4Addr::LOCALHOST.into(),
            _ => Ipv6Addr::LOCALHOST.into(),
        };
        format!("{scheme}://{}", SocketAddr::new(host, self.address.port()))
    }

    /// Serves until `stop`. Streams of events end then, and requests that run have the grace time to end.
    pub(crate) async fn serve(
        self,
        service: DeployerService,
        connections: Connections,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let handle = Handle::new();
        let streams = service.event_streams();
        // The address of the client counts for failed logins.
        let service = service.into_router().into_make_service_with_connect_info::<SocketAddr>();
        let stopping = async {
            stop.await;
            handle.graceful_shutdown(Some(GRACE));
            // Whoever reconnects does not find this process again.
            streams.end();
            std::future::pending::<()>().await;
        };
        let serving = async {
            match self.tls {
                Some((files, config, times)) => {
                    let server = axum_server::from_tcp_rustls(self.port, config.clone())?;
                    let mut server = server.map(|tls| tls.acceptor(connections));
                    limit(server.http_builder());
                    tokio::select! {
                        ended = server.handle(handle.clone()).serve(service) => ended,
                        never = files.watch(&config, times) => match never {},
                    }
                }
                None => {
                    let mut server = axum_server::from_tcp(self.port)?.acceptor(connections);
                    limit(server.http_builder());
                    server.handle(handle.clone()).serve(service).await
                }
            }
        };
        tokio::select! {
            ended = serving => ended,
            () = stopping => Ok(()),
        }
    }
}

/// Ends connections that send no head, and answers clients that close their half after a request.
fn limit(builder: &mut Builder<TokioExecutor>) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).half_close(true);
}

impl TlsFiles {
    async fn read(&self) -> io::Result<RustlsConfig> {
        // A second call finds the provider installed, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        RustlsConfig::from_pem_file(&self.certificate, &self.key).await
    }

    /// Takes over changed files. New ones that cannot be used leave the old ones in use.
    async fn watch(
        &self,
        config: &RustlsConfig,
        mut seen: ChangeTimes,
    ) -> std::convert::Infallible {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = self.changed_at();
            if now == seen {
                continue;
            }
            match config.reload_from_pem_file(&self.certificate, &self.key).await {
                Ok(()) => {}
                Err(error) => {
                    let text = format!(
                        "the changed TLS files {self} cannot be used: {error}; the old ones stay in use"
                    );
                    crate::report("warning", &text);
                }
            }
            seen = now;
        }
    }

    fn changed_at(&self) -> ChangeTimes {
        let of = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
        [of(&self.certificate), of(&self.key)]
    }
}

impl fmt::Display for TlsFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} and {}", self.certificate.display(), self.key.display())
    }
}
