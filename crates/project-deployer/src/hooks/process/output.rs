use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{ChildStderr, ChildStdout};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How many bytes of each output are kept. More is read and dropped, so that the program does not wait.
pub(in crate::hooks) const MOST_BYTES: usize = 64 * 1024;

/// The length from which the value of a variable is kept out of what a program printed.
const SHORTEST: usize = 8;

/// What a program printed.
#[derive(Debug, Default)]
pub(super) struct Printed {
    pub(super) out: Vec<u8>,
    pub(super) err: Vec<u8>,
    /// Whether there was more on the standard output than is kept.
    pub(super) is_cut: bool,
}

impl Printed {
    /// The same without the values of variables that the program got. Short ones stay: they stand in ordinary text as well.
    pub(super) fn without(mut self, variables: &[String]) -> Self {
        for value in variables.iter().filter_map(|name| std::env::var_os(name)?.into_string().ok())
        {
            if value.len() >= SHORTEST {
                for printed in [&mut self.out, &mut self.err] {
                    let text = String::from_utf8_lossy(printed);
                    if text.contains(&value) {
                        *printed = text.replace(&value, "(withheld)").into_bytes();
                    }
                }
            }
        }
        self
    }

    /// The error output if there is any, else the output.
    pub(super) fn message(&self) -> String {
        let bytes = if self.err.trim_ascii().is_empty() { &self.out } else { &self.err };
        String::from_utf8_lossy(bytes).trim().to_owned()
    }
}

/// The outputs of a program while it runs. Its readers end when it is dropped.
#[derive(Debug)]
pub(super) struct Output {
    out: Arc<Mutex<Kept>>,
    err: Arc<Mutex<Kept>>,
    readers: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Kept {
    bytes: Vec<u8>,
    is_cut: bool,
}

impl Output {
    pub(super) fn read(out: Option<ChildStdout>, err: Option<ChildStderr>) -> Self {
        let mut output = Self { out: Arc::default(), err: Arc::default(), readers: JoinSet::new() };
        if let Some(out) = out {
            output.readers.spawn(keep(out, Arc::clone(&output.out)));
        }
        if let Some(err) = err {
            output.readers.spawn(keep(err, Arc::clone(&output.err)));
        }
        output
    }

    /// All that was printed until the pipes were closed, or until the time is over.
    pub(super) async fn end(mut self, within: Duration) -> Printed {
        let _ = timeout(within, async { while self.readers.join_next().await.is_some() {} }).await;
        let take = |kept: &Mutex<Kept>| {
            std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner))
        };
        let (out, err) = (take(&self.out), take(&self.err));
        Printed { out: out.bytes, err: err.bytes, is_cut: out.is_cut }
    }
}

async fn keep(mut from: impl AsyncRead + Unpin, kept: Arc<Mutex<Kept>>) {
    let mut piece = vec![0; 8 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let left = MOST_BYTES - kept.bytes.len();
        kept.is_cut |= length > left;
        let taken = piece.get(..length.min(left)).unwrap_or_default();
        kept.bytes.extend_from_slice(taken);
    }
}
