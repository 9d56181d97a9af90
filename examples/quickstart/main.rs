//! From nothing to a deployment on three stages: three mock nodes that speak HTTP, a directory, a
//! bundle that is a real zip, and people of whom not everybody may, or can, deploy everywhere.
#![expect(clippy::print_stdout, reason = "an example")]

mod company;
mod story;

use std::error::Error;

use company::Company;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "Project Deployer: three Automation nodes (mocks over HTTP), one directory, one bundle"
    );
    let company = Company::open().await?;
    story::register(&company).await?;
    story::publish(&company).await?;
    story::deploy_stage_by_stage(&company).await?;
    story::compare_logins(&company).await?;
    story::one_who_cannot_deploy(&company).await?;
    story::check_readiness(&company).await?;
    story::change_and_roll_back(&company).await?;
    story::board(&company).await
}
