use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool as Connections, RecyclingMethod, Runtime, Timeouts,
};
use tokio::time::{sleep, timeout};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use super::error::{Failure, Kind};
use super::open_error::{Place, PostgresOpenError};
use super::options::PostgresOptions;
use crate::error::StoreError;

/// A parameter of a statement. Its type is named, so that nothing has to be prepared: a prepared statement does
/// not survive a pooler between here and the server.
pub(super) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// How often a statement is repeated that was in the way of another one.
const MOST_REPEATS: u32 = 50;

/// How often a statement is sent again whose connection has ended. The first one may have ended long ago.
const MOST_CONNECTIONS: u32 = 3;

/// The connections of this process.
#[derive(Clone)]
pub(super) struct Pool {
    connections: Connections,
    limit: Duration,
    pub(super) place: Arc<Place>,
}

/// Whether a statement may be sent again when its answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It has the same effect twice as once.
    Harmless,
    /// It would have another effect.
    Never,
}

impl Pool {
    pub(super) fn new(options: &PostgresOptions) -> Result<Self, PostgresOpenError> {
        let how = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(options.connection(), options.tls()?, how);
        let limit = Some(options.limit);
        let place = options.place();
        let connections = Connections::builder(manager)
            .max_size(options.connections)
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts { wait: limit, create: limit, recycle: limit })
            .build()
            .map_err(|error| PostgresOpenError::Unavailable {
                server: place.server.clone(),
                source: error.into(),
            })?;
        Ok(Self { connections, limit: options.limit, place })
    }

    pub(super) async fn connection(&self) -> Result<Object, deadpool_postgres::PoolError> {
        self.connections.get().await
    }

    /// Sends one statement, and reads its answer to the end: only then a commit is one. A connection that has
    /// failed is not used again.
    pub(super) async fn send(
        &self,
        connection: Object,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Failure> {
        let answer = timeout(self.limit, connection.query_typed(statement, parameters)).await;
        let failure = match answer {
            Ok(Ok(rows)) => return Ok(rows),
            Ok(Err(error)) => Failure::of(&error),
            Err(_) => Failure::late(),
        };
        if matches!(failure.kind, Kind::Lost | Kind::Late) {
            drop(Object::take(connection));
        }
        Err(failure)
    }

    /// The rows of one statement, which is repeated if another transaction was in the way.
    pub(super) async fn rows(
        &self,
        action: &str,
        repeat: Repeat,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let (mut repeats, mut connections) = (0, 0);
        loop {
            let connection = self.connection().await;
            let connection = connection.map_err(|error| Failure::of_pool(&error).error(action))?;
            let failure = match self.send(connection, statement, parameters).await {
                Ok(rows) => return Ok(rows),
                Err(failure) => failure,
            };
            match failure.kind {
                Kind::Again if repeats < MOST_REPEATS => {
                    repeats += 1;
                    pause(repeats).await;
                }
                Kind::Lost if repeat == Repeat::Harmless && connections < MOST_CONNECTIONS => {
                    connections += 1;
                }
                _ => return Err(failure.error(action)),
            }
        }
    }

    /// A statement with one row, or none.
    pub(super) async fn row(
        &self,
        action: &str,
        repeat: Repeat,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(action, repeat, statement, parameters).await?.into_iter().next())
    }

    /// A statement with the name of the schema in place of `{schema}`.
    pub(super) fn sql(&self, statement: &str) -> String {
        in_schema(statement, &self.place.schema)
    }
}

/// Names of schemas are plain, so the quotes only keep words of SQL apart from them.
pub(super) fn in_schema(statement: &str, schema: &str) -> String {
    statement.replace("{schema}", &format!("\"{schema}\""))
}

/// Waits a random time, so that those who were in each other's way are not again.
pub(super) async fn pause(repeats: u32) {
    let most = u64::from(repeats.min(10)) * 4;
    sleep(Duration::from_millis(fastrand::u64(0..=most))).await;
}

/// Whether MOST_REPEATS allow another one.
pub(super) fn may_repeat(repeats: u32) -> bool {
    repeats < MOST_REPEATS
}

/// One statement of a connection that is not shared, such as one of opening a store.
pub(super) async fn ask(
    connection: &Client,
    place: &Place,
    statement: &str,
    parameters: &[Parameter<'_>],
) -> Result<Vec<Row>, PostgresOpenError> {
    let statement = in_schema(statement, &place.schema);
    let rows = connection.query_typed(&statement, parameters).await;
    rows.map_err(|error| place.failed(&error))
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("place", &self.place).finish_non_exhaustive()
    }
}
