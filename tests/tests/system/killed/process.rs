use std::process::Stdio;

use project_deployer_tests::STANDS;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::Place;

/// A Deployer in a process of its own, which is killed.
pub(super) struct Dying {
    process: Child,
    printed: Lines<BufReader<ChildStdout>>,
}

impl Dying {
    /// Starts one that does something.
    pub(super) fn begin(place: &Place, action: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_deployer-that-dies"))
            .arg(&place.url)
            .arg(place.folder.path())
            .args(action)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let printed = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, printed }
    }

    /// The next line that it prints; none if it has ended.
    pub(super) async fn line(&mut self) -> Option<String> {
        self.printed.next_line().await.unwrap()
    }

    /// Waits until it stands still at its commit. It has ended without that commit if it does not.
    pub(super) async fn stands(&mut self) -> bool {
        while let Some(line) = self.line().await {
            if line == STANDS {
                return true;
            }
        }
        false
    }

    /// Waits for something that happens while it runs. False if it ended before.
    pub(super) async fn until(&mut self, happens: impl Future<Output = ()>) -> bool {
        let mut happens = std::pin::pin!(happens);
        loop {
            tokio::select! {
                biased;
                () = &mut happens => return true,
                line = self.printed.next_line() => if line.unwrap().is_none() {
                    return false;
                },
            }
        }
    }

    /// Kills it.
    pub(super) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}
