//! What an outage of all nodes costs (R7).

use futures::future::join_all;

use super::dev_server::{Says, Script, brisk, read};

const NODES: usize = 100;

#[tokio::test]
async fn an_outage_of_100_nodes_costs_less_than_a_fifth_of_the_traffic() {
    // R7: each node is asked once while all is well, and once when all of them fail.
    let script = [&[Says::Status(200); NODES][..], &[Says::Status(503)]].concat();
    let server = Script::saying(&script).await;
    let connector = brisk().build().unwrap();
    let nodes: Vec<_> =
        (0..NODES).map(|id| server.server.node_below(&format!("/node-{id}"), &connector)).collect();
    let request = read();
    let round = async || {
        let before = server.calls();
        let ended = join_all(nodes.iter().map(|node| node.nothing(&request))).await;
        (ended.iter().filter(|ended| ended.is_ok()).count(), server.calls() - before)
    };
    assert_eq!(round().await, (NODES, NODES));
    let (well, outage) = round().await;
    assert_eq!(well, 0);
    assert!(outage > NODES && outage * 10 < NODES * 12, "{outage} calls in the place of {NODES}");
}
