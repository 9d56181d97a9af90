//! Projects, bundles, scenarios and webapps (wire-facts 3.6 to 3.9, 4).

use std::collections::BTreeMap;
use std::sync::Arc;

use project_deployer_client::request::exported::BundleExport;
use project_deployer_client::request::projects::ProjectDeletion;
use project_deployer_client::request::{bundles, exported, projects, scenarios, webapps};
use project_deployer_client::{
    AutomationNode as _, BundleProjectOptions, NewProject, ProjectChange,
};
use project_deployer_core::{BundleId, ProjectKey, UnknownFields};
use serde_json::{Value, json};

use super::clients::upload;
use super::{Noted, Operation, operation, parsed};

fn key() -> ProjectKey {
    parsed("CHURN")
}

fn bundle(id: &str) -> BundleId {
    parsed(id)
}

fn document(value: Value) -> UnknownFields {
    serde_json::from_value(value).unwrap()
}

pub(crate) fn operations(noted: &Arc<Noted>) -> Vec<Operation> {
    let mut all = bundles(noted);
    all.extend(projects());
    all.extend(documents());
    all.extend(scenarios(noted));
    all.extend(runs(noted));
    all.extend(webapps());
    all.extend(exported());
    all
}

fn bundles(noted: &Noted) -> Vec<Operation> {
    let options = BundleProjectOptions::default;
    let on = || BTreeMap::from([("NIGHTLY".to_owned(), true)]);
    let (first, second) = (noted.get("file_v1"), noted.get("file_v2"));
    vec![
        operation!(bundles::create_project_from_file(&first, &options())),
        operation!(bundles::create_project(&options()), |us| {
            us.node.create_project_from_bundle(upload("v1"), &options()).await
        }),
        operation!(bundles::import(&key()), |us| us.node.import_bundle(&key(), upload("v2")).await),
        operation!(bundles::imported(&key()), |us| us.node.project(&key()).await),
        operation!(bundles::preload(&key(), &bundle("v1")), |us| {
            us.node.preload_bundle(&key(), &bundle("v1")).await
        }),
        operation!(bundles::activate(&key(), &bundle("v1"), &on()), |us| {
            us.node.activate_bundle(&key(), &bundle("v1"), &on()).await
        }),
        operation!(bundles::delete_imported(&key(), &bundle("v2"))),
        operation!(bundles::import_file(&key(), &second)),
    ]
}

fn empty() -> NewProject {
    NewProject::new(parsed("EMPTY"), parsed("dana"))
        .with_name("Empty")
        .with_folder(Some("live".to_owned()))
}

fn projects() -> Vec<Operation> {
    // What the official client clears by default.
    let mut deletion = ProjectDeletion::default();
    deletion.job_and_scenario_logs = true;
    vec![
        operation!(projects::list()),
        operation!(projects::get(&key()), |us| us.node.project(&key()).await),
        operation!(projects::create(&empty()), |us| us.node.create_project(&empty()).await),
        operation!(projects::delete(&key(), deletion)),
        operation!(projects::plugin_usages(&key())),
        operation!(projects::resolved_variables(&key())),
    ]
}

fn documents() -> Vec<Operation> {
    vec![
        operation!(projects::metadata(&key())),
        operation!(projects::save_metadata(&key(), &json!({})), |us| {
            let mut metadata = us.node.call(&projects::metadata(&key())).await?;
            metadata.label = Some("Churn".to_owned());
            us.node.call(&projects::save_metadata(&key(), &metadata)).await
        }),
        operation!(projects::settings(&key()), |us| us.node.project_configuration(&key()).await),
        operation!(projects::save_settings(&key(), &json!({})), |us| {
            let settings = us.node.call(&projects::settings(&key())).await?;
            us.node.call(&projects::save_settings(&key(), &settings)).await
        }),
        operation!(projects::permissions(&key()), |us| us.node.project_configuration(&key()).await),
        operation!(projects::save_permissions(&key(), &json!({})), |us| {
            let permissions = us.node.project_configuration(&key()).await?.permissions;
            let mut document = json!(permissions);
            let added = json!({"group": "deployers", "readProjectContent": true});
            document["permissions"].as_array_mut().unwrap().push(added);
            let permissions = serde_json::from_value(document).unwrap();
            us.node.configure_project(&key(), &ProjectChange::Permissions(permissions)).await
        }),
        operation!(projects::variables(&key()), |us| us.node.project_configuration(&key()).await),
        operation!(projects::save_variables(&key(), &json!({})), |us| {
            let mut document = json!(us.node.project_configuration(&key()).await?.variables);
            document["local"]["threshold"] = json!(0.7);
            let variables = serde_json::from_value(document).unwrap();
            us.node.configure_project(&key(), &ProjectChange::Variables(variables)).await
        }),
        operation!(projects::tags(&key())),
        operation!(projects::save_tags(&key(), &json!({})), |us| {
            let tags = us.node.call(&projects::tags(&key())).await?;
            us.node.call(&projects::save_tags(&key(), &tags)).await
        }),
    ]
}

