//! The steps of the example, in order.

use std::error::Error;

use project_deployer::core::deployment::DeploymentCreation;
use project_deployer::core::infra::Target;
use project_deployer::core::messages::Severity;
use project_deployer::core::remapping::{NameRemapping, Remapping};
use project_deployer::core::rights::{InfraRight, ProjectGrant, ProjectRight};
use project_deployer::core::status::UpdateStatus;
use project_deployer::ldap::matching::Breadth;
use project_deployer::parity::ParityTable;
use project_deployer::prelude::*;

use crate::company::{Company, bundle, entry};

type Done = Result<(), Box<dyn Error>>;

fn title(text: &str) {
    println!("\n== {text}");
}

/// One node per stage; the bundle's connection has another name on each.
pub(crate) async fn register(company: &Company) -> Done {
    title("An administrator registers each node as an infrastructure");
    let admin = company.admin()?;
    for (id, stage, node, deployers) in [
        ("dev", "Development", &company.dev, "data-team"),
        ("test", "Test", &company.test, "data-team"),
        ("prod", "Production", &company.prod, "ops"),
    ] {
        let connection = NameRemapping::new("sql-dev", format!("sql-{id}"));
        let mut infra = InfraCreation::new(id.parse()?, stage.parse()?)
            .with_target(Target::SingleNode(entry(&format!("auto-{id}"), node)?))
            .with_remapping(Remapping::default().with_connections(vec![connection]))
            .granting(deployers.parse()?, InfraRight::Deploy);
        // Everybody in the company may look at every stage; one group deploys.
        if deployers != "data-team" {
            infra = infra.granting("data-team".parse()?, InfraRight::View);
        }
        admin.create_infra(&infra).await?;
        println!("  {id:<5} {stage:<12} {}   group {deployers} may deploy", node.url());
    }
    Ok(())
}

pub(crate) async fn publish(company: &Company) -> Done {
    title("Mina publishes bundle v1 of project CHURN");
    let mina = company.person("mina")?;
    mina.upload_bundle(Upload::from_bytes("v1.zip", bundle("v1")?), None).await?;
    let mut project = mina.project_settings(&"CHURN".parse()?).await?;
    project.permissions = vec![
        ProjectGrant::new("data-team".parse()?, &[ProjectRight::Deploy, ProjectRight::Write]),
        ProjectGrant::new("ops".parse()?, &[ProjectRight::Deploy]),
    ];
    mina.save_project_settings(&project).await?;
    println!("  groups data-team and ops may deploy it");
    Ok(())
}

pub(crate) async fn deploy_stage_by_stage(company: &Company) -> Done {
    title("The bundle is promoted from stage to stage");
    let mina = company.person("mina")?;
    for id in ["dev", "test"] {
        println!("  mina deploys to {id}");
        create(&mina, &format!("churn-{id}"), id).await?;
        update(company, &mina, &format!("churn-{id}")).await?;
    }
    println!("  mina deploys to prod");
    match create(&mina, "churn-prod", "prod").await {
        Ok(()) => return Err("prod is for ops".into()),
        Err(refused) => println!("    refused: {refused}"),
    }
    println!("  otto, of group ops, deploys to prod");
    let otto = company.person("otto")?;
    create(&otto, "churn-prod", "prod").await?;
    update(company, &otto, "churn-prod").await?;
    Ok(())
}

async fn create(who: &DeployerSession, id: &str, infra: &str) -> Done {
    let creation =
        DeploymentCreation::new(id.parse()?, "CHURN".parse()?, infra.parse()?, "v1".parse()?);
    Ok(who.create_deployment(&creation, Warnings::AsErrors).await?)
}

/// Shows the progress of an update while it runs.
async fn update(
    company: &Company,
    who: &DeployerSession,
    id: &str,
) -> Result<UpdateStatus, Box<dyn Error>> {
    let mut progress = company.deployer.progress();
    let task = who.start_update(&id.parse()?).await?;
    let end = who.wait(&task);
    tokio::pin!(end);
    loop {
        tokio::select! {
            biased;
            Some(event) = progress.next() => {
                let (_, text) = event.line.split_once(' ').unwrap_or_default();
                println!("    {text}");
            }
            detail = &mut end => return Ok(detail?.status),
        }
    }
}

/// Lee works with CHURN on `test` for the first time: a deployment of Lee's own, for experiments.
pub(crate) async fn compare_logins(company: &Company) -> Done {
    title("Who can deploy where? Logins on the Deployer, on every node, and in the directory");
    let lee = company.person("lee")?;
    let mut creation = DeploymentCreation::new(
        "lee-test".parse()?,
        "CHURN".parse()?,
        "test".parse()?,
        "v1".parse()?,
    );
    creation.deployed_project_key = Some("CHURN_LEE".parse()?);
    lee.create_deployment(&creation, Warnings::AsErrors).await?;
    let own = company.deployer_accounts().await?;
    let report = company.admin()?.parity(&own, &company.directories()?).await?;
    print!("{}", ParityTable::new(&report, Breadth::Everything));
    Ok(())
}

pub(crate) async fn one_who_cannot_deploy(company: &Company) -> Done {
    title("Lee deploys to test, under a key of its own, without ever having logged in there");
    let lee = company.person("lee")?;
    let status = update(company, &lee, "lee-test").await?;
    println!("  {status}. Lee logs in once at {}, and retries", company.test.url());
    company.test.log_in("lee")?;
    update(company, &lee, "lee-test").await?;
    Ok(())
}

pub(crate) async fn check_readiness(company: &Company) -> Done {
    title("A connection is removed on prod: are the nodes ready for the next deployment?");
    let admin = company.admin()?;
    let own = company.deployer_accounts().await?;
    let report = admin.parity(&own, &company.directories()?).await?;
    company.prod.remove_connection("sql-prod");
    for id in ["dev", "test", "prod"] {
        let readiness = admin.readiness(&id.parse()?).await?.with_login_parity(&report);
        println!("  {id}: {}", if readiness.is_ready() { "ready" } else { "not ready" });
        for finding in readiness.findings.iter().filter(|found| found.severity > Severity::Info) {
            println!("    {finding}");
        }
    }
    company
        .prod
        .put_connection(project_deployer_testkit::MockConnection::new("sql-prod", "PostgreSQL"));
    Ok(())
}

pub(crate) async fn change_and_roll_back(company: &Company) -> Done {
    title("Mina publishes v2 and updates dev to it, and rolls back to v1");
    let mina = company.person("mina")?;
    mina.upload_bundle(Upload::from_bytes("v2.zip", bundle("v2")?), None).await?;
    for wanted in ["v2", "v1"] {
        let mut settings = mina.deployment_settings(&"churn-dev".parse()?).await?;
        settings.bundle_id = wanted.parse()?;
        settings.scenarios_to_activate.insert("NIGHTLY".to_owned(), true);
        mina.save_deployment_settings(&settings, Warnings::AsErrors).await?;
        update(company, &mina, "churn-dev").await?;
    }
    println!("  mina chooses v2 for test as well, and has not updated yet");
    let mut settings = mina.deployment_settings(&"churn-test".parse()?).await?;
    settings.bundle_id = "v2".parse()?;
    mina.save_deployment_settings(&settings, Warnings::AsErrors).await?;
    Ok(())
}

pub(crate) async fn board(company: &Company) -> Done {
    title("The board");
    print!("{}", company.admin()?.board().await?);
    Ok(())
}
