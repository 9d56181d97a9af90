use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use project_deployer_testkit::{MockNode, StartError};

use crate::client::admin;

#[tokio::test]
async fn a_node_listens_everywhere_where_it_is_told_to_and_names_an_address_that_can_be_asked() {
    let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let node = MockNode::builder("auto").listen(everywhere).start().await;
    assert_eq!(node.address().ip(), everywhere.ip());
    assert_eq!(node.url(), format!("http://127.0.0.1:{}", node.address().port()));
    assert_eq!(admin(&node).get("/instance-info").await.0, 200);
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap();
    let refused = MockNode::builder("auto").listen(address).try_start().await.unwrap_err();
    assert!(matches!(&refused, StartError::Listen { address: told, .. } if *told == address));
    assert!(refused.to_string().contains(&address.to_string()), "{refused}");
}
