use std::sync::Arc;

use tokio::time::timeout;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use super::PostgresStore;
use super::error::{Cause, Failure};
use super::open_error::{Place, PostgresOpenError};
use super::options::PostgresOptions;
use super::pool::{Pool, ask, in_schema};
use super::writer::Writer;
use crate::sealing::{Sealer, SealingFault, SecretsAtRest};

/// The schemas, each applied to the one before.
const SCHEMAS: &[&str] = &[include_str!("schema.sql")];

/// The oldest version of PostgreSQL, as the server counts.
const OLDEST: i32 = 140_000;

/// How many documents are sealed anew at a time.
const PAGE: i64 = 500;

impl PostgresStore {
    /// Opens the store, and creates its schema if there is none.
    ///
    /// # Errors
    ///
    /// The database cannot be used; see [`PostgresOpenError`]. It is unchanged then.
    pub async fn open(
        options: &PostgresOptions,
        secrets: SecretsAtRest,
    ) -> Result<Self, PostgresOpenError> {
        let pool = Pool::new(options)?;
        let place = Arc::clone(&pool.place);
        let connection = pool.connection().await.map_err(|error| place.no_connection(&error))?;
        let prepared = timeout(options.limit, prepare(&connection, &place, secrets)).await;
        let sealer = prepared.unwrap_or_else(|_| {
            let source = Failure::late().cause.into();
            Err(PostgresOpenError::Unavailable { server: place.server.clone(), source })
        })?;
        drop(connection);
        let writer = Writer::start(pool.clone());
        Ok(Self { pool, writer, sealer: Arc::new(sealer) })
    }
}

/// Brings the schema to the newest version, in one transaction. An error leaves the transaction open, and ends it
/// with its connection, which nobody uses again.
async fn prepare(
    connection: &Client,
    place: &Place,
    secrets: SecretsAtRest,
) -> Result<Sealer, PostgresOpenError> {
    let execute = async |statements: &str| {
        connection.batch_execute(statements).await.map_err(|error| place.failed(&error))
    };
    check_server(connection, place).await?;
    execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
    // Until the end of the transaction: another process may be creating the schema.
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('project-deployer ' || $1, 0))";
    ask(connection, place, lock, &[(&place.schema, Type::TEXT)]).await?;
    let version = version(connection, place).await?;
    for (schema, number) in SCHEMAS.iter().zip(1_i32..) {
        if number > version {
            execute(&in_schema(schema, &place.schema)).await?;
        }
    }
    let sealer = sealer_of(connection, place, secrets).await?;
    execute("COMMIT").await?;
    Ok(sealer)
}

async fn check_server(connection: &Client, place: &Place) -> Result<(), PostgresOpenError> {
    let read =
        "SELECT current_setting('server_version_num')::int, current_setting('server_version')";
    let rows = ask(connection, place, read, &[]).await?;
    let (number, found): (i32, String) =
        first(place, &rows, |row| Ok((row.try_get(0)?, row.try_get(1)?)))?;
    if number < OLDEST {
        return Err(PostgresOpenError::TooOld { server: place.server.clone(), found });
    }
    Ok(())
}

/// The version of the schema, 0 for a new one.
async fn version(connection: &Client, place: &Place) -> Result<i32, PostgresOpenError> {
    let Place { server, schema } = place.clone();
    // A user who may not create schemas may be given one.
    let read = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1), \
                EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                        WHERE n.nspname = $1 AND c.relname = 'project_deployer')";
    let rows = ask(connection, place, read, &[(&schema, Type::TEXT)]).await?;
    let there = first(place, &rows, |row| Ok((row.try_get(0)?, row.try_get(1)?)))?;
    match there {
        (true, true) => {}
        (true, false) => return Ok(0),
        (false, _) => {
            ask(connection, place, "CREATE SCHEMA {schema}", &[]).await?;
            return Ok(0);
        }
    }
    let read = "SELECT schema_version FROM {schema}.project_deployer";
    let rows = ask(connection, place, read, &[]).await?;
    let found: i32 = first(place, &rows, |row| row.try_get(0))?;
    let known = i32::try_from(SCHEMAS.len()).unwrap_or(i32::MAX);
    if found > known {
        return Err(PostgresOpenError::NewerSchema { server, schema, found, known });
    }
    Ok(found)
}

