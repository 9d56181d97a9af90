use std::path::Path;

use project_deployer_testkit::{MockGroup, MockInfra, MockNode, MockUser, Outcome};
use serde_json::Value;

use super::installation::Installation;
use super::product::product;
use crate::command::run_with;

fn results(output: &str) -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(output).unwrap();
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let entries = document["objects"].as_array().unwrap().iter();
    entries.map(|entry| (text(entry, "deployment"), text(entry, "result"))).collect()
}

fn is(results: &[(String, String)], expected: &[(&str, &str)]) -> bool {
    results
        .iter()
        .map(|(name, result)| (name.as_str(), result.as_str()))
        .eq(expected.iter().copied())
}

async fn updates_of(it: &Installation, deployment: &str) -> usize {
    let (_, listed, _) = it.http(&["update", "list", deployment, "-o", "json"]).await;
    let listed: Value = serde_json::from_str(&listed).unwrap_or_default();
    listed["objects"].as_array().map_or(0, Vec::len)
}

/// A second node for the stage before production.
async fn with_a_test_node(it: &Installation) -> MockNode {
    let node = MockNode::builder("auto-test")
        .group(MockGroup::creators("deployers"))
        .user(MockUser::new("dana").in_group("deployers"))
        .start()
        .await;
    std::fs::write(it.file("test.key"), node.admin_api_key()).unwrap();
    let key = it.path("test.key");
    let create = ["infra", "create", "test", "--stage", "Test", "--node-url", node.url()];
    let (code, _, errors) = it.http(&[&create[..], &["--node-key-file", &key]].concat()).await;
    assert_eq!(code, 0, "{errors}");
    let rights = r#"{"permissions": [{"group": "releasers", "deploy": true, "read": true}]}"#;
    assert_eq!(it.http_with(&["infra", "edit", "test", "--patch", "-"], rights).await.0, 0);
    node
}

#[tokio::test]
async fn a_release_promotes_what_is_good_and_may_be_called_again() {
    let it = Installation::start().await;
    it.fill().await;
    let test_node = with_a_test_node(&it).await;
    let (bundle, report) = (it.path("churn-v3.zip"), it.path("report.xml"));
    let arguments = [
        "release",
        &bundle,
        "--to",
        "churn-test=test",
        "--to",
        "churn-prod=prod",
        "--run-tests",
        "--git-commit",
        "9fceb02",
        "--junit",
        &report,
        "--as",
        "dana",
        "-o",
        "json",
    ];
    // The test scenario fails on the first node, so that production is not reached.
    let environment = [("DKU_DSS_URL", it.service.url.as_str()), ("DKU_API_KEY", &it.key)];
    let (code, output, errors) = {
        let failing =
            [&arguments[..], &["--", "sh", "-c", "test $DEPLOYER_DEPLOYMENT != churn-test"]];
        run_with(&failing.concat(), &environment, "").await
    };
    assert_eq!(code, 1, "{output}{errors}");
    let expected = [("churn-test", "failed"), ("churn-prod", "not reached")];
    assert!(is(&results(&output), &expected), "{output}");
    let junit = std::fs::read_to_string(&report).unwrap();
    assert!(
        junit.contains("<failure message=\"the test command `sh` failed for `churn-test`"),
        "{junit}"
    );
    assert_eq!(it.http(&["deployment", "show", "churn-prod"]).await.0, 3);

    let (code, output, errors) = it.http(&arguments).await;
    assert_eq!(code, 0, "{output}{errors}");
    let expected = [("churn-test", "already released"), ("churn-prod", "released")];
    assert!(is(&results(&output), &expected), "{output}");
    let junit = std::fs::read_to_string(&report).unwrap();
    assert!(junit.contains("SUCCESS: 1") && !junit.contains("<failure"), "{junit}");

    // On the machine itself it is the same, and no further update runs.
    let (code, output, errors) = it.local_with(&arguments, "").await;
    assert_eq!(code, 0, "{output}{errors}");
    let expected = [("churn-test", "already released"), ("churn-prod", "already released")];
    assert!(is(&results(&output), &expected), "{output}");
    assert_eq!((updates_of(&it, "churn-test").await, updates_of(&it, "churn-prod").await), (1, 1));
    let (_, shown, _) = it.http(&["bundle", "show", "CHURN", "v3"]).await;
    assert!(shown.contains("gitCommit: 9fceb02"), "{shown}");
    refused(&it, &test_node).await;
}

