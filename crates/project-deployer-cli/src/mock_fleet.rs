//! `deployer mock-fleet`: a Fleet Manager with nodes for tests in any language.

use std::path::PathBuf;

use project_deployer_testkit::{MockFleetManager, MockInstance};
use serde::Serialize;

use crate::mock_node::{MockNodeError, builder_of};
use crate::output::print_line;
use crate::stop::Stop;

/// Run a mock Fleet Manager with mock nodes for tests until it is stopped.
///
/// The Fleet Manager has the API of Cloud Stacks as far as a fleet needs it: the tenant `main` with one network whose
/// nodes are registered with one Deployer, and one instance for each node. As soon as everything accepts requests, it
/// prints one line of JSON:
///
/// {"url": "http://127.0.0.1:40123", "tenant": "main", "keyId": "...", "keySecret": "...", "nodes": [{"label": "auto-1",
/// "url": "http://127.0.0.1:40124", "adminApiKey": "..."}, ...]}
///
/// SIGINT (Ctrl-C) and SIGTERM stop everything, with exit code 0. All data is in memory and is lost then.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  deployer mock-fleet --node auto-dev --node auto-prod --seed node.json"
)]
pub(crate) struct Arguments {
    /// Port of the Fleet Manager, on 127.0.0.1; 0 picks a free one. Its nodes have free ports.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,

    /// The label of a node, which is its id too; may be given several times.
    #[arg(long = "node", value_name = "LABEL", default_values = ["auto-1", "auto-2", "auto-3"])]
    nodes: Vec<String>,

    /// JSON file with the users, groups, connections and other objects of each node, as `deployer mock-node` takes it.
    /// Ids and admin keys in it do not count: each node has its own.
    #[arg(long, value_name = "FILE.json")]
    seed: Option<PathBuf>,

    /// Also stop when standard input closes, so that the fleet ends with the program that started it.
    #[arg(long)]
    until_stdin_closes: bool,
}

/// What the program that started the fleet needs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Started<'a> {
    url: &'a str,
    tenant: &'static str,
    key_id: &'a str,
    key_secret: &'a str,
    nodes: Vec<StartedNode>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StartedNode {
    label: String,
    url: String,
    admin_api_key: String,
}

/// Runs a fleet until it is stopped.
///
/// # Errors
///
/// The seed is invalid, two nodes have one label, something does not start, or standard output is closed.
pub(crate) async fn run(arguments: Arguments) -> Result<(), MockNodeError> {
    let Arguments { port, nodes: labels, seed, until_stdin_closes } = arguments;
    if let Some(twice) = labels.iter().enumerate().find(|(at, label)| labels[..*at].contains(label))
    {
        return Err(MockNodeError::LabelTwice(twice.1.clone()));
    }
    // Before the address is printed, so that no signal is lost.
    let mut stop = Stop::new(until_stdin_closes)?;
    let mut fleet = MockFleetManager::builder().listen(([127, 0, 0, 1], port).into());
    let (mut nodes, mut started) = (Vec::new(), Vec::new());
    for label in labels {
        let node = builder_of(&label, seed.as_deref())?.try_start().await?;
        fleet = fleet.instance(MockInstance::automation(&label).serving(&node));
        started.push(StartedNode {
            label,
            url: node.url().to_owned(),
            admin_api_key: node.admin_api_key(),
        });
        nodes.push(node);
    }
    let fleet = fleet.try_start().await?;
    let started = Started {
        url: fleet.url(),
        tenant: "main",
        key_id: fleet.key_id(),
        key_secret: fleet.key_secret(),
        nodes: started,
    };
    print_line(&started).map_err(MockNodeError::Print)?;
    stop.wanted().await;
    // The nodes run as long as they are there.
    drop(nodes);
    Ok(())
}