/// The sealer of a store. A new store is marked as sealed or not.
async fn sealer_of(
    connection: &Client,
    place: &Place,
    secrets: SecretsAtRest,
) -> Result<Sealer, PostgresOpenError> {
    let read = "SELECT id, revision, key_check FROM {schema}.store FOR UPDATE";
    let rows = ask(connection, place, read, &[]).await?;
    let row = |row: &Row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
    let (store, revision, check): (Vec<u8>, i64, Option<Vec<u8>>) = first(place, &rows, row)?;
    let sealer = Sealer::of(store, revision == 0, check.as_deref(), secrets);
    let (sealer, kept) = sealer.map_err(|fault| refused(place, fault))?;
    if sealer.seals() {
        // At every start: another process may have written with an older key since.
        change_key(connection, place, &sealer).await?;
    }
    if let Some(kept) = kept {
        let keep = "UPDATE {schema}.store SET key_check = $1";
        ask(connection, place, keep, &[(&kept, Type::BYTEA)]).await?;
    }
    Ok(sealer)
}

/// Seals every secret with the newest key, so that the older ones are not needed any more.
async fn change_key(
    connection: &Client,
    place: &Place,
    sealer: &Sealer,
) -> Result<(), PostgresOpenError> {
    let read = "SELECT collection, id, fields, secrets FROM {schema}.document \
                WHERE (collection, id) > ($1, $2) AND cardinality(secrets) > 0 \
                ORDER BY collection, id LIMIT $3";
    let (mut collection, mut id) = (String::new(), String::new());
    loop {
        let page =
            [(&collection as _, Type::TEXT), (&id as _, Type::TEXT), (&PAGE as _, Type::INT8)];
        let rows = ask(connection, place, read, &page).await?;
        for row in &rows {
            let read = || Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?));
            let read: Result<(String, String, Vec<String>, Vec<Vec<u8>>), tokio_postgres::Error> =
                read();
            let (of, key, fields, mut values) = read.map_err(|error| place.failed(&error))?;
            let mut is_new = false;
            for (field, value) in fields.iter().zip(&mut values) {
                let new = sealer.sealed_again((&of, &key, field), value);
                if let Some(new) = new.map_err(|error| refused(place, error.into()))? {
                    (*value, is_new) = (new, true);
                }
            }
            if is_new {
                let write =
                    "UPDATE {schema}.document SET secrets = $3 WHERE collection = $1 AND id = $2";
                let row = [
                    (&of as _, Type::TEXT),
                    (&key as _, Type::TEXT),
                    (&values as _, Type::BYTEA_ARRAY),
                ];
                ask(connection, place, write, &row).await?;
            }
            (collection, id) = (of, key);
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

fn refused(place: &Place, fault: SealingFault) -> PostgresOpenError {
    let server = place.server.clone();
    match fault {
        SealingFault::Key(source) => PostgresOpenError::WrongKey { server, source },
        SealingFault::Other(found) => PostgresOpenError::OtherSealing { server, found },
    }
}

/// The first row of an answer that has one.
fn first<T>(
    place: &Place,
    rows: &[Row],
    read: impl FnOnce(&Row) -> Result<T, tokio_postgres::Error>,
) -> Result<T, PostgresOpenError> {
    let row = rows.first().ok_or_else(|| PostgresOpenError::Unavailable {
        server: place.server.clone(),
        source: "it has no row with its counters".into(),
    })?;
    read(row).map_err(|error| PostgresOpenError::Unavailable {
        server: place.server.clone(),
        source: Cause::of(&error).into(),
    })
}
