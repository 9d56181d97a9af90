//! `deployer history`, as an administrator runs it.

use serde_json::Value;

use project_deployer::prelude::*;

use crate::command::{run, run_with};
use crate::state::filled::{CANARY, Filled, admin, parsed};

async fn history(arguments: &[&str]) -> (i32, Value, String) {
    let all = [&["history"], arguments, &["--output", "json"]].concat();
    let (code, output, errors) = run_with(&all, &[], "").await;
    assert!(!output.contains(CANARY) && !errors.contains(CANARY), "{output} {errors}");
    let result =
        if output.is_empty() { Value::Null } else { serde_json::from_str(&output).unwrap() };
    (code, result, errors)
}

/// The ids and the deployments of a list.
async fn listed(arguments: &[&str]) -> Vec<(String, String)> {
    let (code, list, errors) = history(&[&["list"], arguments].concat()).await;
    assert_eq!(code, 0, "{errors}");
    let text = |update: &Value, field: &str| update[field].as_str().unwrap().to_owned();
    let updates = list["updates"].as_array().unwrap().iter();
    updates.map(|update| (text(update, "updateId"), text(update, "deployment"))).collect()
}

/// A state with three updates of two deployments. One of these is deleted.
async fn filled() -> (Filled, String) {
    let places = Filled::new().await;
    let deployer = places.open("one").await.unwrap();
    let admin = admin(&deployer);
    let creation = DeploymentCreation::parse("gone", "CHURN", "prod", "v2").unwrap();
    admin.create_deployment(&creation, Warnings::AsErrors).await.unwrap();
    for id in ["gone", "churn"] {
        let task = admin.start_update(&parsed(id)).await.unwrap();
        admin.wait(&task).await.unwrap();
    }
    admin.delete_deployment(&parsed("gone")).await.unwrap();
    let url = places.url("one");
    (places, url)
}

#[tokio::test]
async fn updates_are_listed_by_filters_and_page_by_page_also_of_deleted_deployments() {
    let (_places, url) = filled().await;
    let all = listed(&[&url]).await;
    let deployments: Vec<_> = all.iter().map(|(_, deployment)| deployment.as_str()).collect();
    assert_eq!(deployments, ["churn", "gone", "churn"]);
    let (_, list, _) = history(&["list", &url]).await;
    let exist: Vec<_> =
        list["updates"].as_array().unwrap().iter().map(|one| &one["deploymentExists"]).collect();
    assert_eq!(exist, [&Value::Bool(true), &Value::Bool(false), &Value::Bool(true)]);
    assert_eq!((&list["updates"][1]["bundle"], &list["next"]), (&"v2".into(), &Value::Null));

    let (_, first, _) = history(&["list", &url, "--limit", "2"]).await;
    let next = first["next"].as_str().unwrap();
    assert_eq!(next, all[1].0);
    assert_eq!(listed(&[&url, "--after", next]).await, all[2..]);
    let outcome = list["updates"][1]["outcome"].as_str().unwrap().to_owned();
    let other = if outcome == "aborted" { "failed" } else { "aborted" };
    for (filter, expected) in [
        (["--deployment", "gone"], &all[1..2]),
        (["--infra", "prod"], &all[1..2]),
        (["--project", "CHURN"], &all[..]),
        (["--project", "OTHER"], &[]),
        (["--since", "2999-01-01"], &[]),
        (["--until", "2999-01-01"], &all[..]),
    ] {
        assert_eq!(listed(&[&[&*url], &filter[..]].concat()).await, expected, "{filter:?}");
    }
    let of_gone = [&*url, "--deployment", "gone", "--outcome"];
    assert_eq!(listed(&[&of_gone[..], &[&outcome]].concat()).await, all[1..2]);
    assert_eq!(listed(&[&of_gone[..], &[other]].concat()).await, []);
}

#[tokio::test]
async fn one_update_is_shown_with_its_steps_and_its_log() {
    let (_places, url) = filled().await;
    let all = listed(&[&url]).await;
    let (code, shown, errors) = history(&["show", &url, &all[1].0]).await;
    assert_eq!(code, 0, "{errors}");
    assert_eq!((&shown["deployment"], &shown["deploymentExists"]), (&"gone".into(), &false.into()));
    let first = &shown["steps"][0];
    assert_eq!((&first["step"], &first["node"]), (&"inspect".into(), &shown["nodes"][0]["node"]));
    assert!(first["started"].as_str() <= first["ended"].as_str(), "{shown}");
    let log = shown["log"].as_array().unwrap();
    let end = format!("ended: {}", shown["outcome"].as_str().unwrap());
    assert!(log.last().unwrap().as_str().unwrap().contains(&end), "{shown}");

    let (_, table, _) = run(&["history", "show", &url, &all[1].0]).await;
    assert!(table.contains("gone (deleted)") && table.contains(&end), "{table}");
    let (_, table, _) = run(&["history", "list", &url]).await;
    assert!(table.contains("gone (deleted)") && table.contains("3 updates"), "{table}");
    for format in ["yaml", "csv", "html"] {
        let (code, output, _) =
            run(&["history", "show", &url, &all[1].0, "--output", format]).await;
        assert!(code == 0 && output.contains("inspect"), "{output}");
    }
}

#[tokio::test]
async fn what_is_no_update_is_refused() {
    let (_places, url) = filled().await;
    let unknown = "00000000000000000001-0";
    let (code, _, errors) = history(&["show", &url, unknown]).await;
    assert!(code == 3 && errors.contains(unknown), "{code} {errors}");
    for (wrong, hint) in [
        (["show", &url, "churn"], "as `deployer history list` names it"),
        (["list", &url, "--outcome=running"], "write `success`"),
        (["list", &url, "--deployment=a/b"], "--deployment"),
    ] {
        let (code, _, errors) = history(&wrong).await;
        assert!(code == 2 && errors.contains(hint), "{wrong:?}: {code} {errors}");
    }
}

#[tokio::test]
async fn the_help_of_each_action_has_an_example() {
    for action in ["list", "show"] {
        let (code, output, _) = run(&["history", action, "--help"]).await;
        let example = format!("deployer history {action} sqlite:/");
        assert!(code == 0 && output.contains(&example), "{output}");
    }
}
