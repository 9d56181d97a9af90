//! The service that is measured, and how the others start it.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Stdio};

use axum::Router;
use axum::extract::Request;
use axum::serve::ListenerExt as _;
use project_deployer::Deployer;
use project_deployer::store::{MemoryArchive, MemoryStore};
use project_deployer_benchmarks::http::{Answer as HttpAnswer, Connection};
use project_deployer_benchmarks::installation::{FEW, Installation};
use project_deployer_benchmarks::process::program;
use project_deployer_client::FakeFleet;
use project_deployer_server::{AtOnce, DeployerService, Limits};
use project_deployer_store::{ObjectArchive, SecretsAtRest, SqliteStore};
use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use super::Answer;

/// Streams of events that one login may have.
const STREAMS: AtOnce = AtOnce::new(100_000, 100_000);

/// In memory.
pub(super) const MEMORY: &str = "memory";
/// In memory, and each request reads all documents anew.
pub(super) const ANEW: &str = "memory-anew";

/// Serves an installation with so many deployments until standard input closes. `place` is [`MEMORY`], [`ANEW`], a file for
/// SQLite, or a folder for that and for archives. It prints its address and the key of its administrator.
pub(super) async fn serve(place: &str, deployments: usize) -> Answer<()> {
    let (store, archive) = (MemoryStore::new(), MemoryArchive::new());
    let builder = Deployer::builder(FakeFleet::new());
    let path = Path::new(place);
    let deployer = match place {
        MEMORY | ANEW => builder.on(store.clone(), archive.clone()),
        _ if path.is_dir() => {
            let store = SqliteStore::open(&path.join("deployer.db"), SecretsAtRest::Plain).await?;
            let archive = ObjectArchive::in_directory(&path.join("archives"))?;
            builder.spool_directory(path.join("spool")).on(store, archive)
        }
        _ => builder.on(SqliteStore::open(path, SecretsAtRest::Plain).await?, archive.clone()),
    };
    let first = deployer.first_administrator("admin".parse()?).await?;
    let key = first.ok_or("the state is not new")?.create().await?;
    Installation::make(deployer.clone(), deployments, FEW).await?;
    deployer.keep_audit_always();
    let limits = Limits::default().with_requests(None).with_event_streams(STREAMS);
    let router = match place {
        ANEW => reading_anew(store, archive, &limits.with_list_memory(0)),
        _ => DeployerService::new(deployer).limits(limits).into_router(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{} {}", listener.local_addr()?, key.secret.expose_secret());
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let input_closes = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new()));
    let served = axum::serve(listener, router);
    tokio::select! {
        served = served.into_future() => served?,
        _ = input_closes => {}
    }
    Ok(())
}

/// The same service, of which each request begins with an engine that has read nothing, and keeps no list. The engine before
/// the read model read every document for each list as well.
fn reading_anew(store: MemoryStore, archive: MemoryArchive, limits: &Limits) -> Router {
    let limits = limits.clone();
    Router::new().fallback(async move |request: Request| {
        let deployer = Deployer::builder(FakeFleet::new()).on(store.clone(), archive.clone());
        let router = DeployerService::new(deployer).limits(limits.clone()).into_router();
        router.oneshot(request).await
    })
}

/// A service that runs as a process of its own. It ends with this value.
pub(super) struct Service {
    child: Child,
    pub(super) address: String,
    pub(super) key: String,
    /// The head of requests as the administrator.
    pub(super) head: String,
}

impl Service {
    pub(super) fn start(place: &str, deployments: usize) -> Answer<Self> {
        let mut command = program("service")?;
        command.args(["serve", place, &deployments.to_string()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("it has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let (address, key) = line.trim().split_once(' ').ok_or("it has not started")?;
        let head = format!("authorization: Bearer {key}\r\n");
        Ok(Self { child, address: address.to_owned(), key: key.to_owned(), head })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn connect(&self) -> io::Result<Connection> {
        Connection::open(&self.address)
    }

    /// One answer with status 200.
    pub(super) fn read(&self, path: &str) -> Answer<HttpAnswer> {
        let answer = self.connect()?.get(path, &self.head)?;
        match answer.status {
            200 => Ok(answer),
            status => Err(format!("{path}: {status}").into()),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
