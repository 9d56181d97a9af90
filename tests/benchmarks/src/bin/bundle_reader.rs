//! The bundle reader against the `zip` crate, which reads the data of all entries: an archive of
//! 100,000 small files, in memory.

use std::error::Error;
use std::hint::black_box;
use std::io::{self, Cursor, Write as _};
use std::time::Instant;

use project_deployer::bundle_reader::{BundleLimits, read_bundle};
use project_deployer_benchmarks::rounds::{Contender, medians};
use project_deployer_benchmarks::table::Row;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The limit of the reader, less the manifest.
const FILES: usize = 99_999;

fn main() -> Result<(), Box<dyn Error>> {
    for (name, method) in
        [("deflated", CompressionMethod::Deflated), ("stored", CompressionMethod::Stored)]
    {
        let archive = archive(method)?;
        let [ours, peer] = medians([timed(|| ours(&archive)), timed(|| peer(&archive))])?;
        let what = format!("read a bundle of 100,000 {name} files, {} MiB", archive.len() >> 20);
        println!("{}", Row::ratio(what, ours, "zip", peer, None));
    }
    Ok(())
}

fn timed<'a>(run: impl Fn() -> io::Result<()> + 'a) -> Contender<'a> {
    Contender::new(move || {
        let start = Instant::now();
        run()?;
        Ok(start.elapsed().as_secs_f64())
    })
}

fn archive(method: CompressionMethod) -> Result<Vec<u8>, Box<dyn Error>> {
    let options = SimpleFileOptions::default().compression_method(method);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("export-manifest.json", options)?;
    zip.write_all(br#"{"originalProjectKey": "CHURN", "bundleId": "v1"}"#)?;
    for number in 0..FILES {
        zip.start_file(
            format!("managed_folders/models/{:03}/part-{number:06}.csv", number % 500),
            options,
        )?;
        writeln!(zip, "id,name,value")?;
        for line in 0..8 {
            writeln!(zip, "{line},customer {number},{}", number * 7919 % 1000)?;
        }
    }
    Ok(zip.finish()?.into_inner())
}

fn ours(archive: &[u8]) -> io::Result<()> {
    let contents = read_bundle(Cursor::new(archive), &BundleLimits::default());
    black_box(contents.map_err(io::Error::other)?);
    Ok(())
}

fn peer(archive: &[u8]) -> io::Result<()> {
    let mut zip = ZipArchive::new(Cursor::new(archive))?;
    for index in 0..zip.len() {
        io::copy(&mut zip.by_index(index)?, &mut io::sink())?;
    }
    Ok(())
}
