use std::sync::Arc;

use tokio::time::timeout;
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Client, Row};

use super::PostgresStore;
use super::error::{Cause, Failure};
use super::open_error::{Place, PostgresOpenError};
use super::options::PostgresOptions;
use super::pool::{Pool, ask, in_schema};
use super::seals::{Check, Seals};
use super::writer::Writer;
use crate::sealing::{Sealer, SealingFault, SecretsAtRest};

/// The schemas, each applied to the one before.
const SCHEMAS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
];

/// The oldest version of PostgreSQL, as the server counts.
const OLDEST: i32 = 140_000;

/// How many documents are sealed anew at a time.
const PAGE: i64 = 500;

impl PostgresStore {
    /// Opens the store, and creates its schema if there is none. If the key ring has several keys, the newest one
    /// seals from now on, and every secret.
    ///
    /// # Errors
    ///
    /// The database cannot be used; see [`PostgresOpenError`]. It is unchanged then.
    pub async fn open(
        options: &PostgresOptions,
        secrets: SecretsAtRest,
    ) -> Result<Self, PostgresOpenError> {
        Self::opened(options, secrets, Opening::OrCreate).await
    }

    /// Opens a store that is there, and leaves secrets sealed as they are.
    ///
    /// # Errors
    ///
    /// There is no store, or it cannot be used; see [`PostgresOpenError`]. It is unchanged then.
    pub async fn open_existing(
        options: &PostgresOptions,
        secrets: SecretsAtRest,
    ) -> Result<Self, PostgresOpenError> {
        Self::opened(options, secrets, Opening::Existing).await
    }

    async fn opened(
        options: &PostgresOptions,
        secrets: SecretsAtRest,
        opening: Opening,
    ) -> Result<Self, PostgresOpenError> {
        let pool = Pool::new(options)?;
        let place = Arc::clone(&pool.place);
        let connection = pool.connection().await.map_err(|error| place.no_connection(&error))?;
        let prepared = timeout(options.limit, prepare(&connection, &place, secrets, opening)).await;
        let seals = prepared.unwrap_or_else(|_| {
            let source = Failure::late().cause.into();
            Err(PostgresOpenError::Unavailable { server: place.server.clone(), source })
        })?;
        drop(connection);
        let seals = Arc::new(seals);
        let writer = Writer::start(pool.clone(), Arc::clone(&seals));
        Ok(Self { pool, writer, seals })
    }
}

/// What opening a store does beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    /// It creates what is not there, and seals every secret with the newest key.
    OrCreate,
    /// Neither.
    Existing,
}

/// Brings the schema to the newest version, in one transaction. An error leaves the transaction open, and ends it
/// with its connection, which nobody uses again.
async fn prepare(
    connection: &Client,
    place: &Place,
    secrets: SecretsAtRest,
    opening: Opening,
) -> Result<Seals, PostgresOpenError> {
    let execute = async |statements: &str| {
        connection.batch_execute(statements).await.map_err(|error| place.failed(&error))
    };
    check_server(connection, place).await?;
    execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
    // Until the end of the transaction: another process may be creating the schema.
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('project-deployer ' || $1, 0))";
    ask(connection, place, lock, &[(&place.schema, Type::TEXT)]).await?;
    let version = version(connection, place, opening).await?;
    for (schema, number) in SCHEMAS.iter().zip(1_i32..) {
        if number > version {
            execute(&in_schema(schema, &place.schema)).await?;
        }
    }
    let seals = seals_of(connection, place, secrets, opening).await?;
    execute("COMMIT").await?;
    Ok(seals)
}

async fn check_server(connection: &Client, place: &Place) -> Result<(), PostgresOpenError> {
    let read =
        "SELECT current_setting('server_version_num')::int, current_setting('server_version')";
    let rows = ask(connection, place, read, &[]).await?;
    let row = first(place, &rows)?;
    let (number, found): (i32, String) = (get(place, row, 0)?, get(place, row, 1)?);
    if number < OLDEST {
        return Err(PostgresOpenError::TooOld { server: place.server.clone(), found });
    }
    Ok(())
}

