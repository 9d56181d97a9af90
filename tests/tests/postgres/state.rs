//! The whole state of a Deployer in PostgreSQL: copied, moved, checked, and sealed with another key.

pub(crate) mod filled;
mod interrupted;
mod online;

use project_deployer::DeployerOpenError;
use project_deployer::prelude::*;
use project_deployer::state_admin::{
    Archives, Progress, StateError, StatePlace, backup, compact, forget_key, move_state, restore,
    rotate_key, status, verify,
};
use project_deployer::store::PostgresOpenError;
use secrecy::SecretString;

use self::filled::{Filled, admin, all_left, parsed};
use crate::servers::{database, session, shared};

const SILENT: fn() -> Progress<'static> = Progress::silent;

#[tokio::test]
async fn a_state_moves_to_postgresql_and_back_as_it_was() {
    // R1
    let Some(url) = database().await else { return };
    let filled = Filled::new().await;
    let before = filled.contents("one").await;
    let (one, there) = (filled.sqlite("one"), filled.postgres(&url));
    let moved = move_state(&one.open().await.unwrap(), &there, SILENT()).await.unwrap();
    assert_eq!((moved.archives, moved.archives_at), (2, None));
    assert_eq!(filled.contents_in(&url).await, before);
    let state = there.open().await.unwrap();
    assert_eq!(verify(&state, SILENT()).await.unwrap().faults, []);
    let counted = status(&state).await.unwrap();
    assert_eq!((counted.schema, counted.secrets.unsealed), (Some(5), 0));
    assert_eq!((&counted.incoming, &counted.moved_to), (&None, &None));
    assert!(counted.bytes > Some(0) && counted.archives.count == 2, "{counted:?}");
    // A Deployer goes on with it, and none with the old one.
    let refused = filled.open("one").await.unwrap_err();
    assert!(
        matches!(&refused, DeployerOpenError::State(StateError::Moved { to, .. }) if to == there.url()),
        "{refused:?}"
    );
    let deployer = filled.open_in(&url).await.unwrap();
    assert_eq!(admin(&deployer).infra_settings(&parsed("dev")).await.unwrap().keys().len(), 1);
    drop(deployer);
    all_left(&filled.store_in(&url).await).await;
    let before = filled.contents_in(&url).await;

    compact(&state, 1, SILENT()).await.unwrap();
    move_state(&state, &filled.sqlite("two"), SILENT()).await.unwrap();
    assert_eq!(filled.contents("two").await, before);
    assert_eq!(status(&state).await.unwrap().moved_to.unwrap(), filled.sqlite("two").url());
    let refused = filled.open_in(&url).await.unwrap_err();
    assert!(matches!(refused, DeployerOpenError::State(StateError::Moved { .. })), "{refused:?}");
    filled.open("two").await.unwrap();
}

#[tokio::test]
async fn a_state_moves_from_one_database_to_another() {
    let (Some(one), Some(two)) = (database().await, database().await) else { return };
    let filled = Filled::new().await;
    let state = filled.sqlite("one").open().await.unwrap();
    restore(&state, &filled.postgres(&one), SILENT()).await.unwrap();
    let before = filled.contents_in(&one).await;
    let from = filled.postgres(&one).open().await.unwrap();
    // The same archives: the Deployer stays the same, so they stay its own.
    move_state(&from, &filled.postgres(&two), SILENT()).await.unwrap();
    assert_eq!(filled.contents_in(&two).await, before);
}

#[tokio::test]
async fn a_backup_by_reference_is_restored_into_a_database() {
    let (Some(url), Some(copy)) = (database().await, database().await) else { return };
    let filled = Filled::new().await;
    let state = filled.sqlite("one").open().await.unwrap();
    restore(&state, &filled.postgres(&url), SILENT()).await.unwrap();
    let state = filled.postgres(&url).open().await.unwrap();
    // Into a file, and into a database, where nothing else has to be named.
    let target = filled.sqlite("saved");
    let written = backup(&state, &target, Archives::ByReference, SILENT()).await.unwrap();
    assert!(written.archives_at.unwrap().starts_with("file:"));
    backup(&state, &StatePlace::at(&copy), Archives::ByReference, SILENT()).await.unwrap();
    let saved = StatePlace::at(&copy).keys_from(filled.keys()).open().await.unwrap();
    assert_eq!(verify(&saved, SILENT()).await.unwrap().faults, []);
    restore(&saved, &filled.sqlite("new"), SILENT()).await.unwrap();
    assert_eq!(filled.contents("new").await, filled.contents_in(&copy).await);
}

#[tokio::test]
async fn only_an_empty_schema_is_filled_and_a_failure_leaves_it_empty() {
    let (Some(url), Some(new)) = (database().await, database().await) else { return };
    let filled = Filled::new().await;
    let state = filled.sqlite("one").open().await.unwrap();
    filled.postgres(&url).init().await.unwrap();
    let twice = filled.postgres(&url).init().await.unwrap_err();
    assert!(matches!(twice, StateError::NotEmpty { .. }), "{twice:?}");
    restore(&state, &filled.postgres(&url), SILENT()).await.unwrap();
    let before = filled.contents_in(&url).await;
    let full = restore(&state, &filled.postgres(&url), SILENT()).await.unwrap_err();
    assert!(matches!(full, StateError::NotEmpty { .. }), "{full:?}");
    assert_eq!(filled.contents_in(&url).await, before);
    // A second schema of the same database is another state.
    let beside = format!("{url}?schema=beside");
    restore(&state, &filled.postgres(&beside), SILENT()).await.unwrap();
    assert_eq!(filled.contents_in(&beside).await, before);

    filled.remove_an_archive("one");
    let failed = backup(&state, &filled.postgres(&new), Archives::Copy, SILENT()).await;
    assert!(matches!(failed, Err(StateError::ArchiveMissing { .. })), "{failed:?}");
    let left = filled.postgres(&new).open().await.unwrap();
    let left = status(&left).await.unwrap();
    assert_eq!((left.documents.values().sum::<u64>(), left.incoming), (0, None));
}

