use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    ClientWrapper, Manager, ManagerConfig, Object, Pool as Connections, RecyclingMethod, Runtime,
    Timeouts,
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

/// How long a statement takes at most that works on whole tables.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The first statement of the transaction decides which state it sees.
const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
    SET LOCAL idle_in_transaction_session_timeout = 0; SELECT revision FROM {schema}.store";

/// The connections of this process.
#[derive(Clone)]
pub(super) struct Pool {
    connections: Connections,
    limit: Duration,
    pub(super) place: Arc<Place>,
    /// A transaction that sees one state. Its connection ends with the last clone, and the transaction with it.
    snapshot: Option<Arc<ClientWrapper>>,
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
        Ok(Self { connections, limit: options.limit, place, snapshot: None })
    }

    /// The same, for statements that may take long.
    pub(super) fn patient(&self) -> Self {
        Self { limit: LONGEST, ..self.clone() }
    }

    /// A pool of one connection, with the present state of the database. Everything happens in one transaction, so a
    /// pooler between transactions leaves it alone.
    pub(super) async fn snapshot(&self) -> Result<Self, StoreError> {
        let failed = |failure: Failure| failure.error("keep one state");
        let connection = self.connection().await;
        let connection = connection.map_err(|error| failed(Failure::of_pool(&error)))?;
        let connection = Object::take(connection);
        let begin = self.sql(BEGIN_SNAPSHOT);
        let begun = timeout(self.limit, connection.batch_execute(&begin)).await;
        let begun = begun.map_err(|_| failed(Failure::late()))?;
        begun.map_err(|error| failed(Failure::of(&error)))?;
        Ok(Self { snapshot: Some(Arc::new(connection)), ..self.clone() })
    }

    pub(super) fn is_snapshot(&self) -> bool {
        self.snapshot.is_some()
    }

    /// A refused statement would end the transaction of a snapshot.
    pub(super) fn refuse_snapshot(&self, action: &str) -> Result<(), StoreError> {
        let only_read =
            || StoreError::unavailable(action, "this is a snapshot, which can only be read");
        if self.is_snapshot() { Err(only_read()) } else { Ok(()) }
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
        let answer = self.ask(&connection, statement, parameters).await;
        if answer.as_ref().is_err_and(|failure| matches!(failure.kind, Kind::Lost | Kind::Late)) {
            drop(Object::take(connection));
        }
        answer
    }

    async fn ask(
        &self,
        client: &Client,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Failure> {
        match timeout(self.limit, client.query_typed(statement, parameters)).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => Err(Failure::of(&error)),
            Err(_) => Err(Failure::late()),
        }
    }

    /// The rows of a statement that has the same effect twice as once.
    pub(super) async fn rows(
        &self,
        action: &str,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        self.repeated(action, MOST_CONNECTIONS, statement, parameters).await
    }

    /// The only row of such a statement, or none.
    pub(super) async fn row(
        &self,
        action: &str,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(action, statement, parameters).await?.into_iter().next())
    }

    /// The only row of a statement that would have another effect twice, or none.
    pub(super) async fn row_of_once(
        &self,
        action: &str,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.repeated(action, 0, statement, parameters).await?.into_iter().next())
    }

    /// The rows of one statement, with the name of the schema in place of `{schema}`. It is repeated if another
    /// transaction was in the way, and sent again as often as this if its connection has ended.
    async fn repeated(
        &self,
        action: &str,
        most_connections: u32,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let statement = &self.sql(statement);
        if let Some(snapshot) = &self.snapshot {
            let answer = self.ask(snapshot, statement, parameters).await;
            return answer.map_err(|failure| failure.error(action));
        }
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
                Kind::Lost if connections < most_connections => connections += 1,
                _ => return Err(failure.error(action)),
            }
        }
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
