//! The whole file of the estate over HTTP, at a Deployer of this project.

use project_deployer_testkit::{Fault, FaultProxy};
use serde_json::{Value, json};

use super::at_a_time::tomorrow;
use super::installation::Installation;
use crate::command::run_with;

/// The file of what is there, as the administrator exports it over HTTP.
async fn exported(it: &Installation) -> (String, String) {
    let file = it.path("estate.yaml");
    let export = ["export", "--include", "users", "--out", &*file];
    let (code, _, errors) = it.http(&export).await;
    assert_eq!(code, 0, "{errors}");
    (file.clone(), std::fs::read_to_string(file).unwrap())
}

#[tokio::test]
async fn the_whole_file_is_exported_compared_planned_and_applied_over_http() {
    // J6, F9
    let it = Installation::start().await;
    it.fill().await;
    let add = ["window", "add", "noon", "--infra", "prod", "--allow", "--cron", "0 12 * * *"];
    let (code, _, errors) =
        it.http(&[&add[..], &["--for", "1h", "--reason", "few users"]].concat()).await;
    assert_eq!(code, 0, "{errors}");
    let (file, text) = exported(&it).await;
    for section in ["releasers", "login: dana", "name: noon", "fleets: []", "CHURN"] {
        assert!(text.contains(section), "{section} in {text}");
    }
    for way in ["http", "local"] {
        let diff = ["diff", &*file];
        let (code, output, errors) = match way {
            "http" => it.http(&diff).await,
            _ => it.local_with(&diff, "").await,
        };
        assert_eq!((code, output.as_str()), (0, "No difference\n"), "{way}: {errors}");
    }
    let changed = text.replace("\ngroups:\n", "\ngroups:\n- {name: testers}\n");
    let changed = changed.replace("\nstages:\n", "\nstages:\n- {id: Canary}\n");
    assert_ne!(changed, text);
    std::fs::write(&file, &changed).unwrap();
    let (code, output, errors) = it.http(&["plan", &file, "--output", "json"]).await;
    let plan: Value = serde_json::from_str(&output).unwrap_or_default();
    let kinds: Vec<_> = plan["changes"].as_array().unwrap().iter().map(|it| &it["kind"]).collect();
    assert_eq!((code, json!(kinds)), (1, json!(["groups", "stages"])), "{output}{errors}");
    let (code, output, errors) = it.http(&["apply", &file]).await;
    assert_eq!(code, 0, "{output}{errors}");
    assert!(output.ends_with("Applied: 2 changes, 0 updates\n"), "{output}");
    let (code, output, errors) = it.http(&["apply", &file]).await;
    assert_eq!((code, output.as_str()), (0, "Applied: 0 changes, 0 updates\n"), "{errors}");
    assert!(it.http(&["group", "list"]).await.1.contains("testers"));

    std::fs::write(&file, "{version: 1, infrastructures: [{id: new}]}").unwrap();
    for command in ["diff", "plan", "apply"] {
        let (code, output, errors) = it.http(&[command, &*file]).await;
        assert!(code == 1 && output.contains("has no stage"), "{command}: {output}{errors}");
    }
}

#[tokio::test]
async fn whoever_is_no_administrator_compares_what_the_public_api_knows() {
    let it = Installation::start().await;
    it.fill().await;
    let file = it.path("dana.yaml");
    let (code, _, errors) = it.http(&["export", "--as", "dana", "--out", &file]).await;
    assert_eq!(code, 0, "{errors}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("CHURN") && !text.contains("groups:"), "{text}");
    let (code, output, errors) = it.http(&["diff", &file, "--as", "dana"]).await;
    assert_eq!((code, output.as_str()), (0, "No difference\n"), "{errors}");
    let text = "{version: 1, groups: [{name: testers}]}";
    std::fs::write(&file, text).unwrap();
    let (code, output, errors) = it.http(&["plan", &file, "--as", "dana"]).await;
    assert!(code == 1 && output.contains("`/api/v1/estate`"), "{output}{errors}");
    assert!(output.contains("`--data`"), "{output}");
}

/// Runs the command over HTTP through a proxy.
async fn through(
    proxy: &FaultProxy,
    it: &Installation,
    arguments: &[&str],
) -> (i32, String, String) {
    run_with(arguments, &[("DKU_DSS_URL", proxy.url()), ("DKU_API_KEY", &it.key)], "").await
}

#[tokio::test]
async fn a_task_that_other_processes_do_not_know_is_looked_for_again() {
    // J6: a balancer asks any of them.
    let it = Installation::start().await;
    let proxy = FaultProxy::start(&it.service.url).await;
    let file = it.path("estate.yaml");
    std::fs::write(&file, "{version: 1, stages: [{id: Canary}]}").unwrap();
    let unknown = || {
        let problem = json!({
            "type": "urn:project-deployer:problem:task-unknown", "detail": "there is no task `t`"
        });
        Fault::json(404, &problem).on("GET", "/api/v1/tasks/*").times(3)
    };
    for (command, expected) in [("diff", 1), ("plan", 1), ("apply", 0)] {
        proxy.fault(unknown());
        let (code, output, errors) = through(&proxy, &it, &[command, &file]).await;
        assert_eq!(code, expected, "{command}: {output}{errors}");
        assert!(output.contains("Canary"), "{command}: {output}{errors}");
        proxy.clear_faults();
    }
}

#[tokio::test]
async fn an_apply_whose_answer_is_lost_does_not_say_that_it_may_be_repeated() {
    // F7
    let it = Installation::start().await;
    let proxy = FaultProxy::start(&it.service.url).await;
    let file = it.path("estate.yaml");
    std::fs::write(&file, "{version: 1, stages: [{id: Canary}]}").unwrap();
    for fault in [Fault::reply_lost(), Fault::half_json(), Fault::status(502)] {
        proxy.fault(fault.clone().on("POST", "/api/v1/estate/apply"));
        let (code, _, errors) = through(&proxy, &it, &["apply", &file]).await;
        assert!(code == 3 && errors.contains("what became of the file is unknown"), "{errors}");
        assert!(errors.contains("deployer diff"), "{errors}");
        proxy.clear_faults();
        // M16: a second one would wait beside the first one.
        proxy.fault(fault.on("POST", "/api/v1/estate/scheduled"));
        let at_a_time = ["apply", &*file, "--at", &*tomorrow()];
        let (code, _, errors) = through(&proxy, &it, &at_a_time).await;
        assert!(
            code == 3 && errors.contains("whether the file was scheduled is unknown"),
            "{errors}"
        );
        assert!(errors.contains("--scheduled"), "{errors}");
        proxy.clear_faults();
    }
}

#[tokio::test]
async fn behind_a_gateway_for_the_public_api_alone_that_api_is_used() {
    // F9
    let it = Installation::start().await;
    it.fill().await;
    let proxy = FaultProxy::start(&it.service.url).await;
    let file = it.path("estate.yaml");
    for fault in [Fault::status(403), Fault::status(405), Fault::redirect("https://login.example/")]
    {
        proxy.fault(fault.on("*", "/api/v1/**"));
        let (code, _, errors) = through(&proxy, &it, &["export", "--out", &file]).await;
        assert!(code == 0 && errors.contains("groups, users, fleets and windows"), "{errors}");
        for (command, said) in [("diff", "No difference"), ("plan", ""), ("apply", "Applied: 0")] {
            let (code, output, errors) = through(&proxy, &it, &[command, &file]).await;
            assert_eq!(code, 0, "{command}: {output}{errors}");
            assert!(output.contains(said), "{command}: {output}{errors}");
        }
        proxy.clear_faults();
    }
}