/// The version of the schema, 0 for a new one.
async fn version(
    connection: &Client,
    place: &Place,
    opening: Opening,
) -> Result<i32, PostgresOpenError> {
    let Place { server, schema } = place.clone();
    // A user who may not create schemas may be given one.
    let read = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1), \
                EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                        WHERE n.nspname = $1 AND c.relname = 'project_deployer')";
    let rows = ask(connection, place, read, &[(&schema, Type::TEXT)]).await?;
    let row = first(place, &rows)?;
    match (get(place, row, 0)?, get(place, row, 1)?) {
        (true, true) => {}
        _ if opening == Opening::Existing => {
            return Err(PostgresOpenError::Absent { server, schema });
        }
        (true, false) => return Ok(0),
        (false, _) => {
            ask(connection, place, "CREATE SCHEMA {schema}", &[]).await?;
            return Ok(0);
        }
    }
    let read = "SELECT schema_version FROM {schema}.project_deployer";
    let rows = ask(connection, place, read, &[]).await?;
    let found: i32 = get(place, first(place, &rows)?, 0)?;
    let known = i32::try_from(SCHEMAS.len()).unwrap_or(i32::MAX);
    if found > known {
        return Err(PostgresOpenError::NewerSchema { server, schema, found, known });
    }
    Ok(found)
}

/// How a store seals. A new store is marked as sealed or not.
async fn seals_of(
    connection: &Client,
    place: &Place,
    secrets: SecretsAtRest,
    opening: Opening,
) -> Result<Seals, PostgresOpenError> {
    let read = "SELECT id, revision, key_check FROM {schema}.store FOR UPDATE";
    let rows = ask(connection, place, read, &[]).await?;
    let row = first(place, &rows)?;
    let (store, revision): (Vec<u8>, i64) = (get(place, row, 0)?, get(place, row, 1)?);
    let check: Check = get(place, row, 2)?;
    let sealer = Sealer::of(store, revision == 0, check.as_deref(), secrets);
    let (sealer, kept) = sealer.map_err(|fault| refused(place, fault))?;
    if opening == Opening::Existing && check.is_some() {
        return Ok(Seals::new(sealer, check));
    }
    if let Some(kept) = &kept {
        let keep = "UPDATE {schema}.store SET key_check = $1";
        ask(connection, place, keep, &[(kept, Type::BYTEA)]).await?;
    }
    if sealer.seals() {
        // At every start: a change of the key may not have ended.
        change_key(connection, place, &sealer).await?;
    }
    Ok(Seals::new(sealer, kept.or(check)))
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
        let Some(last) = rows.last() else { return Ok(()) };
        for row in &rows {
            seal_again(connection, place, sealer, row).await?;
        }
        collection = get(place, last, 0)?;
        id = get(place, last, 1)?;
    }
}

/// Seals the secrets of one document with the newest key.
async fn seal_again(
    connection: &Client,
    place: &Place,
    sealer: &Sealer,
    row: &Row,
) -> Result<(), PostgresOpenError> {
    let (collection, id): (&str, &str) = (get(place, row, 0)?, get(place, row, 1)?);
    let fields: Vec<&str> = get(place, row, 2)?;
    let mut values: Vec<Vec<u8>> = get(place, row, 3)?;
    let mut is_new = false;
    for (field, value) in fields.into_iter().zip(&mut values) {
        let new = sealer.sealed_again((collection, id, field), value);
        if let Some(new) = new.map_err(|error| refused(place, error.into()))? {
            (*value, is_new) = (new, true);
        }
    }
    if !is_new {
        return Ok(());
    }
    let write = "UPDATE {schema}.document SET secrets = $3 WHERE collection = $1 AND id = $2";
    let row =
        [(&collection as _, Type::TEXT), (&id as _, Type::TEXT), (&values as _, Type::BYTEA_ARRAY)];
    ask(connection, place, write, &row).await.map(|_| ())
}

fn refused(place: &Place, fault: SealingFault) -> PostgresOpenError {
    let server = place.server.clone();
    match fault {
        SealingFault::Key(source) => PostgresOpenError::WrongKey { server, source },
        SealingFault::Other(found) => PostgresOpenError::OtherSealing { server, found },
    }
}

/// The first row of an answer that has one.
fn first<'a>(place: &Place, rows: &'a [Row]) -> Result<&'a Row, PostgresOpenError> {
    rows.first().ok_or_else(|| PostgresOpenError::Unavailable {
        server: place.server.clone(),
        source: "it has no row with its counters".into(),
    })
}

fn get<'a, T: FromSql<'a>>(
    place: &Place,
    row: &'a Row,
    column: usize,
) -> Result<T, PostgresOpenError> {
    row.try_get(column).map_err(|error| PostgresOpenError::Unavailable {
        server: place.server.clone(),
        source: Cause::of(&error).into(),
    })
}
