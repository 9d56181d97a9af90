//! Reads of an engine with 10,000 deployments on 500 infrastructures and of 1,000 published projects with three
//! bundles each, on a store in memory: for an administrator, and for a user with 50 groups.

use std::error::Error;
use std::future::Future;
use std::io::{self, Cursor, Write as _};
use std::time::Instant;

use project_deployer::store::{MemoryArchive, MemoryStore};
use project_deployer::{Deployer, DeployerError, DeployerSession};
use project_deployer_benchmarks::rounds::{Contender, medians};
use project_deployer_benchmarks::table::Row;
use project_deployer_client::prelude::*;
use project_deployer_client::{FakeFleet, InfraCreation, Upload, Warnings};
use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_core::deployment::DeploymentCreation;
use project_deployer_core::rights::{
    Caller, InfraGrant, InfraRight, ProjectGrant, ProjectRight,
};
use project_deployer_core::{DeploymentId, GroupName, InfraId, Login, ProjectKey};
use serde_json::json;
use tokio::runtime::Runtime;

/// A tenth of these for the small installation, and so on.
const INFRAS: usize = 500;
const PROJECTS: usize = 1_000;
const DEPLOYMENTS: usize = 10_000;

const BUNDLES: usize = 3;
/// The entries of rights on an infrastructure: few, and many.
const FEW: usize = 4;
const MANY: usize = 200;

const OWN_GROUPS: usize = 50;

/// How often one deployment is read in a lap.
const READS: usize = 2_000;

/// What one deployment took at most before there was a read model, divided by the factor that is promised.
const LISTED: f64 = 15.0 / 20.0;
const ON_THE_BOARD: f64 = 73.0 / 10.0;

type Answer<T> = Result<T, Box<dyn Error>>;

fn main() -> Answer<()> {
    let runtime = Runtime::new()?;
    let big = runtime.block_on(Installation::new(DEPLOYMENTS, FEW))?;
    let granted = runtime.block_on(Installation::new(DEPLOYMENTS, MANY))?;
    let small = runtime.block_on(Installation::new(DEPLOYMENTS / 100, FEW))?;
    let lists = [
        Contender::new(|| runtime.block_on(big.deployments(big.admin()))),
        Contender::new(|| runtime.block_on(big.deployments(big.user()))),
        Contender::new(|| runtime.block_on(granted.deployments(granted.admin()))),
        Contender::new(|| runtime.block_on(granted.deployments(granted.user()))),
        Contender::new(|| runtime.block_on(big.board())),
    ];
    let [admin, user, granted_admin, granted_user, board] = medians(lists)?;
    let each = |seconds: f64| seconds * 1e6 / DEPLOYMENTS as f64;
    let what = "`deployments()` of 10,000, for an administrator, each";
    println!("{}", Row::at_most(what, each(admin), LISTED, "µs"));
    let administrator = "an administrator";
    let what = "`deployments()` of 10,000, for a user with 50 groups";
    println!("{}", Row::ratio(what, user, administrator, admin, Some(2.0)));
    let what = "the same, 200 entries of rights on each infrastructure";
    println!("{}", Row::ratio(what, granted_user, administrator, granted_admin, Some(2.0)));
    println!("{}", Row::at_most("the board of 10,000, each", each(board), ON_THE_BOARD, "µs"));

    let ones = [
        Contender::new(|| runtime.block_on(big.one_deployment())),
        Contender::new(|| runtime.block_on(small.one_deployment())),
    ];
    let [among_many, among_few] = medians(ones)?;
    let each = |seconds: f64| seconds / READS as f64;
    let what = "one deployment among 10,000";
    println!("{}", Row::ratio(what, each(among_many), "among 100", each(among_few), Some(1.3)));
    Ok(())
}

struct Installation {
    deployer: Deployer,
    root: Login,
    user: Login,
}

