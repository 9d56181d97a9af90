//! Databases that cannot be used, each with its own error.

use std::error::Error;

use futures::future::join_all;
use project_deployer_store::{
    Collection, Commit, Expected, PostgresOpenError, PostgresStore, SecretsAtRest, Store as _,
    StoreError,
};
use project_deployer_testkit::servers::PostgresServer;
use serde_json::json;

use crate::servers::{database, open, options, sealed, session, shared, started};

const PLAIN: SecretsAtRest = SecretsAtRest::Plain;

async fn refused(url: &str) -> PostgresOpenError {
    PostgresStore::open(&options(url), PLAIN).await.unwrap_err()
}

/// All that an error shows.
fn shown(error: &PostgresOpenError) -> String {
    let mut text = format!("{error:?}");
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(error) = next {
        text = format!("{text}\n{error}");
        next = error.source();
    }
    text
}

#[tokio::test]
async fn what_was_committed_is_there_after_opening_again() {
    // R1
    let Some(url) = database().await else { return };
    let secrets = sealed();
    let key = Collection::new("infras").key("dev");
    let store = open(&url, secrets.clone()).await;
    let revision =
        store.commit(Commit::new().put(key.clone(), Expected::Absent, json!(1))).await.unwrap();
    drop(store);
    let again = open(&url, secrets).await;
    assert_eq!(again.read(&key).await.unwrap().unwrap().revision, revision);
}

#[tokio::test]
async fn a_database_or_server_that_is_not_there_is_named() {
    let Some(server) = shared() else { return };
    let none = refused(&server.url("absent")).await;
    assert!(matches!(none, PostgresOpenError::NoDatabase { .. }), "{none:?}");
    assert!(none.to_string().contains("/absent"), "{none}");
    let away = refused("postgres://test@%2Fabsent/postgres").await;
    assert!(matches!(away, PostgresOpenError::Unreachable { .. }), "{away:?}");
    assert!(away.to_string().contains("/absent:5432/postgres"), "{away}");
}

#[tokio::test]
async fn a_login_that_is_refused_shows_no_password() {
    // R13
    let Some(url) = database().await else { return };
    let admin = session(&url).await;
    admin.batch_execute("CREATE ROLE guarded LOGIN PASSWORD 'the-right-one'").await.unwrap();
    let url = url.replace("test@", "guarded:canary-5f2e@");
    let wrong = refused(&url).await;
    assert!(matches!(wrong, PostgresOpenError::Refused { .. }), "{wrong:?}");
    assert!(!shown(&wrong).contains("canary"), "{wrong:?}");
    let none = refused(&url.replace(":canary-5f2e", "")).await;
    assert!(matches!(none, PostgresOpenError::Refused { .. }), "{none:?}");
    // It may log in, and use a schema that it was given; it may create none.
    let right = url.replace("canary-5f2e", "the-right-one");
    let forbidden = refused(&right).await;
    assert!(matches!(forbidden, PostgresOpenError::NotPermitted { .. }), "{forbidden:?}");
    admin.batch_execute("CREATE SCHEMA project_deployer AUTHORIZATION guarded").await.unwrap();
    let store = open(&right, PLAIN).await;
    assert!(!format!("{store:?}").contains("the-right-one"));
    let healthy = store.status().await.unwrap();
    assert_eq!(store.status().await.unwrap().revision, healthy.revision, "a probe counts nothing");
    // Whoever can only read is not healthy.
    let only_read = "REVOKE UPDATE ON project_deployer.store FROM guarded";
    admin.batch_execute(only_read).await.unwrap();
    assert!(store.read(&Collection::new("infras").key("dev")).await.unwrap().is_none());
    assert!(matches!(store.status().await, Err(StoreError::Unavailable { .. })));
}

