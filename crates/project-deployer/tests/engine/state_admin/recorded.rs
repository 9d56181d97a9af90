//! Each move, restore and change of the key has one audit record, and the chain goes on with it.

use std::time::Duration;

use project_deployer::Deployer;
use project_deployer::audit::{AuditFilter, AuditRecord};
use project_deployer::state_admin::{
    Archives, State, StateError, backup, forget_key, list_audit, move_state, restore, rotate_key,
    status, verify_audit,
};
use project_deployer_store::{KeySource, Keyring};

use super::{Places, SILENT, installed, state_of};

/// What was done with the state as a whole, the first act first.
async fn acts(state: &State) -> Vec<AuditRecord> {
    let page = list_audit(state, &AuditFilter::default(), None, 1000).await.unwrap();
    let mut records: Vec<_> = page.entries.into_iter().map(|entry| entry.record).collect();
    records.retain(|record| record.kind == "state");
    records.reverse();
    records
}

fn words(records: &[AuditRecord]) -> Vec<(&str, &str)> {
    records
        .iter()
        .map(|record| (record.action.as_str(), record.actor.as_deref().unwrap_or_default()))
        .collect()
}

/// A Deployer on the state chains every record, and the chain is right.
async fn is_chained(places: &Places, name: &str) {
    let fleet = project_deployer_client::FakeFleet::new();
    let deployer = Deployer::builder(fleet).open(&places.url(name)).await.unwrap();
    deployer.seal_audit().await.unwrap();
    let _ = deployer.shutdown(Duration::from_secs(30)).await;
    let state = places.place(name).open().await.unwrap();
    let found = verify_audit(&state, None).await.unwrap();
    assert_eq!((found.faults.as_slice(), found.unsealed), (&[][..], 0), "{found:?}");
    assert!(found.sealed > 0);
}

#[tokio::test]
async fn a_restore_and_a_move_have_one_record_where_the_state_goes_on() {
    // K1, K2
    let (places, installation) = (Places::new(), installed().await);
    let state = state_of(&installation).acting_as("os:ada");
    backup(&state, &places.place("backup"), Archives::Copy, SILENT()).await.unwrap();
    let saved = places.place("backup").unencrypted().open().await.unwrap().acting_as("os:ada");
    assert_eq!(acts(&saved).await, [], "a backup is a copy, and no act");
    restore(&saved, &places.place("new"), SILENT()).await.unwrap();
    assert_eq!((acts(&saved).await, acts(&state).await), (vec![], vec![]));
    is_chained(&places, "new").await;

    let new = places.place("new").open().await.unwrap().acting_as("os:bob");
    let record = acts(&new).await;
    assert_eq!(words(&record), [("restore", "os:ada")]);
    let (before, after) = (record[0].before.as_ref().unwrap(), record[0].after.as_ref().unwrap());
    assert!(before["place"].as_str().unwrap().contains("/backup/"), "{before}");
    assert!(
        after["place"].as_str().unwrap().contains("/new/") && after["archives"] == 2,
        "{after}"
    );

    move_state(&new, &places.place("moved"), SILENT()).await.unwrap();
    let moved = places.place("moved").open().await.unwrap();
    assert_eq!(words(&acts(&moved).await), [("restore", "os:ada"), ("move", "os:bob")]);
    is_chained(&places, "moved").await;
    // A move that is over is refused, and has no other record.
    assert!(move_state(&new, &places.place("moved"), SILENT()).await.is_err());
    assert_eq!(acts(&moved).await.len(), 2);
    assert_eq!(acts(&new).await.len(), 1, "the chain of the old place ends before the move");
}

#[tokio::test]
async fn a_change_of_the_key_has_one_record_with_ids_and_no_key() {
    // K5, R13
    let (places, installation) = (Places::new(), installed().await);
    restore(&state_of(&installation), &places.place("one"), SILENT()).await.unwrap();
    let state = places.place("one").open().await.unwrap().acting_as("os:ada");
    let rotation = rotate_key(&state, SILENT()).await.unwrap();
    let old = rotation.before.current_key.clone().unwrap();
    let in_use = forget_key(&state, rotation.after.current_key.as_deref().unwrap()).await;
    assert!(matches!(in_use, Err(StateError::KeyInUse { .. })), "{in_use:?}");
    forget_key(&state, &old).await.unwrap();
    let records = acts(&state).await;
    assert_eq!(
        words(&records),
        [("restore", ""), ("rotate-key", "os:ada"), ("forget-key", "os:ada")]
    );
    let text = serde_json::to_string(&records).unwrap();
    let (before, after) = (records[1].before.as_ref().unwrap(), records[1].after.as_ref().unwrap());
    assert_eq!(
        (&before["sealedWith"], &before["secrets"][&old]),
        (&old.as_str().into(), &2.into())
    );
    assert_eq!(after["sealedWith"], rotation.after.current_key.as_deref().unwrap());
    let file = std::fs::read_to_string(places.0.path().join("one/deployer.db.key")).unwrap();
    assert!(!file.trim().is_empty() && !text.contains(file.trim()), "{text}");
    is_chained(&places, "one").await;
}

