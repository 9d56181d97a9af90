//! A thousand small calls in sequence, compared with `reqwest` alone.

use std::io::{self, Write as _};
use std::time::Instant;

use project_deployer_benchmarks::node::{KEY, connector, node};
use project_deployer_benchmarks::process::scratch;
use project_deployer_benchmarks::receiver::Receiver;
use project_deployer_benchmarks::rounds::{ROUNDS, median};
use project_deployer_benchmarks::table::Row;
use project_deployer_client::{AutomationNode as _, HttpNode};
use project_deployer_core::node::InstanceInfo;
use serde::Deserialize;

const CALLS: usize = 1000;

/// The number of calls of one turn.
const TURN: usize = 20;

/// A node's description of itself (wire-facts 3.1).
const ANSWER: &str = r#"{"nodeId":"auto-eu-1","nodeType":"AUTOMATION","nodeName":"Automation EU",
"nodeUrl":"https://auto-eu.example.org","dssVersion":"15.2.0","conf":{"version":{}}}"#;

/// The fields that a minimal program reads.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    node_id: String,
}

pub(crate) fn calls() -> io::Result<Vec<Row>> {
    let file = scratch()?.join("instance-info.json");
    std::fs::File::create(&file)?.write_all(ANSWER.as_bytes())?;
    let receiver = Receiver::start(Some(&file))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let node = node(&connector()?, &receiver.url(), None)?;
    let bare = reqwest::Client::builder().build().map_err(io::Error::other)?;
    let url = format!("{}/dip/publicapi/instance-info", receiver.url());
    // Both take turns of a few calls, and the turns of a run are added up. Otherwise other load on the
    // machine in that short time would decide.
    let (mut ours, mut reqwest) = (Vec::new(), Vec::new());
    for _ in 0..=ROUNDS {
        let (mut our_run, mut reqwest_run) = (0.0, 0.0);
        for _ in 0..CALLS / TURN {
            our_run += runtime.block_on(by_us(&node))?;
            reqwest_run += runtime.block_on(by_reqwest(&bare, &url))?;
        }
        ours.push(our_run);
        reqwest.push(reqwest_run);
    }
    // The first run warms up.
    let [ours, reqwest] = [ours, reqwest].map(|runs| median(runs[1..].to_vec()));
    Ok(vec![Row::ratio(
        format!("{CALLS} small calls in sequence"),
        ours,
        "`reqwest` alone",
        reqwest,
        Some(1.1),
    )])
}

async fn by_us(node: &HttpNode) -> io::Result<f64> {
    let start = Instant::now();
    for _ in 0..TURN {
        let info: InstanceInfo = node.instance_info().await.map_err(io::Error::other)?;
        std::hint::black_box(info);
    }
    Ok(start.elapsed().as_secs_f64())
}

async fn by_reqwest(client: &reqwest::Client, url: &str) -> io::Result<f64> {
    let start = Instant::now();
    for _ in 0..TURN {
        let answer = client.get(url).basic_auth(KEY, Some("")).send().await;
        let body = answer.map_err(io::Error::other)?.bytes().await.map_err(io::Error::other)?;
        let info: Info = serde_json::from_slice(&body)?;
        std::hint::black_box(info.node_id);
    }
    Ok(start.elapsed().as_secs_f64())
}
