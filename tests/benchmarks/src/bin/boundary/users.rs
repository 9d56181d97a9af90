//! All users of a large node, compared with `curl` and a scan of the same text.

use std::cell::Cell;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use project_deployer_benchmarks::node::{USERS, list_of_users};
use project_deployer_benchmarks::process::{MIB, program, scratch, timed};
use project_deployer_benchmarks::receiver::Receiver;
use project_deployer_benchmarks::rounds::{Contender, medians};
use project_deployer_benchmarks::table::Row;
use serde::de::IgnoredAny;

pub(crate) fn users() -> io::Result<Vec<Row>> {
    let list = list_of_users()?;
    let text = fs::metadata(&list)?.len() as f64 / MIB;
    let receiver = Receiver::start(Some(&list))?;
    let (kept, extra) = (Cell::new(0.0), Cell::new(0.0));
    let ours = Contender::new(|| {
        let read = Read::by_us(&receiver.url())?;
        kept.set(f64::max(kept.get(), read.resident));
        extra.set(f64::max(extra.get(), read.peak - read.resident));
        Ok(read.seconds)
    });
    let file = scratch()?.join("users-by-curl.json");
    let peer = Contender::new(|| curled_and_scanned(&receiver.url(), &file));
    let [ours, peer] = medians([ours, peer])?;
    let what = format!("{USERS} users, {text:.0} MiB");
    Ok(vec![
        Row::ratio(&what, ours, "`curl` to a file, `IgnoredAny` over it", peer, Some(1.5)),
        Row::said(format!("{what}: resident with all of them"), format!("{:.1} MiB", kept.get())),
        Row::at_most(format!("{what}: resident beyond that meanwhile"), extra.get(), 16.0, "MiB"),
    ])
}

/// The figures that our process prints.
struct Read {
    seconds: f64,
    resident: f64,
    peak: f64,
}

impl Read {
    fn by_us(url: &str) -> io::Result<Self> {
        let mut users = program("users")?;
        users.arg(url);
        let (_, printed) = timed(&mut [users])?;
        let printed = printed.concat();
        let numbers: Result<Vec<f64>, _> = printed.split_whitespace().map(str::parse).collect();
        match numbers.map_err(io::Error::other)?[..] {
            [count, seconds, resident, peak] if count as usize == USERS => {
                Ok(Self { seconds, resident: resident / MIB, peak: peak / MIB })
            }
            _ => Err(io::Error::other(format!("not all users: {printed}"))),
        }
    }
}

fn curled_and_scanned(url: &str, file: &Path) -> io::Result<f64> {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail", "--user", "key:", "--output"]).arg(file);
    curl.arg(format!("{url}/dip/publicapi/admin/users/"));
    let (fetching, _) = timed(&mut [curl])?;
    let text = fs::read(file)?;
    let start = Instant::now();
    let entries: Vec<IgnoredAny> = serde_json::from_slice(&text).map_err(io::Error::other)?;
    if entries.len() != USERS {
        return Err(io::Error::other("curl did not fetch all users"));
    }
    Ok(fetching + start.elapsed().as_secs_f64())
}
