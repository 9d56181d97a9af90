//! Many event streams: how long one change takes from the first of them to the last one, and the memory of each.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use project_deployer_benchmarks::process::{memory_of, program};
use project_deployer_benchmarks::rounds::median;
use project_deployer_benchmarks::table::Row;

use super::serve::Service;
use super::{Answer, number};

/// How many streams there are, unless the variable says so.
const SUBSCRIBERS: usize = 5_000;
const VARIABLE: &str = "PROJECT_DEPLOYER_SUBSCRIBERS";

const CHANGES: usize = 7;
const DEPLOYMENTS: usize = 100;

/// From the first subscriber to the last one, in milliseconds, and the memory of each, in KiB.
const SPREAD: f64 = 200.0;
const MEMORY: f64 = 32.0;

pub(super) fn measure() -> Answer<()> {
    let subscribers = number(VARIABLE, SUBSCRIBERS)?;
    let service = Service::start("memory", DEPLOYMENTS)?;
    // One stream more begins before, so that what all streams share is there.
    let (mut first, mut of_first) = followers(&service, 1)?;
    expect(&mut of_first, "ready")?;
    let before = memory_of(service.id())?;
    let (mut all, mut lines) = followers(&service, subscribers)?;
    expect(&mut lines, "ready")?;
    let each = memory_of(service.id())?.saturating_sub(before) as f64 / subscribers as f64 / 1024.0;
    let (mut spreads, mut connection) = (Vec::new(), service.connect()?);
    for change in 0..CHANGES {
        let body = format!(r#"{{"key": "CHANGE_{change}"}}"#);
        let made = connection.send("POST", "/api/v1/projects", &service.head, &body)?;
        if made.status != 201 {
            return Err(format!("a project was not created: {}", made.status).into());
        }
        spreads.push(lines.next().ok_or("the subscribers ended")??.parse::<f64>()? * 1000.0);
    }
    for child in [&mut first, &mut all] {
        child.kill()?;
        child.wait()?;
    }
    let what = format!("a change to {subscribers} subscribers, from the first to the last, median");
    println!("{}", Row::at_most(what, median(spreads), SPREAD, "ms"));
    let what = format!("resident memory of the service for each of {subscribers} subscribers");
    println!("{}", Row::at_most(what, each, MEMORY, "KiB"));
    Ok(())
}

type Lines = std::io::Lines<BufReader<std::process::ChildStdout>>;

fn followers(service: &Service, count: usize) -> Answer<(Child, Lines)> {
    let mut command: Command = program("service")?;
    command.args(["follow", &service.address, &service.key, &count.to_string()]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().ok_or("it has no output")?;
    Ok((child, BufReader::new(output).lines()))
}

fn expect(lines: &mut Lines, expected: &str) -> Answer<()> {
    match lines.next() {
        Some(Ok(line)) if line == expected => Ok(()),
        other => Err(format!("{expected} was expected, and not {other:?}").into()),
    }
}
