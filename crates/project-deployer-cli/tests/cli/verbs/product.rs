use project_deployer_testkit::{
    BundleBuilder, Fault, Gate, GovernPolicy, MockDeployer, MockGrant, MockGroup, MockInfra,
    MockNode, MockPublishedProject, MockUser, Outcome,
};
use serde_json::{Value, json};

use crate::command::run_with;

/// A Deployer of the product with a deployer `dana` and a visitor `vic`.
pub(super) async fn product() -> MockDeployer {
    let node = MockNode::builder("deployer")
        .group(MockGroup::new("releasers"))
        .user(MockUser::new("dana").in_group("releasers"))
        .user(MockUser::new("vic"));
    let infra = MockInfra::new("prod", "Production")
        .node("auto", "https://auto.example", "key")
        .granting(MockGrant::to("releasers").deploy());
    let project =
        MockPublishedProject::new("CHURN").granting(MockGrant::to("releasers").write().deploy());
    let deployer = MockDeployer::on(node).infra(infra).project(project).start().await;
    for bundle in ["v1", "v2"] {
        deployer.publish(&BundleBuilder::new("CHURN", bundle)).unwrap();
    }
    deployer
}

async fn run(deployer: &MockDeployer, arguments: &[&str], input: &str) -> (i32, String, String) {
    let key = deployer.admin_api_key();
    let environment = [("DKU_DSS_URL", deployer.url()), ("DKU_API_KEY", &key)];
    run_with(arguments, &environment, input).await
}

#[tokio::test]
async fn the_same_verbs_work_on_a_deployer_of_the_product() {
    let deployer = product().await;
    let ask = async |arguments: &[&str]| run(&deployer, arguments, "").await;
    let create = [
        "deployment",
        "create",
        "churn",
        "--infra",
        "prod",
        "--project",
        "CHURN",
        "--bundle",
        "v1",
    ];
    let (code, output, errors) = ask(&[&create[..], &["--wait", "--as", "dana"]].concat()).await;
    assert!(code == 0 && output.contains("status: SUCCESS"), "{output}{errors}");
    assert!(errors.contains("Activated bundle v1"), "{errors}");
    deployer.set_update_outcome("churn", Outcome::Failed);
    let rollback = ask(&["rollback", "churn", "--to", "v2", "--wait"]).await;
    assert!(rollback.0 == 3 && rollback.1.contains("status: FAILED"), "{rollback:?}");
    deployer.set_update_outcome("churn", Outcome::Warning);
    // The update that failed before is not taken for this one.
    let started = ask(&["update", "start", "churn", "--wait"]).await;
    assert!(started.0 == 1 && started.1.contains("status: WARNING"), "{started:?}");
    let (code, listed, _) = ask(&["update", "list", "churn", "-o", "json"]).await;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((code, listed["objects"].as_array().unwrap().len()), (0, 3));
    for lists in [
        ["infra", "list"],
        ["stage", "list"],
        ["project", "list"],
        ["user", "list"],
        ["group", "list"],
    ] {
        let (code, output, errors) = ask(&lists).await;
        assert!(code == 0 && output.lines().count() > 1, "{lists:?}: {output}{errors}");
    }
    let glass = ["--break-glass", "the model harms customers"];
    for start in [&["update", "start", "churn"][..], &["rollback", "churn", "--to", "v1"]] {
        let (code, _, errors) = ask(&[start, &glass].concat()).await;
        assert!(code == 2 && errors.contains("has no call to start"), "{start:?}: {errors}");
    }
    let (code, _, errors) = ask(&["stage", "create", "QA"]).await;
    assert!(code == 2 && errors.contains("no call to create stage"), "{errors}");
    let key =
        ask(&["key", "create", "--label", "pipeline", "--global", "--group", "releasers"]).await;
    assert_eq!((key.0, key.1.lines().count()), (0, 1), "{key:?}");
    let (_, listed, _) = ask(&["key", "list", "--global", "-o", "json"]).await;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let of_pipeline = |key: &&Value| key["label"] == "pipeline";
    let id = listed["objects"].as_array().unwrap().iter().find(of_pipeline).unwrap()["id"].clone();
    let edit = ["key", "edit", id.as_str().unwrap(), "--global", "--description", "Nightly"];
    let edited = ask(&edit).await;
    assert_eq!(edited.0, 0, "{edited:?}");
    let shown = ask(&["key", "show", id.as_str().unwrap(), "--global"]).await;
    assert!(
        shown.1.contains("description: Nightly") && shown.1.contains("- releasers"),
        "{shown:?}"
    );
    let patch = r#"{"displayName": "Vic"}"#;
    let edited = run(&deployer, &["user", "edit", "vic", "--patch", "-"], patch).await;
    assert_eq!(edited.0, 0, "{edited:?}");
}

