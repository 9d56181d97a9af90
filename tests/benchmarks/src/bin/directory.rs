//! Reading a whole directory of OpenLDAP page by page, compared with `ldapsearch`.
//!
//! `directory [PEOPLE]` measures; the default is a million people. `directory read URL` reads once and
//! prints the number of entries. It runs in a separate process, as `ldapsearch` does.
#![expect(clippy::print_stdout, reason = "a command line")]

use std::cell::Cell;
use std::io;
use std::process::{Command, Stdio};
use std::time::Instant;

use project_deployer_benchmarks::process::{MIB, peak_memory, program, timed};
use project_deployer_benchmarks::rounds::{Contender, medians};
use project_deployer_benchmarks::table::{HEAD, Row};
use project_deployer_ldap::network::{Bind, LdapBudgets};
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{
    AttributeName, Completeness, Directory as _, Filter, LdapDirectory, Scope,
};
use project_deployer_testkit::servers::{
    DirectoryServer as _, OpenLdap, ServerOptions, ldapsearch,
};
use project_deployer_testkit::{MockDirectory, MockPerson};

/// The search of both.
const FILTER: &str = "(objectClass=posixAccount)";
const ATTRIBUTES: [&str; 3] = ["uid", "cn", "mail"];
const PAGE: u16 = 500;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => compare(1_000_000),
        ["read", url] => read(url),
        [people] => compare(people.parse().map_err(io::Error::other)?),
        _ => Err(io::Error::other("write nothing, PEOPLE, or `read URL`")),
    }
}

fn compare(people: usize) -> io::Result<()> {
    let directory = MockDirectory::new();
    for number in 0..people {
        let login = format!("user-{number:07}");
        let mail = format!("{login}@example.test");
        directory.put(MockPerson::new(login).named(format!("User {number}")).with_email(mail));
    }
    let options = ServerOptions::new().allowing_anonymous();
    let server = OpenLdap::start_with(&directory, &options).map_err(io::Error::other)?;
    drop(directory);
    let url = server.url();
    let base = server.base();
    let host = url.trim_end_matches(base);
    let peak = Cell::new(0.0);
    let [ours, peer] = medians([
        Contender::new(|| {
            let mut reader = program("directory")?;
            reader.args(["read", &url]);
            let (seconds, printed) = timed(&mut [reader])?;
            let printed = printed.concat();
            let numbers: Vec<f64> =
                printed.split_whitespace().filter_map(|number| number.parse().ok()).collect();
            match numbers[..] {
                [count, memory] if count as usize == people => {
                    peak.set(f64::max(peak.get(), memory / MIB));
                    Ok(seconds)
                }
                _ => Err(io::Error::other(format!("ours read {printed}"))),
            }
        }),
        Contender::new(|| {
            let mut search = ldapsearch().map_err(io::Error::other)?;
            let pages = format!("pr={PAGE}/noprompt");
            search.args(["-x", "-LLL", "-o", "ldif-wrap=no", "-E", &pages, "-H", host, "-b", base]);
            search.arg(FILTER).args(ATTRIBUTES);
            silent(&mut search)
        }),
    ])?;
    println!("{HEAD}");
    let what = format!("{people} entries of OpenLDAP, in pages of {PAGE}");
    println!("{}", Row::ratio(&what, ours, "ldapsearch", peer, Some(1.2)));
    println!("{}", Row::said(format!("{what}: peak memory"), format!("{:.0} MiB", peak.get())));
    Ok(())
}

/// Runs a program and discards its output.
fn silent(command: &mut Command) -> io::Result<f64> {
    let start = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    let seconds = start.elapsed().as_secs_f64();
    if status.success() { Ok(seconds) } else { Err(io::Error::other(format!("{status}"))) }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn read(url: &str) -> io::Result<()> {
    let url = LdapUrl::parse(url).map_err(io::Error::other)?;
    let base = url.base().clone();
    let budgets = LdapBudgets::default().page(PAGE);
    let directory = LdapDirectory::builder(url).bind(Bind::anonymous()).budgets(budgets);
    let directory = directory.build().map_err(io::Error::other)?;
    let filter = Filter::parse(FILTER).map_err(io::Error::other)?;
    let attributes: Result<Vec<_>, _> =
        ATTRIBUTES.iter().map(|name| AttributeName::parse(name)).collect();
    let attributes = attributes.map_err(io::Error::other)?;
    let mut count = 0_usize;
    let mut take = |_| count += 1;
    let asked = directory.visit(&base, Scope::Subtree, &filter, &attributes, &mut take);
    let completeness = asked.await.map_err(io::Error::other)?;
    if completeness != Completeness::Complete {
        return Err(io::Error::other(format!("{completeness:?}")));
    }
    println!("{count} {}", peak_memory()?);
    Ok(())
}
