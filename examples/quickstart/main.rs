//! From nothing to a deployment on three stages: three mock nodes over HTTP, a directory, a bundle
//! that is a real zip, and users of whom not all have the rights or accounts to deploy everywhere.
#![expect(clippy::print_stdout, reason = "an example")]

mod company;
mod death;
mod story;

use std::error::Error;

use company::Company;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == death::ARGUMENT) {
        return death::die_during_an_update().await;
    }
    println!(
        "Project Deployer: three Automation nodes (mocks over HTTP), one directory, one bundle"
    );
    let mut company = Company::open().await?;
    story::register(&company).await?;
    story::publish(&company).await?;
    story::deploy_stage_by_stage(&company).await?;
    story::compare_logins(&company).await?;
    story::one_who_cannot_deploy(&company).await?;
    story::check_readiness(&company).await?;
    story::change_and_roll_back(&company).await?;
    death::survive(&mut company).await?;
    story::board(&company).await
}