#[tokio::test]
async fn can_i_says_no_of_the_product_only_when_the_right_is_missing() {
    let deployer = product().await;
    let ask =
        async |arguments: &[&str]| run(&deployer, &[&["can-i"], arguments].concat(), "").await;
    let deploy = ["create-deployment", "--infra", "prod", "--project", "CHURN"];
    let of = |login| [&deploy[..], &["--user", login]].concat();
    let own = ask(&deploy).await;
    assert_eq!(own.0, 0, "{own:?}");
    assert_eq!(ask(&of("dana")).await.0, 0);
    let no = ask(&of("vic")).await;
    assert!(no.0 == 1 && no.1.starts_with("no: "), "{no:?}");
    // Nobody has this login, so that there is no answer.
    let unknown = ask(&of("nobody")).await;
    assert_eq!((unknown.0, unknown.1.as_str()), (3, ""), "{unknown:?}");
    let half = ask(&["create-deployment", "--infra", "prod", "--user", "dana"]).await;
    assert!(half.0 == 2 && half.2.contains("--infra and --project"), "{half:?}");
    let admin = ask(&["edit-infra-settings", "--infra", "prod", "--user", "dana"]).await;
    assert_eq!(admin.0, 1, "{admin:?}");
}

/// A rollback to `v2` that is refused while somebody else edits the settings; then the settings and standard error.
async fn refused_beside(edit: &str) -> (Value, String) {
    let deployer = product().await;
    deployer.publish(&BundleBuilder::new("CHURN", "v3")).unwrap();
    deployer.approve("CHURN", "v1");
    let create = ["deployment", "create", "churn", "--infra", "prod", "--project", "CHURN"];
    let (code, _, errors) = run(&deployer, &[&create[..], &["--bundle", "v1"]].concat(), "").await;
    assert_eq!(code, 0, "{errors}");
    let gate = Gate::new();
    deployer.fault(Fault::held_by(&gate).on("POST", "/project-deployer/deployments/churn/**"));
    let rollback = run(&deployer, &["rollback", "churn", "--to", "v2"], "");
    let meanwhile = async {
        gate.reached_by(1).await;
        assert_eq!(deployer.deployment("churn").unwrap().settings["bundleId"], "v2");
        let (code, _, errors) =
            run(&deployer, &["deployment", "edit", "churn", "--patch", "-"], edit).await;
        assert_eq!(code, 0, "{errors}");
        // From now on no bundle without approval is deployed.
        let prod = MockInfra::new("prod", "Production").node("auto", "https://auto.example", "key");
        deployer.put_infra(prod.checking(GovernPolicy::Prevent));
        gate.open();
    };
    let ((code, output, errors), ()) = tokio::join!(rollback, meanwhile);
    assert_eq!((code, output.as_str()), (3, ""), "{errors}");
    (deployer.deployment("churn").unwrap().settings, errors)
}

#[tokio::test]
async fn a_rollback_that_is_refused_puts_its_bundle_back_and_leaves_the_edits_of_others() {
    // F21
    let (settings, errors) = refused_beside(r#"{"tags": ["weekly"]}"#).await;
    assert_eq!((&settings["bundleId"], &settings["tags"]), (&json!("v1"), &json!(["weekly"])));
    assert!(errors.contains("name bundle `v1` again"), "{errors}");
    let (settings, errors) = refused_beside(r#"{"bundleId": "v3"}"#).await;
    assert_eq!(settings["bundleId"], "v3", "{errors}");
    assert!(!errors.contains("again") && !errors.contains("put back"), "{errors}");
}

#[tokio::test]
async fn what_only_a_deployer_of_this_project_has_is_said_with_a_word_that_helps() {
    let deployer = product().await;
    let key = deployer.admin_api_key();
    let at = ["update", "start", "churn", "--at", "2099-01-01"];
    let start = ["maintenance", "start", "--everything", "--reason", "x"];
    let add = [
        "window",
        "add",
        "nights",
        "--everything",
        "--allow",
        "--cron",
        "0 22 * * *",
        "--for",
        "8h",
        "--reason",
        "x",
    ];
    let set = ["watch", "set", "--everything", "--health", "60"];
    let ignore = ["watch", "ignore", "--everything", "--kind", "login", "--reason", "x"];
    let acknowledge = ["finding", "acknowledge", "f1", "--note", "x"];
    let release = ["release", "--project", "CHURN", "--bundle", "v1", "--to", "churn=prod"];
    let release = [&release[..], &["--break-glass", "x"]].concat();
    let webhook = ["webhook", "create", "ops", "--url", "https://chat.example/x"];
    let calls: [&[&str]; 27] = [
        &["infra", "try-hook", "prod", "pre", "x"],
        &["infra", "rotate-key", "prod"],
        &["infra", "rotations", "prod"],
        &release,
        &["maintenance", "list"],
        &["maintenance", "end", "--infra", "prod"],
        &["window", "list"],
        &add,
        &["window", "remove", "nights", "--everything"],
        &["update", "start", "churn", "--next-window"],
        &start,
        &at,
        &["update", "scheduled"],
        &["update", "unschedule", "churn"],
        &["deployment", "plan", "churn"],
        &["watch", "show"],
        &set,
        &["watch", "run", "prod"],
        &["watch", "ignored"],
        &ignore,
        &["finding", "list"],
        &acknowledge,
        &["webhook", "list"],
        &webhook,
        &["fleet", "list"],
        &["fleet", "plan", "cloud"],
        &["fleet", "release", "cloud", "prod"],
    ];
    for call in calls {
        let (code, output, errors) = run(&deployer, call, "").await;
        assert_eq!((code, output.as_str()), (2, ""), "{call:?}: {errors}");
        assert!(errors.contains("a Deployer of the product has no call to"), "{call:?}: {errors}");
        assert!(!errors.contains(&key), "{call:?}");
    }
    assert!(deployer.deployment("churn").is_none(), "a release that is refused creates nothing");
}
