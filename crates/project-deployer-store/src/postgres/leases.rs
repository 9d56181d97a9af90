use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_postgres::types::Type;

use super::error::Cause;
use super::pool::Pool;
use crate::error::StoreError;
use crate::lease::Lease;
use crate::stored::{is_possible, number};

/// The longest time of a lease, in milliseconds: a hundred years, which every date can be added to.
const LONGEST: i64 = 100 * 365 * 86_400 * 1000;

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(LONGEST).min(LONGEST)
}

/// A lease that nobody has yet. If the caller has gone, it is released: nobody else could take it until it expires.
struct Taken {
    pool: Pool,
    lease: Option<Lease>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        // Without a runtime it expires by itself, as it does when the process dies.
        let (Some(lease), Ok(runtime)) = (self.lease.take(), Handle::try_current()) else { return };
        let pool = self.pool.clone();
        runtime.spawn(async move { release(&pool, &lease).await });
    }
}

/// Takes a lease in a task of its own, which ends well also if the caller is dropped.
pub(super) async fn take_or_release(
    pool: &Pool,
    name: &str,
    holder: &str,
    time: Duration,
) -> Result<Lease, StoreError> {
    pool.refuse_snapshot("take a lease")?;
    let (pool, name, holder) = (pool.clone(), name.to_owned(), holder.to_owned());
    let (reply, answer) = oneshot::channel();
    tokio::spawn(async move {
        let taken = take(&pool, &name, &holder, time).await;
        let taken = taken.map(|lease| Taken { pool, lease: Some(lease) });
        // What nobody receives is dropped.
        drop(reply.send(taken));
    });
    let stopped = || StoreError::unavailable("take a lease", "its task has stopped");
    let mut taken = answer.await.map_err(|_| stopped())??;
    taken.lease.take().ok_or_else(stopped)
}

async fn take(pool: &Pool, name: &str, holder: &str, time: Duration) -> Result<Lease, StoreError> {
    let action = "take a lease";
    let take = "SELECT held_by, new_token FROM {schema}.take_lease($1, $2, $3)";
    let row =
        [(&name as _, Type::TEXT), (&holder as _, Type::TEXT), (&millis(time) as _, Type::INT8)];
    // A second take would find the lease of the first one held.
    let row = pool.row_of_once(action, take, &row).await?;
    let row = row.ok_or_else(|| StoreError::damaged(action, "it gave no answer"))?;
    let read = || Ok((row.try_get(0)?, row.try_get(1)?));
    let taken: Result<(Option<String>, i64), tokio_postgres::Error> = read();
    match taken.map_err(|error| StoreError::damaged(action, Cause::of(&error)))? {
        (None, token) => Ok(Lease::issue(name, holder, token.unsigned_abs())),
        (Some(holder), _) => Err(StoreError::Held { name: name.to_owned(), holder }),
    }
}

/// An expired lease without a new holder still belongs to its old holder: no other holder wrote since.
pub(super) async fn renew(pool: &Pool, lease: &Lease, time: Duration) -> Result<(), StoreError> {
    let renew = "UPDATE {schema}.lease SET until = clock_timestamp() + $3 * interval '1 millisecond' \
                 WHERE name = $1 AND token = $2 RETURNING token";
    let renewed = changed(pool, "renew a lease", renew, lease, Some(millis(time))).await?;
    if renewed { Ok(()) } else { Err(StoreError::LeaseLost { name: lease.name.clone() }) }
}

pub(super) async fn release(pool: &Pool, lease: &Lease) -> Result<(), StoreError> {
    let release = "DELETE FROM {schema}.lease WHERE name = $1 AND token = $2 RETURNING token";
    changed(pool, "release a lease", release, lease, None).await.map(|_| ())
}

/// Whether a lease was there to be changed.
async fn changed(
    pool: &Pool,
    action: &str,
    statement: &str,
    lease: &Lease,
    more: Option<i64>,
) -> Result<bool, StoreError> {
    pool.refuse_snapshot(action)?;
    if !is_possible(&lease.name) {
        return Ok(false);
    }
    let token = number(lease.token());
    let mut row = vec![(&lease.name as _, Type::TEXT), (&token as _, Type::INT8)];
    if let Some(more) = &more {
        row.push((more as _, Type::INT8));
    }
    let found = pool.row(action, statement, &row).await?;
    Ok(found.is_some())
}

pub(super) async fn compact(pool: &Pool, until: u64) -> Result<(), StoreError> {
    pool.refuse_snapshot("compact")?;
    let compact = "SELECT {schema}.compact($1)";
    let until = [(&number(until) as _, Type::INT8)];
    pool.rows("compact", compact, &until).await.map(|_| ())
}
