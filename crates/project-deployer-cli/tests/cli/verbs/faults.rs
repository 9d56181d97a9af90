use serde_json::Value;

use super::installation::Installation;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// What must not happen, over HTTP and on the machine itself.
#[tokio::test]
async fn verbs_refuse_what_would_harm_and_leave_everything_as_it_was() {
    let installation = Installation::start().await;
    installation.fill().await;
    a_global_key_never_gets_all_rights_by_leaving_something_out(&installation).await;
    an_edit_of_a_key_changes_what_it_names_and_keeps_its_secret(&installation).await;
    a_key_of_somebody_else_is_none_of_the_caller(&installation).await;
    an_edit_of_something_that_changed_is_refused(&installation).await;
    a_rollback_whose_update_is_refused_leaves_the_settings(&installation).await;
    a_question_about_rights_has_an_answer_or_an_error(&installation).await;
    what_is_refused_is_not_done_by_half(&installation).await;
    what_is_not_there_or_not_possible_is_said(&installation).await;
}

async fn a_global_key_never_gets_all_rights_by_leaving_something_out(it: &Installation) {
    let arguments = ["key", "create", "--label", "x", "--global"];
    for (code, output, errors) in [it.http(&arguments).await, it.local_with(&arguments, "").await] {
        assert_eq!((code, output.as_str()), (2, ""));
        assert!(errors.contains("--administrator"), "{errors}");
    }
    let (_, listed, _) = it.http(&["key", "list", "--global", "-o", "json"]).await;
    assert_eq!(json(&listed)["objects"], serde_json::json!([]), "{listed}");
    let all = [&arguments[..], &["--administrator", "-o", "json"]].concat();
    let (code, made, errors) = it.local_with(&all, "").await;
    assert_eq!(code, 0, "{errors}");
    let made = &json(&made)["objects"][0];
    let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    assert!(!errors.contains(secret), "{errors}");
    let environment = [("DKU_DSS_URL", it.service.url.as_str()), ("DKU_API_KEY", secret)];
    let users = || crate::command::run_with(&["user", "list"], &environment, "");
    assert_eq!(users().await.0, 0);
    let (_, shown, _) = it.http(&["key", "show", id, "--global", "-o", "json"]).await;
    assert_eq!(json(&shown)["objects"][0]["admin"], true);
    assert!(!shown.contains(secret));
    assert_eq!(it.http(&["key", "delete", id, "--global"]).await.0, 0);
    assert_eq!(users().await.0, 3);
}

async fn an_edit_of_a_key_changes_what_it_names_and_keeps_its_secret(it: &Installation) {
    for way in ["http", "local"] {
        let run = async |arguments: &[&str]| match way {
            "http" => it.http(arguments).await,
            _ => it.local_with(arguments, "").await,
        };
        let create = ["key", "create", "--label", "a", "--description", "b", "-o", "json"];
        let global = ["--global", "--group", "releasers"];
        for (options, others) in [(&[][..], &[][..]), (&global, &["--administrator"])] {
            let (code, made, errors) = run(&[&create[..], options].concat()).await;
            assert_eq!(code, 0, "{errors}");
            let made = &json(&made)["objects"][0];
            let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
            let kind = &options[..options.len().min(1)];
            let edit = [&["key", "edit", id, "--label", "c"][..], kind, others].concat();
            let (code, output, errors) = run(&edit).await;
            assert_eq!((code, output), (0, format!("edited key `{id}`\n")), "{errors}");
            let (_, shown, _) = run(&[&["key", "show", id, "-o", "json"][..], kind].concat()).await;
            let shown = &json(&shown)["objects"][0];
            assert_eq!((&shown["label"], &shown["description"]), (&"c".into(), &"b".into()));
            assert_eq!(shown["admin"], !others.is_empty(), "{shown}");
            let environment = [("DKU_DSS_URL", it.service.url.as_str()), ("DKU_API_KEY", secret)];
            let users = crate::command::run_with(&["user", "list"], &environment, "").await;
            assert_eq!(users.0, 0, "its secret stays: {users:?}");
            assert_eq!(run(&[&["key", "delete", id][..], kind].concat()).await.0, 0);
        }
    }
}

