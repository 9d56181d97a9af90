//! A bundle of 5 GiB through the service into a directory, against nginx, which takes the same file by WebDAV into a folder on
//! the same disk. Both get it from `curl`.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use project_deployer_benchmarks::nginx::Nginx;
use project_deployer_benchmarks::process::{MIB, peak_memory_of, scratch, timed};
use project_deployer_benchmarks::rounds::{Contender, medians_of};
use project_deployer_benchmarks::table::Row;
use serde_json::json;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::serve::Service;
use super::{Answer, number};

/// The size of the bundle in MiB, unless the variable says so.
const SIZE: usize = 5 * 1024;
const VARIABLE: &str = "PROJECT_DEPLOYER_UPLOAD_MIB";

/// The size of its files in MiB.
const FILE: usize = 64;

const ROUNDS: usize = 3;

/// The upper limits of our time in relation to that of the peer, and of resident memory in MiB.
const LIMIT: f64 = 1.25;
const MEMORY: f64 = 64.0;

const BUNDLES: &str = "/public/api/project-deployer/projects/bundles";

pub(super) fn measure() -> Answer<()> {
    let mib = number(VARIABLE, SIZE)?;
    let bundle = bundle(mib)?;
    let folder = tempfile::tempdir_in(scratch()?)?;
    let nginx = Nginx::serve(folder.path())?;
    let copy = folder.path().join("files/bundle.zip");
    let memory = Cell::new(0);
    let [own, other, synced] = medians_of(
        ROUNDS,
        [
            Contender::new(|| to_service(&bundle, &memory)),
            Contender::new(|| to_nginx(&bundle, &nginx, &copy, "")),
            Contender::new(|| to_nginx(&bundle, &nginx, &copy, r#" && sync "$3""#)),
        ],
    )?;
    let what = format!("upload of {mib} MiB into a directory");
    println!("{}", Row::ratio(&*what, own, "`curl` into nginx, WebDAV", other, Some(LIMIT)));
    println!("{}", Row::ratio(&*what, own, "the same, `sync`", synced, None));
    let memory = memory.get() as f64 / MIB;
    println!("{}", Row::at_most("upload, resident memory of the service", memory, MEMORY, "MiB"));
    Ok(())
}

/// A bundle with random files that are stored, so that nobody saves a byte.
fn bundle(mib: usize) -> Answer<PathBuf> {
    let path = scratch()?.join(format!("bundle-{mib}.zip"));
    if path.exists() {
        return Ok(path);
    }
    let half = path.with_extension("part");
    let mut zip = zip::ZipWriter::new(BufWriter::new(File::create(&half)?));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip.start_file("export-manifest.json", stored)?;
    let manifest =
        json!({"projectKey": "LARGE", "bundleId": "v1", "projectName": "A large project"});
    zip.write_all(manifest.to_string().as_bytes())?;
    let (mut state, mut piece) = (0x9E37_79B9_7F4A_7C15_u64, Vec::with_capacity(1 << 20));
    for number in 0..mib {
        if number.is_multiple_of(FILE) {
            zip.start_file(format!("managed_datasets/part-{number}.bin"), stored)?;
        }
        piece.clear();
        while piece.len() < 1 << 20 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            piece.extend_from_slice(&state.to_le_bytes());
        }
        zip.write_all(&piece)?;
    }
    zip.finish()?.flush()?;
    fs::rename(&half, &path)?;
    Ok(path)
}

/// The seconds until a new service on an empty folder has published the bundle, and answered.
fn to_service(bundle: &Path, memory: &Cell<u64>) -> io::Result<f64> {
    let folder = tempfile::tempdir_in(scratch()?)?;
    let place = folder.path().to_string_lossy();
    let service = Service::start(&place, 1).map_err(|error| io::Error::other(error.to_string()))?;
    let mut curl = curl();
    curl.arg("--header").arg(format!("Authorization: Bearer {}", service.key));
    curl.arg("--form").arg(format!("file=@{}", bundle.display()));
    curl.arg(format!("http://{}{BUNDLES}", service.address));
    let (seconds, _) = timed(&mut [curl])?;
    memory.set(memory.get().max(peak_memory_of(service.id())?));
    drop(service);
    let archives = folder.path().join("archives");
    holds(size_below(&archives)?, fs::metadata(bundle)?.len())?;
    Ok(seconds)
}

/// The seconds until nginx has the file, and what comes then.
fn to_nginx(bundle: &Path, nginx: &Nginx, copy: &Path, then: &str) -> io::Result<f64> {
    if copy.exists() {
        fs::remove_file(copy)?;
    }
    let mut command = Command::new("sh");
    let script = format!(r#"curl --silent --show-error --fail --upload-file "$1" "$2"{then}"#);
    command.args(["-c", &script, "sh"]).arg(bundle);
    command.arg(format!("http://{}/bundle.zip", nginx.address)).arg(copy);
    let (seconds, _) = timed(&mut [command])?;
    holds(fs::metadata(copy)?.len(), fs::metadata(bundle)?.len())?;
    fs::remove_file(copy)?;
    Ok(seconds)
}

fn curl() -> Command {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail"]);
    curl
}

/// A contender that keeps less is not faster.
fn holds(kept: u64, sent: u64) -> io::Result<()> {
    match kept >= sent {
        true => Ok(()),
        false => Err(io::Error::other(format!("{kept} bytes were kept of {sent}"))),
    }
}

fn size_below(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let found = entry.metadata()?;
        bytes += if found.is_dir() { size_below(&entry.path())? } else { found.len() };
    }
    Ok(bytes)
}
