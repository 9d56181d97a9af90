//! Only uploads, so that its memory is that of uploading: `upload FILE URL...`. For several nodes it reads
//! the file once. Prints the peak of resident bytes, and how many bytes were read from files.
#![expect(clippy::print_stdout, reason = "a command line")]

use std::io;

use project_deployer_benchmarks::node::{connector, node};
use project_deployer_benchmarks::process::{bytes_read, peak_memory};
use project_deployer_client::{AutomationNode as _, FanOut, HttpNode, Upload};
use project_deployer_core::ProjectKey;

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_default();
    let connector = connector()?;
    let nodes: Result<Vec<_>, _> =
        arguments.map(|url| node(&connector, &url, Some("deployer"))).collect();
    let before = bytes_read()?;
    let archive = Upload::from_file(&file).await?;
    match nodes?.as_slice() {
        [only] => import(only, archive).await?,
        several => {
            for sent in FanOut::default().send(archive, several, import).await {
                sent.map_err(io::Error::other)??;
            }
        }
    }
    println!("{} {}", peak_memory()?, bytes_read()? - before);
    Ok(())
}

async fn import(node: &HttpNode, archive: Upload) -> io::Result<()> {
    let project = ProjectKey::parse("CHURN").map_err(io::Error::other)?;
    node.import_bundle(&project, archive).await.map_err(io::Error::other)
}
