//! Opens a connection to a directory, encrypted if the settings require it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use project_deployer_core::AddressPolicy;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use super::Server;
use super::gate::{Ending, read_message};
use super::message::read_start_tls;
use crate::directory::DirectoryError;
use crate::supplier::LdapUrl;

/// How a connection is protected.
#[derive(Debug, Clone)]
pub(super) enum Protection {
    /// Not encrypted.
    None,
    /// TLS from the first byte.
    Tls(TlsClient),
    /// TLS after a StartTLS request. If that fails, there is no connection: no answer leads back to clear
    /// text (R12).
    StartTls(TlsClient),
}

/// The TLS client, and the name that the certificate must have.
#[derive(Debug, Clone)]
pub(super) struct TlsClient {
    pub(super) config: Arc<ClientConfig>,
    pub(super) name: ServerName<'static>,
}

/// A stream of bytes in both directions.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// `StartTLS`, as the first request of a connection (RFC 4511, 4.14).
const START_TLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// The longest answer to StartTLS.
const START_TLS_LIMIT: usize = 64 << 10;

/// Connects before the deadline.
pub(super) async fn dial(
    server: &Server,
    deadline: Instant,
) -> Result<Box<dyn Stream>, DirectoryError> {
    let url = &server.url;
    let protected = async {
        let stream = reach(url, &server.addresses, deadline).await?;
        match &server.protection {
            Protection::None => Ok(Box::new(stream) as Box<dyn Stream>),
            Protection::Tls(client) => client.wrap(stream, url).await,
            Protection::StartTls(client) => client.wrap(start_tls(stream, url).await?, url).await,
        }
    };
    timeout_at(deadline, protected).await.unwrap_or_else(|_| {
        Err(DirectoryError::Unreachable {
            what: format!("no connection with {} in time", place(url)),
        })
    })
}

/// Each address gets its share of the time, so that one that never answers does not prevent the next.
async fn reach(
    url: &LdapUrl,
    policy: &AddressPolicy,
    deadline: Instant,
) -> Result<TcpStream, DirectoryError> {
    let unreachable = |error: &dyn std::fmt::Display| DirectoryError::Unreachable {
        what: format!("{}: {error}; check host and port of the LDAP URL", place(url)),
    };
    let found =
        lookup_host((bare_host(url), url.port())).await.map_err(|error| unreachable(&error))?;
    // The connection uses the address that was checked.
    let addresses = policy.taken(found.map(|found| found.ip())).map_err(|(address, range)| {
        let what = format!(
            "{}: {address} is not allowed: it is {range}; write the address of the directory itself into the LDAP settings",
            place(url)
        );
        DirectoryError::Unreachable { what }
    })?;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host name has no address");
    for (tried, address) in addresses.iter().enumerate() {
        let left = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        let now = Instant::now();
        let share = now + deadline.saturating_duration_since(now) / left;
        match timeout_at(share, TcpStream::connect((*address, url.port()))).await {
            Ok(Ok(stream)) => {
                // Requests are small and each waits for its answer, so Nagle's algorithm would only delay.
                stream.set_nodelay(true).map_err(|error| unreachable(&error))?;
                return Ok(stream);
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::Error::new(io::ErrorKind::TimedOut, "no connection in time"),
        }
    }
    Err(unreachable(&last))
}

/// Requests StartTLS. It reads no byte beyond the answer: clear text that an attacker puts after the answer
/// becomes part of the handshake and breaks it.
async fn start_tls(mut stream: TcpStream, url: &LdapUrl) -> Result<TcpStream, DirectoryError> {
    let refused = |what: String| DirectoryError::Unreachable {
        what: format!(
            "{} does not switch to TLS (StartTLS): {what}; nothing else was sent to it",
            place(url)
        ),
    };
    stream.write_all(START_TLS).await.map_err(|error| refused(error.to_string()))?;
    let allowance = AtomicUsize::new(START_TLS_LIMIT);
    let answer = read_message(&mut stream, START_TLS_LIMIT, &allowance).await;
    let answer = answer.map_err(|ending| match ending {
        Ending::Lost(what) | Ending::Malformed(what) | Ending::TooMuch(what) => refused(what),
    })?;
    let outcome = read_start_tls(answer.content()).map_err(|fault| refused(fault.0.to_owned()))?;
    match outcome.code {
        0 => Ok(stream),
        code => Err(refused(super::outcome::described(code, &outcome.diagnostic))),
    }
}

impl TlsClient {
    async fn wrap(
        &self,
        stream: TcpStream,
        url: &LdapUrl,
    ) -> Result<Box<dyn Stream>, DirectoryError> {
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let stream = connector.connect(self.name.clone(), stream).await.map_err(|error| {
            let what = format!(
                "no trusted TLS connection with {}: {error}; check its certificate and the trusted authorities",
                place(url)
            );
            DirectoryError::Unreachable { what }
        })?;
        Ok(Box::new(stream))
    }
}

/// The host without the brackets of an IPv6 address.
pub(super) fn bare_host(url: &LdapUrl) -> &str {
    url.host().trim_start_matches('[').trim_end_matches(']')
}

fn place(url: &LdapUrl) -> String {
    format!("`{}:{}`", url.host(), url.port())
}
