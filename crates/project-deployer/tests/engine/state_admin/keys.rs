//! The key changes.

use project_deployer::Deployer;
use project_deployer::state_admin::{StateError, forget_key, restore, rotate_key, status};
use project_deployer_client::prelude::*;
use project_deployer_core::rights::Caller;
use project_deployer_store::{KeyFile, KeySource, Keyring, SecretsAtRest};
use secrecy::ExposeSecret as _;

use super::{Places, SILENT, contents_at, installed, state_of};
use crate::installation::{Installation, parsed};

async fn restored(places: &Places, name: &str) -> Installation {
    let installation = installed().await;
    restore(&state_of(&installation), &places.place(name), SILENT()).await.unwrap();
    installation
}

#[tokio::test]
async fn a_deployer_that_runs_uses_the_new_key_and_the_old_one_is_forgotten_last() {
    // R13
    let places = Places::new();
    let installation = restored(&places, "one").await;
    let running =
        Deployer::builder(installation.fleet.clone()).open(&places.url("one")).await.unwrap();
    let admin = running.acting_as(Caller::administrator(parsed("root")));
    let state = places.place("one").open().await.unwrap();
    let before = status(&state).await.unwrap().secrets;
    let old = before.current_key.clone().unwrap();
    assert!(matches!(forget_key(&state, &old).await, Err(StateError::KeyInUse { secrets: 2, .. })));

    let rotation = rotate_key(&state, SILENT()).await.unwrap();
    assert_eq!((rotation.resumed, rotation.sealed), (false, 2));
    assert_eq!((&rotation.before, &rotation.unused_keys), (&before, &vec![old.clone()]));
    let new = rotation.after.current_key.clone().unwrap();
    assert_ne!(new, old);
    assert_eq!(rotation.after.by_key.get(&new), Some(&2));
    // It reads what the new key sealed, and seals with it.
    let settings = admin.infra_settings(&parsed("dev")).await.unwrap();
    assert_eq!(settings.keys().len(), 1);
    admin.save_infra_settings(&settings).await.unwrap();
    assert_eq!(status(&state).await.unwrap().secrets, rotation.after);

    forget_key(&state, &old).await.unwrap();
    let absent = forget_key(&state, &old).await.unwrap_err();
    assert!(matches!(absent, StateError::KeyUnknown { .. }), "{absent:?}");
    assert!(forget_key(&state, &new).await.is_err());
    let ring = Keyring::from_file(&places.0.path().join("one/deployer.db.key")).unwrap();
    assert_eq!(ring.ids().count(), 1);
    contents_at(&places, "one").await;
}

#[tokio::test]
async fn a_change_that_was_interrupted_goes_on_with_its_key() {
    let places = Places::new();
    restored(&places, "one").await;
    let state = places.place("one").open().await.unwrap();
    // The process died when the new key was written.
    let file = places.0.path().join("one/deployer.db.key");
    let new = KeyFile::lock(&file).unwrap().add().unwrap();
    let rotation = rotate_key(&state, SILENT()).await.unwrap();
    assert_eq!((rotation.resumed, rotation.sealed), (true, 2));
    assert_eq!(rotation.after.current_key.as_deref(), Some(new.as_str()));
    assert_eq!(Keyring::from_file(&file).unwrap().ids().count(), 2);
}

#[tokio::test]
async fn another_source_needs_a_new_key_in_front() {
    let places = Places::new();
    let printed = places.0.path().join("printed");
    let keys: Vec<_> = (0..2).map(|_| Keyring::new_key().unwrap()).collect();
    let text = |keys: &[&secrecy::SecretString]| -> String {
        keys.iter().map(|key| format!("{}\n", key.expose_secret())).collect()
    };
    std::fs::write(&printed, text(&[&keys[0]])).unwrap();
    let source: KeySource = format!("command:cat {}", printed.display()).parse().unwrap();
    let place = places.place("one").keys_from(source);
    let installation = installed().await;
    restore(&state_of(&installation), &place, SILENT()).await.unwrap();
    assert!(!places.0.path().join("one/deployer.db.key").exists());
    let state = place.open().await.unwrap();
    let refused = rotate_key(&state, SILENT()).await.unwrap_err();
    assert!(matches!(refused, StateError::NoNewKey { .. }), "{refused:?}");
    std::fs::write(&printed, text(&[&keys[1], &keys[0]])).unwrap();
    let rotation = rotate_key(&state, SILENT()).await.unwrap();
    let old = Keyring::parse(&keys[0]).unwrap();
    assert_eq!((rotation.sealed, rotation.unused_keys.len()), (2, 1));
    let elsewhere = forget_key(&state, old.newest().as_str()).await.unwrap_err();
    assert!(matches!(elsewhere, StateError::KeysElsewhere { .. }), "{elsewhere:?}");
}

#[tokio::test]
async fn a_state_without_encryption_has_no_key_to_change() {
    let places = Places::new();
    let installation = installed().await;
    let place = places.place("one").unencrypted();
    restore(&state_of(&installation), &place, SILENT()).await.unwrap();
    let state = place.open().await.unwrap();
    assert_eq!(status(&state).await.unwrap().secrets.unsealed, 2);
    let refused = rotate_key(&state, SILENT()).await.unwrap_err();
    assert!(matches!(refused, StateError::NotSealed { .. }), "{refused:?}");
    // And it is opened only by the word that created it.
    let sealed = Deployer::builder(installation.fleet.clone()).open(&places.url("one")).await;
    assert!(sealed.is_err());
    let plain = Deployer::builder(installation.fleet.clone()).secrets(SecretsAtRest::Plain);
    plain.open(&places.url("one")).await.unwrap();
}
