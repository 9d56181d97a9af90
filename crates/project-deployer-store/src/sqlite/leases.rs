use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::clock::BootTime;
use super::error::failed;
use crate::error::StoreError;
use crate::lease::Lease;
use crate::stored::number;

pub(super) fn take(
    file: &Connection,
    name: &str,
    holder: &str,
    time: Duration,
) -> Result<Lease, StoreError> {
    let of = |error| failed("take a lease", error);
    let now = BootTime::now().map_err(|error| StoreError::unavailable("take a lease", error))?;
    let held = "SELECT holder FROM lease WHERE name = ?1 AND boot = ?2 AND until > ?3";
    let held = file.prepare_cached(held).map_err(of)?;
    let held = { held }
        .query_row(params![name, now.boot, now.millis], |row| row.get(0))
        .optional()
        .map_err(of)?;
    if let Some(holder) = held {
        return Err(StoreError::Held { name: name.to_owned(), holder });
    }
    let next = "UPDATE store SET token = token + 1 RETURNING token";
    let token: i64 = file.query_row(next, [], |row| row.get(0)).map_err(of)?;
    let take = "INSERT INTO lease (name, holder, token, boot, until) VALUES (?1, ?2, ?3, ?4, ?5) \
                ON CONFLICT (name) DO UPDATE SET holder = ?2, token = ?3, boot = ?4, until = ?5";
    let row = params![name, holder, token, now.boot, now.after(time)];
    file.execute(take, row).map_err(of)?;
    Ok(Lease::issue(name, holder, token.unsigned_abs()))
}

/// An expired lease without a new holder still belongs to its old holder: no other holder wrote since.
pub(super) fn ours(file: &Connection, lease: &Lease) -> Result<(), StoreError> {
    let of = |error| failed("check a lease", error);
    let read = "SELECT 1 FROM lease WHERE name = ?1 AND token = ?2";
    let mut read = file.prepare_cached(read).map_err(of)?;
    match read.exists(params![lease.name, number(lease.token())]).map_err(of)? {
        true => Ok(()),
        false => Err(StoreError::LeaseLost { name: lease.name.clone() }),
    }
}

pub(super) fn renew(file: &Connection, lease: &Lease, time: Duration) -> Result<(), StoreError> {
    ours(file, lease)?;
    let now = BootTime::now().map_err(|error| StoreError::unavailable("renew a lease", error))?;
    let renew = "UPDATE lease SET boot = ?2, until = ?3 WHERE name = ?1";
    let renewed = file.execute(renew, params![lease.name, now.boot, now.after(time)]);
    renewed.map(|_| ()).map_err(|error| failed("renew a lease", error))
}

pub(super) fn release(file: &Connection, lease: &Lease) -> Result<(), StoreError> {
    let release = "DELETE FROM lease WHERE name = ?1 AND token = ?2";
    let released = file.execute(release, params![lease.name, number(lease.token())]);
    released.map(|_| ()).map_err(|error| failed("release a lease", error))
}
