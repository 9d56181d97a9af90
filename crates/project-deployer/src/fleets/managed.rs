//! What a fleet manages of an infrastructure.

use std::collections::BTreeSet;
use std::fmt;

use project_deployer_client::DeployerError;
use project_deployer_client::fleet::{FleetAdminKey, FleetNode, FleetUrl, Unknown};
use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer_core::{FleetId, InfraId, NodeId, Timestamp};
use serde::{Deserialize, Serialize};

use super::FleetSettings;

/// A field of an infrastructure that its fleet manages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ManagedField {
    /// Which node it is.
    Node,
    /// Its address.
    Address,
    /// Its admin key.
    AdminKey,
    /// Whether calls to it accept any certificate.
    TrustAllCertificates,
}

/// An infrastructure that a fleet manages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ManagedInfra {
    /// The infrastructure.
    pub infra: InfraId,
    /// Its fleet.
    pub fleet: FleetId,
    /// The id of its node in the fleet.
    pub node: NodeId,
    /// The id of the node in its Fleet Manager, by which a renamed node is found.
    pub instance: Option<String>,
    /// What the fleet manages of it. Everything else is edited as usual.
    pub fields: BTreeSet<ManagedField>,
    /// Since when the fleet manages it.
    pub since: Timestamp,
    /// The quarantine that it is in.
    pub quarantine: Option<Quarantine>,
}

/// Why an infrastructure gets no update for now: its fleet no longer reports its node (I3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Quarantine {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: String,
    /// Whether somebody confirmed an answer without the node. Until then it is missing in every answer, so that a fleet
    /// cannot lose its nodes one by one without a question (I4).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
}

impl ManagedField {
    /// The field in a sentence.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Node => "the node",
            Self::Address => "the address",
            Self::AdminKey => "the admin key",
            Self::TrustAllCertificates => "the trust in certificates",
        }
    }
}

impl fmt::Display for ManagedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.in_words())
    }
}

impl ManagedInfra {
    /// The error for whoever would change a field of it (I2).
    pub(crate) fn refusal(&self, field: ManagedField) -> DeployerError {
        let what = format!("{field} of infrastructure `{}`", self.infra);
        DeployerError::ManagedByFleet { what, fleet: self.fleet.clone() }
    }

    /// The error for whoever would delete it.
    pub(crate) fn refused_deletion(&self) -> DeployerError {
        let what = format!("infrastructure `{}`", self.infra);
        DeployerError::ManagedByFleet { what, fleet: self.fleet.clone() }
    }

    /// The error for whoever would update something on it, if it is in quarantine.
    pub(crate) fn refused_update(&self) -> Option<DeployerError> {
        let Quarantine { since, reason, .. } = self.quarantine.clone()?;
        let (infra, fleet) = (self.infra.clone(), self.fleet.clone());
        Some(DeployerError::Quarantined { infra, fleet, since, reason })
    }
}

/// The managed field that new settings would change, if any (I2).
pub(crate) fn refused_change(
    marker: &ManagedInfra,
    current: &InfraSettings,
    new: &InfraSettings,
) -> Option<ManagedField> {
    let Target::Fleet(new) = &new.target else { return Some(ManagedField::Node) };
    let [current] = current.target.entries() else { return Some(ManagedField::Node) };
    let differs = |field: ManagedField| match field {
        ManagedField::Node => current.node_id != new.node_id,
        ManagedField::Address => current.address != new.address,
        ManagedField::AdminKey => current.admin_api_key != new.admin_api_key,
        ManagedField::TrustAllCertificates => {
            current.trust_all_certificates != new.trust_all_certificates
        }
    };
    marker.fields.iter().copied().find(|field| differs(*field))
}

/// The node of an infrastructure as its fleet wants it, and which fields of it the fleet manages. What the fleet does not
/// report stays, apart from a key that would go to another place: it is gone, and nobody's but the administrator's.
pub(crate) fn wanted_entry(
    fleet: &FleetSettings,
    current: &NodeEntry,
    managed: &BTreeSet<ManagedField>,
    node: &FleetNode,
) -> (NodeEntry, BTreeSet<ManagedField>) {
    let mut wanted = current.clone().with_node_id(Some(node.node_id.clone()));
    wanted.trust_all_certificates = fleet.trust_node_certificates;
    let mut fields = BTreeSet::from([ManagedField::Node, ManagedField::TrustAllCertificates]);
    let stays = |field: ManagedField, why: &Unknown| {
        // A value that cannot be expected is nobody's but the administrator's.
        let is_expected = !matches!(why, Unknown::NeverReported | Unknown::NotAsked);
        (is_expected && managed.contains(&field)).then_some(field)
    };
    match &node.url {
        FleetUrl::Known(address) => {
            wanted = wanted.with_address(Some(address.clone()));
            fields.insert(ManagedField::Address);
        }
        FleetUrl::NotPublished(why) => fields.extend(stays(ManagedField::Address, why)),
    }
    match &node.admin_key {
        FleetAdminKey::Known(key) => {
            wanted = wanted.with_admin_api_key(Some(key.clone()));
            fields.insert(ManagedField::AdminKey);
        }
        // As wherever settings change: a key is never sent to another host, nor past another trust.
        FleetAdminKey::Unknown(_) if !current.is_same_place(&wanted) => {
            wanted = wanted.with_admin_api_key(None);
        }
        FleetAdminKey::Unknown(why) => fields.extend(stays(ManagedField::AdminKey, why)),
    }
    (wanted, fields)
}

/// Whether an infrastructure loses its key, which the fleet does not report and which belongs to another place.
pub(crate) fn loses_its_key(current: &NodeEntry, wanted: &NodeEntry) -> bool {
    current.admin_api_key.is_some() && wanted.admin_api_key.is_none()
}
