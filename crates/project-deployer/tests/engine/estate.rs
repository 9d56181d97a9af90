//! The whole estate as one file, planned against the engine and applied to it.

mod administered;
mod applied;
mod at_a_time;
mod hooks;
mod random;
mod readiness;
mod windows;

use project_deployer::estate::{
    AppliedEstate, Estate, EstateAccess, EstateError, EstateFormat, EstatePlan, EstateSecrets,
    ObservedEstate, PlanOptions, PlannedChange,
};
use project_deployer::{DeployerError, DeployerSession};
use secrecy::SecretString;

use crate::installation::KEY;

/// `dev` with its node, rights and a remapping, and project CHURN with rights.
const TEXT: &str = "\
version: 1
stages:
  - {id: Development}
  - {id: Acceptance, description: Users look at it}
  - {id: Production}
infrastructures:
  - id: dev
    stage: Development
    nodes: [{id: auto-dev, url: 'https://dev.example:11200', adminApiKey: {env: KEY}}]
    rights: {deployers: deploy, devs: view}
  - id: prod
    stage: Production
    nodes: [{id: auto-prod, url: 'https://prod.example:11200', adminApiKey: {env: KEY}}]
    rights: {deployers: deploy}
    remapping: {connections: {sql-dev: sql-prod}}
projects:
  - key: CHURN
    name: Customer churn
    rights: {deployers: [write, deploy]}
";

const DEPLOYMENTS: &str = "\
version: 1
deployments:
  - id: churn-dev
    project: CHURN
    infrastructure: dev
    bundle: v1
    tags: [nightly]
    remapping: {connections: {sql-prod: sql-prod}}
    localVariables: {region: eu}
    secretVariables: {token: {env: TOKEN}}
";

fn estate(text: &str) -> Estate {
    Estate::parse(text, EstateFormat::Yaml).unwrap()
}

fn secrets(estate: &Estate) -> EstateSecrets {
    EstateSecrets::resolve(estate, |_| Ok(SecretString::from(KEY))).unwrap()
}

async fn plan(
    session: &DeployerSession,
    estate: &Estate,
    options: &PlanOptions,
) -> Result<EstatePlan, DeployerError> {
    let access = EstateAccess::Engine(session);
    let observed = ObservedEstate::read(access, estate, options).await?;
    let mut plan = EstatePlan::of(estate, &observed, &secrets(estate), options);
    plan.check(access).await?;
    Ok(plan)
}

async fn apply(
    session: &DeployerSession,
    estate: &Estate,
    plan: &EstatePlan,
) -> Result<AppliedEstate, EstateError> {
    let secrets = secrets(estate);
    plan.apply(EstateAccess::Engine(session), estate, &secrets, &|_| {}).await
}

/// Plans and applies.
async fn brought(session: &DeployerSession, text: &str, options: &PlanOptions) -> AppliedEstate {
    let estate = estate(text);
    let plan = plan(session, &estate, options).await.unwrap();
    apply(session, &estate, &plan)
        .await
        .unwrap_or_else(|error| panic!("{error} {:?}", plan.notes()))
}

/// Each change as `action id`.
fn changes(plan: &EstatePlan) -> Vec<String> {
    plan.changes()
        .map(|change: &PlannedChange| format!("{} {}", change.action, change.id))
        .collect()
}
