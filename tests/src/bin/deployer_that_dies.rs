//! A Deployer in a process of its own, which a test kills:
//! `deployer-that-dies URL FOLDER (update|resume|rotate|sync) [(before|after) COMMIT]`.
//!
//! It updates deployment `churn`, or resumes the update of a dead process, and prints the lines of the update's log until the
//! update has ended; or it rotates the key of infrastructure `dev`, or synchronizes fleet `cloud`. With a number it
//! stands still before or after that commit, and says so.
#![expect(clippy::print_stdout, reason = "the test reads it")]

use std::error::Error;
use std::time::Duration;

use project_deployer::core::status::UpdateStatus;
use project_deployer::prelude::*;
use project_deployer::{DeployerSession, ProgressEvents};
use project_deployer_store::StandsAt;
use project_deployer_tests::{open_quiet, open_short_lived, open_standing};
use tokio::time::timeout;

type Done = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (url, folder, action, at) = match arguments.as_slice() {
        [url, folder, action] => (url, folder, action, None),
        [url, folder, action, moment, number] => {
            let number = number.parse()?;
            let at = match moment.as_str() {
                "before" => StandsAt::Before(number),
                "after" => StandsAt::After(number),
                _ => return Err("expected `before` or `after`".into()),
            };
            (url, folder, action, Some(at))
        }
        _ => return Err("expected a URL, a folder, an action, and perhaps a commit".into()),
    };
    let deployer = match at {
        // What runs beside calls would do the same, and be in the way.
        None if matches!(action.as_str(), "rotate" | "sync") => {
            open_quiet(url, folder.as_ref()).await?
        }
        None => open_short_lived(url, folder.as_ref()).await?,
        Some(at) => open_standing(url, folder.as_ref(), at).await?,
    };
    let admin = deployer.acting_as(Caller::administrator("dana".parse()?));
    match action.as_str() {
        "update" => {
            let progress = deployer.progress();
            admin.start_update(&"churn".parse()?).await?;
            follow(&admin, progress).await
        }
        "resume" => follow(&admin, deployer.progress()).await,
        "rotate" => admin.rotate_node_keys(&"dev".parse()?).await.map(drop).map_err(Into::into),
        "sync" => admin.sync_fleet(&"cloud".parse()?).await.map(drop).map_err(Into::into),
        _ => Err("expected `update`, `resume`, `rotate` or `sync`".into()),
    }
}

async fn follow(admin: &DeployerSession, mut progress: ProgressEvents) -> Done {
    let id = "churn".parse()?;
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
