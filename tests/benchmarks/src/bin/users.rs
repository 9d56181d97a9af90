//! Only reads the users of a node: `users URL`. Prints the number of users, the seconds, the resident bytes
//! with all users in memory, and the peak of resident bytes.
#![expect(clippy::print_stdout, reason = "a command line")]

use std::io;
use std::time::Instant;

use project_deployer_benchmarks::node::{connector, node};
use project_deployer_benchmarks::process::{memory, peak_memory};

#[tokio::main]
async fn main() -> io::Result<()> {
    let url = std::env::args().nth(1).unwrap_or_default();
    let node = node(&connector()?, &url, None)?;
    let start = Instant::now();
    let users = node.whole_users().await.map_err(io::Error::other)?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{} {seconds} {} {}", users.len(), memory()?, peak_memory()?);
    Ok(())
}
