use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::SqliteStore;
use super::error::OpenError;
use super::readers::Readers;
use super::sealing::sealer_of;
use super::writer::Writer;
use crate::sealing::{Sealer, SecretsAtRest};

/// The schemas, each applied to the one before.
const SCHEMAS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
];

/// "PDep": marks a file as one of a Project Deployer.
pub(super) const APPLICATION: i64 = 0x5044_6570;

/// How long a process waits for another one that writes to the same file.
const BUSY: Duration = Duration::from_secs(30);

/// How often, and with which pause, the journal mode is set while others open the same file.
const WAL_ATTEMPTS: u32 = 200;
const WAL_PAUSE: Duration = Duration::from_millis(25);

/// The size to which SQLite cuts its log after a checkpoint.
const LOG_BYTES: i64 = 64 << 20;

/// The pages of the log, of 4 KiB, after which a commit writes them into the file. Most are there many times by then, and
/// written once.
const CHECKPOINT_PAGES: i64 = 4000;

impl SqliteStore {
    /// Opens a file, or creates it. If the key ring has several keys, the newest one seals from now on, and
    /// every secret.
    ///
    /// # Errors
    ///
    /// The file cannot be used; see [`OpenError`]. It is unchanged then.
    pub async fn open(path: impl Into<PathBuf>, secrets: SecretsAtRest) -> Result<Self, OpenError> {
        let create = |path: &Path| {
            refuse_network_file_system(path)?;
            create_private(path)
        };
        Self::opened(path.into(), secrets, create, true).await
    }

    /// Opens a file that is there, and leaves secrets sealed as they are.
    ///
    /// # Errors
    ///
    /// There is no file, or it cannot be used; see [`OpenError`]. It is unchanged then.
    pub async fn open_existing(
        path: impl Into<PathBuf>,
        secrets: SecretsAtRest,
    ) -> Result<Self, OpenError> {
        let find = |path: &Path| {
            refuse_network_file_system(path)?;
            match path.try_exists() {
                Ok(true) => Ok(()),
                Ok(false) => Err(OpenError::Absent { path: path.display().to_string() }),
                Err(source) => Err(OpenError::unusable(path, source)),
            }
        };
        Self::opened(path.into(), secrets, find, false).await
    }

    async fn opened(
        path: PathBuf,
        secrets: SecretsAtRest,
        prepare_file: impl FnOnce(&Path) -> Result<(), OpenError> + Send + 'static,
        reseals: bool,
    ) -> Result<Self, OpenError> {
        let path = Arc::new(path);
        let opened = Arc::clone(&path);
        let opening = tokio::task::spawn_blocking(move || {
            prepare_file(&opened)?;
            let mut file = connection(&opened, OpenFlags::SQLITE_OPEN_CREATE)?;
            let sealer = prepare(&opened, &mut file, secrets, reseals)?;
            let writer = Writer::start(file).map_err(|source| OpenError::Unavailable {
                path: opened.display().to_string(),
                source: source.into(),
            })?;
            Ok((writer, sealer))
        });
        let (writer, sealer) = opening.await.unwrap_or_else(|error| {
            Err(OpenError::Unavailable { path: path.display().to_string(), source: error.into() })
        })?;
        let readers = Readers::new(Arc::clone(&path));
        Ok(Self { path, readers, writer, sealer: Arc::new(sealer) })
    }
}

/// Creates an empty file that only its owner may read, if there is none: settings and journals hold values of
/// projects. SQLite gives its other files the same permissions.
fn create_private(path: &Path) -> Result<(), OpenError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(OpenError::unusable(path, source)),
    }
}

/// Connects to a file.
pub(super) fn connection(path: &Path, more: OpenFlags) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let file = Connection::open_with_flags(path, flags).map_err(|e| OpenError::of(path, e))?;
    let settings = |file: &Connection| -> rusqlite::Result<()> {
        file.busy_timeout(BUSY)?;
        file.pragma_update(None, "synchronous", "FULL")?;
        file.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
        file.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        // Else SQLite plans a statement anew for each value of some parameters.
        file.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        file.set_prepared_statement_cache_capacity(64);
        Ok(())
    };
    settings(&file).map_err(|error| OpenError::of(path, error))?;
    Ok(file)
}