async fn a_key_of_somebody_else_is_none_of_the_caller(it: &Installation) {
    // Also for an administrator, to whom the service would give it.
    let create = ["key", "create", "--label", "a", "--for", "dana", "-o", "json"];
    let (code, made, errors) = it.http(&create).await;
    assert_eq!(code, 0, "{errors}");
    let made = &json(&made)["objects"][0];
    let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    let edit: &[&str] = &["key", "edit", id, "--label", "c"];
    for arguments in [edit, &["key", "show", id], &["key", "delete", id]] {
        for refused in [it.http(arguments).await, it.local_with(arguments, "").await] {
            assert_eq!((refused.0, refused.1.as_str()), (3, ""), "{arguments:?}: {refused:?}");
            assert!(refused.2.contains("is not one of yours"), "{arguments:?}: {refused:?}");
        }
    }
    let environment = [("DKU_DSS_URL", it.service.url.as_str()), ("DKU_API_KEY", secret)];
    let own =
        async |arguments: &[&str]| crate::command::run_with(arguments, &environment, "").await;
    let (_, shown, errors) = own(&["key", "show", id, "-o", "json"]).await;
    assert_eq!(json(&shown)["objects"][0]["label"], "a", "{errors}");
    assert_eq!(own(edit).await.0, 0);
    assert_eq!(own(&["key", "delete", id]).await.0, 0);
}

