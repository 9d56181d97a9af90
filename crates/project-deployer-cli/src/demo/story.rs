//! What happened at the Deployer of the demonstration before you look.

use project_deployer::client::{
    BundleOperations as _, DeploymentOperations as _, InfraOperations as _, ProjectOperations as _,
    UpdateOperations as _,
};
use project_deployer::core::accounts::{Group, SourceType, User};
use project_deployer::core::deployment::DeploymentCreation;
use project_deployer::core::rights::{InfraRight, ProjectGrant, ProjectRight};
use project_deployer::core::{
    ApiKeySecretError, GroupName, IdentifierError, Login, NodeAddressError, Problems, ProjectKey,
};
use project_deployer::prelude::{DeployerError, InfraCreation, Upload, Warnings};
use project_deployer::{Deployer, DeployerSession};
use project_deployer_testkit::{BundleBuilder, BundleError};
use secrecy::ExposeSecret as _;

use crate::mock_node::fleet::{DANA, DEPLOYERS, Fleet, LEO};

/// Why the story ends early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoryError {
    #[error(transparent)]
    Name(#[from] IdentifierError),
    #[error(transparent)]
    Address(#[from] NodeAddressError),
    #[error(transparent)]
    Key(#[from] ApiKeySecretError),
    #[error(transparent)]
    Deployment(#[from] Problems),
    #[error(transparent)]
    Deployer(#[from] DeployerError),
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error("the new state has users already; use another temporary directory")]
    Users,
}

/// The infrastructures with their stages.
const INFRAS: [(&str, &str); 3] =
    [("dev", "Development"), ("test", "Test"), ("prod", "Production")];

/// Ids and release notes.
type Bundles = &'static [(&'static str, &'static str)];

/// The projects: key, name, bundles with their release notes, oldest first.
const PROJECTS: [(&str, &str, Bundles); 3] = [
    (
        "CHURN",
        "Customer churn",
        &[
            ("v1.0", "First model"),
            ("v1.1", "Seasons as a feature"),
            ("v2.0", "Gradient boosting, and a check of drift"),
        ],
    ),
    ("FORECAST", "Demand forecast", &[("2026-10", "October data"), ("2026-11", "November data")]),
    ("FRAUD", "Payment fraud", &[("r1", "Rules only")]),
];

/// The deployments in their order: who updates which project with which bundle on which infrastructure.
const UPDATES: [(&str, &str, &str, &str); 9] = [
    (DANA, "CHURN", "v2.0", "dev"),
    (DANA, "CHURN", "v2.0", "test"),
    // Two bundles were published, and production has the one before the newest.
    (DANA, "CHURN", "v1.1", "prod"),
    (LEO, "FORECAST", "2026-11", "dev"),
    (LEO, "FORECAST", "2026-11", "test"),
    // This one fails: `leo` has no account there.
    (LEO, "FORECAST", "2026-11", "prod"),
    (DANA, "FRAUD", "r1", "dev"),
    (DANA, "FRAUD", "r1", "test"),
    (DANA, "FRAUD", "r1", "prod"),
];

/// Makes everything, and returns the API key of the administrator.
///
/// # Errors
///
/// The state or a node refuses something. An update that fails on a node is a part of the story.
pub(super) async fn play(deployer: &Deployer, fleet: &Fleet) -> Result<String, StoryError> {
    let login = Login::parse("admin")?;
    let first = deployer.first_administrator(login.clone()).await?.ok_or(StoryError::Users)?;
    let key = first.create().await?.secret.expose_secret().to_owned();
    let admin = deployer.acting_as_user(login);
    create_accounts(&admin).await?;
    for ((id, stage), node) in INFRAS.into_iter().zip(fleet.nodes()) {
        let infra = InfraCreation::new(id.parse()?, stage.parse()?)
            .with_node(node.url().parse()?, node.admin_api_key().parse()?)
            .granting(DEPLOYERS.parse()?, InfraRight::Deploy);
        admin.create_infra(&infra).await?;
    }
    let dana = deployer.acting_as_user(Login::parse(DANA)?);
    for (project, name, bundles) in PROJECTS {
        publish(&dana, project, name, bundles).await?;
    }
    for (who, project, bundle, infra) in UPDATES {
        let session = deployer.acting_as_user(Login::parse(who)?);
        update(&session, project, bundle, infra).await?;
    }
    Ok(key)
}

async fn create_accounts(admin: &DeployerSession) -> Result<(), StoryError> {
    let name: GroupName = DEPLOYERS.parse()?;
    let group = Group::new(name.clone())
        .with_description("Deploys to all stages")
        .with_may_create_published_projects(true);
    admin.create_group(&group).await?;
    for (login, display_name) in [(DANA, "Dana Ortiz"), (LEO, "Leo Brandt")] {
        let user = User::new(Login::parse(login)?, SourceType::Local)
            .with_display_name(display_name)
            .in_groups([name.clone()]);
        admin.create_user(&user).await?;
    }
    Ok(())
}

/// Uploads the bundles of a project and lets the other deployers use it.
async fn publish(
    session: &DeployerSession,
    project: &str,
    name: &str,
    bundles: &[(&str, &str)],
) -> Result<(), StoryError> {
    let key = ProjectKey::parse(project)?;
    for (bundle, notes) in bundles {
        let archive = BundleBuilder::new(project, *bundle)
            .project_name(name)
            .owner(DANA)
            .release_notes(*notes)
            .build()?;
        let upload = Upload::from_bytes(format!("{project}-{bundle}.zip"), archive);
        session.upload_bundle(upload, None).await?;
    }
    let mut settings = session.project_settings(&key).await?;
    settings.permissions.push(ProjectGrant::new(DEPLOYERS.parse()?, &[ProjectRight::Deploy]));
    session.save_project_settings(&settings).await?;
    Ok(())
}

async fn update(
    session: &DeployerSession,
    project: &str,
    bundle: &str,
    infra: &str,
) -> Result<(), StoryError> {
    let id = format!("{}-{infra}", project.to_lowercase());
    let creation = DeploymentCreation::parse(&id, project, infra, bundle)?;
    session.create_deployment(&creation, Warnings::AsErrors).await?;
    let task = session.start_update(&creation.deployment_id).await?;
    session.wait(&task).await?;
    Ok(())
}
