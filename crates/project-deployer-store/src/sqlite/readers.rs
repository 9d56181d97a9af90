use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::error::failed;
use super::open::connection;
use crate::error::StoreError;

/// How many reads run at the same time.
const AT_ONCE: usize = 4;

/// Connections that read, beside the one that writes.
#[derive(Clone)]
pub(super) struct Readers {
    path: Arc<PathBuf>,
    idle: Arc<Mutex<Vec<Connection>>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(path: Arc<PathBuf>) -> Self {
        Self { path, idle: Arc::default(), turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Reads one state of the file: no commit happens in the middle.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        action: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|error| StoreError::unavailable(action, error))?;
        let this = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let mut file = this.connection(action)?;
            let state = file.transaction().map_err(|error| failed(action, error))?;
            let found = read(&state);
            let ended = state.finish().map_err(|error| failed(action, error));
            if ended.is_ok() {
                this.idle().push(file);
            }
            drop(turn);
            ended.and(found)
        });
        reading.await.unwrap_or_else(|error| Err(StoreError::unavailable(action, error)))
    }

    fn connection(&self, action: &str) -> Result<Connection, StoreError> {
        let idle = self.idle().pop();
        let new = || connection(&self.path, OpenFlags::empty());
        let file = idle.map_or_else(new, Ok);
        file.map_err(|error| error.during(action))
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("path", &self.path).finish_non_exhaustive()
    }
}
