//! A bundle of 5 GiB, stored in a directory and in S3, and read back into a file. The peer is `cp` and then
//! `sha256sum`, since the product compares the bytes with their digest on the way.
//!
//! `archives [MIB]` measures. Each run is a process of its own: `archives store PLACE FILE DIGEST` and
//! `archives read PLACE FILE DIGEST` print seconds and the peak of their memory. A place is a directory, or the address
//! of the server that `archives serve DIRECTORY` is.

mod server;

use std::cell::Cell;
use std::error::Error;
use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use bytes::BytesMut;
use futures::stream::{self, StreamExt as _};
use project_deployer_benchmarks::node::archive;
use project_deployer_benchmarks::process::{MIB, peak_memory, program, scratch, timed};
use project_deployer_benchmarks::rounds::{Contender, medians};
use project_deployer_benchmarks::table::Row;
use project_deployer_core::BundleDigest;
use project_deployer_store::{BundleArchive as _, ByteStream, ObjectArchive, S3Keys, S3Settings};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::Runtime;

use crate::server::{BUCKET, KEY_ID, SECRET};

/// The size of the bundle in MiB.
const SIZE: u64 = 5 * 1024;

/// The upper limits of our time in relation to that of the peer, and of resident memory in MiB.
const LIMIT: f64 = 1.15;
const MEMORY: f64 = 64.0;

/// The size of a piece that is read from the bundle.
const PIECE: usize = 1 << 20;

type Answer<T> = Result<T, Box<dyn Error>>;

fn main() -> Answer<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = Runtime::new()?;
    match *arguments.as_slice() {
        [] => measure(SIZE),
        [mib] => measure(mib.parse()?),
        ["serve", directory] => runtime.block_on(server::serve(Path::new(directory))),
        [what, place, file, digest] => {
            let (place, digest) = (opened(place)?, BundleDigest::parse(digest)?);
            let start = Instant::now();
            match what {
                "store" => runtime.block_on(store(&place, file, &digest))?,
                _ => runtime.block_on(read(&place, file, &digest))?,
            }
            println!("{} {}", start.elapsed().as_secs_f64(), peak_memory()?);
            Ok(())
        }
        _ => Err("write nothing, or a number of MiB".into()),
    }
}

fn measure(mib: u64) -> Answer<()> {
    let folder = tempfile::tempdir_in(scratch()?)?;
    let bundle = Bundle::of(mib << 20, folder.path().join("copy"))?;
    let (directory, served) = (folder.path().join("directory"), folder.path().join("served"));
    let bucket = served.join(BUCKET);
    fs::create_dir_all(&directory)?;
    fs::create_dir_all(&bucket)?;
    bundle.rows(&directory.to_string_lossy(), &directory, "a directory")?;
    fs::remove_dir_all(&directory)?;
    let server = Server::start(&served)?;
    bundle.rows(&server.address, &bucket, "S3")
}

/// The file that is stored.
struct Bundle {
    file: PathBuf,
    digest: String,
    /// Where it is read to.
    copy: PathBuf,
    /// The most memory that a process took.
    peak: Cell<f64>,
}

impl Bundle {
    fn of(bytes: u64, copy: PathBuf) -> io::Result<Self> {
        let file = archive(bytes)?;
        let (_, printed) = timed(std::slice::from_mut(Command::new("sha256sum").arg(&file)))?;
        let digest = printed.iter().flat_map(|text| text.split_whitespace()).next();
        let digest = digest.ok_or_else(|| io::Error::other("sha256sum prints nothing"))?;
        Ok(Self { digest: digest.to_owned(), file, copy, peak: Cell::default() })
    }

    /// Prints what it takes to store and read the bundle. The place keeps its bytes in a folder.
    fn rows(&self, place: &str, folder: &Path, name: &str) -> Answer<()> {
        self.peak.set(0.0);
        let contenders = [
            Contender::new(|| {
                fs::remove_dir_all(folder)?;
                fs::create_dir(folder)?;
                self.ours("store", place, &self.file)
            }),
            Contender::new(|| self.ours("read", place, &self.copy)),
            Contender::new(|| self.copied(r#"cp "$1" "$2" && sha256sum "$2""#)),
            Contender::new(|| self.copied(r#"cp "$1" "$2" && sync "$2" && sha256sum "$2""#)),
        ];
        let [stored, read, copied, synced] = medians(contenders)?;
        let row = |what: &str, ours, peer, seconds, limit| {
            println!("{}", Row::ratio(format!("{what} {name}"), ours, peer, seconds, limit));
        };
        row("a bundle into", stored, "`cp`, `sha256sum`", copied, Some(LIMIT));
        row("a bundle into", stored, "`cp`, `sync`, `sha256sum`", synced, None);
        row("a bundle out of", read, "`cp`, `sha256sum`", copied, Some(LIMIT));
        let what = format!("resident memory, {name}");
        println!("{}", Row::at_most(what, self.peak.get() / MIB, MEMORY, "MiB"));
        Ok(())
    }

    fn ours(&self, what: &str, place: &str, file: &Path) -> io::Result<f64> {
        let mut command = program("archives")?;
        command.args([what, place]).arg(file).arg(&self.digest);
        let (_, printed) = timed(&mut [command])?;
        let figures = printed.iter().flat_map(|text| text.split_whitespace());
        let figures: Result<Vec<f64>, _> = figures.map(str::parse).collect();
        match *figures.map_err(io::Error::other)? {
            [seconds, memory] => {
                self.peak.set(self.peak.get().max(memory));
                Ok(seconds)
            }
            _ => Err(io::Error::other(format!("{what} printed {printed:?}"))),
        }
    }

    fn copied(&self, script: &str) -> io::Result<f64> {
        fs::remove_file(&self.copy)?;
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).args([&self.file, &self.copy]);
        timed(&mut [command]).map(|(seconds, _)| seconds)
    }
}

/// An S3 server in a process of its own. It ends with this value.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(directory: &Path) -> io::Result<Self> {
        let mut command = program("archives")?;
        command.arg("serve").arg(directory).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let mut address = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut address)?;
        }
        Ok(Self { process, address: address.trim().to_owned() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn opened(place: &str) -> Answer<ObjectArchive> {
    if !place.starts_with("http") {
        return Ok(ObjectArchive::in_directory(Path::new(place))?);
    }
    let keys = S3Keys::new(KEY_ID, SECRET.into());
    let settings = S3Settings::new(BUCKET).endpoint(place).region("us-east-1").keys(keys);
    Ok(ObjectArchive::in_bucket(&settings)?)
}

async fn store(archive: &ObjectArchive, file: &str, digest: &BundleDigest) -> Answer<()> {
    let file = File::open(file).await?;
    let length = file.metadata().await?.len();
    Ok(archive.put(digest, length, pieces(file)).await?)
}

fn pieces(file: File) -> ByteStream {
    let next = |mut file: File| async move {
        let mut piece = BytesMut::with_capacity(PIECE);
        let read = file.read_buf(&mut piece).await;
        Ok((read? > 0).then(|| (piece.freeze(), file)))
    };
    stream::try_unfold(file, next).boxed()
}

async fn read(archive: &ObjectArchive, file: &str, digest: &BundleDigest) -> Answer<()> {
    let found = archive.open(digest, 0).await?.ok_or("nothing is stored")?;
    let mut bytes = found.checked(digest, None)?.bytes;
    let mut file = File::create(file).await?;
    while let Some(piece) = bytes.next().await {
        file.write_all(&piece?).await?;
    }
    Ok(file.flush().await?)
}
