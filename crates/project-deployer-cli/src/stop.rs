use std::io::{self, Read as _};

use tokio::sync::oneshot;

/// The program could not be stopped.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen for signals or for the end of standard input; check the limits on threads and open files"
)]
pub(crate) struct StopError(#[from] io::Error);

/// Waits for the request to stop.
#[derive(Debug)]
pub(crate) struct Stop {
    signals: Signals,
    input_closed: Option<oneshot::Receiver<()>>,
}

impl Stop {
    /// Starts to listen. No later request to stop is lost.
    ///
    /// # Errors
    ///
    /// The system refuses a signal handler or a thread.
    pub(crate) fn new(until_stdin_closes: bool) -> Result<Self, StopError> {
        let signals = Signals::new()?;
        let input_closed = if until_stdin_closes { Some(watch_input()?) } else { None };
        Ok(Self { signals, input_closed })
    }

    /// Returns when the program has to stop. Called once.
    pub(crate) async fn wanted(&mut self) {
        let input_closed = async {
            match self.input_closed.take() {
                // The thread sent a value or ended. Either way the input is closed.
                Some(closed) => drop(closed.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.signals.one() => {}
            () = input_closed => {}
        }
    }

    /// Returns when the program has to stop at once: at the next signal.
    #[cfg(feature = "serve")]
    pub(crate) async fn insisted(&mut self) {
        self.signals.one().await;
    }
}

/// Uses its own thread, which ends with the process: a blocking read cannot be cancelled, and a runtime
/// would wait for it.
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
        // No receiver is left if the node stops already.
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

    async fn one(&mut self) {
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

    async fn one(&mut self) {
        self.0.recv().await;
    }
}
