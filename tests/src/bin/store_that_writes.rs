//! A process that writes to a SQLite store, for a test that records what it does to its files:
//! `store-that-writes FILE SEED COMMITS`. It prints a line for each commit after it was acknowledged.
#![expect(clippy::print_stdout, reason = "the test reads it")]

use std::error::Error;

use futures::future::try_join_all;
use project_deployer::store::{SecretsAtRest, SqliteStore, Store as _, StoreError};
use project_deployer_tests::Written;

/// The most commits that wait together.
const TOGETHER: u64 = 6;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, seed, commits] = arguments.as_slice() else {
        return Err("expected a file, a seed, and a number of commits".into());
    };
    let written = Written::new(seed.parse()?);
    let commits: u64 = commits.parse()?;
    let store = SqliteStore::open(file, SecretsAtRest::Plain).await?;
    let mut next = 0;
    while next < commits {
        let until = commits.min(next + 1 + written.draw(next) % TOGETHER);
        let group = (next..until).map(async |number| {
            store.commit(written.commit(number)).await?;
            println!("written {number}");
            Ok::<(), StoreError>(())
        });
        try_join_all(group).await?;
        next = until;
    }
    Ok(())
}
