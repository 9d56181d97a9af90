//! Servers, and stores on them.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use project_deployer_store::{Keyring, PostgresOptions, PostgresStore, SecretsAtRest};
use project_deployer_testkit::servers::{PostgresServer, ServerError};
use tokio_postgres::{Client, NoTls};

/// The server, unless it is not installed and is to be left out.
pub(crate) fn started<S>(server: Result<S, ServerError>) -> Option<S> {
    #[expect(clippy::disallowed_methods, reason = "the environment configures tests")]
    let offline = std::env::var("PROJECT_DEPLOYER_OFFLINE").is_ok_and(|value| value == "1");
    match server {
        Err(ServerError::NotInstalled { server, .. }) if offline => {
            println!("left out, since PROJECT_DEPLOYER_OFFLINE=1: {server}");
            None
        }
        other => Some(other.unwrap_or_else(|error| panic!("{error}"))),
    }
}

/// The server of this process.
pub(crate) fn shared() -> Option<&'static PostgresServer> {
    static SERVER: LazyLock<Option<PostgresServer>> =
        LazyLock::new(|| started(PostgresServer::start()));
    SERVER.as_ref()
}

/// A database of its own on the server of this process: its URL.
pub(crate) async fn database() -> Option<String> {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    let server = shared()?;
    let name = format!("d{}", LAST.fetch_add(1, Ordering::SeqCst));
    let admin = session(&server.url("postgres")).await;
    admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    Some(server.url(&name))
}

/// A session beside the store.
pub(crate) async fn session(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

pub(crate) fn sealed() -> SecretsAtRest {
    SecretsAtRest::Sealed(Keyring::parse(&Keyring::new_key().unwrap()).unwrap())
}

pub(crate) fn options(url: &str) -> PostgresOptions {
    PostgresOptions::parse(url).unwrap()
}

pub(crate) async fn open(url: &str, secrets: SecretsAtRest) -> PostgresStore {
    PostgresStore::open(&options(url), secrets).await.unwrap()
}

/// A new store in a database of its own.
pub(crate) async fn new_store() -> Option<PostgresStore> {
    Some(open(&database().await?, sealed()).await)
}
