//! `deployer plan`, `diff`, `apply` and `export`.

mod saved;

use std::path::Path;

use project_deployer::core::Timestamp;
use project_deployer::{Clock as _, SystemClock};
use project_deployer_testkit::{
    BundleBuilder, Fault, Gate, MockDeployer, MockGrant, MockGroup, MockInfra, MockNode,
    MockPublishedProject, MockUser,
};
use serde_json::{Value, json};

use crate::command::{run, run_and_kill_when, run_with};

/// The product's own Deployer with an infrastructure, a project, a bundle and a right.
async fn product() -> MockDeployer {
    let node =
        MockNode::builder("deployer").group(MockGroup::new("ops")).user(MockUser::new("amy"));
    let prod = MockInfra::new("prod", "Production")
        .node("auto", "https://auto.example", "canary-4711")
        .granting(MockGrant::to("ops").deploy());
    let churn =
        MockPublishedProject::new("CHURN").owned_by("amy").granting(MockGrant::to("ops").deploy());
    let deployer = MockDeployer::on(node).infra(prod).project(churn).start().await;
    deployer.publish(&BundleBuilder::new("CHURN", "v1")).unwrap();
    deployer
}

async fn on(deployer: &MockDeployer, arguments: &[&str]) -> (i32, String, String) {
    let key = deployer.admin_api_key();
    let environment = [("DKU_DSS_URL", deployer.url()), ("DKU_API_KEY", &*key)];
    run_with(arguments, &environment, "").await
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[tokio::test]
async fn a_deployer_of_the_product_is_exported_and_planned_without_a_difference() {
    // F9, J6
    let deployer = product().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("estate.yaml").display().to_string();
    let (code, output, errors) = on(&deployer, &["export", "--out", &file]).await;
    assert_eq!((code, output.as_str()), (0, ""), "{errors}");
    assert!(errors.contains("the keys of its nodes"), "{errors}");
    assert!(errors.contains("groups, users, fleets and windows"), "{errors}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("https://auto.example") && !text.contains("4711"), "R13: {text}");
    let (code, output, errors) = on(&deployer, &["diff", &file, "--output", "json"]).await;
    assert_eq!(code, 0, "{output}{errors}");
    // Somebody who is not there sees nothing, whoever has the key.
    let (code, output, errors) = on(&deployer, &["diff", &file, "--as", "nobody"]).await;
    assert_eq!((code, output.as_str()), (3, ""), "{errors}");

    let changed = text.replace("ops: deploy", "ops: admin")
        + "  - id: churn\n    project: CHURN\n    infrastructure: prod\n    bundle: v1\n";
    let changed = changed.replace("deployments: []\n", "deployments:\n");
    let file = write(folder.path(), "changed.yaml", &changed);
    let (code, output, errors) = on(&deployer, &["plan", &file]).await;
    assert_eq!(code, 1, "{output}{errors}");
    assert!(output.contains("rights.ops: deploy -> admin"), "{output}");
    let (code, output, errors) = on(&deployer, &["apply", &file, "--deploy"]).await;
    assert_eq!(code, 0, "{output}{errors}");
    assert!(output.contains("Applied: 2 changes, 1 update"), "{output}");
    let (code, output, errors) = on(&deployer, &["diff", &file]).await;
    assert_eq!((code, output.as_str()), (0, "No difference\n"), "{errors}");
}

/// The state of an empty Deployer, and the example with nodes of its own.
async fn example(folder: &Path) -> (Vec<MockNode>, String, String) {
    let text = include_str!("../../../../examples/estate.yaml");
    let (mut nodes, mut text) = (Vec::new(), text.to_owned());
    for name in ["dev", "acceptance", "production"] {
        let node =
            MockNode::builder(format!("auto-{name}")).admin_api_key("canary-4711").start().await;
        text = text.replace(&format!("https://auto-{name}.example:11200"), node.url());
        nodes.push(node);
    }
    std::fs::create_dir(folder.join("secrets")).unwrap();
    std::fs::write(folder.join("secrets/auto-production.key"), "canary-4711\n").unwrap();
    let file = write(folder, "estate.yaml", &text);
    let state = format!("sqlite:{}", folder.join("deployer.db").display());
    let deployer = project_deployer::Deployer::builder(
        project_deployer::HttpConnector::builder().build().unwrap(),
    );
    let deployer = deployer.open(&state).await.unwrap();
    drop(deployer.shutdown(std::time::Duration::from_secs(5)).await);
    (nodes, file, state)
}

const KEYS: [(&str, &str); 3] = [
    ("AUTO_DEV_KEY", "canary-4711"),
    ("AUTO_ACCEPTANCE_KEY", "canary-4711"),
    ("CHANGE_HOOK_SECRET", "canary-4711"),
];

#[tokio::test]
async fn the_example_brings_an_empty_deployer_to_three_stages_and_a_second_run_changes_nothing() {
    // F7, F8, F9, J6, M13
    let folder = tempfile::tempdir().unwrap();
    let (nodes, file, state) = example(folder.path()).await;
    let key = format!("file:{}", folder.path().join("plan.key").display());
    let saved = folder.path().join("change.plan").display().to_string();
    let plan = [
        "plan",
        &file,
        "--database",
        &state,
        "--out",
        &saved,
        "--plan-key",
        &key,
        "--output",
        "json",
    ];
    let (code, output, errors) = run_with(&plan, &KEYS, "").await;
    assert_eq!(code, 1, "{output}{errors}");
    let planned: Value = serde_json::from_str(&output).unwrap();
    let kinds: Vec<_> =
        planned["changes"].as_array().unwrap().iter().map(|it| &it["kind"]).collect();
    assert_eq!(
        json!(kinds),
        json!([
            "groups",
            "groups",
            "groups",
            "users",
            "stages",
            "windows",
            "windows",
            "infrastructures",
            "infrastructures",
            "infrastructures",
            "projects"
        ])
    );
    let sealed = std::fs::read_to_string(&saved).unwrap();
    assert!(!output.contains("4711") && !sealed.contains("Acceptance"), "R13: {output}");

    // Another empty Deployer has nothing that differs from this one.
    let other = format!("sqlite:{}", folder.path().join("other.db").display());
    assert_eq!(run(&["state", "init", &other]).await.0, 0);
    let elsewhere = ["apply", "--plan", &saved, "--plan-key", &key, "--state", &other];
    let (code, _, errors) = run_with(&elsewhere, &KEYS, "").await;
    assert!(code == 3 && errors.contains("another Deployer"), "{code} {errors}");

    let apply = ["apply", "--plan", &saved, "--plan-key", &key, "--database", &state];
    let (code, output, errors) = run_with(&apply, &KEYS, "").await;
    assert_eq!(code, 0, "{output}{errors}");
    let (code, _, errors) = run_with(&apply, &KEYS, "").await;
    assert!(code == 3 && errors.contains("outdated"), "{code} {errors}");
    let (code, output, errors) = run_with(&["apply", &file, "--database", &state], &KEYS, "").await;
    assert_eq!((code, output.as_str()), (0, "Applied: 0 changes, 0 updates\n"), "{errors}");
    for node in &nodes {
        assert!(node.journal().iter().all(|call| call.method == "GET"), "no node was changed");
    }
    let export = ["export", "--database", &state, "--format", "toml", "--quiet"];
    let (code, output, errors) = run_with(&export, &[], "").await;
    assert!(code == 0 && output.contains("sql-acceptance"), "{output}{errors}");
}

/// The commands of the README that use the example, each with the lines that it shows.
fn of_the_readme() -> Vec<(Vec<&'static str>, Vec<&'static str>)> {
    let readme = include_str!("../../../../README.md");
    let (_, block) = readme.split_once("```console\n$ deployer plan").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let runs = block.split("$ deployer ").enumerate().map(|(number, run)| {
        let mut lines = run.lines();
        let begin = if number == 0 { vec!["plan"] } else { Vec::new() };
        let words = lines.next().unwrap().split_whitespace();
        (begin.into_iter().chain(words).collect(), lines.collect())
    });
    runs.collect()
}

#[tokio::test]
async fn the_readme_shows_what_the_command_prints() {
    // J6
    let folder = tempfile::tempdir().unwrap();
    let (nodes, file, state) = example(folder.path()).await;
    let runs = of_the_readme();
    assert_eq!(runs.len(), 3);
    for (arguments, shown) in runs {
        let named = |argument| match argument {
            "examples/estate.yaml" => &*file,
            "sqlite:deployer.db" => &*state,
            other => other,
        };
        let arguments: Vec<_> = arguments.into_iter().map(named).collect();
        let (code, mut output, errors) = run_with(&arguments, &KEYS, "").await;
        assert_eq!(code, i32::from(arguments[0] == "plan"), "{output}{errors}");
        for (node, name) in nodes.iter().zip(["dev", "acceptance", "production"]) {
            output = output.replace(node.url(), &format!("https://auto-{name}.example:11200"));
        }
        let mut printed = output.lines();
        let mut may_skip = false;
        for line in shown {
            if line == "…" {
                may_skip = true;
                continue;
            }
            let found = match may_skip || line.starts_with(['+', '~']) {
                true => printed.any(|printed| printed == line),
                false => printed.next() == Some(line),
            };
            assert!(found, "`{line}` is not there, or not at this place:\n{output}");
            may_skip = false;
        }
        assert_eq!(printed.next(), None, "the README ends too early:\n{output}");
    }
}

#[tokio::test]
async fn a_file_waits_for_its_time_and_is_withdrawn() {
    // M16
    let folder = tempfile::tempdir().unwrap();
    let (_nodes, file, state) = example(folder.path()).await;
    let tomorrow = SystemClock.now().as_millis() + 24 * 3600 * 1000;
    let tomorrow = Timestamp::from_millis(tomorrow).to_string();
    let apply = ["apply", &*file, "--database", &*state];
    let at = [&apply[..], &["--at", &*tomorrow]].concat();
    let waits = [&at[..], &["--output", "json"]].concat();
    let (code, _, errors) = run_with(&waits, &KEYS, "").await;
    assert!(code == 3 && errors.contains("no user of this Deployer"), "{code} {errors}");
    assert_eq!(run_with(&apply, &KEYS, "").await.0, 0);
    let text = std::fs::read_to_string(&file).unwrap().replace("Customer churn", "Churn");
    std::fs::write(&file, text).unwrap();
    let (code, output, errors) = run_with(&waits, &KEYS, "").await;
    assert_eq!(code, 0, "{output}{errors}");
    let waits: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(waits["objects"][0]["changes"], json!(["change project CHURN"]));
    let list = ["apply", "--scheduled", "--database", &*state];
    let (code, output, errors) = run_with(&list, &[], "").await;
    assert!(code == 0 && output.contains("admin"), "{output}{errors}");
    assert!(output.contains(&tomorrow), "the time is written as everywhere else: {output}");
    let withdraw = ["apply", "--withdraw", "1", "--database", &*state];
    assert_eq!(run_with(&withdraw, &[], "").await.0, 0);
    let (_, output, errors) = run_with(&list, &[], "").await;
    assert!(
        output.contains("withdrawn") && output.contains("`admin` withdrew it"),
        "{output}{errors}"
    );
    let (code, output, errors) = run_with(&at, &KEYS, "").await;
    let expected = format!("Scheduled as 2 for {tomorrow}: 1 change\n    change project CHURN\n");
    assert_eq!((code, output), (0, expected), "{errors}");
    let (code, output, errors) = run_with(&withdraw, &[], "").await;
    assert!(code == 3 && errors.contains("no file of the estate `1` waits"), "{output}{errors}");
    let deployer = product().await;
    let (code, _, errors) = on(&deployer, &["apply", "--scheduled"]).await;
    assert!(
        code == 2 && errors.contains("a Deployer of the product has no call"),
        "{code} {errors}"
    );
}

#[tokio::test]
async fn a_file_with_mistakes_ends_with_2_and_lists_them_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let text = "version: 1\nstages: [{id: A, desc: x}]\nprojects: [{key: 'a b'}]\n";
    let file = write(folder.path(), "estate.yaml", text);
    let (code, _, errors) = run(&["plan", &file]).await;
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("line 2") && errors.contains("line 3"), "{errors}");
}

