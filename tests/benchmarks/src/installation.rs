//! An installation of a Deployer: 500 infrastructures, 1,000 published projects with three bundles each, 10,000
//! deployments, an administrator, and a user with 50 groups who may see everything.

use std::io::{Cursor, Write as _};

use project_deployer::{Deployer, DeployerSession};
use project_deployer_client::prelude::*;
use project_deployer_client::{InfraCreation, Upload, Warnings};
use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_core::deployment::DeploymentCreation;
use project_deployer_core::rights::{Caller, InfraGrant, InfraRight, ProjectGrant, ProjectRight};
use project_deployer_core::{DeploymentId, GroupName, IdentifierError, InfraId, Login, ProjectKey};
use serde_json::json;

/// How many there are if there are 10,000 deployments. With a hundredth of the deployments there is a hundredth
/// of these.
pub const INFRAS: usize = 500;
/// The published projects.
pub const PROJECTS: usize = 1_000;
/// The deployments.
pub const DEPLOYMENTS: usize = 10_000;

/// The groups of the user.
pub const OWN_GROUPS: usize = 50;
/// The entries of rights on an infrastructure: few, and many.
pub const FEW: usize = 4;
/// Many.
pub const MANY: usize = 200;

const BUNDLES: usize = 3;

type Answer<T> = Result<T, Box<dyn std::error::Error>>;

/// A Deployer and its two callers.
#[derive(Debug)]
pub struct Installation {
    deployer: Deployer,
    root: Login,
    user: Login,
}

impl Installation {
    /// An installation that another process made.
    ///
    /// # Errors
    ///
    /// Never, since the logins are well-formed.
    pub fn of(deployer: Deployer) -> Answer<Self> {
        Ok(Self { deployer, root: "root".parse()?, user: "ursula".parse()? })
    }

    /// Makes an installation with so many deployments, and so many entries of rights on each infrastructure.
    ///
    /// # Errors
    ///
    /// The Deployer refuses something, or the user does not see every deployment.
    pub async fn make(deployer: Deployer, deployments: usize, grants: usize) -> Answer<Self> {
        let this = Self::of(deployer)?;
        let share = |all: usize| (all * deployments / DEPLOYMENTS).max(1);
        this.make_infras(share(INFRAS), grants).await?;
        this.make_projects(share(PROJECTS)).await?;
        let admin = this.admin();
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
        this.make_accounts().await?;
        let seen = this.user().deployments().await?.len();
        if seen != deployments {
            return Err(format!("the user sees {seen} of {deployments} deployments").into());
        }
        Ok(this)
    }

    async fn make_infras(&self, infras: usize, grants: usize) -> Answer<()> {
        let admin = self.admin();
        for number in 0..infras {
            let id = infra(number)?;
            admin.create_infra(&InfraCreation::new(id.clone(), "Production".parse()?)).await?;
            let mut settings = admin.infra_settings(&id).await?;
            settings.permissions = infra_grants(number, grants)?;
            admin.save_infra_settings(&settings).await?;
        }
        Ok(())
    }

    async fn make_projects(&self, projects: usize) -> Answer<()> {
        let admin = self.admin();
        for number in 0..projects {
            for bundle in 0..BUNDLES {
                admin.upload_bundle(upload(number, bundle)?, None).await?;
            }
            let mut settings = admin.project_settings(&project(number)?).await?;
            let grant = ProjectGrant::new(group(project_group(number))?, &[ProjectRight::Read]);
            settings.permissions = vec![grant];
            admin.save_project_settings(&settings).await?;
        }
        Ok(())
    }

    async fn make_accounts(&self) -> Answer<()> {
        let admin = self.admin();
        let mut user = User::new(self.user.clone(), SourceType::Local);
        user.groups = (0..OWN_GROUPS).map(group).collect::<Result<_, _>>()?;
        admin.save_user(&user).await?;
        for number in 0..OWN_GROUPS + MANY {
            admin.save_group(&Group::new(group(number)?)).await?;
        }
        Ok(())
    }

    /// A global administrator.
    #[must_use]
    pub fn admin(&self) -> DeployerSession {
        self.deployer.acting_as(Caller::administrator(self.root.clone()))
    }

    /// The user with 50 groups.
    #[must_use]
    pub fn user(&self) -> DeployerSession {
        self.deployer.acting_as_user(self.user.clone())
    }
}

/// The groups that may view an infrastructure. One is the user's: the last one, the worst case for a scan.
pub fn infra_groups(number: usize, grants: usize) -> impl Iterator<Item = usize> {
    let others = OWN_GROUPS..OWN_GROUPS + grants - 1;
    others.chain([number % OWN_GROUPS])
}

/// The group that may read a project.
#[must_use]
pub fn project_group(number: usize) -> usize {
    number % OWN_GROUPS
}

fn infra_grants(number: usize, grants: usize) -> Answer<Vec<InfraGrant>> {
    let groups = infra_groups(number, grants);
    groups.map(|number| Ok(InfraGrant::new(group(number)?, InfraRight::View))).collect()
}

fn infra(number: usize) -> Result<InfraId, IdentifierError> {
    format!("infra-{number}").parse()
}

fn project(number: usize) -> Result<ProjectKey, IdentifierError> {
    format!("PROJECT_{number}").parse()
}

/// The id of a deployment.
///
/// # Errors
///
/// Never, since it is well-formed.
pub fn deployment(number: usize) -> Result<DeploymentId, IdentifierError> {
    format!("deployment-{number:05}").parse()
}

fn group(number: usize) -> Result<GroupName, IdentifierError> {
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
