//! Projects, scenarios and bundles of a node beyond the boundary (wire-facts 3.6 to 4).

use project_deployer_client::request::exported::BundleExport;
use project_deployer_client::request::projects::ProjectDeletion;
use project_deployer_client::request::{
    bundles, exported, instance, plugins, projects, scenarios, webapps,
};
use project_deployer_client::{AutomationNode as _, BundleProjectOptions, NodeErrorKind, Upload};
use project_deployer_core::node::{NodeProject, Plugin, ScenarioOutcome, WebappBackend};
use project_deployer_core::{Timestamp, UnknownFields};
use serde_json::{Value, json};

use crate::samples::{bundle_id, key, testing};
use crate::server::{Server, answer, json_answer, refusal};

#[tokio::test]
async fn metadata_survive_a_read_and_a_write_with_what_we_do_not_know() {
    let metadata = json!({"label": "Churn", "description": null, "shortDesc": "s", "tags": ["a"],
        "customFields": {"a": 1}, "checklists": {"checklists": []}});
    let server = Server::with([json_answer(200, &metadata), answer(200, "")]).await;
    let node = server.node();
    let read = node.call(&projects::metadata(&key())).await.unwrap();
    node.call(&projects::save_metadata(&key(), &read)).await.unwrap();
    assert_eq!(server.seen()[1].json(), metadata);
}

#[tokio::test]
async fn projects_are_listed_by_what_is_guaranteed() {
    let server = Server::json(json!([{"projectKey": "CHURN"},
        {"projectKey": "OTHER", "name": "Other", "ownerLogin": "mina", "tags": null}]))
    .await;
    let projects = server.node().call(&projects::list()).await.unwrap();
    assert_eq!(projects[0].project_key, key());
    assert_eq!(projects[1].owner_login.as_deref(), Some("mina"));
}

#[tokio::test]
async fn the_deletion_of_a_project_is_waited_for() {
    let server = Server::with([
        json_answer(200, &json!({"jobId": "f1", "alive": true, "hasResult": false})),
        json_answer(200, &json!({"jobId": "f1", "hasResult": true, "result": {}})),
    ])
    .await;
    server.node().call(&projects::delete(&key(), ProjectDeletion::default())).await.unwrap();
    assert_eq!(server.lines()[1], "GET /futures/f1?peek=false");
}

fn run(id: &str, end: i64, result: &Value) -> Value {
    json!({"runId": id, "start": 1_767_578_400_000_i64, "end": end,
        "scenario": {"id": "NIGHTLY", "projectKey": "CHURN", "markedAsTest": false},
        "result": result})
}

#[tokio::test]
async fn a_run_has_no_outcome_until_it_ended() {
    // wire-facts 3.8
    let running = run("r2", 0, &Value::Null);
    let ended = run("r1", 1_767_578_460_000, &json!({"outcome": "SUCCESS"}));
    let server = Server::with([
        json_answer(200, &json!({"trigger": {"id": "manual"}, "runId": "t1", "cancelled": false})),
        json_answer(200, &json!({})),
        json_answer(200, &json!({"scenarioRun": running})),
        json_answer(200, &json!([running, ended])),
    ])
    .await;
    let node = server.node();
    let fire =
        node.call(&scenarios::trigger(&key(), "NIGHTLY", &UnknownFields::default())).await.unwrap();
    assert_eq!((fire.trigger_id.as_str(), fire.run_id.as_str()), ("manual", "t1"));
    assert_eq!(
        node.call(&scenarios::run_for_trigger(&key(), "NIGHTLY", &fire.trigger_id, &fire.run_id))
            .await
            .unwrap(),
        None
    );
    let found = node
        .call(&scenarios::run_for_trigger(&key(), "NIGHTLY", &fire.trigger_id, &fire.run_id))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.run_id.as_str(), found.end, found.outcome), ("r2", None, None));
    let runs = node.call(&scenarios::last_runs(&key(), "NIGHTLY", 10, false)).await.unwrap();
    assert_eq!(runs[1].outcome, Some(ScenarioOutcome::Success));
    assert_eq!(
        server.lines()[1],
        "GET /projects/CHURN/scenarios/NIGHTLY/get-run-for-trigger?triggerId=manual&triggerRunId=t1"
    );
}

