//! The Project Deployer, on a node that is one (wire-facts 2).

use super::Fetched;
use crate::answer::{Answer, Refusal, reported};
use crate::api::{ApiCall, Archive, Reply, Routes};
use crate::bundle::read;
use crate::caller::Caller;
use crate::state::NodeState;
use crate::state::deployer::{DeployerState, PublishedBundle, Right};
use crate::state::exported::invalid;

pub(super) fn routes() -> Routes {
    Routes::of_node()
        .guarded_by(only_on_deployers)
        .get("/project-deployer/stages", |node, _| node.deployer.stages_json())
        .get("/unified-monitoring/deployer/projects", |node, call| {
            let now = node.clock.now();
            node.deployer.monitored_json(&call.caller, now)
        })
        .merge(infras())
        .merge(projects())
        .merge(bundles())
        .merge(deployments())
        .merge(updates())
}

fn only_on_deployers(node: &NodeState, call: &ApiCall) -> Answer<()> {
    if node.is_its_own_deployer() {
        return Ok(());
    }
    Err(Refusal::not_found("API route", call.path()))
}

/// What a caller reads about the object that the path names.
fn read_one<R: Reply>(
    of: fn(&DeployerState, &Caller, &str) -> Answer<R>,
) -> impl Fn(&mut NodeState, &ApiCall) -> Answer<R> + Clone + Send + Sync + 'static {
    move |node: &mut NodeState, call: &ApiCall| of(&node.deployer, &call.caller, call.id())
}

/// What a caller changes about the object that the path names.
fn change_one(
    of: fn(&mut DeployerState, &Caller, &str) -> Answer<()>,
) -> impl Fn(&mut NodeState, &ApiCall) -> Answer<()> + Clone + Send + Sync + 'static {
    move |node: &mut NodeState, call: &ApiCall| of(&mut node.deployer, &call.caller, call.id())
}

/// Infrastructures (rows 2 to 8 of wire-facts 2.1).
fn infras() -> Routes {
    const ALL: &str = "/project-deployer/infras";
    const ONE: &str = "/project-deployer/infras/{id}";
    Routes::of_node()
        .guarded_by(only_on_deployers)
        .get(ALL, |node, call| node.deployer.infras_json(&call.caller))
        .post(ALL, |node, call| -> Fetched {
            node.deployer.create_infra(&call.caller, &call.object()?)?;
            Ok(reported("Created infrastructure"))
        })
        .get(ONE, read_one(DeployerState::infra_json))
        .delete(ONE, change_one(DeployerState::delete_infra))
        .get(&format!("{ONE}/settings"), read_one(DeployerState::infra_settings))
        .put(&format!("{ONE}/settings"), |node, call| {
            node.deployer.save_infra_settings(&call.caller, call.id(), call.object()?)
        })
        // The parameters are in the query (wire-facts 2.5); label and description change nothing here.
        .post(&format!("{ONE}/generate-personal-api-key"), |node, call| {
            node.deployer.create_node_key(&call.caller, call.id(), call.query("forUser"))
        })
}

/// Published projects (rows 9 to 14 of wire-facts 2.1).
fn projects() -> Routes {
    const ALL: &str = "/project-deployer/projects";
    const ONE: &str = "/project-deployer/projects/{key}";
    Routes::of_node()
        .guarded_by(only_on_deployers)
        .get(ALL, |node, call| node.deployer.projects_json(&call.caller))
        .post(ALL, |node, call| -> Fetched {
            node.deployer.create_project(&call.caller, &call.object()?)?;
            Ok(reported("Created published project"))
        })
        .get(ONE, read_one(DeployerState::project_json))
        .delete(ONE, change_one(DeployerState::delete_project))
        .get(&format!("{ONE}/settings"), read_one(DeployerState::project_settings))
        .put(&format!("{ONE}/settings"), |node, call| {
            node.deployer.save_project_settings(&call.caller, call.id(), call.object()?)
        })
}

