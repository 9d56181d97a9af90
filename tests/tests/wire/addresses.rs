//! Where requests go: no spelling of an address, and no name, leads to where no node can be (R17).

mod names;
mod proxies;
mod spellings;

use project_deployer_client::{HttpConnectorBuilder, Identity, NodeError};
use project_deployer_core::{AddressPolicy, AddressRange, NodeAddress};
use project_deployer_tests::{settings_at, single_attempts};

use crate::asking::KEY;
use spellings::{REFUSED_ALWAYS, REFUSED_AS_TEXT, REFUSED_BEYOND_PUBLIC, TAKEN};

fn public_only() -> HttpConnectorBuilder {
    single_attempts().addresses(AddressPolicy::public_only())
}

fn connecting(connector: HttpConnectorBuilder, host: &str) -> Result<(), NodeError> {
    let settings = settings_at(&format!("http://{host}:11200"), KEY);
    connector.build().unwrap().node(&settings, &Identity::ApiKey).map(drop)
}

fn assert_refused(connector: HttpConnectorBuilder, host: &str, range: AddressRange) {
    let shown = connecting(connector, host).err().map(|error| error.to_string());
    let shown = shown.unwrap_or_else(|| "it is allowed".to_owned());
    let address = NodeAddress::parse(&format!("http://{host}:11200")).unwrap();
    let why = format!("connect on node {address}: its address is not allowed: it is {range}; ");
    assert!(shown.starts_with(&why), "{host}: {shown}");
    assert!(shown.ends_with("or allow this one in the address policy"), "{host}: {shown}");
    assert!(!shown.contains(KEY));
}

#[test]
fn there_are_enough_spellings() {
    // R17: 100 at least.
    let refused = REFUSED_ALWAYS.len() + REFUSED_BEYOND_PUBLIC.len() + REFUSED_AS_TEXT.len();
    assert!(refused >= 100, "{refused}");
}

#[test]
fn no_spelling_of_an_address_where_no_node_can_be_is_spoken_to() {
    // R17
    for (host, range) in REFUSED_ALWAYS {
        assert_refused(single_attempts(), host, range);
        assert_refused(public_only(), host, range);
    }
}

#[test]
fn networks_of_ones_own_are_spoken_to_unless_somebody_says_that_they_are_not() {
    // R17
    for (host, range) in REFUSED_BEYOND_PUBLIC {
        assert_refused(public_only(), host, range);
        connecting(single_attempts(), host).unwrap();
    }
}

#[test]
fn spellings_that_hide_the_host_are_no_addresses() {
    // R17
    for host in REFUSED_AS_TEXT {
        let read = NodeAddress::parse(&format!("http://{host}:11200/"));
        assert!(read.is_err(), "{host}: {read:?}");
    }
}

#[test]
fn public_addresses_are_spoken_to_in_any_spelling() {
    for host in TAKEN {
        connecting(public_only(), host).unwrap();
    }
}

#[test]
fn what_is_allowed_is_spoken_to() {
    let one = AddressPolicy::public_only().allow_address("10.0.0.7".parse().unwrap());
    connecting(single_attempts().addresses(one.clone()), "10.0.0.7").unwrap();
    connecting(single_attempts().addresses(one.clone()), "0xA000007").unwrap();
    assert_refused(single_attempts().addresses(one), "10.0.0.8", AddressRange::Private);
    let links = AddressPolicy::default().allow(AddressRange::LinkLocal);
    connecting(single_attempts().addresses(links.clone()), "169.254.7.7").unwrap();
    let metadata = AddressRange::Metadata;
    assert_refused(single_attempts().addresses(links), "169.254.169.254", metadata);
}
