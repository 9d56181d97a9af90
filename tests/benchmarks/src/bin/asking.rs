//! The verdicts that a listing does not prove, asked of OpenLDAP with the two searches of a login: compared with
//! the listing itself, and with one `ldapsearch` for each search.
//!
//! `asking [PEOPLE]` measures; the default is 200,000 people. All nodes ask by a filter that no listing decides.
#![expect(clippy::print_stdout, reason = "a command line")]

use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use project_deployer_benchmarks::bare_ldap::{Search, all_of, any_of, equals, send};
use project_deployer_benchmarks::rounds::{ROUNDS, median};
use project_deployer_benchmarks::table::{HEAD, Row};
use project_deployer_core::accounts::LdapSettings;
use project_deployer_core::{InfraId, Login, Timestamp};
use project_deployer_ldap::matching::{
    Breadth, LdapSupply, Location, LocationId, Locations, LoginRequirement, MatchInput, Role,
    match_logins,
};
use project_deployer_ldap::network::LdapConnector;
use project_deployer_ldap::settlement::{LocationDirectories, Settling};
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{AccountState, Directory, DirectoryConnector as _, DirectorySnapshot};
use project_deployer_testkit::servers::{
    DirectoryServer as _, OpenLdap, ServerOptions, ldapsearch,
};
use project_deployer_testkit::{MockDirectory, MockPerson};

/// How many logins a deployment needs, how many nodes there are, and how many pairs `--all` asks about.
const NEEDED: usize = 1_000;
const NODES: usize = 20;
const PAIRS: usize = 20_000;

/// How many connections the product opens.
const CONNECTIONS: usize = 8;

/// How many processes of the peer are timed.
const PROCESSES: usize = 200;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> io::Result<()> {
    let people = match std::env::args().nth(1) {
        Some(people) => people.parse().map_err(io::Error::other)?,
        None => 200_000,
    };
    let directory = MockDirectory::new();
    for number in 0..people {
        let person = MockPerson::new(login_of(number));
        let person = if number % 10 == 0 { person.in_group("ops") } else { person };
        directory.put(person);
    }
    let options = ServerOptions::new().allowing_anonymous();
    let server = OpenLdap::start_with(&directory, &options).map_err(io::Error::other)?;
    drop(directory);
    println!("{HEAD}");
    let one = settings(&server.url(), 0);
    let same = vec![one.clone(); NODES];
    let needed = Logins::Needed(NEEDED);
    run(&same, needed, &format!("{people} people, {NODES} nodes with the same settings")).await?;
    let other: Vec<LdapSettings> =
        (0..NODES).map(|number| settings(&server.url(), number)).collect();
    run(&other, needed, &format!("{people} people, {NODES} nodes with settings of their own"))
        .await?;
    let (mut asked, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(by_bare_client(&server.url(), &[0], PAIRS)?);
        let nodes = std::slice::from_ref(&one);
        let pairs = Logins::All { budget: PAIRS };
        asked.push(run(nodes, pairs, &format!("{people} people, {PAIRS} pairs")).await?.1);
    }
    let (asked, bare) = (median(asked), median(bare));
    let what = format!("{PAIRS} pairs asked");
    println!("{}", Row::ratio(what, asked, "bare client, as many connections", bare, Some(1.2)));
    let peer = by_processes(&server.url())?;
    let what = format!("{PAIRS} pairs asked (of ldapsearch: {PROCESSES} timed)");
    println!("{}", Row::ratio(what, asked, "ldapsearch", peer, Some(0.1)));
    Ok(())
}

fn login_of(number: usize) -> String {
    format!("user-{number:07}")
}

/// Settings by which only the server decides.
fn settings(url: &str, number: usize) -> LdapSettings {
    LdapSettings::default()
        .with_enabled(true)
        .with_url(url)
        .with_user_filter(format!("(|(uid={{USERNAME}})(mail={{USERNAME}}-{number}))"))
        .with_username_attribute("uid")
        .with_enable_groups(true)
        .with_group_name_attribute(Some("cn".to_owned()))
        .with_group_filter(Some("(&(objectClass=posixGroup)(memberUid={USERNAME}))".to_owned()))
        .with_authorized_groups(vec!["ops".to_owned()])
        .with_auto_import_users(true)
}

/// The logins that are asked about. Of each needed one the directory is also asked whether the reader may see what
/// could block it; of the others once for each container.
#[derive(Clone, Copy)]
enum Logins {
    /// The first ones are needed by a deployment.
    Needed(usize),
    /// None is needed, and all matter.
    All { budget: usize },
}