#[tokio::test]
async fn a_change_of_the_key_that_is_refused_has_no_record() {
    let (places, installation) = (Places::new(), installed().await);
    let key = Keyring::new_key().unwrap();
    let printed = places.0.path().join("printed");
    std::fs::write(&printed, secrecy::ExposeSecret::expose_secret(&key)).unwrap();
    let source: KeySource = format!("command:cat {}", printed.display()).parse().unwrap();
    let place = places.place("one").keys_from(source);
    restore(&state_of(&installation), &place, SILENT()).await.unwrap();
    let state = place.open().await.unwrap();
    let refused = rotate_key(&state, SILENT()).await;
    assert!(matches!(refused, Err(StateError::NoNewKey { .. })), "{refused:?}");
    assert_eq!(words(&acts(&state).await), [("restore", "")]);
}

/// A store in which no audit record can be written, until this is undone.
fn without_audit(places: &Places, name: &str) -> rusqlite::Connection {
    let file = rusqlite::Connection::open(places.0.path().join(name).join("deployer.db")).unwrap();
    file.execute_batch(
        "CREATE TRIGGER no_audit BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'no audit'); END",
    )
    .unwrap();
    file
}

fn with_audit(file: &rusqlite::Connection) {
    file.execute_batch("DROP TRIGGER no_audit").unwrap();
}

#[tokio::test]
async fn a_rotation_whose_record_failed_is_recorded_by_a_repetition_which_makes_no_other_key() {
    // K5
    let (places, installation) = (Places::new(), installed().await);
    restore(&state_of(&installation), &places.place("one"), SILENT()).await.unwrap();
    let state = places.place("one").open().await.unwrap();
    let old = status(&state).await.unwrap().secrets;
    let file = without_audit(&places, "one");
    assert!(rotate_key(&state, SILENT()).await.is_err());
    with_audit(&file);
    let sealed = status(&state).await.unwrap().secrets;
    assert_ne!(sealed, old, "the key was changed");

    let rotation = rotate_key(&state, SILENT()).await.unwrap();
    assert_eq!((rotation.resumed, rotation.sealed), (true, 0));
    assert_eq!((&rotation.before, &rotation.after), (&old, &sealed));
    let ring = Keyring::from_file(&places.0.path().join("one/deployer.db.key")).unwrap();
    assert_eq!(ring.ids().count(), 2);
    let records = acts(&state).await;
    assert_eq!(words(&records), [("restore", ""), ("rotate-key", "")]);
    let before = records[1].before.as_ref().unwrap();
    assert_eq!(before["sealedWith"], old.current_key.as_deref().unwrap());
    // The next one is another one.
    let next = rotate_key(&state, SILENT()).await.unwrap();
    assert_eq!((next.resumed, next.sealed), (false, 2));
}

#[tokio::test]
async fn a_removal_of_a_key_whose_record_failed_is_recorded_by_a_repetition() {
    // K5
    let (places, installation) = (Places::new(), installed().await);
    restore(&state_of(&installation), &places.place("one"), SILENT()).await.unwrap();
    let state = places.place("one").open().await.unwrap();
    let old = rotate_key(&state, SILENT()).await.unwrap().before.current_key.unwrap();
    let file = without_audit(&places, "one");
    assert!(forget_key(&state, &old).await.is_err());
    with_audit(&file);
    let ring = Keyring::from_file(&places.0.path().join("one/deployer.db.key")).unwrap();
    assert!(!ring.ids().any(|id| id.as_str() == old), "the key was removed");

    forget_key(&state, &old).await.unwrap();
    let absent = forget_key(&state, &old).await.unwrap_err();
    assert!(matches!(absent, StateError::KeyUnknown { .. }), "{absent:?}");
    let records = acts(&state).await;
    assert_eq!(words(&records), [("restore", ""), ("rotate-key", ""), ("forget-key", "")]);
    assert_eq!(records[2].before.as_ref().unwrap()["keyId"], old.as_str());
}

#[tokio::test]
async fn a_removal_of_a_key_that_was_interrupted_is_recorded_by_the_next_change_of_the_key() {
    // K5
    let (places, installation) = (Places::new(), installed().await);
    restore(&state_of(&installation), &places.place("one"), SILENT()).await.unwrap();
    let state = places.place("one").open().await.unwrap();
    let old = rotate_key(&state, SILENT()).await.unwrap().before.current_key.unwrap();
    let file = without_audit(&places, "one");
    assert!(forget_key(&state, &old).await.is_err());
    with_audit(&file);
    rotate_key(&state, SILENT()).await.unwrap();
    let records = acts(&state).await;
    let done: Vec<_> = records.iter().map(|record| record.action.as_str()).collect();
    assert_eq!(done, ["restore", "rotate-key", "forget-key", "rotate-key"]);
}
