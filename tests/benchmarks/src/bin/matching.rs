//! Login matching at scale: a directory of a million people and twenty nodes.
//!
//! `matching` compares the time of matching with a sort and merge of the raw logins, for ten thousand to a
//! million people. It also measures the peak memory of a separate process. `matching hold PEOPLE` is that
//! process: it keeps input, report and plan in memory, and prints the memory that it used.
#![expect(clippy::print_stdout, reason = "a command line")]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::io;
use std::time::Instant;

use project_deployer_benchmarks::crowd::{Crowd, NODES, match_input};
use project_deployer_benchmarks::process::{MIB, memory, peak_memory, program, timed};
use project_deployer_benchmarks::rounds::{Contender, medians};
use project_deployer_benchmarks::table::{HEAD, Row};
use project_deployer_ldap::matching::{Breadth, RemedyPlan, match_logins};

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];

/// How many kinds of settings the nodes have if not all are equal.
const KINDS: usize = 3;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("hold"), Some(people)) => hold(people.parse().map_err(io::Error::other)?).await,
        (None, _) => measure().await,
        _ => Err(io::Error::other("write nothing, or `hold PEOPLE`")),
    }
}

async fn measure() -> io::Result<()> {
    println!("{HEAD}");
    let (mut points, mut of_peer) = (Vec::new(), Vec::new());
    for people in SIZES {
        let (ours, peer) = compare(people, 1).await?;
        points.push((people, ours));
        of_peer.push((people, peer));
    }
    // Growth beyond linear comes from cache misses. The exponent of the sort shows their share.
    let what = format!("exponent over people; of the sort {:.2}", exponent(&of_peer));
    println!("{}", Row::at_most(what, exponent(&points), 1.2, ""));
    compare(1_000_000, KINDS).await?;
    let mut child = program("matching")?;
    child.args(["hold", "1000000"]);
    let (_, printed) = timed(&mut [child])?;
    for line in printed.iter().flat_map(|printed| printed.lines()) {
        match line.split_once(' ') {
            Some(("peak", bytes)) => {
                let mib = bytes.parse::<f64>().map_err(io::Error::other)? / MIB;
                let what = format!(
                    "peak memory of directory, input and report of a million people, {KINDS} kinds of settings"
                );
                println!("{}", Row::at_most(what, mib, 512.0, "MiB"));
            }
            Some((what, rest)) => println!("{}", Row::said(what, rest)),
            None => {}
        }
    }
    Ok(())
}

/// Prints a row, and returns the seconds of both.
async fn compare(people: usize, kinds: usize) -> io::Result<(f64, f64)> {
    let crowd = Crowd { people };
    let input = match_input(crowd, kinds).await?;
    let raw = raw_logins(crowd);
    let [ours, peer] = medians([
        Contender::new(|| {
            let start = Instant::now();
            let report = black_box(match_logins(&input));
            let seconds = start.elapsed().as_secs_f64();
            drop(report);
            Ok(seconds)
        }),
        Contender::new(|| {
            let mut lists = raw.clone();
            let start = Instant::now();
            black_box(sort_merge(&mut lists));
            Ok(start.elapsed().as_secs_f64())
        }),
    ])?;
    let users = people / NODES;
    let kinds =
        if kinds == 1 { "equal settings".to_owned() } else { format!("{kinds} kinds of settings") };
    let what = format!("matching of {people} people and {NODES} nodes of {users} users, {kinds}");
    // A sort of few logins fits the caches of a processor, an advantage that larger inputs do not have.
    let limit = (people >= 1_000_000).then_some(3.0);
    println!("{}", Row::ratio(what, ours, "sort and merge of the logins", peer, limit));
    Ok((ours, peer))
}

/// The slope of the least-squares line through the logarithms.
fn exponent(points: &[(usize, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> =
        points.iter().map(|(people, seconds)| ((*people as f64).ln(), seconds.ln())).collect();
    let count = logs.len() as f64;
    let mean = |axis: fn(&(f64, f64)) -> f64| logs.iter().map(axis).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let covariance: f64 = logs.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let variance: f64 = logs.iter().map(|point| (point.0 - x).powi(2)).sum();
    covariance / variance
}

/// Only the logins: first those of the directory, then those of each location.
fn raw_logins(crowd: Crowd) -> Vec<Vec<String>> {
    let users = (0..=NODES).map(|place| crowd.users(place).map(|(login, _, _)| login).collect());
    std::iter::once(crowd.uids().collect()).chain(users).collect()
}

/// Sorts each list and merges them. Returns how many logins there are, and how many are at every location.
fn sort_merge(lists: &mut [Vec<String>]) -> (usize, usize) {
    for list in lists.iter_mut() {
        list.sort_unstable();
    }
    let mut rests: Vec<_> = lists.iter().map(|list| list.iter()).collect();
    let mut heads: BinaryHeap<Reverse<(&str, usize)>> = BinaryHeap::new();
    for (place, rest) in rests.iter_mut().enumerate() {
        heads.extend(rest.next().map(|login| Reverse((login.as_str(), place))));
    }
    let (mut logins, mut everywhere) = (0, 0);
    let (mut last, mut places) = ("", 0_u64);
    while let Some(Reverse((login, place))) = heads.pop() {
        if login != last {
            logins += 1;
            (last, places) = (login, 0);
        }
        places |= 1 << place;
        everywhere += usize::from(places.count_ones() as usize == rests.len());
        if let Some(rest) = rests.get_mut(place) {
            heads.extend(rest.next().map(|login| Reverse((login.as_str(), place))));
        }
    }
    (logins, everywhere)
}

async fn hold(people: usize) -> io::Result<()> {
    let start = Instant::now();
    let input = match_input(Crowd { people }, KINDS).await?;
    let read = start.elapsed().as_secs_f64();
    println!("reading {read:.2} s; {:.0} MiB held", memory()? as f64 / MIB);
    let start = Instant::now();
    let report = match_logins(&input);
    let matched = start.elapsed().as_secs_f64();
    println!("matching {matched:.2} s; {:.0} MiB held", memory()? as f64 / MIB);
    println!("rows {}", report.rows().len());
    println!("peak {}", peak_memory()?);
    let start = Instant::now();
    let needed = RemedyPlan::of(&report, Breadth::Needed).len();
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "needed {needed} steps in {seconds:.2} s; peak {:.0} MiB",
        peak_memory()? as f64 / MIB
    );
    let start = Instant::now();
    let all = RemedyPlan::of(&report, Breadth::Everything).len();
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "everything {all} steps in {seconds:.2} s; peak {:.0} MiB",
        peak_memory()? as f64 / MIB
    );
    Ok(())
}
