//! Scenarios (wire-facts 3.8).

use serde_json::Value;

use super::Fetched;
use crate::answer::{Answer, Refusal, reported};
use crate::api::{ApiCall, Routes, changing};
use crate::state::NodeState;
use crate::state::project::Project;

pub(super) fn routes() -> Routes {
    const ALL: &str = "/projects/{key}/scenarios";
    const ONE: &str = "/projects/{key}/scenarios/{id}";
    const WRITE: &str = "writeProjectContent";
    Routes::of_node()
        .read(ALL, "see", |project, _| -> Fetched {
            Ok(project.scenarios.values().map(|known| known.summary(&project.key)).collect())
        })
        .post(ALL, changing(WRITE, |project, call| project.add_local_scenario(call.object()?)))
        .read(ONE, "see", |project, call| {
            Ok(Value::Object(project.scenario(call.second_id())?.definition.clone()))
        })
        .save(ONE, WRITE, |project, call| {
            project.save_scenario(call.second_id(), call.object()?)?;
            Ok(reported(format!("Saved scenario {}", call.second_id())))
        })
        .delete(ONE, changing(WRITE, delete))
        .read(&format!("{ONE}/light"), "see", |project, call| {
            Ok(project.scenario(call.second_id())?.summary(&project.key))
        })
        .save(&format!("{ONE}/light"), WRITE, |project, call| {
            project.save_light(call.second_id(), &call.object()?)
        })
        .post(&format!("{ONE}/run"), |node, call| {
            node.run_scenario(&call.caller, call.id(), call.second_id())
        })
        .read(&format!("{ONE}/get-last-runs"), "see", last_runs)
        .get(&format!("{ONE}/get-run-for-trigger"), run_for_trigger)
}

fn delete(project: &mut Project, call: &ApiCall) -> Fetched {
    project.scenario(call.second_id())?;
    project.scenarios.remove(call.second_id());
    Ok(reported(format!("Deleted scenario {}", call.second_id())))
}

fn last_runs(project: &Project, call: &ApiCall) -> Fetched {
    let limit = limit(call)?;
    let scenario = project.scenario(call.second_id())?;
    Ok(scenario.runs_json(&project.key, limit, call.is_set("onlyFinishedRuns")).into())
}

fn limit(call: &ApiCall) -> Answer<usize> {
    match call.query("limit").map(|limit| limit.parse()) {
        None => Ok(10),
        Some(limit) => limit.map_err(|_| Refusal::illegal("limit is not a number")),
    }
}

fn run_for_trigger(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let run = call.needed("triggerRunId")?;
    node.look_at_run(&call.caller, call.id(), call.second_id(), &run)
}
