//! A Deployer that dies in the middle of an update, and its successor on the same state.

use std::error::Error;
use std::process::Command;
use std::time::Duration;

use project_deployer::core::status::{UpdateDetail, UpdateStatus};
use project_deployer::prelude::*;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::company::{Company, open_deployer};

/// The argument of the process that dies.
pub(crate) const ARGUMENT: &str = "die-during-an-update";

/// How many lines of its log the update has when its process dies.
const LINES: usize = 4;

/// Updates `churn-dev` to `v2`, and aborts in the middle.
pub(crate) async fn die_during_an_update() -> Result<(), Box<dyn Error>> {
    let deployer = open_deployer().await?;
    let mut progress = deployer.progress();
    let mina = deployer.acting_as_user("mina".parse()?);
    let mut settings = mina.deployment_settings(&"churn-dev".parse()?).await?;
    settings.bundle_id = "v2".parse()?;
    mina.save_deployment_settings(&settings, Warnings::AsErrors).await?;
    mina.start_update(&"churn-dev".parse()?).await?;
    for _ in 0..LINES {
        let line = progress.next().await.ok_or("the Deployer is gone")?.line;
        println!("    {}", line.split_once(' ').unwrap_or_default().1);
    }
    std::process::abort()
}

/// Lets another process die, and waits until this one has ended its update.
pub(crate) async fn survive(company: &mut Company) -> Result<(), Box<dyn Error>> {
    println!("\n== Another process updates dev to v2, and dies in the middle");
    let mut other = Command::new(std::env::current_exe()?);
    // The nodes of this process have to answer meanwhile.
    let ended = spawn_blocking(move || other.arg(ARGUMENT).status()).await??;
    println!("  {ended}. The next process opens the same state, and ends the update");
    company.open_again().await?;
    let update = ended_update(company).await?;
    for line in update.logs.iter().flat_map(|logs| logs.lines.iter().skip(LINES)) {
        println!("    {}", line.split_once(' ').unwrap_or_default().1);
    }
    Ok(())
}

async fn ended_update(company: &Company) -> Result<UpdateDetail, Box<dyn Error>> {
    let mina = company.person("mina")?;
    loop {
        let update = mina.last_update(&"churn-dev".parse()?).await?;
        if update.status != UpdateStatus::Running {
            return Ok(update);
        }
        sleep(Duration::from_millis(100)).await;
    }
}
