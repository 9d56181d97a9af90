use serde_json::{Value, json};

use super::installation::Installation;

/// Longer than a test: the service does no round by itself.
const WEEK: &str = "604800";

fn objects(output: &str) -> Value {
    let shown: Value = serde_json::from_str(output).unwrap_or_default();
    shown["objects"].clone()
}

/// What both ways show, which is the same.
async fn shown(it: &Installation, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--output", "json"]].concat();
    let (code, there, errors) = it.http(&arguments).await;
    assert_eq!(code, 0, "{arguments:?}: {errors}");
    let (code, here, errors) = it.local_with(&arguments, "").await;
    assert_eq!(code, 0, "{arguments:?}: {errors}");
    assert_eq!(objects(&there), objects(&here), "{arguments:?}");
    objects(&there)
}

/// An infrastructure with a deployment that does not match its settings.
async fn out_of_sync() -> Installation {
    let it = Installation::start().await;
    it.fill().await;
    let create = ["deployment", "create", "churn", "--infra", "prod", "--project", "CHURN"];
    let create = [&create[..], &["--bundle", "v1", "--wait", "--as", "dana"]].concat();
    let (code, output, errors) = it.http(&create).await;
    assert_eq!(code, 0, "{output}{errors}");
    let patch = r#"{"bundleId": "v2"}"#;
    let edit = ["deployment", "edit", "churn", "--patch", "-"];
    let (code, output, errors) = it.http_with(&edit, patch).await;
    assert_eq!(code, 0, "{output}{errors}");
    it
}

#[tokio::test]
async fn watching_is_the_same_over_http_and_on_the_machine() {
    // D9, G7, M18
    let it = out_of_sync().await;
    for way in ["http", "local"] {
        let run = async |arguments: &[&str]| {
            let (code, output, errors) = match way {
                "http" => it.http(arguments).await,
                _ => it.local_with(arguments, "").await,
            };
            assert_eq!(code, 0, "{way} {arguments:?}: {output}{errors}");
            output
        };
        run(&["watch", "set", "--everything", "--parity", WEEK]).await;
        run(&["watch", "set", "--infra", "prod", "--health", WEEK]).await;
        let watched = shown(&it, &["watch", "show"]).await;
        assert_eq!(
            (&watched[0]["every"], &watched[1]["every"]),
            (&json!("604800 s"), &json!(null))
        );
        run(&["watch", "run", "prod", "--check", "health"]).await;
        let found = shown(&it, &["finding", "list", "--infra", "prod", "--check", "health"]).await;
        assert_eq!(
            (&found[0]["kind"], &found[0]["severity"]),
            (&json!("out-of-sync"), &json!("WARNING"))
        );
        let id = found[0]["id"].as_str().unwrap();
        run(&["finding", "acknowledge", id, "--note", "v2 comes tonight", "--until", "2099-01-01"])
            .await;
        let known = shown(&it, &["finding", "list"]).await;
        assert_eq!(known[0]["acknowledgedBy"], "admin");
        assert_eq!(known[0]["acknowledgedUntil"], "2099-01-01T00:00:00Z");
        run(&["finding", "unacknowledge", id]).await;

        let ignore = ["watch", "ignore", "--infra", "prod", "--kind", "out-of-sync"];
        run(&[&ignore[..], &["--field", "bundleId", "--reason", "a trial"]].concat()).await;
        let rules = shown(&it, &["watch", "ignored"]).await;
        assert_eq!(
            (&rules[0]["scope"], &rules[0]["reason"]),
            (&json!("infrastructure/prod"), &json!("a trial"))
        );
        assert_eq!(shown(&it, &["finding", "list"]).await[0]["ignored"], "a trial");
        let watched = shown(&it, &["watch", "show"]).await;
        assert_eq!((&watched[0]["open"], &watched[0]["ignored"]), (&json!(0), &json!(1)));
        let rule = rules[0]["id"].as_str().unwrap();
        run(&["watch", "unignore", rule, "--infra", "prod"]).await;
        assert_eq!(shown(&it, &["finding", "list"]).await[0]["ignored"], json!(null));
        run(&["watch", "remove", "--infra", "prod"]).await;
        run(&["watch", "remove", "--everything"]).await;
    }
}

#[tokio::test]
async fn a_call_that_the_service_refuses_speaks_of_no_node() {
    // M18
    let it = Installation::start().await;
    for refused in [
        &["finding", "acknowledge", "nothing", "--note", "known"][..],
        &["webhook", "try", "nothing"],
        &["watch", "remove", "--infra", "nothing"],
    ] {
        let (code, _, errors) = it.http(refused).await;
        assert_eq!(code, 3, "{refused:?}: {errors}");
        assert!(!errors.contains("node"), "{refused:?}: {errors}");
    }
}

#[tokio::test]
async fn webhooks_are_the_same_over_http_and_on_the_machine_and_a_secret_is_shown_once() {
    // G8, J8, R13
    let it = Installation::start().await;
    for way in ["http", "local"] {
        let run = async |arguments: &[&str]| match way {
            "http" => it.http(arguments).await,
            _ => it.local_with(arguments, "").await,
        };
        let url = "https://chat.invalid/deployer";
        let create =
            ["webhook", "create", "ops", "--url", url, "--stage", "Production", "-o", "json"];
        let (code, made, errors) = run(&create).await;
        assert_eq!(code, 0, "{errors}");
        let secret = objects(&made)[0]["secret"].as_str().unwrap().to_owned();
        assert!(secret.starts_with("whsec_") && !errors.contains(&secret), "{errors}");
        let listed = shown(&it, &["webhook", "list"]).await;
        assert_eq!(
            (&listed[0]["id"], &listed[0]["stages"]),
            (&json!("ops"), &json!(["Production"]))
        );
        assert!(!listed.to_string().contains(&secret));
        let edit =
            ["webhook", "edit", "ops", "--url", url, "--event", "health.changed", "-o", "json"];
        let (_, kept, _) = run(&edit).await;
        assert_eq!(objects(&kept)[0]["secret"], json!(null), "it keeps its secret");
        let (_, other, _) = run(&[&edit[..], &["--off", "--new-secret"]].concat()).await;
        assert_ne!(objects(&other)[0]["secret"], json!(secret));
        let listed = shown(&it, &["webhook", "list"]).await;
        assert_eq!(
            (&listed[0]["enabled"], &listed[0]["events"]),
            (&json!(false), &json!(["health.changed"]))
        );
        let (code, output, errors) = run(&["webhook", "try", "ops"]).await;
        assert_eq!((code, output.as_str()), (3, ""), "{errors}");
        assert!(errors.contains("did not take it"), "{errors}");
        assert!(errors.contains("the receiver") && !errors.contains("node"), "{errors}");
        assert_eq!(shown(&it, &["webhook", "deliveries", "ops"]).await, json!([]));
        let (_, none, _) = run(&["webhook", "deliveries", "ops"]).await;
        assert_eq!(none, "no delivery\n");
        assert_eq!(run(&["webhook", "delete", "ops"]).await.0, 0);
        assert_eq!(run(&["webhook", "deliveries", "ops"]).await.0, 3, "there is none any more");
    }
}
