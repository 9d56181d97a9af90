//! Runs of scenarios, tests, and the code of scenarios (wire-facts 3.8).

use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse as _};
use chrono::NaiveDate;
use serde_json::json;

use super::Fetched;
use crate::answer::{Answer, Refusal, reported};
use crate::api::{ApiCall, Routes, changing};
use crate::state::project::Project;
use crate::state::testing::TestResults;

pub(super) fn routes() -> Routes {
    const ALL: &str = "/projects/{key}/scenarios";
    const ONE: &str = "/projects/{key}/scenarios/{id}";
    Routes::of_node()
        .read(&format!("{ONE}/payload"), "readProjectContent", |project, call| {
            Ok(json!({"script": project.scenario(call.second_id())?.script}))
        })
        .save(&format!("{ONE}/payload"), "writeProjectContent", save_payload)
        // The right to run a scenario includes the right to stop it.
        .post(&format!("{ONE}/abort"), changing("runScenarios", abort))
        .read(&format!("{ONE}/get-runs-by-date"), "see", runs_by_date)
        .read(&format!("{ALL}/trigger/{{id}}/{{trigger}}"), "see", trigger_fire)
        .read(&format!("{ONE}/{{run}}"), "see", run)
        .read(&format!("{ONE}/{{run}}/log"), "readProjectContent", |project, call| {
            let [_, id, run] = call.ids();
            project.scenario(id)?.run_log(run)
        })
        .read(&format!("{ALL}/testing-status"), "see", |project, call| {
            Ok(tests(project, call).status())
        })
        .read(&format!("{ALL}/last-test-scenario-runs-report"), "see", |project, call| {
            let report = tests(project, call).junit(&project.key);
            Ok(([(CONTENT_TYPE, "application/xml")], report).into_response())
        })
        .read(&format!("{ALL}/last-test-scenario-runs-html-report"), "see", |project, call| {
            Ok(Html(tests(project, call).html(&project.key)).into_response())
        })
}

/// The last runs of the tests, of a bundle where the query names one.
fn tests(project: &Project, call: &ApiCall) -> TestResults {
    project.test_results(call.query("bundleId").as_deref())
}

fn save_payload(project: &mut Project, call: &ApiCall) -> Fetched {
    project.scenario_mut(call.second_id())?.script = call.needed_text("script")?;
    Ok(reported(format!("Saved the script of scenario {}", call.second_id())))
}

fn abort(project: &mut Project, call: &ApiCall) -> Fetched {
    project.scenario_mut(call.second_id())?.abort();
    Ok(reported(format!("Aborted scenario {}", call.second_id())))
}

fn runs_by_date(project: &Project, call: &ApiCall) -> Fetched {
    let (from, to) = (date(call, "fromDate")?, date(call, "toDate")?);
    Ok(project.scenario(call.second_id())?.runs_between(&project.key, from, to).into())
}

fn date(call: &ApiCall, name: &str) -> Answer<NaiveDate> {
    let given = call.needed(name)?;
    given.parse().map_err(|_| Refusal::illegal(format!("{name} is no date: {given}")))
}

fn trigger_fire(project: &Project, call: &ApiCall) -> Fetched {
    let [_, id, trigger] = call.ids();
    project.scenario(id)?.fire(trigger, &call.needed("triggerRunId")?)
}

fn run(project: &Project, call: &ApiCall) -> Fetched {
    let [key, id, run] = call.ids();
    Ok(json!({"scenarioRun": project.scenario(id)?.run_json(key, run)?, "stepRuns": []}))
}
