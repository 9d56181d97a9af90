//! `deployer audit`, as an administrator runs it.

use serde_json::Value;

use crate::command::{run, run_with};
use crate::state::filled::{CANARY, Filled, admin};
use project_deployer::core::stage::Stage;
use project_deployer::store::{Commit, JournalStream, Store as _};

async fn audit(arguments: &[&str]) -> (i32, Value, String) {
    let all = [&["audit"], arguments, &["--output", "json"]].concat();
    let (code, output, errors) = run_with(&all, &[], "").await;
    let result =
        if output.is_empty() { Value::Null } else { serde_json::from_str(&output).unwrap() };
    (code, result, errors)
}

/// A state with some records, sealed.
async fn filled() -> (Filled, String) {
    let places = Filled::nowhere();
    let deployer = places.open("one").await.unwrap();
    for name in ["a", "b", "c"] {
        admin(&deployer).add_stage(Stage::new(name.parse().unwrap(), CANARY)).await.unwrap();
    }
    deployer.seal_audit().await.unwrap();
    let url = places.url("one");
    (places, url)
}

#[tokio::test]
async fn records_are_listed_page_by_page_and_exported_as_lines() {
    let (places, url) = filled().await;
    let (code, page, errors) = audit(&["list", &url, "--limit", "2"]).await;
    assert_eq!(code, 0, "{errors}");
    let records = page["records"].as_array().unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0]["actor"], "dana");
    assert_eq!((&records[0]["action"], &records[0]["kind"]), (&"edit".into(), &"stages".into()));
    let next = page["next"].as_str().unwrap();
    let (_, rest, _) = audit(&["list", &url, "--before", next]).await;
    assert_eq!((rest["records"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
    let (_, none, _) = audit(&["list", &url, "--actor", "root"]).await;
    assert_eq!(none["records"].as_array().unwrap().len(), 0);
    let (_, table, _) = run(&["audit", "list", &url]).await;
    assert!(table.contains("edit") && table.contains("3 records"), "{table}");

    let file = places.path().join("audit.jsonl");
    let (code, lines, _) = run(&["audit", "export", &url]).await;
    assert_eq!(code, 0);
    let written = file.display().to_string();
    run(&["audit", "export", &url, "--output", &written]).await;
    assert_eq!(std::fs::read_to_string(file).unwrap(), lines);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line["hash"].is_string() && line["record"].is_object()));
    let (_, later, _) = run(&["audit", "export", &url, "--since", "2999-01-01"]).await;
    assert_eq!(later, "");
}

#[tokio::test]
async fn a_whole_chain_ends_with_0_and_a_changed_one_with_1() {
    let (places, url) = filled().await;
    let (code, found, errors) = audit(&["verify", &url]).await;
    assert_eq!((code, &found["faults"]), (0, &Value::Array(Vec::new())), "{errors}");
    let head = format!("{}:{}", found["head"]["block"], found["head"]["hash"].as_str().unwrap());
    assert_eq!(audit(&["verify", &url, "--expect", &head]).await.0, 0);
    let other = format!("1:{}", "0".repeat(64));
    assert_eq!(audit(&["verify", &url, "--expect", &other]).await.0, 1);

    let day = audit(&["list", &url]).await.1["records"][0]["recordId"].as_str().unwrap().to_owned();
    let journal = JournalStream(format!("audit/{}", day.split('/').next().unwrap()));
    let store = places.store("one").await;
    let entries = store.journal(&journal, 0, 10).await.unwrap();
    store.commit(Commit::new().remove_journal(journal.clone())).await.unwrap();
    let anew = entries.into_iter().fold(Commit::new(), |commit, entry| {
        let text = entry.body.as_str().unwrap().replace("dana", "lee");
        commit.append(journal.clone(), text.into())
    });
    store.commit(anew).await.unwrap();
    let (code, found, _) = audit(&["verify", &url]).await;
    assert_eq!((code, found["faults"].as_array().unwrap().len()), (1, 3), "{found}");
    let (code, output, _) = run(&["state", "verify", &url]).await;
    assert!(code == 1 && output.contains("(audit)"), "{output}");
}

#[tokio::test]
async fn the_help_of_each_action_has_an_example() {
    for action in ["list", "export", "verify"] {
        let (code, output, _) = run(&["audit", action, "--help"]).await;
        let example = format!("deployer audit {action} sqlite:/");
        assert!(code == 0 && output.contains(&example), "{output}");
    }
}
