//! What names lead to.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};

use project_deployer_client::{
    AutomationNode as _, HttpConnectorBuilder, HttpNode, Identity, NodeErrorKind, Retry, SideEffect,
};
use project_deployer_core::{AddressPolicy, AddressRange};
use project_deployer_tests::{RawServer, Reply, json_answer, settings_at, single_attempts};

use crate::asking::KEY;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const METADATA: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));

/// A node that has a name, at the port of a server of this process.
fn named(server: &RawServer, connector: HttpConnectorBuilder) -> HttpNode {
    let address = server.url().replace("127.0.0.1", "auto.example.test");
    let settings = settings_at(&address, KEY);
    connector.build().unwrap().node(&settings, &Identity::ApiKey).unwrap()
}

async fn server() -> RawServer {
    let info = r#"{"nodeId": "auto", "nodeName": "auto", "nodeType": "AUTOMATION"}"#;
    RawServer::saying(Reply::Bytes(json_answer("200 OK", info))).await
}

/// Every name leads to these addresses.
fn leading_to(addresses: &[IpAddr]) -> HttpConnectorBuilder {
    let addresses = addresses.to_vec();
    single_attempts().dns_resolver(move |_| Ok(addresses.clone()))
}

#[tokio::test]
async fn a_name_that_leads_to_a_refused_address_is_not_spoken_to() {
    // R17
    let server = server().await;
    let error = named(&server, leading_to(&[METADATA])).instance_info().await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::AddressRefused(AddressRange::Metadata), "{error:?}");
    assert_eq!((error.kind.retry(), error.kind.side_effect()), (Retry::Never, SideEffect::None));
    assert!(error.to_string().contains("node http://auto.example.test:"), "{error}");
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_at_the_next_look_is_refused_then() {
    // R17: rebinding. The server ends each connection, so that there is a next look.
    let (server, looks) = (server().await, AtomicUsize::new(0));
    let connector = single_attempts().dns_resolver(move |name| {
        assert_eq!(name, "auto.example.test");
        Ok(vec![if looks.fetch_add(1, Ordering::SeqCst) == 0 { HERE } else { METADATA }])
    });
    let node = named(&server, connector);
    node.instance_info().await.unwrap();
    let kind = node.instance_info().await.unwrap_err().kind;
    assert_eq!(kind, NodeErrorKind::AddressRefused(AddressRange::Metadata));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn of_several_addresses_only_those_are_tried_that_are_taken() {
    let server = server().await;
    named(&server, leading_to(&[METADATA, HERE])).instance_info().await.unwrap();
    let public = AddressPolicy::public_only();
    let strict = leading_to(&[METADATA, HERE]).addresses(public.clone());
    let kind = named(&server, strict).instance_info().await.unwrap_err().kind;
    assert!(matches!(kind, NodeErrorKind::AddressRefused(_)), "{kind}");
    let but_here = leading_to(&[METADATA, HERE]).addresses(public.allow_address(HERE));
    named(&server, but_here).instance_info().await.unwrap();
}

#[tokio::test]
async fn this_machine_by_its_name_is_refused_where_it_is_by_its_address() {
    let server = server().await;
    let strict = single_attempts().addresses(AddressPolicy::public_only());
    let settings = settings_at(&server.url().replace("127.0.0.1", "localhost"), KEY);
    let node = strict.build().unwrap().node(&settings, &Identity::ApiKey).unwrap();
    let kind = node.instance_info().await.unwrap_err().kind;
    assert_eq!(kind, NodeErrorKind::AddressRefused(AddressRange::Loopback));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_unreachable() {
    let server = server().await;
    let unknown = single_attempts().dns_resolver(|_| Err(io::ErrorKind::NotFound.into()));
    for connector in [leading_to(&[]), unknown] {
        let kind = named(&server, connector).instance_info().await.unwrap_err().kind;
        assert_eq!(kind, NodeErrorKind::Unreachable);
    }
}
