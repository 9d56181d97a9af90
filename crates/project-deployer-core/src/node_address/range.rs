use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The range of an IP address, by its purpose. It decides whether a user who may write an address could
/// reach internal services with it (R17).
///
/// An IPv6 address that represents an IPv4 address (mapped, compatible, translated, NAT64, 6to4, Teredo,
/// ISATAP) is in the range of that address. It may represent several: to refuse ranges, check
/// [all of them](Self::all_of).
///
/// ```
/// use project_deployer_core::AddressRange;
/// assert_eq!(AddressRange::of("64:ff9b::a9fe:a9fe".parse()?), AddressRange::Metadata);
/// let mut of_two = AddressRange::all_of("2001:0:a9fe:a9fe:0:0:5601:5601".parse()?);
/// assert!(of_two.any(|range| range == AddressRange::Metadata));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AddressRange {
    /// Public: every address that is in no other range.
    Public,
    /// Unspecified: 0.0.0.0/8, `::`. Connections to it reach this machine.
    Unspecified,
    /// This machine: 127.0.0.0/8, `::1`.
    Loopback,
    /// Private networks: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7, fec0::/10.
    Private,
    /// A provider's network behind its address translation: 100.64.0.0/10.
    Shared,
    /// Link-local: 169.254.0.0/16, fe80::/10.
    LinkLocal,
    /// Metadata services of clouds, which give a machine its credentials: 169.254.169.254 and similar.
    Metadata,
    /// Multicast: 224.0.0.0/4, ff00::/8.
    Multicast,
    /// Broadcast: 255.255.255.255.
    Broadcast,
    /// Documentation: 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32, 3fff::/20.
    Documentation,
    /// Benchmarks of networks: 198.18.0.0/15, 2001:2::/48.
    Benchmarking,
    /// Reserved for protocols or for later use: 192.0.0.0/24, 240.0.0.0/4, 100::/64 and others.
    Reserved,
}

impl AddressRange {
    /// The range of an address; of several, the last in the order of this type.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self::all_of(address).max().unwrap_or(Self::Public)
    }

    /// Every range that an address may be in: its own, and those of the IPv4 addresses that it may
    /// represent. At least one; a range may be repeated.
    pub fn all_of(address: IpAddr) -> impl Iterator<Item = Self> + use<> {
        match address {
            IpAddr::V4(address) => vec![of_v4(address)],
            IpAddr::V6(address) => all_of_v6(address),
        }
        .into_iter()
    }
}

/// Metadata services other than 169.254.169.254: tasks and pods (AWS), Azure, Alibaba, Oracle.
const METADATA_V4: [[u8; 4]; 6] = [
    [169, 254, 169, 254],
    [169, 254, 170, 2],
    [169, 254, 170, 23],
    [168, 63, 129, 16],
    [100, 100, 100, 200],
    [192, 0, 0, 192],
];

/// AWS (machines, pods) and Google.
const METADATA_V6: [[u16; 8]; 3] = [
    [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
    [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23],
    [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254],
];

fn of_v4(address: Ipv4Addr) -> AddressRange {
    let octets = address.octets();
    if METADATA_V4.contains(&octets) {
        return AddressRange::Metadata;
    }
    match octets {
        [0, ..] => AddressRange::Unspecified,
        [127, ..] => AddressRange::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => AddressRange::Private,
        [100, 64..=127, ..] => AddressRange::Shared,
        [169, 254, ..] => AddressRange::LinkLocal,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => AddressRange::Documentation,
        [198, 18..=19, ..] => AddressRange::Benchmarking,
        [255, 255, 255, 255] => AddressRange::Broadcast,
        [224..=239, ..] => AddressRange::Multicast,
        [192, 0, 0, _] | [192, 88, 99, _] | [240..=255, ..] => AddressRange::Reserved,
        _ => AddressRange::Public,
    }
}

fn all_of_v6(address: Ipv6Addr) -> Vec<AddressRange> {
    let own = set_aside(address);
    let translated = if own.is_some() { Vec::new() } else { translated(address) };
    // Another notation of an IPv4 address has no range of its own.
    let own = own.or(translated.is_empty().then_some(AddressRange::Public));
    // The prefix of an ISATAP address may be any.
    let inside = translated.into_iter().chain(isatap(address));
    own.into_iter().chain(inside.map(of_v4)).collect()
}

/// The range of an address by the rules of IPv6.
fn set_aside(address: Ipv6Addr) -> Option<AddressRange> {
    if METADATA_V6.contains(&address.segments()) {
        return Some(AddressRange::Metadata);
    }
    Some(match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => AddressRange::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => AddressRange::Loopback,
        [0xfe80..=0xfebf, ..] => AddressRange::LinkLocal,
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => AddressRange::Private,
        [0xff00..=0xffff, ..] => AddressRange::Multicast,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => AddressRange::Documentation,
        [0x2001, 2, 0, ..] => AddressRange::Benchmarking,
        [0x100, 0, 0, 0, ..] | [0x2001, 0x10..=0x3f, ..] | [0x5f00, ..] => AddressRange::Reserved,
        _ => return None,
    })
}

/// The IPv4 addresses that an IPv6 address represents.
fn translated(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    match address.segments() {
        // Compatible, mapped, translated (RFC 4291, RFC 2765), NAT64 (RFC 6052).
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => vec![pair(high, low)],
        [0x64, 0xff9b, 1, ..] => of_any_length(address),
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => vec![pair(high, low)],
        // Teredo (RFC 4380): the server, and the inverted client.
        [0x2001, 0, server, of_it, _, _, high, low] => {
            vec![pair(server, of_it), pair(!high, !low)]
        }
        _ => Vec::new(),
    }
}

/// Local-use NAT64 (RFC 8215). Its prefix has 48, 56, 64 or 96 bits. The position of the IPv4 address
/// depends on that (RFC 6052, 2.2): around the eighth octet, which is reserved. A result in 0.0.0.0/8 is
/// padding: no translator routes there.
fn of_any_length(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let [_, _, _, _, _, _, a, b, _, c, d, e, f, rest @ ..] = address.octets();
    let [g, h, i] = rest;
    let all = [[a, b, c, d], [b, c, d, e], [c, d, e, f], [f, g, h, i]];
    let meant: Vec<Ipv4Addr> =
        all.into_iter().filter(|[first, ..]| *first != 0).map(Ipv4Addr::from).collect();
    if meant.is_empty() { vec![Ipv4Addr::UNSPECIFIED] } else { meant }
}

/// The IPv4 address at the end of an ISATAP address (RFC 5214).
fn isatap(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [_, _, _, _, 0 | 0x200, 0x5efe, high, low] => Some(pair(high, low)),
        _ => None,
    }
}

fn pair(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "a public address",
            Self::Loopback => "this machine",
            Self::Private => "a private network",
            Self::Shared => "a provider's shared network",
            Self::LinkLocal => "the local link",
            Self::Metadata => "the metadata service of a cloud",
            Self::Unspecified => "no address",
            Self::Multicast => "many machines at once",
            Self::Broadcast => "all machines of a link",
            Self::Documentation => "an example",
            Self::Benchmarking => "a measurement",
            Self::Reserved => "a reserved address",
        })
    }
}

#[cfg(test)]
mod tests;
