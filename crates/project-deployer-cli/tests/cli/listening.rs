use reqwest::StatusCode;

use crate::command::{NodeProcess, run};

#[tokio::test]
async fn a_node_without_a_seed_answers_to_the_key_that_it_printed() {
    let node = NodeProcess::start(&["--listen", "127.0.0.1:0"]).await;
    assert!(node.line.starts_with("{\"url\":\"http://127.0.0.1:"), "{}", node.line);
    let info = node.get("/instance-info").await;
    assert_eq!((&info["nodeId"], &info["nodeType"]), (&"mock".into(), &"AUTOMATION".into()));
    assert_eq!(node.get("/projects").await, serde_json::json!([]));
    assert_eq!(node.get("/admin/connections").await, serde_json::json!({}));
}

#[tokio::test]
async fn nobody_gets_in_without_the_key_and_no_two_nodes_share_one() {
    let first = NodeProcess::start::<&str>(&[]).await;
    let second = NodeProcess::start::<&str>(&[]).await;
    assert_ne!(first.key, second.key);
    assert!(first.key.len() >= 32, "a key that cannot be guessed");
    for wrong in ["", "admin", "mock-admin-key", &second.key] {
        let (status, _) = first.ask("/instance-info", wrong).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn who_listens_to_other_machines_is_warned() {
    let node = NodeProcess::start(&["--listen", "0.0.0.0:0", "--until-stdin-closes"]).await;
    assert!(
        node.url.starts_with("http://127.0.0.1:"),
        "an address that can be called: {}",
        node.url
    );
    node.get("/instance-info").await;
    let address = node.url.replace("http://127.0.0.1", "0.0.0.0");
    let warning = format!("warning: {address} can be reached from other machines");
    let errors = stop(node).await;
    assert!(errors.starts_with(&warning), "{errors}");
    assert!(errors.contains("listen on 127.0.0.1"), "{errors}");
}

#[tokio::test]
async fn who_listens_on_the_machine_itself_is_not_warned() {
    let node = NodeProcess::start(&["--until-stdin-closes"]).await;
    assert_eq!(stop(node).await, "");
}

async fn stop(mut node: NodeProcess) -> String {
    node.close_input();
    let (status, output, errors) = node.end().await;
    assert!(status.success() && output.is_empty(), "{status} {output} {errors}");
    errors
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, output, errors) = run(&["mock-node", "--listen", &address]).await;
    assert_eq!((code, output.as_str()), (3, ""));
    assert!(errors.starts_with(&format!("error: cannot listen on {address}; choose")), "{errors}");
    assert!(errors.contains("\n  reason: "), "{errors}");
}
