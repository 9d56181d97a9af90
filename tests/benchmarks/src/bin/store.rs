//! Commits of an update's journal on SQLite with full durability: the fence, one document of 1 KiB, one entry of
//! 400 bytes. The peer is a bare loop of the same three statements through rusqlite, in the same process and in
//! turns, each on a log that is warm.

use std::error::Error;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use futures::future::join_all;
use project_deployer_benchmarks::rounds::{Contender, medians_of};
use project_deployer_benchmarks::table::Row;
use project_deployer_store::{
    Collection, Commit, Expected, JournalStream, Lease, SecretsAtRest, SqliteStore, Store as _,
};
use rusqlite::{Connection, TransactionBehavior, params};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// How many turns each contender has.
const TURNS: usize = 41;

/// How many commits a turn of one writer has, and one of many.
const COMMITS: usize = 128;
const MANY_COMMITS: usize = 640;

/// How many writers commit at the same time.
const WRITERS: usize = 64;

const HOUR: Duration = Duration::from_secs(3600);

fn main() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let runtime = Runtime::new()?;
    let bare = Bare::open(&directory.path().join("bare.db"))?;
    let path = directory.path().join("ours.db");
    let ours = runtime.block_on(Ours::open(&path))?;
    let contenders = [
        Contender::new(|| bare.lap()),
        Contender::new(|| runtime.block_on(ours.lap(1, COMMITS))),
        Contender::new(|| runtime.block_on(ours.lap(WRITERS, MANY_COMMITS))),
    ];
    let [bare, one, many] = medians_of(TURNS, contenders)?;
    let row = |what, ours, limit| Row::ratio(what, ours, "bare rusqlite", bare, Some(limit));
    println!("{}", row("a commit of one writer", one, 1.0 / 0.8));
    println!("{}", row("a commit of 64 writers at a time", many, 1.0 / 5.0));
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

/// The same statements without anything around them.
struct Bare {
    file: Connection,
}

impl Bare {
    fn open(path: &Path) -> rusqlite::Result<Self> {
        let file = Connection::open(path)?;
        file.pragma_update(None, "journal_mode", "WAL")?;
        file.pragma_update(None, "synchronous", "FULL")?;
        file.execute_batch(
            "CREATE TABLE lease (name TEXT PRIMARY KEY, token INTEGER) STRICT, WITHOUT ROWID;
             CREATE TABLE document (id TEXT PRIMARY KEY, revision INTEGER, body TEXT) STRICT;
             CREATE TABLE journal (stream TEXT, sequence INTEGER, body TEXT,
                                   PRIMARY KEY (stream, sequence)) STRICT;
             INSERT INTO lease VALUES ('d', 1);",
        )?;
        warm(&file)?;
        Ok(Self { file })
    }

    /// Seconds for a commit.
    fn lap(&self) -> io::Result<f64> {
        let start = Instant::now();
        (0..COMMITS).try_for_each(|number| self.commit(number)).map_err(io::Error::other)?;
        Ok(start.elapsed().as_secs_f64() / COMMITS as f64)
    }

    fn commit(&self, number: usize) -> rusqlite::Result<()> {
        let behavior = TransactionBehavior::Immediate;
        let transaction = rusqlite::Transaction::new_unchecked(&self.file, behavior)?;
        let fence = "SELECT token FROM lease WHERE name = 'd'";
        let _: i64 = transaction.prepare_cached(fence)?.query_row([], |row| row.get(0))?;
        let put = "INSERT INTO document VALUES ('d', 1, ?1) \
                   ON CONFLICT (id) DO UPDATE SET revision = revision + 1, body = ?1";
        transaction.prepare_cached(put)?.execute([document().to_string()])?;
        let append = "INSERT INTO journal VALUES ('d', 1 + coalesce(\
                      (SELECT max(sequence) FROM journal WHERE stream = 'd'), 0), ?1)";
        transaction.prepare_cached(append)?.execute(params![entry(number).to_string()])?;
        transaction.commit()
    }
}

struct Ours {
    store: SqliteStore,
    leases: Vec<Lease>,
}

impl Ours {
    async fn open(path: &Path) -> Result<Self, Box<dyn Error>> {
        let store = SqliteStore::open(path, SecretsAtRest::Plain).await?;
        warm(&Connection::open(path)?)?;
        let mut leases = Vec::new();
        for writer in 0..WRITERS {
            leases.push(store.take_lease(&format!("d/{writer}"), "bench", HOUR).await?);
        }
        Ok(Self { store, leases })
    }

    /// Seconds for a commit.
    async fn lap(&self, writers: usize, commits: usize) -> io::Result<f64> {
        let start = Instant::now();
        let each = commits / writers;
        let writing = self.leases.iter().take(writers).map(|lease| async move {
            for number in 0..each {
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

/// The first commits grow the log, which is slow. After this it has its size and is written over.
fn warm(file: &Connection) -> rusqlite::Result<()> {
    file.execute_batch("CREATE TABLE IF NOT EXISTS warm (bytes BLOB)")?;
    file.execute("INSERT INTO warm VALUES (zeroblob(5000000))", [])?;
    file.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()))
}
