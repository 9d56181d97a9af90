//! That no node is registered twice, whoever registers it at the same time: each commit that gives an infrastructure an address
//! writes the guard of that address, and a fleet requires that it is as it was when nobody else had the address.

use std::collections::BTreeSet;

use project_deployer_client::DeployerError;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::{FleetId, InfraId, NodeAddress};
use project_deployer_store::{Collection, Commit, DocumentKey};
use sha2::{Digest as _, Sha256};

use crate::read_model::Snapshot;
use crate::state::{RecordCommit as _, references_to};

/// The longest address that is the name of its guard.
const LONGEST: usize = 1024;

/// The addresses of an infrastructure. That for people leads to the same node.
fn addresses(infra: &InfraSettings) -> BTreeSet<&NodeAddress> {
    let entries = infra.target.entries().iter();
    entries.flat_map(|entry| [&entry.address, &entry.external_address]).flatten().collect()
}

/// By address, not by text: `https://node` and `https://node:443` are one.
fn guard_of(address: &NodeAddress) -> DocumentKey {
    let kind = Collection::new("address");
    match address.url().as_str() {
        long if long.len() > LONGEST => {
            let digest = Sha256::digest(long);
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            references_to(&kind, digest)
        }
        url => references_to(&kind, url),
    }
}

/// The addresses that an infrastructure gets. Those that it has already are shared by whom its present settings say.
fn taken<'a>(
    new: &'a InfraSettings,
    old: Option<&InfraSettings>,
) -> impl Iterator<Item = &'a NodeAddress> {
    let old: BTreeSet<NodeAddress> =
        old.map(addresses).unwrap_or_default().into_iter().cloned().collect();
    addresses(new).into_iter().filter(move |address| !old.contains(*address))
}

/// Somebody gives an infrastructure these addresses. People may give a node to several infrastructures.
pub(crate) fn takes_addresses(
    commit: Commit,
    new: &InfraSettings,
    old: Option<&InfraSettings>,
) -> Commit {
    taken(new, old).fold(commit, |commit, address| commit.refer(guard_of(address)))
}

/// An infrastructure loses the addresses that it has no more, or all of them. The guard of one that no other infrastructure has
/// goes, if nobody took the address since the snapshot: it would stay for ever. Where an infrastructure cannot be read, it may
/// have the address, so that all guards stay.
pub(crate) fn leaves_addresses(
    model: &Snapshot,
    commit: Commit,
    old: &InfraSettings,
    new: Option<&InfraSettings>,
) -> Commit {
    if model.all_readable::<InfraSettings>().is_err() {
        return commit;
    }
    let mut left = addresses(old);
    let kept = new.map(addresses).unwrap_or_default();
    left.retain(|address| !kept.contains(address));
    if left.is_empty() {
        return commit;
    }
    for other in model.infras().filter(|other| other.value.id != old.id) {
        let theirs = addresses(&other.value);
        left.retain(|address| !theirs.contains(address));
    }
    let left = left.into_iter().map(|address| model.guard(guard_of(address)));
    left.fold(commit, |commit, guard| commit.without_guard(&guard))
}

/// Commits only if nobody took one of the addresses that are new since the snapshot, and takes them.
pub(crate) fn takes_as_seen(
    model: &Snapshot,
    commit: Commit,
    new: &InfraSettings,
    old: Option<&InfraSettings>,
) -> Commit {
    let taken = taken(new, old).map(|address| model.guard(guard_of(address)));
    taken.fold(commit, |commit, guard| commit.refer_first(&guard))
}

/// Another infrastructure that has one of the addresses that are new, apart from these ones.
pub(crate) fn who_has_one(
    model: &Snapshot,
    new: &InfraSettings,
    old: Option<&InfraSettings>,
    but: impl Fn(&InfraId) -> bool,
) -> Option<(InfraId, NodeAddress)> {
    let own: BTreeSet<_> = taken(new, old).collect();
    model.infras().filter(|other| other.value.id != new.id && !but(&other.value.id)).find_map(
        |other| {
            let shared = addresses(&other.value).into_iter().find(|it| own.contains(it))?;
            Some((other.value.id.clone(), shared.clone()))
        },
    )
}

/// A fleet gives an infrastructure addresses, if no infrastructure that is not of this fleet has one of the new ones. About its
/// own ones its plan has decided.
pub(super) fn takes_alone(
    model: &Snapshot,
    commit: Commit,
    new: &InfraSettings,
    old: Option<&InfraSettings>,
    fleet: &FleetId,
) -> Result<Commit, DeployerError> {
    let ours = model.managed().filter(|marker| marker.value.fleet == *fleet);
    let ours: BTreeSet<_> = ours.map(|marker| &marker.value.infra).collect();
    match who_has_one(model, new, old, |other| ours.contains(other)) {
        None => Ok(takes_as_seen(model, commit, new, old)),
        Some((other, address)) => Err(DeployerError::not_possible(
            format!(
                "infrastructure `{other}` has {address} already, so it may be the node of `{}` under another name",
                new.id
            ),
            "adopt that infrastructure, or correct its address",
        )),
    }
}
