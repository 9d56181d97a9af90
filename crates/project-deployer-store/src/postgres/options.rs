use std::fmt;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, TargetSessionAttrs};

use super::open_error::{Place, PostgresOpenError};
use super::tls::{Authorities, Encryption, Tls};
use super::url::Url;

/// How a store in PostgreSQL is reached. `Debug` shows no password.
#[derive(Clone)]
#[must_use = "options do nothing until a store is opened with them"]
pub struct PostgresOptions {
    pub(super) config: Config,
    encryption: Encryption,
    authorities: Authorities,
    pub(super) schema: String,
    pub(super) connections: usize,
    pub(super) limit: Duration,
}

/// The schema of the tables by default.
const SCHEMA: &str = "project_deployer";

/// What cannot stand in a part of a URL. A colon is before a port.
const RESERVED: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'/').add(b'?').add(b'@').add(b'\\');

/// What errors of `tokio_postgres` would say with a part of the URL.
const MALFORMED: &str =
    "an option is unknown or has another form; reserved characters are written as `%23`";

impl PostgresOptions {
    /// Reads a URL: `postgres://user:password@host:port/database?sslmode=verify-full`.
    ///
    /// Several hosts may be named, separated by commas: the one that writes is used. The options are those of
    /// libpq that matter for a connection; `schema` names the schema of the tables, `project_deployer` by
    /// default.
    ///
    /// `sslmode` is one of libpq: `disable`, `prefer` and `require` do not check the server's certificate unless
    /// `sslrootcert` names a file of authorities, `verify-ca` and `verify-full` do. By default a server on this
    /// machine is `prefer`, and any other one `verify-full`.
    ///
    /// # Errors
    ///
    /// The URL is malformed, or the file of authorities cannot be read.
    pub fn parse(url: &str) -> Result<Self, PostgresOpenError> {
        let url = Url::split(url)?;
        let malformed = |_| PostgresOpenError::Url { why: MALFORMED };
        let mut config = Config::from_str(&url.rest).map_err(malformed)?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(PostgresOpenError::Url { why: "it names no host" });
        }
        if config.get_application_name().is_none() {
            config.application_name("project-deployer");
        }
        // Anything else would read what is no longer true, or fail at the first commit.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        let authorities = match &url.authorities {
            Some(file) => Authorities::of_file(file)?,
            None => Authorities::System,
        };
        let by_default =
            if is_local(&config) { Encryption::Prefer } else { Encryption::VerifyFull };
        let options = Self {
            config,
            encryption: url.encryption.unwrap_or(by_default),
            authorities,
            schema: SCHEMA.to_owned(),
            connections: 8,
            limit: Duration::from_secs(30),
        };
        match url.schema {
            Some(schema) => options.schema(schema),
            None => Ok(options),
        }
    }

    /// Names the schema of the tables. It is created if it is not there.
    ///
    /// # Errors
    ///
    /// The name is not made of 1 to 63 lower-case letters, digits and `_`.
    pub fn schema(self, schema: impl Into<String>) -> Result<Self, PostgresOpenError> {
        let schema = schema.into();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if (1..=63).contains(&schema.len()) && schema.chars().all(plain) {
            return Ok(Self { schema, ..self });
        }
        Err(PostgresOpenError::Schema { schema })
    }

    /// Sets the password, for a URL without one.
    pub fn password(mut self, password: &SecretString) -> Self {
        self.config.password(password.expose_secret());
        self
    }

    /// Sets how many connections this process uses at most: 8 by default, and at least 2.
    pub fn connections(self, connections: usize) -> Self {
        Self { connections: connections.max(2), ..self }
    }

    /// Sets how long the store waits for a connection, and for an answer: 30 s by default.
    pub fn time_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Whether the URL, or [`password`](Self::password), has given a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// The URL as messages show it: without a password, and without options but the schema.
    #[must_use]
    pub fn shown_url(&self) -> String {
        let written = |part: &str| utf8_percent_encode(part, RESERVED).to_string();
        let hosts: Vec<_> = self.hosts().iter().map(|host| written(host)).collect();
        let user = self.config.get_user().map(|user| format!("{}@", written(user)));
        let (user, hosts, database) =
            (user.unwrap_or_default(), hosts.join(","), written(self.database()));
        let schema = &self.schema;
        let schema = if schema == SCHEMA { String::new() } else { format!("?schema={schema}") };
        format!("postgres://{user}{hosts}/{database}{schema}")
    }

    pub(super) fn tls(&self) -> Result<Tls, PostgresOpenError> {
        Tls::new(self.encryption, &self.authorities)
    }

    /// The configuration of a connection.
    pub(super) fn connection(&self) -> Config {
        let mut config = self.config.clone();
        config.ssl_mode(self.encryption.mode());
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(self.limit);
        }
        // A server that is gone without a word is noticed before the system's two hours.
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(self.limit);
        }
        if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
            config.keepalives_idle(self.limit);
        }
        config
    }

    pub(super) fn place(&self) -> Arc<Place> {
        let server = format!("{}/{}", self.hosts().join(","), self.database());
        Arc::new(Place { server, schema: self.schema.clone() })
    }

    /// As a server has it that is asked for none.
    fn database(&self) -> &str {
        self.config.get_dbname().or(self.config.get_user()).unwrap_or_default()
    }

    /// The hosts with their ports.
    fn hosts(&self) -> Vec<String> {
        let host = |host: &Host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        };
        let mut hosts: Vec<String> = self.config.get_hosts().iter().map(host).collect();
        if hosts.is_empty() {
            hosts = self.config.get_hostaddrs().iter().map(ToString::to_string).collect();
        }
        // One port is that of all hosts.
        for (host, port) in hosts.iter_mut().zip(self.config.get_ports().iter().cycle()) {
            *host = format!("{host}:{port}");
        }
        hosts
    }
}

/// Whether nothing leaves this machine.
fn is_local(config: &Config) -> bool {
    let local = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    match config.get_hostaddrs() {
        [] => config.get_hosts().iter().all(local),
        addresses => addresses.iter().all(std::net::IpAddr::is_loopback),
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { server, schema } = &*self.place();
        f.debug_struct("PostgresOptions")
            .field("server", server)
            .field("schema", schema)
            .field("encryption", &self.encryption)
            .field("connections", &self.connections)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