/// The file of the product's own Deployer with a right and a deployment that it does not have: two changes.
async fn changed(deployer: &MockDeployer, folder: &Path) -> String {
    let file = folder.join("estate.yaml").display().to_string();
    assert_eq!(on(deployer, &["export", "--out", &file, "--quiet"]).await.0, 0);
    let text = std::fs::read_to_string(&file).unwrap().replace("ops: deploy", "ops: admin");
    let added = "deployments:\n  - id: churn\n    project: CHURN\n    infrastructure: prod\n    bundle: v1\n";
    write(folder, "changed.yaml", &text.replace("deployments: []\n", added))
}

#[tokio::test]
async fn an_apply_that_stops_in_the_middle_says_what_was_done_and_is_repeated() {
    // F7; docs/command.md: 3 is a refusal, 4 a temporary failure.
    let creation = |fault: Fault| fault.on("POST", "/project-deployer/deployments");
    let faults = [(Fault::status(403), 3), (Fault::connection_reset(), 4), (Fault::status(503), 4)];
    for (fault, expected) in faults {
        let deployer = product().await;
        let folder = tempfile::tempdir().unwrap();
        let file = changed(&deployer, folder.path()).await;
        deployer.fault(creation(fault));
        let (code, output, errors) = on(&deployer, &["apply", &file]).await;
        assert_eq!((code, output.as_str()), (expected, ""), "{errors}");
        assert!(errors.contains("change infrastructure prod"), "what was done: {errors}");
        let stopped = "deployment `churn` was not changed, after 1 change";
        assert!(errors.contains(stopped) && errors.contains("apply again"), "{errors}");
        assert!(deployer.deployment("churn").is_none(), "{errors}");
        deployer.clear_faults();
        let (code, output, errors) = on(&deployer, &["apply", &file]).await;
        assert_eq!(code, 0, "{output}{errors}");
        assert!(output.ends_with("Applied: 1 change, 0 updates\n"), "{output}");
        assert!(!output.contains("change infrastructure"), "{output}");
    }
}

