//! What the first page of the console transfers: the page, and every file that it names, and those that these name. And how
//! soon it can be used.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_benchmarks::table::Row;
use regex::Regex;

use super::serve::Service;
use super::{Answer, interactive};

/// KiB that the first page may transfer.
const LIMIT: f64 = 150.0;

/// The deployments that it shows.
const DEPLOYMENTS: usize = 100;

/// What a browser offers.
const BROWSER: &str = "accept-encoding: gzip, deflate, br\r\n";

pub(super) fn measure() -> Answer<()> {
    let service = Service::start("memory", DEPLOYMENTS)?;
    let names = Regex::new(r##"(?:src|href)="([^"#:]+)"|(?:from|import)\s+"(\.[^"]+)""##)?;
    let (mut known, mut left) = (BTreeMap::new(), BTreeSet::from(["/console/".to_owned()]));
    while let Some(path) = left.pop_first() {
        let plain = service.connect()?.get(&path, "")?;
        let packed = service.connect()?.get(&path, BROWSER)?;
        if plain.status != 200 || packed.status != 200 {
            return Err(format!("{path}: {} {}", plain.status, packed.status).into());
        }
        let text = String::from_utf8_lossy(&plain.body).into_owned();
        for found in names.captures_iter(&text) {
            let name = found.get(1).or(found.get(2)).map(|name| name.as_str()).unwrap_or_default();
            let target = resolved(&path, name);
            if !known.contains_key(&target) && target != path {
                left.insert(target);
            }
        }
        known.insert(path, packed.transferred);
    }
    for (path, bytes) in &known {
        println!("{bytes} {path}");
    }
    let all: usize = known.values().sum();
    let what = format!("the first page of the console, {} files, transferred", known.len());
    println!("{}", Row::at_most(what, all as f64 / 1024.0, LIMIT, "KiB"));
    interactive::measure(&service, DEPLOYMENTS)
}

/// A path as a page names it, from the place of the page.
fn resolved(page: &str, name: &str) -> String {
    if name.starts_with('/') {
        return name.to_owned();
    }
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in name.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