/// Bundles of published projects (rows 15 to 18 of wire-facts 2.1).
fn bundles() -> Routes {
    const ONE: &str = "/project-deployer/projects/{key}/bundles/{bundle}";
    Routes::of_node()
        .guarded_by(only_on_deployers)
        .post("/project-deployer/projects/bundles", upload)
        .get(ONE, |node, call| bundle(node, call).map(|bundle| Archive(bundle.archive.clone())))
        .delete(ONE, |node, call| {
            node.deployer.delete_bundle(&call.caller, call.id(), call.second_id())
        })
        .get(&format!("{ONE}/project-standards-report"), |node, call| {
            bundle(node, call).map(|bundle| bundle.report.clone().unwrap_or_default())
        })
}

fn upload(node: &mut NodeState, call: &ApiCall) -> Answer<()> {
    let archive = call.file()?.clone();
    let contents = read(&archive).map_err(|error| invalid(error.to_string()))?;
    let published_on = node.clock.now();
    let published_by = call.caller.name().to_owned();
    let bundle = PublishedBundle { contents, archive, published_on, published_by, report: None };
    node.deployer.publish(&call.caller, call.query("projectKey"), bundle)
}

fn bundle<'a>(node: &'a NodeState, call: &ApiCall) -> Answer<&'a PublishedBundle> {
    node.deployer.project(&call.caller, call.id(), Right::Read)?.bundle(call.second_id())
}

/// Deployments (rows 19 to 26 of wire-facts 2.1).
fn deployments() -> Routes {
    const ALL: &str = "/project-deployer/deployments";
    const ONE: &str = "/project-deployer/deployments/{id}";
    Routes::of_node()
        .guarded_by(only_on_deployers)
        .get(ALL, |node, call| node.deployer.deployments_json(&call.caller))
        .post(ALL, |node, call| -> Fetched {
            let ignore = call.is_set("ignoreWarnings");
            node.deployer.create_deployment(&call.caller, &call.object()?, ignore)?;
            Ok(reported("Created deployment"))
        })
        .get(ONE, read_one(DeployerState::deployment_json))
        .delete(ONE, change_one(DeployerState::delete_deployment))
        .get(&format!("{ONE}/status"), read_one(DeployerState::heavy_status))
        // An empty bundle id is none.
        .get(&format!("{ONE}/governance-status"), |node, call| {
            let bundle = call.query("bundleId");
            node.deployer.governance_status(&call.caller, call.id(), bundle.as_deref())
        })
        .get(&format!("{ONE}/settings"), read_one(DeployerState::deployment_settings))
        .put(&format!("{ONE}/settings"), |node, call| {
            let (sent, ignore) = (call.object()?, call.is_set("ignoreWarnings"));
            node.deployer.save_deployment_settings(&call.caller, call.id(), sent, ignore)
        })
}

/// Updates and tests of deployments (rows 27 to 32 of wire-facts 2.1).
fn updates() -> Routes {
    const ONE: &str = "/project-deployer/deployments/{id}";
    Routes::of_node()
        .guarded_by(only_on_deployers)
        .post(&format!("{ONE}/actions/update"), update)
        .get(&format!("{ONE}/update"), read_one(DeployerState::updates_json))
        .get(&format!("{ONE}/update/{{start}}"), |node, call| {
            node.deployer.update_json(&call.caller, call.id(), call.second_id())
        })
        .get(&format!("{ONE}/last-update"), read_one(DeployerState::last_update_json))
        .get(&format!("{ONE}/testing-status"), |node, call| {
            let (bundle, on) = (call.query("bundleId"), call.query("automationNodeId"));
            node.deployer.testing_status(&call.caller, call.id(), bundle.as_deref(), on)
        })
        .post(&format!("{ONE}/run-test-scenarios"), |node, call| {
            node.deployer.run_tests(&call.caller, call.id(), call.query("automationNodeId"))
        })
}

fn update(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let times = (node.clock.now(), node.clock.now());
    let result = node.deployer.update(&call.caller, call.id(), times)?;
    node.start_task(&call.caller, result)
}
