use std::io::{self, Read as _};

use tokio::sync::oneshot;

/// Nobody could stop the node.
#[derive(Debug, thiserror::Error)]
#[error("it cannot be noticed when the node is to stop; look for a limit on threads or open files")]
pub(crate) struct StopError(#[from] io::Error);

/// Notices that the node is to stop.
#[derive(Debug)]
pub(super) struct Stop {
    signals: Signals,
    input_closed: Option<oneshot::Receiver<()>>,
}

impl Stop {
    /// From now on no wish to stop is missed.
    ///
    /// # Errors
    ///
    /// The system does not let us notice signals or start a thread.
    pub(super) fn new(until_stdin_closes: bool) -> Result<Self, StopError> {
        let signals = Signals::new()?;
        let input_closed = if until_stdin_closes { Some(watch_input()?) } else { None };
        Ok(Self { signals, input_closed })
    }

    /// Ends when the node is to stop.
    pub(super) async fn wanted(self) {
        let input_closed = async {
            match self.input_closed {
                // Its thread sends, or is gone: both say that the input is over.
                Some(closed) => drop(closed.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.signals.one() => {}
            () = input_closed => {}
        }
    }
}

/// In a thread of its own, which ends with the process: a read that waits cannot be given up, and a
/// runtime would wait for it.
fn watch_input() -> io::Result<oneshot::Receiver<()>> {
    let (sender, receiver) = oneshot::channel();
    let read_to_the_end = move || {
        let mut input = io::stdin().lock();
        let mut bytes = [0; 1024];
        loop {
            match input.read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        // Nobody waits any more when the node stops anyway.
        let _ = sender.send(());
    };
    std::thread::Builder::new().name("standard-input".to_owned()).spawn(read_to_the_end)?;
    Ok(receiver)
}

#[cfg(unix)]
#[derive(Debug)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn one(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
#[derive(Debug)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn one(mut self) {
        self.0.recv().await;
    }
}
