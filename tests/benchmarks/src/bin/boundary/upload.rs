//! Uploads of 1 GiB to one node and to eight, compared with `curl -F`.

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use project_deployer_benchmarks::node::archive;
use project_deployer_benchmarks::process::{MIB, program, timed};
use project_deployer_benchmarks::receiver::Receiver;
use project_deployer_benchmarks::rounds::{Contender, medians};
use project_deployer_benchmarks::table::Row;

const LENGTH: u64 = 1 << 30;

/// The upper limit of our time in relation to that of `curl`.
const LIMIT: f64 = 1.15;

pub(crate) fn to_one() -> io::Result<Vec<Row>> {
    let receiver = Receiver::start(None)?;
    let file = archive(LENGTH)?;
    let used = Used::default();
    let urls = [receiver.url()];
    let ours = Contender::new(|| uploaded(&receiver, &file, &urls, &used));
    let curl = Contender::new(|| curled(&receiver, &file, &urls));
    let what = "Upload of 1 GiB";
    let mut rows = Vec::new();
    let (ours, curl) = match python() {
        Some(python) => {
            let official = Contender::new(|| official(&receiver, &python, &file));
            let [ours, curl, official] = medians([ours, curl, official])?;
            rows.push(Row::ratio(what, ours, "official Python client", official, None));
            (ours, curl)
        }
        None => {
            let why = "not there (`cargo xtask test` installs it)";
            rows.push(Row::said("Upload of 1 GiB, official Python client", why));
            let [ours, curl] = medians([ours, curl])?;
            (ours, curl)
        }
    };
    rows.insert(0, Row::ratio(what, ours, "`curl -F`", curl, Some(LIMIT)));
    rows.insert(1, used.memory("Upload of 1 GiB, resident memory", 32.0));
    Ok(rows)
}

pub(crate) fn to_several() -> io::Result<Vec<Row>> {
    let receiver = Receiver::start(None)?;
    let file = archive(LENGTH)?;
    let used = Used::default();
    let urls = [1, 2, 3, 4, 5, 6, 7, 8].map(|node| format!("{}/node-{node}", receiver.url()));
    let ours = Contender::new(|| uploaded(&receiver, &file, &urls, &used));
    let curls = Contender::new(|| curled(&receiver, &file, &urls));
    let [ours, curls] = medians([ours, curls])?;
    // In addition to the archive, a process reads its libraries and the host's certificates.
    let read = used.read.get() as f64 / LENGTH as f64;
    Ok(vec![
        Row::ratio("1 GiB to 8 nodes at once", ours, "8 `curl -F`", curls, Some(LIMIT)),
        used.memory("1 GiB to 8 nodes, resident memory", 64.0),
        Row::at_most("1 GiB to 8 nodes, read from disk", read, 1.01, "times the archive"),
    ])
}

/// The peak usage of our uploading process over all runs.
#[derive(Default)]
struct Used {
    memory: Cell<u64>,
    read: Cell<u64>,
}

impl Used {
    fn memory(&self, what: &str, limit: f64) -> Row {
        Row::at_most(what, self.memory.get() as f64 / MIB, limit, "MiB")
    }

    /// Reads what the process printed.
    fn note(&self, printed: &str) -> io::Result<()> {
        let mut numbers = printed.split_whitespace().map(|word| word.parse::<u64>());
        for most in [&self.memory, &self.read] {
            let number = numbers.next().ok_or_else(|| io::Error::other("a number is missing"))?;
            most.set(most.get().max(number.map_err(io::Error::other)?));
        }
        Ok(())
    }
}

fn uploaded(receiver: &Receiver, file: &Path, urls: &[String], used: &Used) -> io::Result<f64> {
    let mut upload = program("upload")?;
    upload.arg(file).args(urls);
    let (seconds, printed) = timed(&mut [upload])?;
    used.note(&printed.concat())?;
    arrived(receiver, urls.len()).map(|()| seconds)
}

fn curled(receiver: &Receiver, file: &Path, urls: &[String]) -> io::Result<f64> {
    let curl = |url: &String| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--fail", "--user", "key:", "--form"]);
        curl.arg(format!("file=@{}", file.display()));
        curl.arg(format!("{url}/dip/publicapi/projects/CHURN/bundles/imported/actions/import"));
        curl
    };
    let mut curls: Vec<_> = urls.iter().map(curl).collect();
    let (seconds, _) = timed(&mut curls)?;
    arrived(receiver, urls.len()).map(|()| seconds)
}

fn official(receiver: &Receiver, python: &Path, file: &Path) -> io::Result<f64> {
    const PROGRAM: &str = "import sys, dataikuapi
project = dataikuapi.DSSClient(sys.argv[1], 'key').get_project('CHURN')
with open(sys.argv[2], 'rb') as archive:
    project.import_bundle_from_stream(archive)";
    let mut client = Command::new(python);
    client.args(["-W", "ignore", "-c", PROGRAM, &receiver.url()]).arg(file);
    let (seconds, _) = timed(&mut [client])?;
    arrived(receiver, 1).map(|()| seconds)
}

/// Checks that a contender sent everything: one that sends less is not faster.
fn arrived(receiver: &Receiver, times: usize) -> io::Result<()> {
    let received = receiver.received()?;
    let archives = LENGTH * times as u64;
    if received < archives {
        return Err(io::Error::other(format!("{received} bytes arrived of {archives}")));
    }
    Ok(())
}

/// The Python of the environment that `cargo xtask test` creates, if it has the official client.
fn python() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?;
    let python = root.join("target/python/bin/python");
    let mut check = Command::new(&python);
    check.args(["-W", "ignore", "-c", "import dataikuapi"]).stderr(Stdio::null());
    check.status().is_ok_and(|status| status.success()).then_some(python)
}
