//! The keys of a SQLite file when it is opened.

use std::path::Path;

use rusqlite::{Connection, params};

use super::error::OpenError;
use crate::sealing::{Sealer, SealingFault, SecretsAtRest};

/// The sealer of a file. A new file is marked as sealed or not.
pub(super) fn sealer_of(
    path: &Path,
    file: &Connection,
    secrets: SecretsAtRest,
) -> Result<Sealer, OpenError> {
    let of = |error| OpenError::of(path, error);
    let read = "SELECT id, revision, key_check FROM store";
    let row = file.query_row(read, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    let (store, revision, check): (Vec<u8>, i64, Option<Vec<u8>>) = row.map_err(of)?;
    let sealer = Sealer::of(store, revision == 0, check.as_deref(), secrets);
    let (sealer, kept) = sealer.map_err(|fault| refused(path, fault))?;
    if sealer.seals() {
        // At every start: another process may have written with an older key since.
        change_key(path, &sealer, file)?;
    }
    if let Some(kept) = kept {
        file.execute("UPDATE store SET key_check = ?1", [kept]).map_err(of)?;
    }
    Ok(sealer)
}

fn refused(path: &Path, fault: SealingFault) -> OpenError {
    let path = path.display().to_string();
    match fault {
        SealingFault::Key(source) => OpenError::WrongKey { path, source },
        SealingFault::Other(found) => OpenError::OtherSealing { path, found },
    }
}

/// Seals every secret with the newest key, so that the older ones are not needed any more.
fn change_key(path: &Path, sealer: &Sealer, file: &Connection) -> Result<(), OpenError> {
    let of = |error| OpenError::of(path, error);
    let secrets = "SELECT collection, id, field, value FROM secret";
    let mut secrets = file.prepare(secrets).map_err(of)?;
    let secrets = secrets.query_map([], |row| {
        let text = |column| row.get::<_, String>(column);
        Ok((text(0)?, text(1)?, text(2)?, row.get::<_, Vec<u8>>(3)?))
    });
    let secrets = secrets.map_err(of)?.collect::<Result<Vec<_>, _>>().map_err(of)?;
    for (collection, id, field, value) in secrets {
        let new = sealer.sealed_again((&collection, &id, &field), &value);
        let new = new.map_err(|error| refused(path, error.into()))?;
        if let Some(new) = new {
            let update =
                "UPDATE secret SET value = ?4 WHERE collection = ?1 AND id = ?2 AND field = ?3";
            file.execute(update, params![collection, id, field, new]).map_err(of)?;
        }
    }
    Ok(())
}
