//! A round of health over 100 nodes of which 20 hang: how long it takes, and whether the other 80 are later than
//! without the 20. Both take turns.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use project_deployer::ldap::{Directories, DirectoryConnector};
use project_deployer::prelude::*;
use project_deployer::watch::Check;
use project_deployer_benchmarks::node::connector;
use project_deployer_benchmarks::rounds::median;
use project_deployer_benchmarks::table::Row;
use project_deployer_core::InfraId;
use project_deployer_testkit::MockNode;
use tokio::net::TcpListener;

/// The nodes, each with an infrastructure of its own.
const NODES: usize = 100;
/// How many of them hang.
const HANGING: usize = 20;

/// The deadline of a round of health, in seconds.
const DEADLINE: f64 = 60.0;

/// How often each contender runs. A round with nodes that hang takes a minute.
const ROUNDS: usize = 3;

type Answer<T> = Result<T, Box<dyn Error>>;

/// A Deployer with 100 infrastructures, which has connected to none yet: connections do not outlive the minute that a round
/// with nodes that hang takes.
struct Scene {
    deployer: Deployer,
    infras: Vec<InfraId>,
}

/// One round of all infrastructures, in seconds.
#[derive(Debug, Clone, Copy)]
struct Lap {
    /// Until the last of those ended whose nodes answer in both scenes.
    others: f64,
    /// Until all ended.
    all: f64,
}

#[tokio::main]
async fn main() -> Answer<()> {
    let mut nodes = Vec::new();
    for number in 0..NODES {
        nodes.push(MockNode::builder(format!("auto-{number:03}")).try_start().await?);
    }
    let silent = silent().await?;
    let lap = async |hanging| Scene::new(&nodes, &silent, hanging).await?.lap(hanging).await;

    // Without counting it.
    lap(0).await?;
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            without.push(lap(0).await?);
        }
        with.push(lap(HANGING).await?);
        if round % 2 == 1 {
            without.push(lap(0).await?);
        }
    }
    let all = with.iter().map(|lap| lap.all).fold(0.0, f64::max);
    let what = format!("round of {NODES} nodes of which {HANGING} hang, the longest of {ROUNDS}");
    println!("{}", Row::at_most(what, all, 1.1 * DEADLINE, "s"));
    let of = |laps: &[Lap]| median(laps.iter().map(|lap| lap.others).collect());
    let what = format!("the last of the other {} nodes", NODES - HANGING);
    let peer = format!("without the {HANGING}");
    println!("{}", Row::ratio(what, of(&with), &peer, of(&without), Some(1.1)));
    Ok(())
}

/// The address of a server that takes connections, and never says a word.
async fn silent() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            kept.push(stream);
        }
    });
    Ok(format!("http://{address}"))
}

impl Scene {
    /// The first nodes hang.
    async fn new(nodes: &[MockNode], silent: &str, hanging: usize) -> Answer<Self> {
        let deployer = Deployer::builder(connector()?).in_memory();
        let admin = deployer.acting_as(Caller::administrator("root".parse()?));
        let mut infras = Vec::new();
        for (number, node) in nodes.iter().enumerate() {
            let id: InfraId = format!("infra-{number:03}").parse()?;
            let url = if number < hanging { silent } else { node.url() };
            let creation = InfraCreation::new(id.clone(), "Production".parse()?)
                .with_node(url.parse()?, node.admin_api_key().parse()?);
            admin.create_infra(&creation).await?;
            infras.push(id);
        }
        Ok(Self { deployer, infras })
    }

    /// All rounds at once, as if all were due at the same moment. `hanging` is how many nodes say nothing.
    async fn lap(&self, hanging: usize) -> Answer<Lap> {
        let admin = self.deployer.acting_as(Caller::administrator("root".parse()?));
        let directories: Arc<dyn DirectoryConnector> = Arc::new(Directories::none());
        let start = Instant::now();
        let rounds = self.infras.iter().map(|infra| {
            let (admin, directories) = (&admin, &directories);
            async move {
                let run = admin.run_watch(infra, Check::Health, directories).await;
                (run, start.elapsed())
            }
        });
        let ended = join_all(rounds).await;
        let all = start.elapsed().as_secs_f64();
        let mut others = Duration::ZERO;
        let mut unknown = 0;
        for (number, (run, took)) in ended.into_iter().enumerate() {
            unknown += usize::from(!run?.round.unknown.is_empty());
            if number >= HANGING {
                others = others.max(took);
            }
        }
        if unknown != hanging {
            return Err(format!("{unknown} nodes said nothing, and not {hanging}").into());
        }
        Ok(Lap { others: others.as_secs_f64(), all })
    }
}
