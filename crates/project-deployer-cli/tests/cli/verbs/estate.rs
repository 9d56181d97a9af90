//! The whole file of the estate over HTTP, at a Deployer of this project.

use serde_json::{Value, json};

use super::installation::Installation;

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