fn scenarios(noted: &Noted) -> Vec<Operation> {
    let weekly = || json!({"params": {}, "type": "step_based", "name": "Weekly"});
    let scenario = noted.get("scenario");
    vec![
        operation!(scenarios::list(&key()), |us| us.node.scenarios(&key()).await),
        operation!(scenarios::definition(&key(), "NIGHTLY")),
        operation!(scenarios::save_definition(&key(), "NIGHTLY", &json!({})), |us| {
            let mut definition =
                json!(us.node.call(&scenarios::definition(&key(), "NIGHTLY")).await?);
            definition["active"] = json!(false);
            us.node
                .call(&scenarios::save_definition(&key(), "NIGHTLY", &document(definition)))
                .await
        }),
        operation!(scenarios::create(&key(), &document(weekly()))),
        operation!(scenarios::delete(&key(), &scenario)),
        operation!(scenarios::testing_status(&key(), Some(&bundle("v1")))),
        operation!(scenarios::test_report(&key(), Some(&bundle("v1")))),
    ]
}

fn runs(noted: &Noted) -> Vec<Operation> {
    let reason = || json!({"reason": "test"});
    let (fire, fired) = (noted.get("trigger"), noted.get("trigger_run"));
    let run = noted.get("run");
    vec![
        operation!(scenarios::run(&key(), "NIGHTLY"), |us| {
            us.node.run_scenario(&key(), "NIGHTLY").await
        }),
        operation!(scenarios::trigger(&key(), "NIGHTLY", &document(reason()))),
        operation!(scenarios::run_for_trigger(&key(), "NIGHTLY", &fire, &fired), |us| {
            let fire =
                us.node.call(&scenarios::trigger(&key(), "NIGHTLY", &document(json!({})))).await?;
            us.node
                .call(&scenarios::run_for_trigger(
                    &key(),
                    "NIGHTLY",
                    &fire.trigger_id,
                    &fire.run_id,
                ))
                .await
        }),
        operation!(scenarios::last_runs(&key(), "NIGHTLY", 5, false)),
        operation!(scenarios::last_finished_run(&key(), "NIGHTLY"), |us| {
            us.node.call(&scenarios::last_runs(&key(), "NIGHTLY", 1, true)).await
        }),
        operation!(scenarios::runs_by_date(&key(), "NIGHTLY", "2026-01-01", "2026-01-02")),
        operation!(scenarios::run_details(&key(), "NIGHTLY", &run)),
        operation!(scenarios::run_log(&key(), "NIGHTLY", &run, None)),
        operation!(scenarios::abort(&key(), "NIGHTLY")),
    ]
}

fn webapps() -> Vec<Operation> {
    vec![
        operation!(webapps::list(&key())),
        operation!(webapps::get(&key(), "BOARD")),
        operation!(webapps::save(&key(), "BOARD", &json!({})), |us| {
            let board = us.node.call(&webapps::get(&key(), "BOARD")).await?;
            us.node.call(&webapps::save(&key(), "BOARD", &board)).await
        }),
        operation!(webapps::backend_state(&key(), "BOARD")),
        operation!(webapps::stop_backend(&key(), "BOARD")),
        operation!(webapps::restart_backend(&key(), "BOARD")),
    ]
}

fn exported() -> Vec<Operation> {
    let new = || BundleExport::new(bundle("b1")).with_release_notes(Some("first".to_owned()));
    let live = || parsed::<ProjectKey>("CHURN_LIVE");
    vec![
        operation!(exported::create(&key(), &new())),
        operation!(exported::list(&key())),
        operation!(exported::get(&key(), &bundle("b1"))),
        operation!(exported::archive(&key(), &bundle("b1")), |us| {
            us.node.download(&exported::archive(&key(), &bundle("b1")), "b1.zip").await
        }),
        operation!(exported::publish(&key(), &bundle("b1"), Some(&live()))),
        operation!(exported::delete(&key(), &bundle("b1"))),
    ]
}