/// What a release refuses, and what it does not touch then.
async fn refused(it: &Installation, test_node: &MockNode) {
    // The same id with other contents.
    let other = project_deployer_testkit::BundleBuilder::new("CHURN", "v3").release_notes("Other");
    std::fs::write(it.file("other.zip"), other.build().unwrap()).unwrap();
    let path = it.path("other.zip");
    let (code, output, errors) = it.http(&["release", &path, "--to", "churn-test"]).await;
    assert!(code == 3 && errors.contains("other contents"), "{output}{errors}");
    let published =
        ["release", "--project", "CHURN", "--bundle", "v1", "--as", "dana", "-o", "json"];
    let (code, _, errors) = it.http(&[&published[..], &["--to", "nowhere"]].concat()).await;
    assert!(code == 3 && errors.contains("--to nowhere=INFRA"), "{errors}");
    let (code, _, errors) = it.http(&[&published[..], &["--to", "churn-test=prod"]].concat()).await;
    assert!(code == 2 && errors.contains("is on infrastructure `test`"), "{errors}");
    // A node on which `dana` has no account any more: the update fails, and says why.
    test_node.remove_user("dana");
    let junit = it.path("failed.xml");
    let to_test = [&published[..], &["--to", "churn-test", "--junit", &junit]].concat();
    let (code, output, errors) = it.http(&to_test).await;
    assert_eq!(code, 3, "{output}{errors}");
    assert!(is(&results(&output), &[("churn-test", "failed")]), "{output}");
    assert!(std::fs::read_to_string(Path::new(&junit)).unwrap().contains("<failure"));
}

#[tokio::test]
async fn a_release_works_on_a_deployer_of_the_product_and_keeps_the_commit_as_a_tag() {
    let deployer = product().await;
    let key = deployer.admin_api_key();
    let environment = [
        ("DKU_DSS_URL", deployer.url()),
        ("DKU_API_KEY", key.as_str()),
        // What the pipeline has checked out is not what a bundle was made of that it did not make.
        ("CI_COMMIT_SHA", "0000000d0ae598e95dc970b74767f19372d61af8"),
    ];
    let arguments =
        ["release", "--project", "CHURN", "--bundle", "v1", "--to", "churn=prod", "--run-tests"];
    let release =
        async || run_with(&[&arguments[..], &["-o", "json"]].concat(), &environment, "").await;
    let commit = ["--git-commit", "9fceb02d0ae598e95dc970b74767f19372d61af8", "-o", "json"];
    let named = [&arguments[..], &commit].concat();
    let (code, output, errors) = run_with(&named, &environment, "").await;
    assert!(code == 0 && is(&results(&output), &[("churn", "released")]), "{output}{errors}");
    let (code, output, errors) = release().await;
    assert!(
        code == 0 && is(&results(&output), &[("churn", "already released")]),
        "{output}{errors}"
    );
    let deployment = deployer.deployment("churn").unwrap();
    assert_eq!(deployment.updates.len(), 1);
    let tags = &deployment.settings["tags"];
    assert_eq!(tags, &serde_json::json!(["git-commit:9fceb02d0ae598e95dc970b74767f19372d61af8"]));
    // An update that was aborted is none.
    deployer.set_update_outcome("churn", Outcome::Aborted);
    let update = ["update", "start", "churn", "--wait"];
    assert_eq!(run_with(&update, &environment, "").await.0, 3);
    let (code, output, errors) = release().await;
    assert!(code == 3 && is(&results(&output), &[("churn", "failed")]), "{output}{errors}");
    deployer.set_update_outcome("churn", Outcome::Success);
    let (code, output, errors) = release().await;
    assert!(code == 0 && is(&results(&output), &[("churn", "released")]), "{output}{errors}");
    deployer.set_update_outcome("churn", Outcome::Failed);
    let next = ["release", "--project", "CHURN", "--bundle", "v2", "--to", "churn"];
    let (code, output, errors) = run_with(&next, &environment, "").await;
    assert_eq!(code, 3, "{output}{errors}");
    assert!(errors.contains("the update of `churn` to bundle `v2` ended: failed"), "{errors}");
}

