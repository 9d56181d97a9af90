//! Many requests of different kinds over connections that stay open and over new ones, on a store in SQLite: the resident
//! memory and the open file descriptors of the service after a tenth of them, and at the end.

use std::sync::atomic::{AtomicUsize, Ordering};

use project_deployer_benchmarks::http::Connection;
use project_deployer_benchmarks::installation::deployment;
use project_deployer_benchmarks::process::{MIB, memory_of, open_files};
use project_deployer_benchmarks::table::Row;

use super::serve::Service;
use super::{Answer, number};

/// How many requests there are, unless the variable says so.
const REQUESTS: usize = 100_000;
const VARIABLE: &str = "PROJECT_DEPLOYER_REQUESTS";

const DEPLOYMENTS: usize = 1_000;
const CONNECTIONS: usize = 8;

/// How many requests one connection carries.
const OF_ONE: usize = 500;

/// What may be more at the end: what allocators keep, and caches that were not full.
const MOST_MORE: f64 = 16.0;

pub(super) fn measure() -> Answer<()> {
    let requests = number(VARIABLE, REQUESTS)?;
    let folder = tempfile::tempdir()?;
    let place = folder.path().join("deployer.db");
    let service = Service::start(&place.to_string_lossy(), DEPLOYMENTS)?;
    let done = AtomicUsize::new(0);
    run(&service, &done, requests / 10)?;
    let (memory, files) = (memory_of(service.id())?, open_files(service.id())?);
    run(&service, &done, requests)?;
    let (later, files_later) = (memory_of(service.id())?, open_files(service.id())?);
    println!(
        "{} MiB and {files} files, then {} MiB and {files_later} files",
        memory as f64 / MIB,
        later as f64 / MIB
    );
    let more = later.saturating_sub(memory) as f64 / MIB;
    let what = format!(
        "resident memory, {} requests after the first {}",
        requests - requests / 10,
        requests / 10
    );
    println!(
        "{}",
        Row::said(format!("{what}: at the end"), format!("{:.1} MiB", later as f64 / MIB))
    );
    println!("{}", Row::at_most(format!("{what}: more"), more, MOST_MORE, "MiB"));
    let more = files_later.saturating_sub(files) as f64;
    println!("{}", Row::at_most("open file descriptors: more", more, 0.0, "files"));
    Ok(())
}

/// Sends requests until so many are done in all. Every connection is closed at the end.
fn run(service: &Service, done: &AtomicUsize, requests: usize) -> Answer<()> {
    std::thread::scope(|scope| {
        let working = || -> std::io::Result<()> {
            while done.load(Ordering::Relaxed) < requests {
                let mut connection = service.connect()?;
                for _ in 0..OF_ONE {
                    let number = done.fetch_add(1, Ordering::Relaxed);
                    if number >= requests {
                        break;
                    }
                    one(service, &mut connection, number)?;
                }
            }
            Ok(())
        };
        let all: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(working)).collect();
        for thread in all {
            thread.join().map_err(|_| "a connection failed")??;
        }
        done.store(requests, Ordering::Relaxed);
        Ok(())
    })
}

/// One request. In a hundred: 96 reads of different kinds, one change, and three that are refused.
fn one(service: &Service, connection: &mut Connection, number: usize) -> std::io::Result<()> {
    let id = deployment(number * 7 % DEPLOYMENTS).map_err(std::io::Error::other)?;
    let read = |path: String| ("GET", path, String::new());
    let project = format!("PROJECT_{}", number % (DEPLOYMENTS / 10));
    let (method, path, body) = match number % 100 {
        0 => ("PATCH", format!("/api/v1/projects/{project}/nowhere"), "{}".to_owned()),
        1 => read("/api/v1/deployments/nobody".to_owned()),
        2 => ("POST", "/api/v1/projects".to_owned(), "{".to_owned()),
        3 => {
            let body = format!(r#"{{"name": "g{number}", "description": "{number}"}}"#);
            ("POST", "/public/api/admin/groups".to_owned(), body)
        }
        4..20 => read("/api/v1/deployments?limit=100".to_owned()),
        20..40 => read(format!("/public/api/project-deployer/deployments/{id}")),
        40..60 => read(format!("/api/v1/deployments/{id}/settings")),
        60..70 => read(format!("/public/api/project-deployer/projects/{project}")),
        70..80 => read("/public/api/project-deployer/infras".to_owned()),
        80..90 => read("/api/v1/me".to_owned()),
        _ => read("/livez".to_owned()),
    };
    let answer = connection.send(method, &path, &service.head, &body)?;
    let is_expected = match number % 100 {
        0..3 => (400..500).contains(&answer.status),
        _ => (200..300).contains(&answer.status),
    };
    match is_expected {
        true => Ok(()),
        false => Err(std::io::Error::other(format!("{method} {path}: {}", answer.status))),
    }
}
