//! Commits of an update's journal on PostgreSQL that waits for its disk: the fence, one document of 1 KiB, one entry of
//! 400 bytes. One writer against a bare loop of BEGIN, the three statements and COMMIT through the same library; 64 writers
//! against `pgbench` with the same three as one prepared statement, and 64 clients. All take turns.

use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use futures::future::join_all;
use project_deployer_benchmarks::rounds::{Contender, medians_of};
use project_deployer_benchmarks::table::Row;
use project_deployer_store::{
    Collection, Commit, Expected, JournalStream, Lease, PostgresOptions, PostgresStore,
    SecretsAtRest, Store as _,
};
use project_deployer_testkit::servers::PostgresServer;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, Statement};

/// How many turns each contender has.
const TURNS: usize = 21;

/// How many commits a turn of one writer has, and one of many.
const COMMITS: usize = 128;
const MANY_COMMITS: usize = 6_400;

/// How many writers commit at the same time.
const WRITERS: usize = 64;

const HOUR: Duration = Duration::from_secs(3600);

const TABLES: &str = "
    CREATE TABLE lease (name text PRIMARY KEY, token bigint);
    CREATE TABLE document (id text PRIMARY KEY, revision bigint, body text);
    CREATE TABLE journal (stream text, sequence bigint, body text, PRIMARY KEY (stream, sequence));
    INSERT INTO lease SELECT 'd/' || n, 1 FROM generate_series(0, 63) AS n;";

/// The same work as one statement, on rows of each client.
const SCRIPT: &str = "WITH fence AS (SELECT token FROM lease WHERE name = 'd/' || :client_id), \
    put AS (INSERT INTO document SELECT 'd/' || :client_id, token, '{body}' FROM fence \
        ON CONFLICT (id) DO UPDATE SET revision = document.revision + 1, body = excluded.body) \
    INSERT INTO journal SELECT 'd/' || :client_id, 1 + coalesce((SELECT max(sequence) FROM journal \
        WHERE stream = 'd/' || :client_id), 0), '{entry}' FROM fence;\n";

/// The work of the bare loop as one statement.
const AT_ONCE: &str = "WITH fence AS (SELECT token FROM lease WHERE name = 'd/0'), \
    put AS (INSERT INTO document SELECT 'bare', token, $1 FROM fence \
        ON CONFLICT (id) DO UPDATE SET revision = document.revision + 1, body = excluded.body) \
    INSERT INTO journal SELECT 'bare', 1 + coalesce((SELECT max(sequence) FROM journal \
        WHERE stream = 'bare'), 0), $2 FROM fence";

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = Runtime::new()?;
    let server = PostgresServer::start_durable()?;
    let bare = runtime.block_on(Bare::open(&server))?;
    let ours = runtime.block_on(Ours::open(&server))?;
    let script = server.folder().join("commit.sql");
    let text = SCRIPT.replace("{body}", &document().to_string());
    std::fs::write(&script, text.replace("{entry}", &entry(0).to_string()))?;
    let contenders = [
        Contender::new(|| runtime.block_on(bare.lap())),
        Contender::new(|| runtime.block_on(bare.lap_at_once())),
        Contender::new(|| runtime.block_on(ours.lap(1, COMMITS))),
        Contender::new(|| pgbench(&server, &script.to_string_lossy())),
        Contender::new(|| runtime.block_on(ours.lap(WRITERS, MANY_COMMITS))),
    ];
    let [bare, at_once, one, peer, many] = medians_of(TURNS, contenders)?;
    let name = "bare tokio-postgres";
    println!("{}", Row::ratio("a commit of one writer", one, name, bare, Some(1.0 / 1.5)));
    let what = "of that, the bare statements as one";
    println!("{}", Row::ratio(what, at_once, name, bare, None));
    let name = "`pgbench`, 64 clients";
    println!(
        "{}",
        Row::ratio("a commit of 64 writers at a time", many, name, peer, Some(1.0 / 0.9))
    );
    let longest = runtime.block_on(ours.longest_wait())?;
    println!("{}", Row::said("the longest wait of 64 writers", format!("{longest:.1?}")));
    Ok(())
}

fn document() -> Value {
    json!({ "text": "x".repeat(1000) })
}

fn entry(number: usize) -> Value {
    json!({ "number": number, "text": "x".repeat(380) })
}

