use std::sync::Arc;

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::error::StoreError;
use crate::keyring::{SealError, key_of};
use crate::maintenance::Resealed;
use crate::postgres::pool::Pool;
use crate::postgres::reads::{get, key_check};
use crate::postgres::seals::{Seals, with_seals};
use crate::sealing::CHECKED;
use crate::stored::rows;

const ACTION: &str = "seal secrets again";

/// The documents with a secret that does not begin as the newest key's do.
const OUTDATED: &str = "FROM {schema}.document WHERE cardinality(secrets) > 0 AND EXISTS ( \
    SELECT FROM unnest(secrets) AS secret WHERE substr(secret, 1, length($1)) <> $1)";

const LEFT: &str = "SELECT count(*) FROM {schema}.document CROSS JOIN unnest(secrets) AS secret \
    WHERE substr(secret, 1, length($1)) <> $1";

/// The secrets of a document, by the names of their fields.
struct Sealed {
    kind: String,
    id: String,
    fields: Vec<String>,
    values: Vec<Vec<u8>>,
}

/// Each document is a statement of its own, which writes only if its secrets are still those that were read.
pub(super) async fn seal_again(
    pool: &Pool,
    seals: &Arc<Seals>,
    limit: usize,
) -> Result<Resealed, StoreError> {
    pool.refuse_snapshot(ACTION)?;
    let refresh = |seals: &Seals| {
        let read = seals.sealer.refresh();
        read.map_err(|error| StoreError::unavailable("read its keys again", error))
    };
    let newest = with_seals(ACTION, seals, refresh).await?;
    let Some(newest) = newest else { return Ok(Resealed::new(0, 0)) };
    change_key(pool, seals).await?;
    let front = format!("1:{newest}:").into_bytes();
    let read = format!(
        "SELECT collection, id, fields, secrets {OUTDATED} ORDER BY collection, id LIMIT $2"
    );
    let page = [(&front as _, Type::BYTEA), (&rows(limit) as _, Type::INT8)];
    let mut sealed = 0;
    for row in &pool.rows(ACTION, &read, &page).await? {
        let document = document(row)?;
        // The server accepts no document that two keys have sealed.
        if sealed > 0 && sealed + document.values.len() > limit {
            break;
        }
        sealed += write(pool, seals, document).await?;
    }
    let left = pool.row(ACTION, LEFT, &page[..1]).await?;
    let left: i64 = left.map(|row| get(ACTION, &row, 0)).transpose()?.unwrap_or_default();
    Ok(Resealed::new(sealed as u64, left.unsigned_abs()))
}

/// Makes the newest key the one of the store. Every commit after that is sealed with it.
async fn change_key(pool: &Pool, seals: &Arc<Seals>) -> Result<(), StoreError> {
    let check = key_check(pool).await?.unwrap_or_default();
    let old = check.clone();
    let seal = move |seals: &Seals| {
        let new = seals.sealer.sealed_again(CHECKED, &old);
        new.map_err(|error| StoreError::unavailable("seal the check of the key again", error))
    };
    let Some(new) = with_seals(ACTION, seals, seal).await? else { return Ok(()) };
    let update = "UPDATE {schema}.store SET key_check = $1 WHERE key_check = $2 RETURNING one";
    let values = [(&new as _, Type::BYTEA), (&check as _, Type::BYTEA)];
    let changed = pool.row(ACTION, update, &values).await?;
    if changed.is_none() && key_check(pool).await?.as_ref() != Some(&new) {
        let why = "another process changes the key of the store; repeat this when it has ended";
        return Err(StoreError::unavailable(ACTION, why));
    }
    seals.learn(Some(new));
    Ok(())
}

fn document(row: &Row) -> Result<Sealed, StoreError> {
    Ok(Sealed {
        kind: get(ACTION, row, 0)?,
        id: get(ACTION, row, 1)?,
        fields: get(ACTION, row, 2)?,
        values: get(ACTION, row, 3)?,
    })
}

/// Seals the secrets of a document, and returns how many that were.
async fn write(pool: &Pool, seals: &Arc<Seals>, document: Sealed) -> Result<usize, StoreError> {
    let old = document.values.clone();
    let seal = move |seals: &Seals| sealed_again(seals, document);
    let (document, sealed) = with_seals(ACTION, seals, seal).await?;
    let update = "UPDATE {schema}.document SET secrets = $3 \
                  WHERE collection = $1 AND id = $2 AND secrets = $4 RETURNING revision";
    let values = [
        (&document.kind as _, Type::TEXT),
        (&document.id as _, Type::TEXT),
        (&document.values as _, Type::BYTEA_ARRAY),
        (&old as _, Type::BYTEA_ARRAY),
    ];
    // One that was written meanwhile has the key of the store.
    let written = pool.row(ACTION, update, &values).await?;
    Ok(if written.is_some() { sealed } else { 0 })
}

fn sealed_again(seals: &Seals, mut document: Sealed) -> Result<(Sealed, usize), StoreError> {
    let mut sealed = 0;
    for (field, value) in document.fields.iter().zip(&mut document.values) {
        let place = (document.kind.as_str(), document.id.as_str(), field.as_str());
        let again = match seals.sealer.sealed_again(place, value) {
            // A damaged value names no key.
            Ok(None) if key_of(value).is_err() => Err(SealError::Broken),
            other => other,
        };
        let what = || format!("seal {field} of {}/{} again", document.kind, document.id);
        if let Some(again) = again.map_err(|error| StoreError::unavailable(what(), error))? {
            *value = again;
            sealed += 1;
        }
    }
    Ok((document, sealed))
}
