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

fn any_of(address: Ipv6Addr, plain: Ipv4Addr) -> bool {
    AddressRange::all_of(address.into()).any(|range| range == of_v4(plain))
}

fn halves(address: Ipv4Addr) -> (u16, u16) {
    ((address.to_bits() >> 16) as u16, address.to_bits() as u16)
}

proptest! {
    #[test]
    fn of_two_addresses_inside_each_has_its_range(first in any::<u32>(), second in any::<u32>()) {
        // R17
        let (first, second) = (Ipv4Addr::from_bits(first), Ipv4Addr::from_bits(second));
        let ((high, low), (high2, low2)) = (halves(first), halves(second));
        for address in [
            Ipv6Addr::new(0x2001, 0, high, low, 0x8000, 0x1234, !high2, !low2),
            Ipv6Addr::new(0x2002, high, low, 0, 0x200, 0x5efe, high2, low2),
        ] {
            prop_assert!(any_of(address, first), "{} in {}", first, address);
            prop_assert!(any_of(address, second), "{} in {}", second, address);
        }
    }

    #[test]
    fn nat64_of_ones_own_has_every_length(
        bits in 0x0100_0000..=u32::MAX,
        filling in any::<[u8; 16]>(),
    ) {
        // R17, RFC 6052 2.2
        let plain = Ipv4Addr::from_bits(bits);
        for places in [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], [12, 13, 14, 15]] {
            let mut octets = filling;
            octets[..6].copy_from_slice(&[0, 0x64, 0xff, 0x9b, 0, 1]);
            for (place, octet) in places.into_iter().zip(plain.octets()) {
                octets[place] = octet;
            }
            let address = Ipv6Addr::from(octets);
            prop_assert!(any_of(address, plain), "{} in {}", plain, address);
        }
    }
}

#[test]
fn filling_of_nat64_is_no_address() {
    // R17
    let all = |text: &str| AddressRange::all_of(text.parse().unwrap()).collect::<Vec<_>>();
    assert_eq!(all("64:ff9b:1::10.0.0.7"), [AddressRange::Private]);
    assert_eq!(all("64:ff9b:1::"), [AddressRange::Unspecified]);
}

#[test]
fn an_isatap_address_is_in_the_range_of_its_prefix_too() {
    // R17
    let all: Vec<_> = AddressRange::all_of("fd12::5efe:a9fe:a9fe".parse().unwrap()).collect();
    assert_eq!(all, [AddressRange::Private, AddressRange::Metadata]);
}
