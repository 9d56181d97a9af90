//! One Java process that reads many archives.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tempfile::TempDir;

/// Reads archives with Java's directory reader and its stream reader.
pub(crate) struct Readers {
    process: Child,
    archives: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    _place: TempDir,
}

impl Readers {
    pub(crate) fn start(mut java: Command) -> Self {
        let place = tempfile::tempdir().unwrap();
        java.arg("read").arg(place.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = java.spawn().unwrap();
        let archives = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().unwrap());
        Self { process, archives, answers, _place: place }
    }

    /// The number of entries that both readers see with the same names and data; else what each of
    /// them sees.
    pub(crate) fn compare(&mut self, archive: &[u8]) -> Result<usize, String> {
        let archives = self.archives.as_mut().unwrap();
        archives.write_all(&u32::try_from(archive.len()).unwrap().to_be_bytes()).unwrap();
        archives.write_all(archive).unwrap();
        archives.flush().unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        let same = answer.trim_end().strip_prefix("same ").and_then(|count| count.parse().ok());
        same.ok_or(answer)
    }

    /// Ends the process and checks that it succeeded.
    pub(crate) fn end(mut self) {
        drop(self.archives.take());
        assert!(self.process.wait().unwrap().success());
    }
}
