//! `deployer state`, as an administrator runs it.

pub(crate) mod filled;
mod interrupted;
mod keys;
mod online;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "s3")]
mod s3;
#[cfg(any(feature = "postgres", feature = "s3"))]
pub(crate) mod servers;
mod verify;

use std::collections::BTreeMap;

use serde_json::Value;

use self::filled::{CANARY, Filled};
use crate::command::{run, run_with};

/// The actions.
pub(crate) const ACTIONS: [&str; 8] =
    ["init", "status", "backup", "restore", "verify", "compact", "rotate-key", "move"];

/// Runs an action with `--output json`: its exit code, its result, and standard error.
async fn state(arguments: &[&str]) -> (i32, Value, String) {
    let all = [&["state"], arguments, &["--output", "json"]].concat();
    let (code, output, errors) = run_with(&all, &[], "").await;
    assert!(!output.contains(CANARY) && !errors.contains(CANARY), "{output} {errors}");
    let result =
        if output.is_empty() { Value::Null } else { serde_json::from_str(&output).unwrap() };
    (code, result, errors)
}

/// The same for an action that must work.
async fn done(arguments: &[&str]) -> Value {
    let (code, result, errors) = state(arguments).await;
    assert_eq!(code, 0, "{arguments:?}: {errors}");
    result
}

#[tokio::test]
async fn the_help_of_each_action_has_an_example_and_its_formats() {
    for action in ACTIONS {
        let (code, output, _) = run(&["state", action, "--help"]).await;
        assert_eq!(code, 0);
        let example = format!("deployer state {action} sqlite:/");
        assert!(output.contains("Example:") && output.contains(&example), "{output}");
        assert!(output.contains("- json:") && output.contains("--quiet"), "{output}");
    }
    let (_, page, _) = run(&["man", "state"]).await;
    assert!(page.contains("rotate") && page.contains("backup"), "{page}");
}

#[tokio::test]
async fn a_wrong_url_or_a_state_that_is_not_there_ends_with_2() {
    let places = Filled::nowhere();
    let absent = places.url("absent");
    let wrong: [(&[&str], &str); 5] = [
        (&["status", "mysql://x"], "write `sqlite:`"),
        (&["status", "sqlite:"], "write `sqlite:`"),
        (&["verify", &absent], "deployer state init"),
        (&["verify", &absent, "--key", "vault:x"], "names no source of keys"),
        (&["backup", &absent], "<TO>"),
    ];
    for (arguments, hint) in wrong {
        let (code, output, errors) = state(arguments).await;
        assert_eq!((code, output), (2, Value::Null), "{arguments:?}: {errors}");
        assert!(errors.contains(hint), "{arguments:?}: {errors}");
    }
    // To look at a state creates none.
    assert_eq!(std::fs::read_dir(places.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_new_state_is_empty_and_is_created_once() {
    let places = Filled::nowhere();
    let url = places.url("new");
    let new = done(&["init", &url]).await;
    assert_eq!((&new["command"], &new["store"]), (&Value::from("init"), &Value::from(url.clone())));
    assert_eq!((&new["revision"], &new["journals"]), (&Value::from(0), &Value::from(0)));
    assert!(new["secrets"]["currentKey"].is_string(), "{new}");
    let names: Vec<_> = places.names("new");
    assert_eq!(names, ["deployer.db", "deployer.db.bundles", "deployer.db.key"]);
    let (code, _, errors) = state(&["init", &url]).await;
    assert!(code == 3 && errors.contains("has a state already"), "{errors}");
    // Without encryption only by the word.
    let plain = done(&["init", &places.url("plain"), "--key", "none"]).await;
    assert_eq!(plain["secrets"]["currentKey"], Value::Null);
    let (code, _, errors) = state(&["status", &places.url("plain"), "--key", "none"]).await;
    assert_eq!(code, 0, "{errors}");
}

#[tokio::test]
async fn every_action_shows_its_result_in_every_format() {
    let places = Filled::new().await;
    let url = places.url("one");
    for format in ["table", "yaml", "csv", "html"] {
        let (code, output, _) = run(&["state", "status", &url, "--output", format]).await;
        assert_eq!(code, 0);
        assert!(output.contains("infrastructure") && !output.contains(CANARY), "{output}");
    }
    let (_, quiet, errors) = run(&["state", "verify", &url, "--quiet"]).await;
    assert!(errors.is_empty() && quiet.contains("no fault in sqlite:"), "{quiet} {errors}");
    let (_, _, errors) = run(&["state", "verify", &url]).await;
    assert!(errors.contains("deployer: checking the storage"), "{errors}");
}

#[tokio::test]
async fn a_state_goes_through_every_action() {
    let places = Filled::new().await;
    let (one, backup, two) = (places.url("one"), places.url("backup"), places.url("two"));
    let status = done(&["status", &one]).await;
    let documents = &status["documents"];
    assert_eq!((&documents["infrastructure"], &documents["bundle"]), (&2.into(), &2.into()));
    assert!(status["entries"].as_u64() > Some(1) && status["bytes"].as_u64() > Some(0));

    // The same state by the options of other verbs.
    let data = places.file("one", "").display().to_string();
    for place in [["--data", data.as_str()], ["--database", &one]] {
        assert_eq!(done(&["status", place[0], place[1]]).await["documents"], *documents);
    }
    let (code, _, errors) = run(&["state", "status", &one, "--data", &data]).await;
    assert!(code == 2 && errors.contains("cannot be used with"), "{errors}");
    let copied = done(&["backup", &one, &backup]).await;
    let keys = format!("file:{}", places.file("one", "deployer.db.key").display());
    assert_eq!(copied["revision"], status["revision"]);
    let checked = done(&["verify", &backup, "--key", &keys]).await;
    assert_eq!((&checked["faults"], &checked["archives"]), (&Value::Array(vec![]), &2.into()));
    assert!(!places.file("backup", "deployer.db.key").exists());

    done(&["restore", &backup, &two, "--from-key", &keys]).await;
    let restored = done(&["status", &two]).await;
    let counts = |status: &Value| {
        let counts = serde_json::from_value(status["documents"].clone());
        let mut counts: BTreeMap<String, Value> = counts.unwrap();
        // A copy is another owner of archives.
        counts.remove("archive-index");
        counts
    };
    assert_eq!(counts(&restored), counts(&status));
    assert_ne!(restored["secrets"]["currentKey"], status["secrets"]["currentKey"]);
    assert_eq!(places.contents("two").await, places.contents("one").await);

    let compacted = done(&["compact", &two, "--keep", "1"]).await;
    assert!(compacted["until"].as_u64() >= restored["revision"].as_u64().map(|last| last - 1));

    let moved = places.url("moved");
    done(&["move", &two, &moved]).await;
    assert_eq!(places.contents("moved").await, places.contents("one").await);
    assert_eq!(done(&["status", &two]).await["movedTo"], Value::from(moved));
    let refused = places.open("two").await.unwrap_err();
    assert!(refused.to_string().contains("was moved to"), "{refused}");
    places.open("moved").await.unwrap();
}
