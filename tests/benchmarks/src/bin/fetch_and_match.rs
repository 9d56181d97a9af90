//! The users of the Deployer and of one node, fetched over HTTP and matched. It is compared with the
//! official client and a difference of sets in Python, and with `curl` of both and a scan of the texts.
//!
//! `fetch_and_match` measures. `PYTHON` names an interpreter with the official client; without it, that
//! peer is left out. `fetch_and_match ours DEPLOYER NODE` fetches and matches once, and prints the seconds
//! and the peak memory.
#![expect(clippy::print_stdout, reason = "a command line")]

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use project_deployer_benchmarks::node::{KEY, USERS, connector, list_of_users, node};
use project_deployer_benchmarks::process::{MIB, peak_memory, program, scratch, timed};
use project_deployer_benchmarks::receiver::Receiver;
use project_deployer_benchmarks::rounds::{Contender, medians};
use project_deployer_benchmarks::table::{HEAD, Row};
use project_deployer_client::NodeAccounts as _;
use project_deployer_core::InfraId;
use project_deployer_ldap::matching::{Location, LocationId, MatchInput, match_logins};
use serde::de::IgnoredAny;
use serde_json::Value;

const PYTHON: &str = "
import resource, sys, time, dataikuapi
begun = time.perf_counter()
logins = [{user['login'] for user in dataikuapi.DSSClient(url, sys.argv[1]).list_users()} for url in sys.argv[2:]]
missing = logins[0] - logins[1]
print(len(missing), time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
";

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => measure(),
        ["ours", deployer, node] => ours(deployer, node),
        _ => Err(io::Error::other("write nothing, or `ours DEPLOYER NODE`")),
    }
}

#[tokio::main]
async fn ours(deployer: &str, of_node: &str) -> io::Result<()> {
    let start = Instant::now();
    let connector = connector()?;
    let (deployer, of_node) = (node(&connector, deployer, None)?, node(&connector, of_node, None)?);
    // In one task, as in a parity assessment.
    let (deployer, of_node) = tokio::join!(deployer.users(), of_node.users());
    let deployer = deployer.map_err(io::Error::other)?;
    let of_node = of_node.map_err(io::Error::other)?;
    let infra = InfraId::parse("prod").map_err(io::Error::other)?;
    let prod = LocationId::Node { infra, node: None };
    let input = MatchInput::default().with_locations(vec![
        Location::new(LocationId::Deployer).with_users(Ok(deployer)),
        Location::new(prod).with_users(Ok(of_node)),
    ]);
    let report = match_logins(&input);
    println!("{} {} {}", report.rows().len(), start.elapsed().as_secs_f64(), peak_memory()?);
    Ok(())
}

/// The figures that a process prints.
struct Run {
    seconds: f64,
    peak: f64,
}

impl Run {
    fn of(command: Command) -> io::Result<Self> {
        let (_, printed) = timed(&mut [command])?;
        let printed = printed.concat();
        let numbers: Result<Vec<f64>, _> = printed.split_whitespace().map(str::parse).collect();
        match numbers.map_err(io::Error::other)?[..] {
            [count, seconds, peak] if count > 0.0 => Ok(Self { seconds, peak: peak / MIB }),
            _ => Err(io::Error::other(format!("nothing was found: {printed}"))),
        }
    }
}

fn measure() -> io::Result<()> {
    let whole = list_of_users()?;
    let servers = [Receiver::start(Some(&whole))?, Receiver::start(Some(&list_of_node(&whole)?))?];
    let urls = servers.each_ref().map(Receiver::url);
    let peak = Cell::new(0.0);
    let run_ours = || {
        let mut command = program("fetch_and_match")?;
        command.arg("ours").args(&urls);
        let run = Run::of(command)?;
        peak.set(f64::max(peak.get(), run.peak));
        Ok(run.seconds)
    };
    let [ours, curl] =
        medians([Contender::new(run_ours), Contender::new(|| curl_and_scan(&urls))])?;
    println!("{HEAD}");
    let what = format!("{USERS} users on the Deployer and on a node, fetched and matched");
    println!(
        "{}",
        Row::ratio(&what, ours, "`curl` of both, `IgnoredAny` over them", curl, Some(1.5))
    );
    println!("{}", Row::at_most(format!("{what}: peak memory"), peak.get(), 49.9, "MiB"));
    let Some(python) = std::env::var_os("PYTHON") else {
        println!("{}", Row::said(what, "no official client: set `PYTHON`"));
        return Ok(());
    };
    let python_peak = Cell::new(0.0);
    let run_python = || {
        let mut command = Command::new(&python);
        command.args(["-c", PYTHON, KEY]).args(&urls);
        let run = Run::of(command)?;
        python_peak.set(f64::max(python_peak.get(), run.peak));
        Ok(run.seconds)
    };
    let [ours, python] = medians([Contender::new(run_ours), Contender::new(run_python)])?;
    let peer = "official client, difference of sets";
    println!("{}", Row::ratio(&what, ours, peer, python, Some(0.05)));
    let (most, said) = (python_peak.get(), format!("{what}: peak memory against {peer}"));
    println!("{}", Row::at_most(said, peak.get(), most / 10.0, "MiB"));
    Ok(())
}

/// The same list without every tenth user, and with every hundredth in capitals.
fn list_of_node(whole: &Path) -> io::Result<PathBuf> {
    let users: Vec<Value> = serde_json::from_reader(BufReader::new(File::open(whole)?))?;
    let kept = users.into_iter().enumerate().filter(|(number, _)| number % 10 != 3);
    let kept = kept.map(|(number, mut user)| {
        if let (0, Some(Value::String(login))) = (number % 100, user.get_mut("login")) {
            *login = login.to_uppercase();
        }
        user
    });
    let path = scratch()?.join(format!("users-{USERS}-of-node.json"));
    let mut file = BufWriter::new(File::create(&path)?);
    serde_json::to_writer(&mut file, &kept.collect::<Vec<Value>>())?;
    file.flush()?;
    Ok(path)
}

fn curl_and_scan(urls: &[String; 2]) -> io::Result<f64> {
    let mut seconds = 0.0;
    for (number, url) in urls.iter().enumerate() {
        let file = scratch()?.join(format!("users-by-curl-{number}.json"));
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--fail", "--user", "key:", "--output"]).arg(&file);
        curl.arg(format!("{url}/dip/publicapi/admin/users/"));
        seconds += timed(&mut [curl])?.0;
        let text = fs::read(&file)?;
        let start = Instant::now();
        let users: Vec<IgnoredAny> = serde_json::from_slice(&text).map_err(io::Error::other)?;
        seconds += start.elapsed().as_secs_f64();
        if users.is_empty() {
            return Err(io::Error::other("curl did not fetch any users"));
        }
    }
    Ok(seconds)
}
