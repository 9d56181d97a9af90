//! A Deployer in a process of its own, which a test kills: `deployer-that-dies URL FOLDER (update|resume)`. It updates
//! deployment `churn`, or resumes the update of a dead process, and prints the lines of the update's log until
//! the update has ended.
#![expect(clippy::print_stdout, reason = "the test reads it")]

use std::error::Error;
use std::time::Duration;

use project_deployer::core::status::UpdateStatus;
use project_deployer::prelude::*;
use project_deployer_tests::open_short_lived;
use tokio::time::timeout;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, folder, action] = arguments.as_slice() else {
        return Err("expected a URL, a folder, and `update` or `resume`".into());
    };
    let deployer = open_short_lived(url, folder.as_ref()).await?;
    let mut progress = deployer.progress();
    let admin = deployer.acting_as(Caller::administrator("dana".parse()?));
    let id = "churn".parse()?;
    if action == "update" {
        admin.start_update(&id).await?;
    }
    loop {
        let latest = admin.updates(&id).await?.into_iter().next();
        if latest.is_none_or(|update| update.status != UpdateStatus::Running) {
            return Ok(());
        }
        // A line may be missed: the update may have ended before this process looked.
        if let Ok(Some(event)) = timeout(Duration::from_millis(100), progress.next()).await {
            println!("{}", event.line);
        }
    }
}