#[tokio::test]
async fn a_log_is_text_and_a_login_page_is_not() {
    let mut page = answer(200, "<html>Log in</html>");
    page.headers_mut().insert("content-type", "text/html".parse().unwrap());
    let server = Server::with([answer(200, "<xml-like> line 1\nline 2"), page]).await;
    let node = server.node();
    let log = node.call(&scenarios::run_log(&key(), "NIGHTLY", "r1", None)).await.unwrap();
    assert_eq!(log, "<xml-like> line 1\nline 2");
    let error = node.call(&scenarios::run_log(&key(), "NIGHTLY", "r1", None)).await.unwrap_err();
    assert!(matches!(error.kind, NodeErrorKind::UnexpectedServer(_)), "{error}");
}

#[tokio::test]
async fn webapps_tell_whether_their_backend_runs() {
    // wire-facts 3.9
    let server = Server::with([
        json_answer(200, &json!([{"id": "w1", "name": "Board", "type": "DASH"}])),
        json_answer(200, &json!({"futureInfo": {"alive": true}})),
        json_answer(200, &json!({})),
        json_answer(200, &json!({"jobId": "f1", "alive": true, "hasResult": false})),
        json_answer(200, &json!({"jobId": "f1", "hasResult": true})),
    ])
    .await;
    let node = server.node();
    assert_eq!(node.call(&webapps::list(&key())).await.unwrap()[0].name, "Board");
    assert!(node.call(&webapps::backend_state(&key(), "w1")).await.unwrap());
    assert!(!node.call(&webapps::backend_state(&key(), "w1")).await.unwrap());
    node.call(&webapps::restart_backend(&key(), "w1")).await.unwrap();
    assert_eq!(server.lines()[4], "GET /futures/f1?peek=false");
}

#[tokio::test]
async fn a_node_that_does_not_say_which_backends_run_leaves_that_unknown() {
    // C7, R6: the rest of its answers counts.
    let list = || json_answer(200, &json!([{"id": "w1", "name": "Board", "type": "DASH"}]));
    let definition = || json_answer(200, &json!({"id": "w1", "runAsUser": "rita"}));
    for (refused, reason) in [
        (refusal(403, "UnauthorizedException", "no"), "no"),
        (refusal(404, "NotFoundException", "no such path"), "no such path"),
        (answer(404, "<html>nothing here</html>"), ""),
    ] {
        let server = Server::with([list(), definition(), refused]).await;
        let webapps = server.node().webapps(&key()).await.unwrap();
        assert_eq!(webapps[0].run_as_user.as_deref(), Some("rita"));
        let WebappBackend::Unknown(why) = &webapps[0].backend else { panic!("{webapps:?}") };
        assert!(!why.is_empty() && why.contains(reason), "{why}");
        assert!(!webapps[0].is_running());
    }
    // What may pass is no answer.
    let busy = || refusal(503, "Busy", "busy");
    let server = Server::with([list(), definition(), busy(), busy(), busy(), busy()]).await;
    server.node().webapps(&key()).await.unwrap_err();
}

#[tokio::test]
async fn a_plugin_is_uploaded_and_its_installation_waited_for() {
    let server = Server::with([
        json_answer(200, &json!({"jobId": "f1", "alive": true, "hasResult": false})),
        json_answer(200, &json!({"jobId": "f1", "hasResult": true, "result": {"ok": 1}})),
        json_answer(200, &json!([{"id": "geo", "version": "1.2", "isDev": false}])),
    ])
    .await;
    let node = server.node();
    let archive = Upload::from_bytes("geo.zip", "PK-bytes");
    assert_eq!(node.call_with(&plugins::install(), archive).await.unwrap(), json!({"ok": 1}));
    assert_eq!(
        node.json::<Vec<Plugin>>(&instance::plugins()).await.unwrap()[0].version.as_deref(),
        Some("1.2")
    );
    assert_eq!(server.lines()[0], "POST /plugins/actions/future/installFromZip");
}

#[tokio::test]
async fn tests_of_a_project_are_counted_on_its_node() {
    let server = Server::json(testing()).await;
    let status =
        server.node().call(&scenarios::testing_status(&key(), Some(&bundle_id()))).await.unwrap();
    assert_eq!(status.nb_total_ran_scenarios, 3);
}

#[tokio::test]
async fn a_bundle_on_the_nodes_own_disk_becomes_a_project_or_is_imported() {
    let server = Server::with([
        json_answer(200, &json!({"projectKey": "CHURN"})),
        json_answer(200, &json!({"projectKey": "CHURN", "bundleId": "2026-01"})),
        json_answer(200, &json!({})),
    ])
    .await;
    let node = server.node();
    let options = BundleProjectOptions::default();
    let created =
        node.call(&bundles::create_project_from_file("/data/v1.zip", &options)).await.unwrap();
    assert_eq!(created, key());
    node.call(&bundles::import_file(&key(), "/data/v1.zip")).await.unwrap();
    node.call(&bundles::delete_imported(&key(), &bundle_id())).await.unwrap();
}

