//! Projects, scenarios and bundles beyond the boundary, line by line (wire-facts 3.6 to 4).

use project_deployer_core::{BundleId, ProjectKey};
use serde_json::json;

use super::people::assert_asked;
use crate::automation_node::BundleProjectOptions;
use crate::request::exported::BundleExport;
use crate::request::plugins::PluginSource;
use crate::request::projects::ProjectDeletion;
use crate::request::{bundles, exported, plugins, projects, scenarios, webapps};

fn key() -> ProjectKey {
    ProjectKey::parse("CHURN").unwrap()
}

fn bundle() -> BundleId {
    BundleId::parse("2026-01").unwrap()
}

#[test]
fn projects_are_listed_described_and_deleted() {
    let document = json!({"label": "Churn"});
    let deletion = ProjectDeletion { managed_datasets: true, ..ProjectDeletion::default() };
    assert_asked(
        [
            &projects::list(),
            &projects::delete(&key(), deletion),
            &projects::metadata(&key()),
            &projects::save_metadata(&key(), &document),
            &projects::tags(&key()),
            &projects::save_tags(&key(), &json!({"tags": {}})),
            &projects::resolved_variables(&key()),
            &projects::plugin_usages(&key()),
        ],
        [
            ("GET /projects/", None),
            (
                "DELETE /projects/CHURN?clearManagedDatasets=true&clearOutputManagedFolders=false&clearJobAndScenarioLogs=false&clearManagedKnowledgeBanks=false&wait=true",
                None,
            ),
            ("GET /projects/CHURN/metadata", None),
            ("PUT /projects/CHURN/metadata", Some(document)),
            ("GET /projects/CHURN/tags", None),
            ("PUT /projects/CHURN/tags", Some(json!({"tags": {}}))),
            ("GET /projects/CHURN/variables-resolved?typed=true", None),
            ("GET /projects/CHURN/plugins/usages", None),
        ],
    );
}

#[test]
fn scenarios_are_triggered_stopped_and_looked_at() {
    assert_asked(
        [
            &scenarios::delete(&key(), "NIGHTLY"),
            &scenarios::trigger(&key(), "NIGHTLY", &json!({"day": 1})),
            &scenarios::abort(&key(), "NIGHTLY"),
            &scenarios::last_runs(&key(), "NIGHTLY", 10, false),
            &scenarios::runs_by_date(&key(), "NIGHTLY", "2026-01-01", "2026-01-08"),
            &scenarios::run_details(&key(), "NIGHTLY", "r1"),
            &scenarios::run_log(&key(), "NIGHTLY", "r1", None),
            &scenarios::run_log(&key(), "NIGHTLY", "r1", Some("s1")),
            &scenarios::testing_status(&key(), None),
            &scenarios::testing_status(&key(), Some(&bundle())),
        ],
        [
            ("DELETE /projects/CHURN/scenarios/NIGHTLY", None),
            ("POST /projects/CHURN/scenarios/NIGHTLY/run", Some(json!({"day": 1}))),
            ("POST /projects/CHURN/scenarios/NIGHTLY/abort", None),
            (
                "GET /projects/CHURN/scenarios/NIGHTLY/get-last-runs?limit=10&onlyFinishedRuns=false",
                None,
            ),
            (
                "GET /projects/CHURN/scenarios/NIGHTLY/get-runs-by-date?fromDate=2026-01-01&toDate=2026-01-08",
                None,
            ),
            ("GET /projects/CHURN/scenarios/NIGHTLY/r1/", None),
            ("GET /projects/CHURN/scenarios/NIGHTLY/r1/log", None),
            ("GET /projects/CHURN/scenarios/NIGHTLY/r1/log?stepId=s1", None),
            ("GET /projects/CHURN/scenarios/testing-status", None),
            ("GET /projects/CHURN/scenarios/testing-status?bundleId=2026-01", None),
        ],
    );
}

