use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use project_deployer_testkit::{
    ClosedPort, MockDeployer, MockFleetManager, MockLaunchpad, MockNode, StartError,
};

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
    assert!(
        matches!(&refused, StartError::Listen { address: reported, .. } if *reported == address)
    );
    assert!(refused.to_string().contains(&address.to_string()), "{refused}");
}

#[tokio::test]
async fn no_two_nodes_of_one_builder_share_a_key_or_an_instance() {
    let builder = MockNode::builder("auto");
    let (one, other) = (builder.clone().start().await, builder.start().await);
    assert_ne!(one.admin_api_key(), other.admin_api_key());
    let (status, _) = admin(&one).with_key(&other.admin_api_key()).get("/instance-info").await;
    assert_eq!(status, 401);
    let id = async |node| admin(node).get("/instance-info").await.1["dipInstanceId"].clone();
    assert_ne!(id(&one).await, id(&other).await);
    let known =
        MockNode::builder("auto").admin_api_key("known").instance_id("inst-1").start().await;
    assert_eq!((known.admin_api_key().as_str(), id(&known).await), ("known", "inst-1".into()));
}

#[tokio::test]
async fn no_two_services_share_a_key() {
    let fleets = (MockFleetManager::builder(), MockLaunchpad::builder());
    let (one, other) = (fleets.0.clone().start().await, fleets.0.start().await);
    assert_ne!((one.key_id(), one.key_secret()), (other.key_id(), other.key_secret()));
    let (one, other) = (fleets.1.clone().start().await, fleets.1.start().await);
    assert_ne!((one.key_id(), one.key_secret()), (other.key_id(), other.key_secret()));
}

#[tokio::test]
async fn a_closed_port_refuses_and_nobody_else_gets_it() {
    let closed = ClosedPort::hold();
    let refused = TcpStream::connect(closed.address()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(TcpListener::bind(closed.address()).unwrap_err().kind(), ErrorKind::AddrInUse);
    let taken = MockNode::builder("auto").listen(closed.address()).try_start().await;
    assert!(matches!(taken, Err(StartError::Listen { .. })), "{taken:?}");
    assert_eq!(closed.url(), format!("http://{}", closed.address()));
}

#[tokio::test]
async fn the_port_of_a_stopped_server_stays_closed_as_long_as_it_is_held() {
    let stopped = [
        MockNode::builder("auto").start().await.stop().await,
        MockDeployer::builder("deployer").start().await.stop().await,
        MockFleetManager::builder().start().await.stop().await,
        MockLaunchpad::builder().start().await.stop().await,
    ];
    for closed in stopped {
        let refused = TcpStream::connect(closed.address()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(TcpListener::bind(closed.address()).unwrap_err().kind(), ErrorKind::AddrInUse);
    }
}

#[tokio::test]
async fn a_chosen_port_stays_closed_too_once_its_node_is_stopped() {
    let free = MockNode::builder("auto").start().await;
    let address = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), free.address().port()));
    let node = MockNode::builder("auto").listen(address).start().await;
    assert_eq!(admin(&node).get("/instance-info").await.0, 200);
    let closed = node.stop().await;
    assert_eq!(closed.address(), address);
    assert!(TcpStream::connect(address).is_err());
}
