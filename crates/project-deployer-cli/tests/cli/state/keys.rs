//! Keys of a state: where they come from, a wrong one, and a new one.

use std::fs;

use project_deployer::prelude::*;
use project_deployer::store::{KeySource, Keyring};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::filled::{Filled, admin, parsed};
use super::{done, state};
use crate::command::{run_and_kill, run_with};

/// How often a change of the key is killed.
const KILLS: usize = 50;

#[tokio::test]
async fn a_wrong_or_missing_key_is_named_and_changes_nothing() {
    let places = Filled::new().await;
    let (one, database) = (places.url("one"), places.file("one", "deployer.db"));
    let status = done(&["status", &one]).await;
    let id = status["secrets"]["currentKey"].as_str().unwrap().to_owned();
    places.settle("one").await;
    let other = places.path().join("other.key");
    Keyring::from_file_or_new(&other).unwrap();
    let wrong = format!("file:{}", other.display());
    let missing = format!("file:{}", places.path().join("absent.key").display());
    let before = fs::read(&database).unwrap();
    for action in [&["verify", &one][..], &["rotate-key", &one], &["compact", &one]] {
        let (code, _, errors) = state(&[action, &["--key", &wrong]].concat()).await;
        assert!(code == 3 && errors.contains(&id), "{action:?}: {errors}");
        let (code, _, errors) = state(&[action, &["--key", &missing]].concat()).await;
        assert!(code == 3 && errors.contains("absent.key"), "{action:?}: {errors}");
        let (code, _, errors) = state(&[action, &["--key", "none"]].concat()).await;
        assert!(code == 3 && errors.contains("are sealed"), "{action:?}: {errors}");
    }
    assert_eq!(fs::read(&database).unwrap(), before);
    assert_eq!(Keyring::from_file(&other).unwrap().ids().count(), 1);
    done(&["verify", &one]).await;
}

#[tokio::test]
async fn keys_come_from_a_variable_or_a_command_as_well() {
    let places = Filled::new().await;
    let (one, file) = (places.url("one"), places.file("one", "deployer.db.key"));
    let elsewhere = places.path().join("elsewhere.key");
    fs::rename(&file, &elsewhere).unwrap();
    let key = fs::read_to_string(&elsewhere).unwrap();
    let command = format!("command:cat {}", elsewhere.display());
    done(&["verify", &one, "--key", &command]).await;
    let arguments = ["state", "verify", &one, "--key", "env:DEPLOYER_KEY", "--output", "json"];
    let (code, output, errors) = run_with(&arguments, &[("DEPLOYER_KEY", &key)], "").await;
    assert_eq!(code, 0, "{errors}");
    assert!(!output.contains(key.trim()) && !errors.contains(key.trim()));
    let (code, _, errors) = run_with(&arguments, &[], "").await;
    assert!(code == 3 && errors.contains("DEPLOYER_KEY has no key"), "{errors}");
    // Nobody but its administrator can put a new key there.
    let (code, _, errors) = state(&["rotate-key", &one, "--key", &command]).await;
    assert!(code == 3 && errors.contains("put a new key in front"), "{errors}");
    let new = Keyring::new_key().unwrap();
    fs::write(&elsewhere, format!("{}\n{key}", new.expose_secret())).unwrap();
    let changed = done(&["rotate-key", &one, "--key", &command]).await;
    assert_eq!((&changed["sealed"], &changed["resumed"]), (&2.into(), &true.into()));
}

#[tokio::test]
async fn a_new_key_is_used_by_a_deployer_that_runs_and_the_old_one_is_forgotten_last() {
    // R13
    let places = Filled::new().await;
    let one = places.url("one");
    let deployer = places.open("one").await.unwrap();
    let admin = admin(&deployer);
    let before = done(&["status", &one]).await;
    let old = before["secrets"]["currentKey"].as_str().unwrap().to_owned();
    let (code, _, errors) = state(&["rotate-key", &one, "--forget", &old]).await;
    assert!(code == 3 && errors.contains("it seals 2 secrets"), "{errors}");
    let changed = done(&["rotate-key", &one]).await;
    assert_eq!((&changed["sealed"], &changed["unusedKeys"][0]), (&2.into(), &old.as_str().into()));
    let settings = admin.infra_settings(&parsed("dev")).await.unwrap();
    admin.save_infra_settings(&settings).await.unwrap();
    let forgotten = done(&["rotate-key", &one, "--forget", &old]).await;
    assert_eq!(forgotten["secrets"], changed["after"]);
    let (code, _, errors) = state(&["rotate-key", &one, "--forget", &old]).await;
    assert!(code == 3 && errors.contains("is not in key file"), "{errors}");
    assert_eq!(admin.infra_settings(&parsed("prod")).await.unwrap().keys().len(), 1);
    assert_eq!(done(&["verify", &one]).await["faults"], Value::Array(vec![]));
}

#[tokio::test]
async fn a_change_of_the_key_that_is_killed_fifty_times_ends_well() {
    // R1, R13
    let places = Filled::new().await;
    let one = places.url("one");
    places.multiply("one", 450).await;
    let deployer = places.open("one").await.unwrap();
    let admin = admin(&deployer);
    let mut random = fastrand::Rng::with_seed(13);
    let mut killed = 0;
    for round in 0..KILLS {
        killed +=
            usize::from(run_and_kill(&["state", "rotate-key", &one], random.usize(0..7)).await);
        // The Deployer reads and writes whatever key is used now.
        let id = format!("dev-{}", random.usize(0..450));
        let settings = admin.infra_settings(&parsed(&id)).await.unwrap();
        admin.save_infra_settings(&settings).await.unwrap_or_else(|error| {
            unreachable!("round {round}: {error:?}");
        });
    }
    assert!(killed > KILLS / 4, "only {killed} were killed in time");
    let ended = done(&["rotate-key", &one]).await;
    let current = ended["after"]["currentKey"].as_str().unwrap();
    assert_eq!(ended["after"]["byKey"][current], 452);
    assert_eq!(ended["after"]["byKey"].as_object().unwrap().len(), 1, "{ended}");
    assert_eq!(done(&["verify", &one]).await["secrets"], 452);
    let ring = KeySource::File(places.file("one", "deployer.db.key")).read().unwrap();
    assert_eq!(ring.newest().as_str(), current);
    // No kill has left a key anywhere else.
    let names = places.names("one");
    assert!(names.iter().all(|name| name.starts_with("deployer.")), "{names:?}");
}