/// Brings a file to the newest schema, in one transaction.
fn prepare(
    path: &Path,
    file: &mut Connection,
    secrets: SecretsAtRest,
    reseals: bool,
) -> Result<Sealer, OpenError> {
    let of = |error| OpenError::of(path, error);
    // In one state of the file: another process may be creating it.
    let state = file.transaction().map_err(of)?;
    check_program(path, &state)?;
    state.finish().map_err(of)?;
    // Another program's file was refused before.
    write_ahead(path, file)?;
    let change = file.transaction_with_behavior(TransactionBehavior::Immediate).map_err(of)?;
    let version = check_program(path, &change)?;
    let new = SCHEMAS.iter().skip(usize::try_from(version).unwrap_or(usize::MAX));
    for schema in new {
        change.execute_batch(schema).map_err(of)?;
    }
    if version == 0 {
        change.pragma_update(None, "application_id", APPLICATION).map_err(of)?;
        let row = "INSERT INTO store (one, id, revision, compacted, token) \
                   VALUES (1, randomblob(16), 0, 0, 0)";
        change.execute(row, []).map_err(of)?;
    }
    // To open a file writes nothing, if there is nothing to change.
    if version != SCHEMAS.len() as i64 {
        change.pragma_update(None, "user_version", SCHEMAS.len() as i64).map_err(of)?;
    }
    let sealer = sealer_of(path, &change, secrets, reseals)?;
    change.commit().map_err(of)?;
    Ok(sealer)
}

/// Sets the mode that the promises of this store need: a restored copy may have another one. SQLite does not
/// wait here for other processes that open the file, so this tries again.
fn write_ahead(path: &Path, file: &Connection) -> Result<(), OpenError> {
    let mut attempt = 1;
    loop {
        let set: rusqlite::Result<String> =
            file.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0));
        match set {
            Ok(mode) if mode == "wal" => return Ok(()),
            Err(error) if !is_busy(&error) || attempt == WAL_ATTEMPTS => {
                return Err(OpenError::of(path, error));
            }
            Ok(mode) if attempt == WAL_ATTEMPTS => {
                let why = format!("its journal mode is {mode}, and cannot be changed to WAL");
                let path = path.display().to_string();
                return Err(OpenError::Unavailable { path, source: why.into() });
            }
            Ok(_) | Err(_) => std::thread::park_timeout(WAL_PAUSE),
        }
        attempt += 1;
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// The schema of a file, 0 for a new one; an error if it is not ours, or newer than this program.
fn check_program(path: &Path, file: &Connection) -> Result<i64, OpenError> {
    let pragma = |name: &str| -> Result<i64, OpenError> {
        let read = file.pragma_query_value(None, name, |row| row.get(0));
        read.map_err(|error| OpenError::of(path, error))
    };
    let (program, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables = file.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0));
    let tables: i64 = tables.map_err(|error| OpenError::of(path, error))?;
    let known = SCHEMAS.len() as i64;
    let path = path.display().to_string();
    match (program, version) {
        (0, 0) if tables == 0 => Ok(0),
        (APPLICATION, found) if found > known => Err(OpenError::NewerSchema { path, found, known }),
        (APPLICATION, found) => Ok(found),
        _ => Err(OpenError::OtherProgram { path }),
    }
}

/// The locks of SQLite do not hold over a network.
#[cfg(target_os = "linux")]
fn refuse_network_file_system(path: &Path) -> Result<(), OpenError> {
    /// NFS, SMB, SMB 2, CIFS, AFS, 9P, Ceph, FUSE is not among them: it may be local.
    const NETWORK: [u64; 7] =
        [0x6969, 0x517b, 0xfe53_4d42, 0xff53_4d42, 0x5346_414f, 0x0102_1997, 0x00c3_6400];
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let found = rustix::fs::statfs(directory.unwrap_or(Path::new(".")));
    match found {
        Ok(found) if NETWORK.contains(&(found.f_type as u64 & 0xffff_ffff)) => {
            Err(OpenError::NetworkFileSystem { path: path.display().to_string() })
        }
        // A directory that is not there is reported when the file is created.
        _ => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn refuse_network_file_system(_: &Path) -> Result<(), OpenError> {
    Ok(())
}
