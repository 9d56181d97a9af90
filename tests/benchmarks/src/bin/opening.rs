//! A Deployer that is opened on a file of SQLite with 10,000 deployments on 500 infrastructures, 1,000 projects and 50
//! updates of each deployment: the time to its first answer, and its memory. The peer reads the same rows through
//! rusqlite.
//!
//! `opening` makes the file and measures. `opening ours FILE` and `opening bare FILE` are the processes that it measures,
//! a new one for each run. They print seconds and bytes.

use std::cell::Cell;
use std::error::Error;
use std::io;
use std::path::Path;
use std::time::Instant;

use project_deployer::Deployer;
use project_deployer::store::MemoryArchive;
use project_deployer_benchmarks::installation::{DEPLOYMENTS, FEW, Installation, deployment};
use project_deployer_benchmarks::process::{MIB, memory, program, timed};
use project_deployer_benchmarks::rounds::{Contender, medians};
use project_deployer_benchmarks::table::Row;
use project_deployer_client::FakeFleet;
use project_deployer_client::prelude::*;
use project_deployer_store::{
    Collection, Commit, Expected, SecretsAtRest, SqliteStore, Store as _,
};
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// The updates of each deployment.
const UPDATES: usize = 50;

/// The deployments whose updates are written in one commit.
const AT_ONCE: usize = 20;

/// The kinds of documents that the engine keeps in memory.
const KINDS: &str = "'stages', 'infrastructure', 'published-project', 'bundle', 'deployment', \
                     'deployed-project', 'latest-update', 'user', 'group', 'reference-guard'";

type Answer<T> = Result<T, Box<dyn Error>>;

fn main() -> Answer<()> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => measure(),
        (Some("ours"), Some(path)) => Runtime::new()?.block_on(ours(Path::new(&path))),
        (Some("bare"), Some(path)) => bare(Path::new(&path), false),
        (Some("parsed"), Some(path)) => bare(Path::new(&path), true),
        _ => Err("write nothing, or `ours FILE`, `bare FILE`, `parsed FILE`".into()),
    }
}

fn measure() -> Answer<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("deployer.db");
    Runtime::new()?.block_on(make(&path))?;
    let (resident, json) = (Cell::new(0.0), Cell::new(0.0));
    let contenders = [
        Contender::new(|| child("ours", &path, &resident)),
        Contender::new(|| child("bare", &path, &json)),
        Contender::new(|| child("parsed", &path, &json)),
    ];
    let [ours, bare, parsed] = medians(contenders)?;
    let what = "opening with 10,000 deployments, to the first answer";
    println!("{}", Row::ratio(what, ours, "the same rows, bare", bare, Some(3.0)));
    println!("{}", Row::ratio(what, ours, "the same rows, each parsed", parsed, None));
    let what = format!("memory for {:.1} MiB of JSON", json.get() / MIB);
    println!("{}", Row::at_most(what, resident.get() / MIB, 3.0 * json.get() / MIB, "MiB"));
    Ok(())
}

/// Runs one process. Returns its seconds, and keeps its bytes.
fn child(what: &str, path: &Path, bytes: &Cell<f64>) -> io::Result<f64> {
    let mut command = program("opening")?;
    command.arg(what).arg(path);
    let (_, printed) = timed(&mut [command])?;
    let figures = printed.iter().flat_map(|text| text.split_whitespace());
    let figures: Result<Vec<f64>, _> = figures.map(str::parse).collect();
    let figures = figures.map_err(io::Error::other)?;
    let [seconds, held] = *figures.as_slice() else {
        return Err(io::Error::other(format!("{what} printed {printed:?}")));
    };
    bytes.set(held);
    Ok(seconds)
}

/// Opens a Deployer, and prints the seconds to its first answer and the memory that it takes.
async fn ours(path: &Path) -> Answer<()> {
    let before = memory()?;
    let start = Instant::now();
    let installation = Installation::of(opened(path).await?)?;
    let found = installation.user().deployment(&deployment(42)?).await?;
    let seconds = start.elapsed().as_secs_f64();
    if found.never_ever_deployed {
        return Err("the updates were not read".into());
    }
    println!("{seconds} {}", memory()?.saturating_sub(before));
    Ok(())
}

async fn opened(path: &Path) -> Answer<Deployer> {
    let store = SqliteStore::open(path, SecretsAtRest::Plain).await?;
    Ok(Deployer::builder(FakeFleet::new()).on(store, MemoryArchive::new()))
}

/// Reads the same rows, and prints the seconds and the length of their JSON.
fn bare(path: &Path, is_parsed: bool) -> Answer<()> {
    let start = Instant::now();
    let file = Connection::open(path)?;
    let read = format!(
        "SELECT id, revision, body FROM document \
         WHERE collection IN ({KINDS}) AND body IS NOT NULL ORDER BY collection, id"
    );
    let mut read = file.prepare(&read)?;
    let mut rows = read.query([])?;
    let mut kept: Vec<(String, i64, String)> = Vec::new();
    let (mut values, mut length) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let row: (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        length += row.2.len();
        if is_parsed {
            values.push(serde_json::from_str::<Value>(&row.2)?);
        } else {
            kept.push(row);
        }
    }
    println!("{} {length}", start.elapsed().as_secs_f64());
    Ok(())
}

async fn make(path: &Path) -> Answer<()> {
    Installation::make(opened(path).await?, DEPLOYMENTS, FEW).await?;
    // The form of an update is that of the engine, which reads each of them when the Deployer is opened.
    let store = SqliteStore::open(path, SecretsAtRest::Plain).await?;
    let numbers: Vec<usize> = (0..DEPLOYMENTS).collect();
    for several in numbers.chunks(AT_ONCE) {
        let mut commit = Commit::new();
        for number in several {
            let id = deployment(*number)?;
            for update in 0..UPDATES {
                let start = 1_764_000_000_000 + 60_000 * update as u64;
                let body = ended(id.as_str(), start, *number);
                if update + 1 == UPDATES {
                    let latest = Collection::new("latest-update").key(&id);
                    commit = commit.put(latest, Expected::Absent, body.clone());
                }
                let key = Collection::new("update").key(format!("{id}/{start:020}"));
                commit = commit.put(key, Expected::Absent, body);
            }
        }
        store.commit(commit).await?;
    }
    Ok(())
}

fn ended(deployment: &str, start: u64, number: usize) -> Value {
    json!({ "format": 1, "document": {
        "deployment": deployment, "start": start, "task": format!("{:032x}", start + number as u64),
        "bundle": format!("v{}", number % 3), "end": start + 5_000, "requester": "ursula",
        "status": "SUCCESS",
    }})
}