#[test]
fn bundles_on_an_automation_node_may_come_from_its_own_disk() {
    let options = BundleProjectOptions::default();
    assert_asked(
        [
            &bundles::create_project_from_file("/data/v1.zip", &options),
            &bundles::import_file(&key(), "/data/v1.zip"),
            &bundles::delete_imported(&key(), &bundle()),
        ],
        [
            (
                "POST /projectsFromBundle/fromArchive?archivePath=/data/v1.zip&permissionsPropagationPolicy=NONE&failOnMissingUsersOrGroups=false",
                None,
            ),
            (
                "POST /projects/CHURN/bundles/imported/actions/importFromArchive?archivePath=/data/v1.zip",
                None,
            ),
            ("DELETE /projects/CHURN/bundles/imported/2026-01", None),
        ],
    );
}

#[test]
fn bundles_on_a_design_node_are_asked_for_as_d1_to_d6_say() {
    let plain = BundleExport::new(bundle());
    let noted = BundleExport {
        release_notes: Some("first".to_owned()),
        standards_checks: false,
        ..plain.clone()
    };
    assert_asked(
        [
            &exported::list(&key()),
            &exported::get(&key(), &bundle()),
            &exported::create(&key(), &plain),
            &exported::create(&key(), &noted),
            &exported::archive(&key(), &bundle()),
            &exported::delete(&key(), &bundle()),
            &exported::publish(&key(), &bundle(), None),
            &exported::publish(&key(), &bundle(), Some(&key())),
        ],
        [
            ("GET /projects/CHURN/bundles/exported", None),
            ("GET /projects/CHURN/bundles/exported/2026-01", None),
            (
                "PUT /projects/CHURN/bundles/exported/2026-01?evaluateProjectStandardsChecks=true",
                None,
            ),
            (
                "PUT /projects/CHURN/bundles/exported/2026-01?releaseNotes=first&evaluateProjectStandardsChecks=false",
                None,
            ),
            ("GET /projects/CHURN/bundles/exported/2026-01/archive", None),
            ("DELETE /projects/CHURN/bundles/exported/2026-01", None),
            ("POST /projects/CHURN/bundles/2026-01/publish", None),
            ("POST /projects/CHURN/bundles/2026-01/publish?publishedProjectKey=CHURN", None),
        ],
    );
    assert!(!exported::create(&key(), &plain).safe_to_repeat);
}

#[test]
fn webapps_are_read_written_and_restarted() {
    // wire-facts 3.9
    let definition = json!({"id": "w1"});
    let one = "/projects/CHURN/webapps/w1";
    assert_asked(
        [
            &webapps::list(&key()),
            &webapps::get(&key(), "w1"),
            &webapps::save(&key(), "w1", &definition),
            &webapps::backend_state(&key(), "w1"),
            &webapps::stop_backend(&key(), "w1"),
            &webapps::restart_backend(&key(), "w1"),
        ],
        [
            ("GET /projects/CHURN/webapps/", None),
            (&format!("GET {one}"), None),
            (&format!("PUT {one}"), Some(definition)),
            (&format!("GET {one}/backend/state"), None),
            (&format!("PUT {one}/backend/actions/stop"), None),
            (&format!("PUT {one}/backend/actions/restart"), None),
        ],
    );
}

#[test]
fn plugins_are_installed_from_three_places() {
    // wire-facts 3.9
    let source = PluginSource {
        repository: "https://git.example/geo.git".to_owned(),
        checkout: "v1".to_owned(),
        subpath: None,
    };
    assert_asked(
        [
            &plugins::install(),
            &plugins::install_from_store("geo"),
            &plugins::install_from_git(&source),
        ],
        [
            ("POST /plugins/actions/future/installFromZip", None),
            ("POST /plugins/actions/installFromStore", Some(json!({"pluginId": "geo"}))),
            (
                "POST /plugins/actions/installFromGit",
                Some(json!({"gitRepositoryUrl": "https://git.example/geo.git",
                    "gitCheckout": "v1", "gitSubpath": null})),
            ),
        ],
    );
    assert!(plugins::install().carries_archive);
}

#[test]
fn scenarios_are_created_and_reported_on() {
    let definition = json!({"name": "Nightly", "type": "step_based"});
    assert_asked(
        [&scenarios::create(&key(), &definition), &scenarios::test_report(&key(), Some(&bundle()))],
        [
            ("POST /projects/CHURN/scenarios/", Some(definition)),
            ("GET /projects/CHURN/scenarios/last-test-scenario-runs-report?bundleId=2026-01", None),
        ],
    );
}