#[tokio::test]
async fn a_deployer_that_runs_uses_the_new_key_and_the_old_one_is_forgotten_last() {
    // R13
    let Some(url) = database().await else { return };
    let filled = Filled::new().await;
    let one = filled.sqlite("one").open().await.unwrap();
    restore(&one, &filled.postgres(&url), SILENT()).await.unwrap();
    let running = [filled.open_in(&url).await.unwrap(), filled.open_in(&url).await.unwrap()];
    let state = filled.postgres(&url).open().await.unwrap();
    let old = status(&state).await.unwrap().secrets.current_key.unwrap();
    assert!(matches!(forget_key(&state, &old).await, Err(StateError::KeyInUse { secrets: 2, .. })));
    let rotation = rotate_key(&state, SILENT()).await.unwrap();
    assert_eq!((rotation.resumed, rotation.sealed), (false, 2));
    assert_eq!(rotation.unused_keys, std::slice::from_ref(&old));
    for (deployer, infra) in running.iter().zip(["dev", "prod"]) {
        let admin = admin(deployer);
        let settings = admin.infra_settings(&parsed(infra)).await.unwrap();
        admin.save_infra_settings(&settings).await.unwrap();
    }
    assert_eq!(status(&state).await.unwrap().secrets, rotation.after);
    forget_key(&state, &old).await.unwrap();
    drop(running);
    filled.open_in(&url).await.unwrap();
}

#[tokio::test]
async fn what_a_database_lacks_is_named_before_anything_happens() {
    let Some(url) = database().await else { return };
    let filled = Filled::nowhere().await;
    let keyless = StatePlace::at(&url).archives_at("file:/absent").init().await.unwrap_err();
    assert!(keyless.to_string().contains("--key file:PATH"), "{keyless}");
    let bare = StatePlace::at(&url).keys_from(filled.keys()).init().await.unwrap_err();
    assert!(bare.to_string().contains("--archives-at file:PATH"), "{bare}");
    let absent = filled.postgres(&url).open().await.unwrap_err();
    let is_right = matches!(absent, StateError::Postgres(PostgresOpenError::Absent { .. }));
    assert!(is_right && absent.to_string().contains("deployer state init"), "{absent:?}");
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'project_deployer'";
    let schemas: i64 = session(&url).await.query_one(schemas, &[]).await.unwrap().get(0);
    assert_eq!(schemas, 0);
}

#[tokio::test]
async fn no_output_has_the_password_of_a_database() {
    // R13
    let (Some(server), Some(url)) = (shared(), database().await) else { return };
    let admin = session(&url).await;
    let create = "DO $$ BEGIN CREATE ROLE guarded LOGIN; EXCEPTION WHEN duplicate_object THEN END $$; \
                  ALTER ROLE guarded PASSWORD 'canary-5f2e'; \
                  CREATE SCHEMA project_deployer AUTHORIZATION guarded";
    admin.batch_execute(create).await.unwrap();
    let filled = Filled::new().await;
    let bare = url.replace("test@", "guarded@");
    let with_password = url.replace("test@", "guarded:canary-5f2e@");
    let place = filled.postgres(&with_password);
    let one = filled.sqlite("one").open().await.unwrap();
    move_state(&one, &place, SILENT()).await.unwrap();
    let moved = status(&one).await.unwrap().moved_to.unwrap();
    let state = place.open().await.unwrap();
    let mut shown = format!("{place:?} {} {state:?} {} {moved}", place.url(), state.name());
    // Beside the URL it does the same.
    let beside = filled.postgres(&bare).password(SecretString::from("canary-5f2e"));
    beside.open().await.unwrap();
    assert_eq!(beside.url(), place.url());
    for refused in [
        filled.postgres(&bare.replace("guarded@", "guarded:canary-wrong@")).open().await,
        filled
            .postgres(&server.url("absent").replace("test@", "guarded:canary-5f2e@"))
            .open()
            .await,
        filled.postgres("postgres://ann:canary@%2Fabsent/db").open().await,
        filled.postgres("postgres://ann:canary@host:canary/db").open().await,
        filled.postgres("mysql://ann:canary@host/db").open().await,
        filled.postgres(&bare).password(SecretString::from("canary-other")).open().await,
    ] {
        let refused = refused.unwrap_err();
        shown.push_str(&format!("\n{refused:?} {refused}"));
        let mut cause = std::error::Error::source(&refused);
        while let Some(found) = cause {
            shown.push_str(&found.to_string());
            cause = found.source();
        }
    }
    assert!(!shown.contains("canary"), "{shown}");
    let rows = "SELECT coalesce(string_agg(body, ''), '') FROM project_deployer.document";
    let rows: String = admin.query_one(rows, &[]).await.unwrap().get(0);
    assert!(!rows.contains("canary-5f2e"));
}