async fn an_edit_of_something_that_changed_is_refused(it: &Installation) {
    for way in ["http", "local"] {
        let run = async |arguments: &[&str], input: &str| match way {
            "http" => it.http_with(arguments, input).await,
            _ => it.local_with(arguments, input).await,
        };
        let (_, seen, _) = run(&["infra", "settings", "prod", "-o", "json"], "").await;
        let revision = json(&seen)["revision"].as_str().unwrap().to_owned();
        let patch = format!(r#"{{"deployAsUser": "{way}"}}"#);
        let first = ["infra", "edit", "prod", "--patch", "-", "--expect", &revision];
        assert_eq!(run(&first, &patch).await.0, 0);
        let (code, _, errors) = run(&first, r#"{"deployAsUser": "late"}"#).await;
        assert!(code == 3 && errors.contains(&revision), "{errors}");
        let (_, now, _) = run(&["infra", "settings", "prod", "-o", "json"], "").await;
        assert_eq!(json(&now)["objects"][0]["deployAsUser"], way);
        let (code, _, errors) =
            run(&["infra", "edit", "prod", "--patch", "-"], r#"{"id": "x"}"#).await;
        assert!(code == 2 && errors.contains("never changes"), "{errors}");
    }
    let clean = r#"{"deployAsUser": null}"#;
    assert_eq!(it.http_with(&["infra", "edit", "prod", "--patch", "-"], clean).await.0, 0);
}

async fn a_rollback_whose_update_is_refused_leaves_the_settings(it: &Installation) {
    let create = [
        "deployment",
        "create",
        "churn",
        "--infra",
        "prod",
        "--project",
        "CHURN",
        "--bundle",
        "v2",
    ];
    assert_eq!(it.http(&[&create[..], &["--as", "dana"]].concat()).await.0, 0);
    // Hooks are not run by this version, so that every update is refused.
    let hooks = r#"{"hooks": {"pre": [{"name": "check", "code": "pass"}]}}"#;
    let (code, _, errors) = it.http_with(&["infra", "edit", "prod", "--patch", "-"], hooks).await;
    assert_eq!(code, 0, "{errors}");
    let rollback = ["rollback", "churn", "--to", "v1", "--wait", "--as", "dana"];
    for (code, output, errors) in [it.http(&rollback).await, it.local_with(&rollback, "").await] {
        assert_eq!((code, output.as_str()), (3, ""), "{errors}");
        assert!(errors.contains("name bundle `v2` again"), "{errors}");
        let (_, settings, _) = it.http(&["deployment", "settings", "churn", "-o", "json"]).await;
        assert_eq!(json(&settings)["objects"][0]["bundleId"], "v2");
    }
    let none = r#"{"hooks": {"pre": []}}"#;
    assert_eq!(it.http_with(&["infra", "edit", "prod", "--patch", "-"], none).await.0, 0);
}

async fn a_question_about_rights_has_an_answer_or_an_error(it: &Installation) {
    for way in ["http", "local"] {
        let run = async |arguments: &[&str]| match way {
            "http" => it.http(arguments).await,
            _ => it.local_with(arguments, "").await,
        };
        let yes =
            run(&["can-i", "update-deployment", "--deployment", "churn", "--user", "dana"]).await;
        assert!(yes.0 == 0 && yes.1.starts_with("yes: dana"), "{yes:?}");
        let no = run(&["can-i", "edit-infra-settings", "--infra", "prod", "--as", "dana"]).await;
        assert!(no.0 == 1 && no.1.starts_with("no: dana"), "{no:?}");
        // Not there for the one who asks.
        let no = run(&["can-i", "view-infra", "--infra", "nowhere", "--as", "dana"]).await;
        assert!(no.0 == 1 && no.1.starts_with("no: "), "{no:?}");
        // Nobody but an administrator asks about others: that is no answer.
        let asked = ["can-i", "view-infra", "--infra", "prod", "--user", "admin", "--as", "dana"];
        let (code, output, errors) = run(&asked).await;
        assert_eq!((code, output.as_str()), (3, ""), "{errors}");
    }
}

async fn what_is_refused_is_not_done_by_half(it: &Installation) {
    let password = it.path("short");
    std::fs::write(&password, "short").unwrap();
    let create = ["user", "create", "otto", "--password-file", &password];
    assert_eq!(it.local_with(&create, "").await.0, 3);
    assert_eq!(it.local_with(&["user", "show", "otto"], "").await.0, 3);
    let edit = ["stage", "edit", "Test", "--description", "half", "--rename", "Production"];
    assert_eq!(it.local_with(&edit, "").await.0, 3);
    let (_, stages, _) = it.local_with(&["stage", "list"], "").await;
    assert!(!stages.contains("half"), "{stages}");
}

async fn what_is_not_there_or_not_possible_is_said(it: &Installation) {
    let patch = it.path("none.json");
    let cases: [(&[&str], i32, &str); 9] = [
        (&["stage", "create", "QA"], 2, "--data"),
        (&["stage", "show", "QA"], 3, "the stages are"),
        (&["bundle", "edit", "CHURN", "v1"], 2, "never changes"),
        (&["key", "edit", "abc"], 2, "nothing to change"),
        (&["key", "edit", "abc", "--group", "releasers"], 2, "--global"),
        (&["key", "edit", "abc", "--label", "x"], 3, "abc"),
        (&["user", "edit", "dana", "--patch", &patch], 2, "cannot be read"),
        (&["infra", "show", "nowhere"], 3, "nowhere"),
        (&["bundle", "show", "CHURN", "v9"], 3, "deployer bundle list CHURN"),
    ];
    for (arguments, expected, text) in cases {
        let (code, output, errors) = it.http(arguments).await;
        assert_eq!((code, output.as_str()), (expected, ""), "{arguments:?}: {errors}");
        assert!(errors.contains(text), "{arguments:?}: {errors}");
    }
    let empty = it.path("empty");
    std::fs::create_dir(&empty).unwrap();
    let (code, _, errors) =
        crate::command::run_with(&["user", "list", "--data", &empty], &[], "").await;
    assert!(code == 2 && errors.contains("deployer serve --data"), "{errors}");
    assert!(!std::path::Path::new(&empty).join("deployer.db").exists());
    let absent = format!("sqlite:{}", it.path("nowhere/deployer.db"));
    for database in [&absent, "memory:"] {
        let create = ["user", "create", "otto", "--database", database];
        let (code, _, errors) = crate::command::run_with(&create, &[], "").await;
        assert_eq!(code, 2, "{errors}");
    }
    assert!(!it.file("nowhere").exists());
    let both = ["user", "list", "--deployer-url", "https://deployer.example"];
    let (code, _, errors) = it.local_with(&both, "").await;
    assert!(code == 2 && errors.contains("remove one of the two"), "{errors}");
}
