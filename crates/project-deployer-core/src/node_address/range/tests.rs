use super::*;
use proptest::prelude::*;

fn range(text: &str) -> AddressRange {
    AddressRange::of(text.parse().unwrap())
}

#[test]
fn each_range_begins_and_ends_where_it_is_set_aside() {
    // R17
    for (before, first, last, after, expected) in [
        ("9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", AddressRange::Private),
        ("172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0", AddressRange::Private),
        ("192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0", AddressRange::Private),
        ("100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0", AddressRange::Shared),
        ("126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0", AddressRange::Loopback),
        (
            "169.253.255.255",
            "169.254.0.0",
            "169.254.255.255",
            "169.255.0.0",
            AddressRange::LinkLocal,
        ),
        (
            "198.17.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.20.0.0",
            AddressRange::Benchmarking,
        ),
        (
            "203.0.112.255",
            "203.0.113.0",
            "203.0.113.255",
            "203.0.114.0",
            AddressRange::Documentation,
        ),
        ("2001:db7::", "2001:db8::", "2001:db8:ffff::", "2001:db9::", AddressRange::Documentation),
    ] {
        assert_eq!([range(first), range(last)], [expected; 2], "{first} to {last}");
        assert_eq!([range(before), range(after)], [AddressRange::Public; 2], "{before}, {after}");
    }
}

#[test]
fn neighbours_that_are_set_aside_for_different_things_are_told_apart() {
    // R17
    for (text, expected) in [
        ("223.255.255.255", AddressRange::Public),
        ("224.0.0.0", AddressRange::Multicast),
        ("239.255.255.255", AddressRange::Multicast),
        ("240.0.0.0", AddressRange::Reserved),
        ("255.255.255.254", AddressRange::Reserved),
        ("255.255.255.255", AddressRange::Broadcast),
        ("fbff::1", AddressRange::Public),
        ("fc00::", AddressRange::Private),
        ("fdff:ffff::", AddressRange::Private),
        ("fe80::", AddressRange::LinkLocal),
        ("febf:ffff::", AddressRange::LinkLocal),
        ("fec0::", AddressRange::Private),
        ("ff00::", AddressRange::Multicast),
    ] {
        assert_eq!(range(text), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn an_address_is_in_its_range_however_ipv6_wraps_it(bits in any::<u32>()) {
        // R17
        let plain = Ipv4Addr::from_bits(bits);
        let (high, low) = ((bits >> 16) as u16, bits as u16);
        let wrapped = [
            plain.to_ipv6_mapped(),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            Ipv6Addr::new(0x2600, 0, 0, 0, 0x200, 0x5efe, high, low),
        ];
        for address in wrapped {
            let expected = AddressRange::of(plain.into());
            prop_assert_eq!(AddressRange::of(address.into()), expected, "{}", address);
        }
    }
}