/// Seconds for a commit.
fn pgbench(server: &PostgresServer, script: &str) -> io::Result<f64> {
    let clients = WRITERS.to_string();
    let mut command = server.tool("pgbench");
    command.args(["-n", "-M", "prepared", "-c", &clients, "-j", "2", "-T", "1", "-f", script]);
    let ended = command.arg("postgres").output()?;
    let said = String::from_utf8_lossy(&ended.stdout);
    let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
    let rate = rate.and_then(|rate| rate.parse::<f64>().ok());
    let failed = || io::Error::other(String::from_utf8_lossy(&ended.stderr).into_owned());
    Ok(1.0 / rate.ok_or_else(failed)?)
}

/// The same statements without anything around them.
struct Bare {
    client: Client,
    statements: [Statement; 3],
    /// The same three as one: the least that a commit can take.
    at_once: Statement,
}

impl Bare {
    async fn open(server: &PostgresServer) -> Result<Self, tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(&server.url("postgres"), NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute(TABLES).await?;
        let fence = "SELECT token FROM lease WHERE name = 'd/0'";
        let put = "INSERT INTO document VALUES ('bare', 1, $1) \
                   ON CONFLICT (id) DO UPDATE SET revision = document.revision + 1, body = $1";
        let append = "INSERT INTO journal VALUES ('bare', 1 + coalesce(\
                      (SELECT max(sequence) FROM journal WHERE stream = 'bare'), 0), $1)";
        let statements = [
            client.prepare(fence).await?,
            client.prepare(put).await?,
            client.prepare(append).await?,
        ];
        let at_once = client.prepare(AT_ONCE).await?;
        Ok(Self { client, statements, at_once })
    }

    async fn lap(&self) -> io::Result<f64> {
        let start = Instant::now();
        for number in 0..COMMITS {
            self.commit(number).await.map_err(io::Error::other)?;
        }
        Ok(start.elapsed().as_secs_f64() / COMMITS as f64)
    }

    async fn lap_at_once(&self) -> io::Result<f64> {
        let start = Instant::now();
        for number in 0..COMMITS {
            let (body, entry) = (document().to_string(), entry(number).to_string());
            let written = self.client.execute(&self.at_once, &[&body, &entry]).await;
            written.map_err(io::Error::other)?;
        }
        Ok(start.elapsed().as_secs_f64() / COMMITS as f64)
    }

    async fn commit(&self, number: usize) -> Result<(), tokio_postgres::Error> {
        let [fence, put, append] = &self.statements;
        self.client.batch_execute("BEGIN").await?;
        self.client.query_one(fence, &[]).await?;
        self.client.execute(put, &[&document().to_string()]).await?;
        self.client.execute(append, &[&entry(number).to_string()]).await?;
        self.client.batch_execute("COMMIT").await
    }
}

struct Ours {
    store: PostgresStore,
    leases: Vec<Lease>,
}

impl Ours {
    async fn open(server: &PostgresServer) -> Result<Self, Box<dyn Error>> {
        let options = PostgresOptions::parse(&server.url("postgres"))?;
        let store = PostgresStore::open(&options, SecretsAtRest::Plain).await?;
        let mut leases = Vec::new();
        for writer in 0..WRITERS {
            leases.push(store.take_lease(&format!("d/{writer}"), "bench", HOUR).await?);
        }
        Ok(Self { store, leases })
    }

    /// Seconds for a commit.
    async fn lap(&self, writers: usize, commits: usize) -> io::Result<f64> {
        let start = Instant::now();
        let writing = self.leases.iter().take(writers).map(|lease| async move {
            for number in 0..commits / writers {
                self.commit(lease, number).await?;
            }
            Ok::<(), io::Error>(())
        });
        join_all(writing).await.into_iter().collect::<Result<(), _>>()?;
        Ok(start.elapsed().as_secs_f64() / commits as f64)
    }

    async fn commit(&self, lease: &Lease, number: usize) -> io::Result<()> {
        let key = Collection::new("deployment").key(&lease.name);
        let commit = Commit::new()
            .put(key, Expected::Any, document())
            .append(JournalStream(lease.name.clone()), entry(number))
            .fenced_by(lease);
        self.store.commit(commit).await.map(|_| ()).map_err(io::Error::other)
    }

    /// The longest time of one commit among all writers in one lap.
    async fn longest_wait(&self) -> io::Result<Duration> {
        let waiting = self.leases.iter().map(|lease| async move {
            let mut longest = Duration::ZERO;
            for number in 0..MANY_COMMITS / WRITERS {
                let start = Instant::now();
                self.commit(lease, number).await?;
                longest = longest.max(start.elapsed());
            }
            Ok::<Duration, io::Error>(longest)
        });
        let longest: Vec<Duration> =
            join_all(waiting).await.into_iter().collect::<Result<_, _>>()?;
        Ok(longest.into_iter().max().unwrap_or_default())
    }
}