#[tokio::test]
async fn a_design_node_exports_publishes_and_hands_out_bundles() {
    // wire-facts 4, rows 1 to 6
    let server = Server::with([
        json_answer(200, &json!({})),
        json_answer(
            200,
            &json!({"bundles": [
                {"bundleId": "2026-01", "exportManifest": {"releaseNotes": "first"}},
                {"bundleId": "2026-02", "exportManifest": {"exportUserInfo": {"releaseNotes": "second"}}},
            ]}),
        ),
        answer(200, "PK-bytes"),
        json_answer(200, &json!({"publishedOn": 1_767_225_600_000_i64, "publishedBy": "mina",
            "publishedProjectKey": "CHURN"})),
        json_answer(200, &json!({})),
    ])
    .await;
    let node = server.node();
    node.call(&exported::create(&key(), &BundleExport::new(bundle_id()))).await.unwrap();
    let bundles = node.call(&exported::list(&key())).await.unwrap();
    assert_eq!(bundles[0].release_notes(), Some("first"));
    assert_eq!(bundles[1].release_notes(), Some("second"));
    let archive =
        node.download(&exported::archive(&key(), &bundle_id()), "CHURN-2026-01.zip").await.unwrap();
    assert_eq!(&archive.collect().await.unwrap()[..], b"PK-bytes");
    let published = node.call(&exported::publish(&key(), &bundle_id(), None)).await.unwrap();
    assert_eq!(published.published_project_key, key());
    node.call(&exported::delete(&key(), &bundle_id())).await.unwrap();
    assert_eq!(server.lines()[3], "POST /projects/CHURN/bundles/2026-01/publish");
}

#[tokio::test]
async fn a_bundle_id_that_is_taken_is_refused_in_the_nodes_words() {
    let server =
        Server::with([refusal(400, "IllegalArgumentException", "Bundle 2026-01 already exists")])
            .await;
    let error = server
        .node()
        .call(&exported::create(&key(), &BundleExport::new(bundle_id())))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("already exists"), "{error}");
}

/// What `project` reads of a node that answers this to the summary, the list of bundles, and, if it
/// is asked, the list of projects.
async fn project_of(answers: [Value; 3]) -> (NodeProject, usize) {
    let server = Server::with(answers.map(|body| json_answer(200, &body))).await;
    let project = server.node().project(&key()).await.unwrap().unwrap();
    (project, server.lines().len())
}

#[tokio::test]
async fn the_active_bundle_is_read_wherever_a_node_reports_it() {
    // wire-facts 9.2
    let plain = json!({"projectKey": "CHURN"});
    let state = json!({"projectKey": "CHURN", "activeBundleState": {"bundleId": "2026-01"}});
    let older = json!({"projectKey": "CHURN", "activeBundleId": "2026-01"});
    let other = json!({"projectKey": "OTHER", "activeBundleState": {"bundleId": "2026-02"}});
    let imported = json!({"bundles": [{"bundleId": "2026-01"}, {"bundleId": "2026-02"}]});
    let flagged = json!({"bundles": [{"bundleId": "2026-01", "active": true}]});
    let active = Some(bundle_id());
    for (summary, bundles, list, expected, calls) in [
        (&state, &imported, json!([]), &active, 2),
        (&older, &imported, json!([]), &active, 2),
        (&plain, &flagged, json!([]), &active, 2),
        (&plain, &imported, json!([other, state]), &active, 3),
        (&plain, &imported, json!([other, plain]), &None, 3),
        (&plain, &json!({"bundles": []}), json!([]), &None, 2),
    ] {
        let (project, asked) = project_of([summary.clone(), bundles.clone(), list]).await;
        assert_eq!((&project.active_bundle, asked), (expected, calls), "{summary} {bundles}");
    }
}

#[tokio::test]
async fn the_time_of_an_import_is_read_as_a_text_and_as_a_number() {
    // wire-facts 9.2
    let bundles = json!({"bundles": [
        {"bundleId": "a", "importState": {"importedOn": "2026-01-01T01:00:00.000+0100"}},
        {"bundleId": "b", "importedOn": 1_767_225_600_000_i64},
        {"bundleId": "c", "importState": {"importedOn": "yesterday"}},
        {"bundleId": "d"},
    ]});
    let (project, _) = project_of([json!({}), bundles, json!([])]).await;
    let times: Vec<_> = project.imported.iter().map(|bundle| bundle.imported_on).collect();
    let expected = Some(Timestamp::from_millis(1_767_225_600_000));
    assert_eq!(times, [expected, expected, None, None]);
}