#[tokio::test]
async fn an_apply_that_is_killed_in_the_middle_goes_on_when_it_is_repeated() {
    // F7
    let deployer = product().await;
    let folder = tempfile::tempdir().unwrap();
    let file = changed(&deployer, folder.path()).await;
    let gate = Gate::new();
    deployer.fault(Fault::held_by(&gate).on("POST", "/project-deployer/deployments"));
    let key = deployer.admin_api_key();
    let environment = [("DKU_DSS_URL", deployer.url()), ("DKU_API_KEY", &*key)];
    run_and_kill_when(&["apply", &file], &environment, gate.reached_by(1)).await;
    let rights = &deployer.infra_settings("prod").unwrap()["permissions"];
    assert_eq!(rights[0]["admin"], true, "the first change was made: {rights}");
    // The call that was under way stays where it is.
    deployer.clear_faults();
    let (code, output, errors) = on(&deployer, &["apply", &file]).await;
    assert!(code == 0 && output.contains("Applied: "), "{output}{errors}");
    assert!(deployer.deployment("churn").is_some());
    let (code, output, errors) = on(&deployer, &["diff", &file]).await;
    assert!(code == 0 && output.ends_with("No difference\n"), "{output}{errors}");
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
#[tokio::test]
async fn what_may_hold_secrets_is_written_for_its_owner_alone() {
    // R13, M13
    use std::os::unix::fs::PermissionsExt as _;
    let deployer = product().await;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["estate.yaml", "change.plan"] {
        // Also where a file is there that everybody may read.
        std::fs::write(at(name), "").unwrap();
        std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let file = at("estate.yaml").display().to_string();
    for included in ["variables", "hooks"] {
        let export = ["export", "--out", &file, "--include", included, "--quiet"];
        let (code, _, errors) = on(&deployer, &export).await;
        assert_eq!((code, mode(&at("estate.yaml"))), (0, 0o600), "{errors}");
        std::fs::set_permissions(at("estate.yaml"), std::fs::Permissions::from_mode(0o644))
            .unwrap();
    }
    let key = format!("file:{}", at("plan.key").display());
    let saved = at("change.plan").display().to_string();
    let (code, _, errors) =
        on(&deployer, &["plan", &file, "--out", &saved, "--plan-key", &key]).await;
    assert!(code < 2, "{errors}");
    assert_eq!((mode(&at("change.plan")), mode(&at("plan.key"))), (0o600, 0o600));
}