/// Reads the directory once, matches, and asks about these logins. Returns the seconds of the listing and those of
/// asking.
async fn run(nodes: &[LdapSettings], logins: Logins, what: &str) -> io::Result<(f64, f64)> {
    let connector = LdapConnector::default();
    let first = nodes.first().ok_or_else(|| io::Error::other("no node"))?;
    let directory: Arc<dyn Directory> = connector.connect(first).map_err(io::Error::other)?;
    let url = LdapUrl::parse(&first.url).map_err(io::Error::other)?;
    let start = Instant::now();
    let snapshot = DirectorySnapshot::read(&*directory, &url, nodes, Timestamp::default()).await;
    let listing = start.elapsed().as_secs_f64();
    let snapshot = Arc::new(snapshot);
    let mut locations = Vec::new();
    let mut directories = LocationDirectories::new();
    for (number, settings) in nodes.iter().enumerate() {
        let infra = InfraId::parse(format!("node-{number}")).map_err(io::Error::other)?;
        let id = LocationId::Node { infra, node: None };
        directories.insert(id.clone(), Ok(Arc::clone(&directory)));
        let supply = LdapSupply::new(settings.clone(), Ok(Arc::clone(&snapshot)));
        locations.push(Location::new(id).with_ldap(Ok(Some(supply))));
    }
    let (needed, settling, expected) = match logins {
        Logins::Needed(count) => (count, Settling::of(Breadth::Needed), count * nodes.len()),
        Logins::All { budget } => (0, Settling::of(Breadth::Everything).within(budget), budget),
    };
    let needs = (0..needed).map(|number| {
        Ok(LoginRequirement::new(
            Login::parse(login_of(number)).map_err(io::Error::other)?,
            Role::Requester,
            "a deployment",
            Locations::Everywhere,
        ))
    });
    let needs = needs.collect::<io::Result<_>>()?;
    let input = MatchInput::default().with_locations(locations).with_needs(needs);
    let start = Instant::now();
    let mut report = match_logins(&input);
    let matching = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let now = Timestamp::default();
    let settled = report.settle_with(&input, &directories, settling, now).await;
    let asking = start.elapsed().as_secs_f64();
    if settled.asked != expected {
        return Err(io::Error::other(format!("{settled:?}")));
    }
    println!("{}", Row::said(format!("{what}: matching"), format!("{matching:.2} s")));
    let what = format!("{what}: listing and asking {} verdicts", settled.asked);
    let limit = (nodes.len() > 1).then_some(1.5);
    println!("{}", Row::ratio(what, listing + asking, "listing", listing, limit));
    Ok((listing, asking))
}

/// The seconds that a client takes for the same searches that only looks for the end of each answer.
fn by_bare_client(url: &str, nodes: &[usize], logins: usize) -> io::Result<f64> {
    let (host, base) = url.rsplit_once('/').ok_or_else(|| io::Error::other("no base"))?;
    let address = host.trim_start_matches("ldap://");
    let states: Vec<String> = AccountState::attributes().iter().map(ToString::to_string).collect();
    let wanted = || std::iter::once("uid").chain(states.iter().map(String::as_str));
    let mut searches = Vec::new();
    for (login, number) in (0..logins).flat_map(|login| nodes.iter().map(move |node| (login, node)))
    {
        let login = login_of(login);
        let mail = format!("{login}-{number}");
        let person = any_of(&[equals("uid", &login), equals("mail", &mail)]);
        searches.push(Search::new(base, &person, wanted()));
        let group = [equals("objectClass", "posixGroup"), equals("memberUid", &login)];
        searches.push(Search::new(base, &all_of(&group), ["cn"]));
    }
    let start = Instant::now();
    let messages = send(address, &searches, CONNECTIONS)?;
    let seconds = start.elapsed().as_secs_f64();
    if messages <= searches.len() {
        return Err(io::Error::other(format!("{messages} messages")));
    }
    Ok(seconds)
}

/// The seconds that a process for each search would take.
fn by_processes(url: &str) -> io::Result<f64> {
    let (host, base) = url.rsplit_once('/').ok_or_else(|| io::Error::other("no base"))?;
    let start = Instant::now();
    for number in 0..PROCESSES {
        let mut search = ldapsearch().map_err(io::Error::other)?;
        search.args(["-x", "-LLL", "-H", host, "-b", base]);
        search.args([&format!("(uid={})", login_of(number)), "uid"]);
        let status = search.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
        if !status.success() {
            return Err(io::Error::other(format!("{status}")));
        }
    }
    // Each pair takes two searches.
    Ok(start.elapsed().as_secs_f64() / PROCESSES as f64 * PAIRS as f64 * 2.0)
}
