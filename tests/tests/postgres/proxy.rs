//! A proxy between a store and its server, which cuts the connection of a commit at a chosen moment.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use project_deployer_testkit::servers::PostgresServer;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::oneshot;

/// What every statement of commits has in it.
const COMMIT: &[u8] = b"\".write_";

/// The last message of an answer.
const READY_FOR_QUERY: usize = 6;

/// Where the connection of the next commit ends. The store never reads anything that came after that.
#[derive(Debug)]
pub(crate) enum Cut {
    /// The server gets nothing.
    Before,
    /// The server gets a part of the statement, between 0 and 1.
    Within(f64),
    /// The server gets all of it, and answers nobody.
    Sent,
    /// The server has answered.
    Answered,
    /// The answer is read, except for its end: the server has not said yet that it is committed.
    Half,
    /// The store is left at once, and the server gets the statement when this is said. The proxy says when the
    /// server is done.
    Held(oneshot::Receiver<()>, oneshot::Sender<()>),
}

pub(crate) struct Proxy {
    folder: TempDir,
    next: Arc<Mutex<Option<Cut>>>,
}

impl Proxy {
    pub(crate) fn before(server: &PostgresServer) -> Self {
        let folder = TempDir::new().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let next: Arc<Mutex<Option<Cut>>> = Arc::default();
        let (socket, cuts) = (server.socket(), Arc::clone(&next));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, socket.clone(), Arc::clone(&cuts)));
            }
        });
        Self { folder, next }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Cuts the connection of the next commit.
    pub(crate) fn cut(&self, cut: Cut) {
        *self.next.lock().unwrap() = Some(cut);
    }

    /// Whether the last cut has happened.
    pub(crate) fn has_cut(&self) -> bool {
        self.next.lock().unwrap().is_none()
    }
}

/// Passes everything on until the cut. Both connections end with this.
async fn pass(client: UnixStream, server: PathBuf, next: Arc<Mutex<Option<Cut>>>) {
    let Ok(server) = UnixStream::connect(server).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = from_client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                let asked = &asked[..length];
                let is_commit = asked.windows(COMMIT.len()).any(|part| part == COMMIT);
                let cut = if is_commit { next.lock().unwrap().take() } else { None };
                let until = match &cut {
                    Some(Cut::Before | Cut::Held(..)) => 0,
                    Some(Cut::Within(part)) => (length as f64 * part) as usize,
                    Some(Cut::Sent | Cut::Answered | Cut::Half) | None => length,
                };
                if to_server.write_all(&asked[..until]).await.is_err() {
                    return;
                }
                match cut {
                    None => {}
                    Some(Cut::Before | Cut::Within(_) | Cut::Sent) => return,
                    Some(Cut::Answered) => {
                        let _ = from_server.read(&mut answered).await;
                        return;
                    }
                    Some(Cut::Half) => {
                        let length = from_server.read(&mut answered).await.unwrap_or_default();
                        let most = length.saturating_sub(READY_FOR_QUERY);
                        let _ = to_client.write_all(&answered[..most]).await;
                        return;
                    }
                    Some(Cut::Held(go, done)) => {
                        drop((from_client, to_client));
                        let _ = go.await;
                        let _ = to_server.write_all(asked).await;
                        let _ = from_server.read(&mut answered).await;
                        let _ = done.send(());
                        return;
                    }
                }
            }
            read = from_server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if to_client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}
