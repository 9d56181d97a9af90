//! Who has which address, so that no node is registered twice.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_client::fleet::Discovery;
use project_deployer_core::{InfraId, NodeAddress};

use super::Known;

/// The addresses of all infrastructures as they will be, and those that the fleet reports for several nodes.
#[derive(Debug, Clone, Default)]
pub(super) struct Addresses {
    // By address, not by text: `https://node` and `https://node:443` are one.
    doubled: BTreeSet<NodeAddress>,
    taken: BTreeMap<NodeAddress, BTreeSet<InfraId>>,
}

/// Where the node of an infrastructure was, and where the fleet reports it, if it does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move<'a> {
    pub(super) infra: &'a InfraId,
    pub(super) from: Option<&'a NodeAddress>,
    pub(super) to: Option<&'a NodeAddress>,
}

impl Addresses {
    pub(super) fn of(discovery: &Discovery, known: Known<'_>) -> Self {
        let mut addresses = Self::default();
        let (mut seen, mut doubled) = (BTreeSet::new(), BTreeSet::new());
        for node in discovery.nodes.iter().filter(|node| node.is_automation_node()) {
            if let Some(address) = node.url.known()
                && !seen.insert(address)
            {
                doubled.insert(address.clone());
            }
        }
        addresses.doubled = doubled;
        for infra in known.others {
            for address in infra.target.entries().iter().filter_map(|it| it.address.as_ref()) {
                addresses.take(address, &infra.id);
            }
        }
        // The address for users leads to the same node.
        for infra in known.others.iter().chain(known.members.iter().map(|it| &it.infra)) {
            let entries = infra.target.entries().iter();
            for address in entries.filter_map(|it| it.external_address.as_ref()) {
                addresses.take(address, &infra.id);
            }
        }
        addresses
    }

    /// Takes the moves of infrastructures that leave each address to one of them, and returns why others stay where they
    /// are. One that stays may keep others from moving to its address, so it goes on until nothing changes.
    pub(super) fn settle(&mut self, moves: &[Move<'_>]) -> BTreeMap<InfraId, String> {
        let mut staying: BTreeMap<InfraId, String> = BTreeMap::new();
        loop {
            let mut settled = self.clone();
            for one in moves {
                let stays = staying.contains_key(one.infra) || one.to.is_none();
                if let Some(address) = if stays { one.from } else { one.to } {
                    settled.take(address, one.infra);
                }
            }
            let known = staying.len();
            for one in moves.iter().filter(|one| one.to.is_some() && one.to != one.from) {
                if !staying.contains_key(one.infra)
                    && let Some(objection) =
                        one.to.and_then(|address| settled.objection(address, one.infra))
                {
                    staying.insert(one.infra.clone(), objection);
                }
            }
            if staying.len() == known {
                *self = settled;
                return staying;
            }
        }
    }

    /// An infrastructure has the address, or will have it.
    pub(super) fn take(&mut self, address: &NodeAddress, infra: &InfraId) {
        self.taken.entry(address.clone()).or_default().insert(infra.clone());
    }

    /// Another infrastructure that has the address as well.
    pub(super) fn holder_beside(&self, address: &NodeAddress, infra: &InfraId) -> Option<&InfraId> {
        self.taken.get(address)?.iter().find(|holder| *holder != infra)
    }

    /// Why an infrastructure cannot get an address, if it cannot.
    pub(super) fn objection(&self, address: &NodeAddress, infra: &InfraId) -> Option<String> {
        if self.doubled.contains(address) {
            return Some(format!(
                "the fleet reports {address} for several nodes; correct it there"
            ));
        }
        let holder = self.holder_beside(address, infra)?;
        Some(format!(
            "infrastructure `{holder}` has {address} already, so it may be the same node under another name; adopt that \
             infrastructure, or correct its address"
        ))
    }
}
