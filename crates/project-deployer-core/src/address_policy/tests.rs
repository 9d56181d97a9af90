use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

#[test]
fn an_example_does_not_hide_a_metadata_service_behind_it() {
    // R17
    let usual = AddressPolicy::default();
    for address in [
        // Teredo: an example is the server, the metadata service the client.
        "http://[2001:0:c000:201:0:0:5601:5601]",
        // NAT64 with a prefix of 48 bits, or of 96.
        "http://[64:ff9b:1:a9fe:a9:fe00:c000:201]",
        // ISATAP, in a private network.
        "http://[fd12::5efe:a9fe:a9fe]",
    ] {
        let address = NodeAddress::parse(address).unwrap();
        assert_eq!(usual.objection_to(&address), Some(AddressRange::Metadata), "{address}");
    }
}

proptest! {
    #[test]
    fn what_is_refused_plain_is_refused_beside_any_other(refused in any::<u32>(), other in any::<u32>()) {
        // R17
        let policy = AddressPolicy::public_only();
        let object = |bits: u32| policy.objection(Ipv4Addr::from_bits(bits).into()).is_some();
        let halves = |bits: u32| ((bits >> 16) as u16, bits as u16);
        for (server, client) in [(refused, other), (other, refused)] {
            let ((high, low), (high2, low2)) = (halves(server), halves(!client));
            let teredo = Ipv6Addr::new(0x2001, 0, high, low, 0, 0, high2, low2);
            prop_assert_eq!(
                policy.objection(teredo.into()).is_some(),
                object(server) || object(client),
                "{}", teredo
            );
        }
    }
}

#[test]
fn of_what_a_name_leads_to_only_what_is_taken_is_left() {
    // R17
    let usual = AddressPolicy::default();
    let addresses =
        |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpAddr>>();
    let taken = |texts: &[&str]| usual.taken(addresses(texts));
    let (metadata, link) = ("169.254.169.254", "169.254.7.7");
    assert_eq!(taken(&[metadata, "10.0.0.7", "::1"]), Ok(addresses(&["10.0.0.7", "::1"])));
    let first = (metadata.parse().unwrap(), AddressRange::Metadata);
    assert_eq!(taken(&[metadata, link]), Err(first));
    assert_eq!(taken(&[]), Ok(Vec::new()));
}