impl Installation {
    async fn new(deployments: usize, grants: usize) -> Answer<Self> {
        let deployer =
            Deployer::builder(FakeFleet::new()).on(MemoryStore::new(), MemoryArchive::new());
        let this = Self { deployer, root: "root".parse()?, user: "ursula".parse()? };
        let admin = this.admin();
        let share = |all: usize| (all * deployments / DEPLOYMENTS).max(1);
        for number in 0..share(INFRAS) {
            let id = infra(number)?;
            admin.create_infra(&InfraCreation::new(id.clone(), "Production".parse()?)).await?;
            let mut settings = admin.infra_settings(&id).await?;
            settings.permissions = infra_grants(number, grants)?;
            admin.save_infra_settings(&settings).await?;
        }
        for number in 0..share(PROJECTS) {
            for bundle in 0..BUNDLES {
                admin.upload_bundle(upload(number, bundle)?, None).await?;
            }
            let mut settings = admin.project_settings(&project(number)?).await?;
            let grant = ProjectGrant::new(group(number % OWN_GROUPS)?, &[ProjectRight::Read]);
            settings.permissions = vec![grant];
            admin.save_project_settings(&settings).await?;
        }
        for number in 0..deployments {
            let mut creation = DeploymentCreation::new(
                deployment(number)?,
                project(number % share(PROJECTS))?,
                infra(number % share(INFRAS))?,
                format!("v{}", number % BUNDLES).parse()?,
            );
            creation.deployed_project_key = Some(format!("K{number}").parse()?);
            admin.create_deployment(&creation, Warnings::AsErrors).await?;
        }
        let mut user = User::new(this.user.clone(), SourceType::Local);
        user.groups = (0..OWN_GROUPS).map(group).collect::<Result<_, _>>()?;
        admin.save_user(&user).await?;
        for number in 0..OWN_GROUPS + MANY {
            admin.save_group(&Group::new(group(number)?)).await?;
        }
        let seen = this.user().deployments().await?.len();
        if seen != deployments {
            return Err(format!("the user sees {seen} of {deployments} deployments").into());
        }
        Ok(this)
    }

    fn admin(&self) -> DeployerSession {
        self.deployer.acting_as(Caller::administrator(self.root.clone()))
    }

    fn user(&self) -> DeployerSession {
        self.deployer.acting_as_user(self.user.clone())
    }

    async fn deployments(&self, session: DeployerSession) -> io::Result<f64> {
        timed(session.deployments(), |found| found.len() == DEPLOYMENTS).await
    }

    async fn board(&self) -> io::Result<f64> {
        let is_full = |board: &project_deployer::board::Board| {
            board.stages.iter().map(|column| column.rows.len()).sum::<usize>() == DEPLOYMENTS
        };
        timed(self.admin().board(), is_full).await
    }

    async fn one_deployment(&self) -> io::Result<f64> {
        let (user, id) = (self.user(), deployment(42).map_err(io::Error::other)?);
        let start = Instant::now();
        for _ in 0..READS {
            user.deployment(&id).await.map_err(io::Error::other)?;
        }
        Ok(start.elapsed().as_secs_f64())
    }
}

async fn timed<T>(
    reading: impl Future<Output = Result<T, DeployerError>>,
    is_right: impl Fn(&T) -> bool,
) -> io::Result<f64> {
    let start = Instant::now();
    let found = reading.await.map_err(io::Error::other)?;
    let seconds = start.elapsed().as_secs_f64();
    match is_right(&found) {
        true => Ok(seconds),
        false => Err(io::Error::other("not all deployments were read")),
    }
}

/// One of the user's groups may view. It is the last entry, the worst case for a scan.
fn infra_grants(number: usize, grants: usize) -> Answer<Vec<InfraGrant>> {
    let others = OWN_GROUPS..OWN_GROUPS + grants - 1;
    let groups = others.chain([number % OWN_GROUPS]);
    groups.map(|number| Ok(InfraGrant::new(group(number)?, InfraRight::View))).collect()
}

fn infra(number: usize) -> Answer<InfraId> {
    Ok(format!("infra-{number}").parse()?)
}

fn project(number: usize) -> Answer<ProjectKey> {
    Ok(format!("PROJECT_{number}").parse()?)
}

fn deployment(number: usize) -> Result<DeploymentId, project_deployer_core::IdentifierError> {
    format!("deployment-{number:05}").parse()
}

fn group(number: usize) -> Result<GroupName, project_deployer_core::IdentifierError> {
    format!("team-{number:03}").parse()
}

fn upload(project: usize, bundle: usize) -> Answer<Upload> {
    let manifest = json!({
        "projectKey": format!("PROJECT_{project}"), "bundleId": format!("v{bundle}"),
        "projectName": "Customer churn", "connections": [{"name": "sql", "type": "PostgreSQL"}],
    });
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("export-manifest.json", zip::write::SimpleFileOptions::default())?;
    zip.write_all(manifest.to_string().as_bytes())?;
    Ok(Upload::from_bytes("bundle.zip", zip.finish()?.into_inner()))
}
