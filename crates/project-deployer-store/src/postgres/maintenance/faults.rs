use tokio_postgres::Row;

use crate::document::Collection;
use crate::error::StoreError;
use crate::maintenance::{Damaged, StoreDamage};
use crate::postgres::pool::Pool;
use crate::postgres::reads::get;

/// What no commit leaves behind: rows that are newer than the counters come from another state of the database.
const FAULTS: &str = "WITH last AS (SELECT max(revision) AS revision, max(token) AS token FROM {schema}.store) \
    SELECT NULL AS collection, NULL AS id, 'it has ' || count(*) || ' rows of counters; restore a backup' AS what \
        FROM {schema}.store HAVING count(*) <> 1 \
    UNION ALL SELECT d.collection, d.id, \
        'it was written at revision ' || d.revision || ', and the last one is ' || last.revision || '; restore a backup' \
        FROM {schema}.document d, last WHERE d.revision > last.revision AND d.body IS NOT NULL \
    UNION ALL SELECT d.collection, d.id, 'it has another number of secrets than of their names; restore a backup' \
        FROM {schema}.document d WHERE cardinality(d.fields) <> cardinality(d.secrets) \
    UNION ALL SELECT NULL, NULL, 'it has a commit of revision ' || w.revision || ', and the last one is ' || last.revision \
        FROM {schema}.written w, last WHERE w.revision > last.revision \
    UNION ALL SELECT NULL, NULL, 'it has a lease with token ' || l.token || ', and the last one is ' || last.token \
        FROM {schema}.lease l, last WHERE l.token > last.token \
    LIMIT 1000";

pub(super) async fn damage(pool: &Pool) -> Result<Vec<StoreDamage>, StoreError> {
    let action = "check itself";
    let pool = pool.patient();
    let found = pool.rows(action, FAULTS, &[]).await?;
    let fault = |row: &Row| {
        let kind: Option<String> = get(action, row, 0)?;
        let id: Option<&str> = get(action, row, 1)?;
        let object = match (kind, id) {
            (Some(kind), Some(id)) => Damaged::Document(Collection::stored(kind).key(id)),
            _ => Damaged::Storage,
        };
        Ok(StoreDamage::new(object, get::<&str>(action, row, 2)?))
    };
    found.iter().map(fault).collect()
}
