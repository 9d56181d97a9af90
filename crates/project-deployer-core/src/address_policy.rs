use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::node_address::{AddressRange, NodeAddress};

/// Which addresses the Deployer may contact (R17).
///
/// The user who writes the address of a node decides where its admin key is sent, and from where a response
/// comes that others may read. A node that names a directory decides the same for a password. The default
/// policy allows what an administrator registers, including private networks and this machine. It never
/// allows addresses that no server can have: metadata services of clouds, the local link, and unspecified or
/// multicast addresses.
///
/// ```
/// use project_deployer_core::{AddressPolicy, AddressRange};
/// let usual = AddressPolicy::default();
/// assert!(usual.objection("10.0.0.7".parse()?).is_none());
/// assert_eq!(usual.objection("169.254.169.254".parse()?), Some(AddressRange::Metadata));
///
/// let of_one_network = AddressPolicy::public_only().allow_address("10.0.0.7".parse()?);
/// assert!(of_one_network.objection("10.0.0.7".parse()?).is_none());
/// assert_eq!(of_one_network.objection("10.0.0.8".parse()?), Some(AddressRange::Private));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct AddressPolicy {
    refused: BTreeSet<AddressRange>,
    allowed: BTreeSet<IpAddr>,
}

/// Refuses metadata services, the local link, unspecified, multicast, broadcast and reserved addresses.
impl Default for AddressPolicy {
    fn default() -> Self {
        let refused = [
            AddressRange::Metadata,
            AddressRange::LinkLocal,
            AddressRange::Unspecified,
            AddressRange::Multicast,
            AddressRange::Broadcast,
            AddressRange::Reserved,
        ];
        Self { refused: BTreeSet::from(refused), allowed: BTreeSet::new() }
    }
}

impl AddressPolicy {
    /// Allows public addresses only, for a Deployer whose infrastructures are written by users who may not
    /// reach its network.
    pub fn public_only() -> Self {
        Self::default()
            .refuse(AddressRange::Loopback)
            .refuse(AddressRange::Private)
            .refuse(AddressRange::Shared)
            .refuse(AddressRange::Documentation)
            .refuse(AddressRange::Benchmarking)
    }

    /// Refuses one more range.
    pub fn refuse(mut self, range: AddressRange) -> Self {
        self.refused.insert(range);
        self
    }

    /// Allows a range that was refused.
    pub fn allow(mut self, range: AddressRange) -> Self {
        self.refused.remove(&range);
        self
    }

    /// Allows this address, whatever its range.
    pub fn allow_address(mut self, address: IpAddr) -> Self {
        self.allowed.insert(address);
        self
    }

    /// The range for which an address is refused; none if it is allowed. An address in several ranges is
    /// refused for any of them.
    #[must_use]
    pub fn objection(&self, address: IpAddr) -> Option<AddressRange> {
        if self.allowed.contains(&address) {
            return None;
        }
        AddressRange::all_of(address).find(|range| self.refused.contains(range))
    }

    /// The same for the address of a node, as far as its text shows: a name needs a DNS lookup.
    #[must_use]
    pub fn objection_to(&self, address: &NodeAddress) -> Option<AddressRange> {
        match address.url().host()? {
            url::Host::Ipv4(address) => self.objection(address.into()),
            url::Host::Ipv6(address) => self.objection(address.into()),
            url::Host::Domain(_) => {
                // This machine may be allowed by its address, which the DNS lookup of the name shows.
                let range = address.range().filter(|range| *range != AddressRange::Loopback);
                range.filter(|range| self.refused.contains(range))
            }
        }
    }

    /// The allowed addresses among those that a name resolves to. Refused ones are left out.
    ///
    /// # Errors
    ///
    /// All its addresses are refused: the first of them, with its range.
    pub fn taken(
        &self,
        found: impl IntoIterator<Item = IpAddr>,
    ) -> Result<Vec<IpAddr>, (IpAddr, AddressRange)> {
        let (mut taken, mut refused) = (Vec::new(), None);
        for address in found {
            match self.objection(address) {
                None => taken.push(address),
                Some(range) => refused = refused.or(Some((address, range))),
            }
        }
        refused.filter(|_| taken.is_empty()).map_or(Ok(taken), Err)
    }
}

#[cfg(test)]
mod tests;
