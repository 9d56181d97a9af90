use crate::command::NodeProcess;

#[cfg(unix)]
#[tokio::test]
async fn a_signal_stops_the_node_and_all_is_well() {
    for signal in ["INT", "TERM"] {
        // With the flag too: a thread that reads input must not keep the node alive.
        for arguments in [&[][..], &["--until-stdin-closes"]] {
            let node = NodeProcess::start(arguments).await;
            node.get("/instance-info").await;
            node.send_signal(signal).await;
            let (status, output, errors) = node.end().await;
            assert_eq!((status.code(), output.as_str(), errors.as_str()), (Some(0), "", ""));
        }
    }
}

#[tokio::test]
async fn standard_input_stops_the_node_when_it_closes_and_was_asked_to() {
    let mut node = NodeProcess::start(&["--until-stdin-closes"]).await;
    node.get("/instance-info").await;
    assert!(node.runs());
    node.close_input();
    let (status, output, errors) = node.end().await;
    assert_eq!((status.code(), output.as_str(), errors.as_str()), (Some(0), "", ""));
}

#[tokio::test]
async fn standard_input_that_closes_means_nothing_unless_asked_for() {
    let mut node = NodeProcess::start::<&str>(&[]).await;
    node.close_input();
    for _ in 0..20 {
        node.get("/instance-info").await;
    }
    assert!(node.runs());
}