#[tokio::test]
async fn a_deployment_of_unknown_health_is_not_promoted() {
    let deployer = product().await;
    deployer.put_infra(MockInfra::new("test", "Test").node(
        "auto-test",
        "https://auto-test.example",
        "key",
    ));
    let key = deployer.admin_api_key();
    let environment = [("DKU_DSS_URL", deployer.url()), ("DKU_API_KEY", key.as_str())];
    let ask = async |arguments: &[&str]| run_with(arguments, &environment, "").await;
    let create = ["deployment", "create", "churn-test", "--infra", "test", "--project", "CHURN"];
    let (code, _, errors) = ask(&[&create[..], &["--bundle", "v1"]].concat()).await;
    assert_eq!(code, 0, "{errors}");
    // A word that a later release of the product adds is unknown as well.
    for word in ["UNKNOWN", "A_WORD_OF_LATER"] {
        deployer.set_health("churn-test", word, "the node does not say");
        let release = ["release", "--project", "CHURN", "--bundle", "v1", "--to", "churn-test"];
        let rest = ["--to", "churn-prod=prod", "-o", "json"];
        let (code, output, errors) = ask(&[&release[..], &rest].concat()).await;
        assert_eq!(code, 1, "{output}{errors}");
        let expected = [("churn-test", "failed"), ("churn-prod", "not reached")];
        assert!(is(&results(&output), &expected), "{output}");
        assert!(errors.contains("the health of `churn-test` is unknown"), "{errors}");
        assert!(deployer.deployment("churn-prod").is_none(), "{word}");
    }
}

#[tokio::test]
async fn a_release_outside_windows_needs_a_reason_of_an_administrator() {
    // B5: what a pipeline does in an emergency.
    let it = Installation::start().await;
    it.fill().await;
    let add = ["window", "add", "freeze", "--everything", "--deny", "--cron", "0 0 * * *"];
    let (code, _, errors) =
        it.http(&[&add[..], &["--for", "1d", "--reason", "annual accounts"]].concat()).await;
    assert_eq!(code, 0, "{errors}");
    let bundle = it.path("churn-v3.zip");
    let release = ["release", &*bundle, "--to", "churn=prod", "-o", "json"];
    let glass = [&release[..], &["--break-glass", "the model harms customers"]].concat();
    let (code, output, errors) = it.http(&[&glass[..], &["--as", "dana"]].concat()).await;
    assert_eq!(code, 3, "dana may deploy, and administers nothing: {output}{errors}");
    assert!(errors.contains("only administrators of infrastructure `prod`"), "{errors}");
    for reason in [" ", &"x".repeat(1001)] {
        let (code, _, errors) = it.http(&[&release[..], &["--break-glass", reason]].concat()).await;
        assert!(code == 2 && errors.contains("at most 1000 bytes"), "{code} {errors}");
    }
    assert_eq!(it.http(&["bundle", "show", "CHURN", "v3"]).await.0, 3, "it is not published");
    let (code, output, errors) = it.http(&release).await;
    assert!(code == 3 && errors.contains("`freeze`"), "{code} {output}{errors}");
    assert!(is(&results(&output), &[("churn", "failed")]), "{output}");
    assert_eq!(updates_of(&it, "churn").await, 0);
    let (code, output, errors) = it.http(&glass).await;
    assert_eq!(code, 0, "{output}{errors}");
    assert!(is(&results(&output), &[("churn", "released")]), "{output}");
    let state = format!("sqlite:{}/deployer.db", it.path("data"));
    let (code, audit, errors) =
        run_with(&["audit", "list", &state, "--action", "update", "-o", "json"], &[], "").await;
    assert_eq!(code, 0, "{errors}");
    assert!(audit.contains("the model harms customers"), "{audit}");
}
