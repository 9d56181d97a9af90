//! The list of 10,000 deployments by the public API, and one of them beside 32 connections that read the list, against
//! nginx with the same bytes.

use std::cell::Cell;
use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use project_deployer_benchmarks::http::Connection;
use project_deployer_benchmarks::installation::{DEPLOYMENTS, deployment};
use project_deployer_benchmarks::nginx::Nginx;
use project_deployer_benchmarks::rounds::{Contender, medians, medians_of};
use project_deployer_benchmarks::table::Row;

use super::Answer;
use super::serve::{ANEW, MEMORY, Service};

const LIST: &str = "/public/api/project-deployer/deployments";

/// How often one connection reads the list in a run.
const READS: usize = 10;

/// The connections of a run under load, and how often each reads the list.
const CONNECTIONS: usize = 32;
const READS_OF_EACH: usize = 4;

/// How often one deployment is read beside them.
const SINGLE_READS: usize = 100;

/// The rounds of that, which takes longer than the others.
const SINGLE_ROUNDS: usize = 3;

/// Somebody who is asked: where, with which head, and the paths of the list and of one deployment.
struct Site<'a> {
    address: &'a str,
    head: &'a str,
    list: &'a str,
    one: &'a str,
    /// The length of the list.
    length: usize,
}

pub(super) fn measure() -> Answer<()> {
    let service = Service::start(MEMORY, DEPLOYMENTS)?;
    let one = format!("{LIST}/{}", deployment(42)?);
    let (list, single) = (service.read(LIST)?.body, service.read(&one)?.body);
    let folder = tempfile::tempdir()?;
    let nginx = Nginx::serve(folder.path())?;
    fs::write(folder.path().join("files/list.json"), &list)?;
    fs::write(folder.path().join("files/one.json"), &single)?;
    let length = list.len();
    let ours =
        Site { address: &service.address, head: &service.head, list: LIST, one: &one, length };
    let (list, one) = ("/list.json", "/one.json");
    let peer = Site { address: &nginx.address, head: "", list, one, length };
    let name = "nginx, from memory";

    let [own, other] = medians([Contender::new(|| alone(&ours)), Contender::new(|| alone(&peer))])?;
    let what = format!("GET of {DEPLOYMENTS} deployments, {:.1} MiB", length as f64 / 1_048_576.0);
    println!("{}", Row::ratio(what, own, name, other, Some(2.0)));

    let changes = Cell::new(0);
    let [own, other] = medians([
        Contender::new(|| after_changes(&ours, &changes)),
        Contender::new(|| alone(&peer)),
    ])?;
    let what = "the first list after a change";
    println!("{}", Row::ratio(what, own, name, other, None));

    let [own, other] =
        medians([Contender::new(|| together(&ours)), Contender::new(|| together(&peer))])?;
    let what = format!("GET of {DEPLOYMENTS} deployments, {CONNECTIONS} connections, each");
    println!("{}", Row::ratio(what, own, name, other, Some(3.0)));

    let [own, other] = medians_of(
        SINGLE_ROUNDS,
        [Contender::new(|| beside(&ours)), Contender::new(|| beside(&peer))],
    )?;
    let what = "one deployment under that load, p99";
    println!("{}", Row::ratio(what, own, name, other, Some(3.0)));
    against_an_engine_without_read_model(&ours)
}

/// The list, against the same service whose engine has read nothing when a request arrives.
fn against_an_engine_without_read_model(ours: &Site<'_>) -> Answer<()> {
    let service = Service::start(ANEW, DEPLOYMENTS)?;
    let peer = Site { address: &service.address, head: &service.head, ..*ours };
    if service.read(LIST)?.body.len() != ours.length {
        return Err("the lists differ".into());
    }
    let name = "reading all documents";
    let [own, other] = medians_of(
        SINGLE_ROUNDS,
        [Contender::new(|| alone(ours)), Contender::new(|| alone(&peer))],
    )?;
    let what = format!("GET of {DEPLOYMENTS} deployments");
    println!("{}", Row::ratio(what, own, name, other, Some(0.1)));
    Ok(())
}

/// The seconds of one list, on one connection.
fn alone(site: &Site<'_>) -> io::Result<f64> {
    let mut connection = Connection::open(site.address)?;
    let start = Instant::now();
    for _ in 0..READS {
        site.read_list(&mut connection)?;
    }
    Ok(start.elapsed().as_secs_f64() / READS as f64)
}

/// The seconds of one list after a change, so that no list is kept.
fn after_changes(site: &Site<'_>, changes: &Cell<usize>) -> io::Result<f64> {
    let mut connection = Connection::open(site.address)?;
    let mut seconds = 0.0;
    for _ in 0..READS {
        let number = changes.replace(changes.get() + 1);
        let body = format!(r#"{{"name": "changed-{number}", "description": ""}}"#);
        let answer = connection.send("POST", "/public/api/admin/groups", site.head, &body)?;
        if answer.status != 201 {
            return Err(io::Error::other(format!("a change: {}", answer.status)));
        }
        let start = Instant::now();
        site.read_list(&mut connection)?;
        seconds += start.elapsed().as_secs_f64();
    }
    Ok(seconds / READS as f64)
}

/// The seconds for each list, all connections together.
fn together(site: &Site<'_>) -> io::Result<f64> {
    let start = Instant::now();
    std::thread::scope(|scope| {
        let reading = || {
            let mut connection = Connection::open(site.address)?;
            (0..READS_OF_EACH).try_for_each(|_| site.read_list(&mut connection))
        };
        let all: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(reading)).collect();
        all.into_iter().try_for_each(joined)
    })?;
    Ok(start.elapsed().as_secs_f64() / (CONNECTIONS * READS_OF_EACH) as f64)
}

/// The seconds of one deployment which 99 of 100 reads do not exceed, while the other connections read lists.
fn beside(site: &Site<'_>) -> io::Result<f64> {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reading = || {
            let mut connection = Connection::open(site.address)?;
            while !is_over.load(Ordering::Relaxed) {
                site.read_list(&mut connection)?;
            }
            Ok(())
        };
        let all: Vec<_> = (1..CONNECTIONS).map(|_| scope.spawn(reading)).collect();
        let times = site.single_reads();
        is_over.store(true, Ordering::Relaxed);
        all.into_iter().try_for_each(joined)?;
        let mut times = times?;
        times.sort_by(f64::total_cmp);
        Ok(times.get(times.len() * 99 / 100).copied().unwrap_or(f64::NAN))
    })
}

fn joined(thread: std::thread::ScopedJoinHandle<'_, io::Result<()>>) -> io::Result<()> {
    thread.join().map_err(|_| io::Error::other("a connection failed"))?
}

impl Site<'_> {
    fn read_list(&self, connection: &mut Connection) -> io::Result<()> {
        let answer = connection.get(self.list, self.head)?;
        match (answer.status, answer.body.len() == self.length) {
            (200, true) => Ok(()),
            (status, _) => Err(io::Error::other(format!("{}: {status}", self.list))),
        }
    }

    fn single_reads(&self) -> io::Result<Vec<f64>> {
        let mut connection = Connection::open(self.address)?;
        let mut times = Vec::with_capacity(SINGLE_READS);
        for _ in 0..SINGLE_READS {
            let start = Instant::now();
            let answer = connection.get(self.one, self.head)?;
            times.push(start.elapsed().as_secs_f64());
            if answer.status != 200 {
                return Err(io::Error::other(format!("{}: {}", self.one, answer.status)));
            }
        }
        Ok(times)
    }
}