#[tokio::test]
async fn too_many_connections_are_an_error_of_their_own() {
    let Some(url) = database().await else { return };
    let name = url.rsplit('/').next().unwrap();
    let admin = session(&url).await;
    let one = format!("CREATE ROLE limited_{name} LOGIN CONNECTION LIMIT 1");
    admin.batch_execute(&one).await.unwrap();
    let url = url.replace("test@", &format!("limited_{name}@"));
    let _other = session(&url).await;
    let full = refused(&url).await;
    assert!(matches!(full, PostgresOpenError::TooManyConnections { .. }), "{full:?}");
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let Some(url) = database().await else { return };
    drop(open(&url, PLAIN).await);
    let newer = "UPDATE project_deployer.project_deployer SET schema_version = 99";
    session(&url).await.batch_execute(newer).await.unwrap();
    let refused = refused(&url).await;
    assert!(
        matches!(refused, PostgresOpenError::NewerSchema { found: 99, known: 5, .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_process_of_an_earlier_build_that_is_connected_commits_nothing_more() {
    let Some(url) = database().await else { return };
    drop(open(&url, PLAIN).await);
    let older = session(&url).await;
    // What schemas 1 to 3 called, and schema 4, by the types of their parameters.
    for (called, schema) in [("", 4), ("_4", 5)] {
        let calls = [
            format!(
                "SELECT outcome, number FROM project_deployer.write_commits{called}(NULL::bytea[], NULL::bytea[], NULL, \
                 NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
            ),
            format!(
                "SELECT project_deployer.write_independent_commits{called}(NULL::bytea[], NULL::bytea[], NULL, NULL, \
                 NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
            ),
        ];
        for call in calls {
            let refused = older.batch_execute(&call).await.unwrap_err();
            let why = refused.as_db_error().unwrap().message().to_owned();
            let stop = "stop this process, and start the newer program";
            assert_eq!(why, format!("this state has schema {schema}; {stop}"));
        }
    }
}

#[tokio::test]
async fn a_schema_of_another_program_is_refused_and_unchanged() {
    let Some(url) = database().await else { return };
    let admin = session(&url).await;
    let other = "CREATE SCHEMA other; CREATE TABLE other.document (x int)";
    admin.batch_execute(other).await.unwrap();
    let refused = refused(&format!("{url}?schema=other")).await;
    assert!(matches!(refused, PostgresOpenError::OtherProgram { .. }), "{refused:?}");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'other'";
    let tables: i64 = admin.query_one(tables, &[]).await.unwrap().get(0);
    assert_eq!(tables, 1);
}

#[tokio::test]
async fn two_schemas_of_a_database_are_two_stores() {
    let Some(url) = database().await else { return };
    let key = Collection::new("infras").key("dev");
    let one = open(&format!("{url}?schema=select"), PLAIN).await;
    let two = open(&format!("{url}?schema=2nd"), PLAIN).await;
    one.commit(Commit::new().put(key.clone(), Expected::Absent, json!(1))).await.unwrap();
    assert!(two.read(&key).await.unwrap().is_none());
    assert!(one.read(&key).await.unwrap().is_some());
}

#[tokio::test]
async fn opening_at_the_same_time_makes_one_store() {
    let Some(url) = database().await else { return };
    let opening = options(&url);
    let stores = join_all((0..6).map(|_| PostgresStore::open(&opening, PLAIN))).await;
    let stores: Vec<_> = stores.into_iter().map(Result::unwrap).collect();
    for (number, store) in stores.iter().enumerate() {
        let key = Collection::new("infras").key(number);
        store.commit(Commit::new().put(key, Expected::Absent, json!(1))).await.unwrap();
    }
    assert_eq!(stores[0].status().await.unwrap().documents, 6);
}

#[tokio::test]
async fn a_server_that_only_reads_is_refused_by_name() {
    let Some(mut server) = started(PostgresServer::start()) else { return };
    let url = server.url("postgres");
    let store = open(&url, PLAIN).await;
    session(&url)
        .await
        .batch_execute(
            "CREATE ROLE reader LOGIN; \
        ALTER ROLE reader SET default_transaction_read_only = on",
        )
        .await
        .unwrap();
    let reader = refused(&url.replace("test@", "reader@")).await;
    assert!(matches!(reader, PostgresOpenError::ReadOnly { .. }), "{reader:?}");
    server.restart_as_standby().unwrap();
    let standby = refused(&url).await;
    assert!(matches!(standby, PostgresOpenError::ReadOnly { .. }), "{standby:?}");
    // What a standby has may be old, so nothing is read from it either.
    let key = Collection::new("infras").key("dev");
    for refused in [
        store.commit(Commit::new().put(key.clone(), Expected::Any, json!(1))).await.err(),
        store.read(&key).await.err(),
        store.status().await.err(),
    ] {
        assert!(matches!(refused, Some(StoreError::ReadOnly { .. })), "{refused:?}");
    }
}
