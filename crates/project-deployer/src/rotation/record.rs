use project_deployer_core::infra::InfraSettings;
use project_deployer_core::{ApiKeySecret, InfraId, Login, NodeAddress, Timestamp};
use project_deployer_store::{Collection, CommitId, Secrets};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::NodeRotation;
use super::left::{LABEL, Left};
use super::machine::{RotationEnd, RotationStep};
use crate::state::{Record, Stored, typed};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A rotation on one node. The keys that it needs are sealed beside it, and gone when it has ended.
#[derive(Debug, Clone)]
pub(crate) struct RotationRecord {
    pub(super) facts: Facts,
    pub(super) old: Option<ApiKeySecret>,
    pub(super) new: Option<ApiKeySecret>,
}

/// What is known of a rotation, without keys.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Facts {
    pub(super) infra: InfraId,
    pub(super) node: NodeAddress,
    /// In the label of the key that it makes.
    pub(super) rotation: String,
    pub(super) requester: Login,
    pub(super) step: RotationStep,
    pub(super) end: Option<RotationEnd>,
    /// Since when the settings have the new key.
    pub(super) switched: Option<Timestamp>,
    pub(super) old_key: Option<String>,
    pub(super) new_key: Option<String>,
    pub(super) reason: Option<String>,
    /// The infrastructures whose settings get the new key: those that had the old one for this address at the beginning, and
    /// that the requester administers.
    pub(super) infras: Vec<InfraId>,
    /// A digest of the key that was revoked, by which settings with it are refused.
    pub(super) revoked: Option<String>,
    /// When it ended.
    #[serde(default)]
    pub(super) ended: Option<Timestamp>,
    /// What it left on the node.
    #[serde(default)]
    pub(super) left: Left,
}

impl RotationRecord {
    const OLD: &str = "old";
    const NEW: &str = "new";

    /// A rotation that begins.
    pub(crate) fn begun(
        infra: &InfraId,
        node: &NodeAddress,
        old: ApiKeySecret,
        requester: Login,
        infras: Vec<InfraId>,
    ) -> Self {
        let facts = Facts {
            infra: infra.clone(),
            node: node.clone(),
            rotation: CommitId::random().to_string(),
            requester,
            step: RotationStep::Identify,
            end: None,
            switched: None,
            old_key: None,
            new_key: None,
            reason: None,
            infras,
            revoked: None,
            ended: None,
            left: Left::default(),
        };
        Self { facts, old: Some(old), new: None }
    }

    pub(crate) fn record_id(infra: &InfraId, node: &NodeAddress) -> String {
        format!("{infra}/{node}")
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.facts.end.is_some()
    }

    /// The record, ended. Its keys are gone.
    pub(super) fn ended(mut self, end: RotationEnd, now: Timestamp) -> Self {
        if end == RotationEnd::Rotated {
            self.facts.revoked = self.old.as_ref().map(|old| self.digest(old));
        }
        (self.facts.end, self.facts.ended) = (Some(end), Some(now));
        (self.old, self.new) = (None, None);
        self
    }

    /// Whether it writes the key of an infrastructure, or of one of its nodes: an infrastructure may have begun it, or
    /// have shared the key with that one, or have the node since.
    pub(crate) fn concerns(&self, infra: &InfraSettings) -> bool {
        let mut addresses = infra.target.entries().iter().filter_map(|it| it.address.as_ref());
        self.facts.infra == infra.id
            || self.facts.infras.contains(&infra.id)
            || addresses.any(|address| *address == self.facts.node)
    }

    /// Whether a key is the one that this rotation revoked.
    pub(crate) fn has_revoked(&self, key: &ApiKeySecret) -> bool {
        self.facts.revoked.as_ref() == Some(&self.digest(key))
    }

    /// Whether this rotation revokes this key now: the call for it may have begun.
    pub(crate) fn revokes(&self, key: &ApiKeySecret) -> bool {
        self.may_revoke(key) && self.facts.step == RotationStep::Revoke
    }

    /// Whether this rotation goes on, and will revoke this key at its end.
    pub(crate) fn may_revoke(&self, key: &ApiKeySecret) -> bool {
        !self.has_ended() && self.old.as_ref() == Some(key)
    }

    /// The id of the rotation is random, so that equal keys have different digests.
    fn digest(&self, key: &ApiKeySecret) -> String {
        let mut digest = Sha256::new_with_prefix(&self.facts.rotation);
        digest.update(key.to_secret_string().expose_secret());
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The label by which a key of this rotation is found on the node.
    pub(super) fn label(&self) -> String {
        format!("{LABEL}{}", self.facts.rotation)
    }

    fn reason(&self) -> Option<String> {
        let parts = [self.facts.reason.clone(), self.facts.left.notes()];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    pub(crate) fn report(&self) -> NodeRotation {
        NodeRotation {
            node: self.facts.node.to_string(),
            rotation: self.facts.rotation.clone(),
            requester: self.facts.requester.clone(),
            end: self.facts.end,
            ended: self.facts.ended,
            step: self.facts.step,
            old_key: self.facts.old_key.clone(),
            new_key: self.facts.new_key.clone(),
            reason: self.reason(),
            orphans: self.facts.left.orphans.clone(),
        }
    }
}

impl Record for RotationRecord {
    const KIND: Collection = Collection::new("key-rotation");
    const NOUN: &'static str = "rotation of a key";

    fn id(&self) -> String {
        Self::record_id(&self.facts.infra, &self.facts.node)
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        let keys = [(Self::OLD, &self.old), (Self::NEW, &self.new)].into_iter();
        let keys = keys
            .filter_map(|(name, key)| Some((name.to_owned(), key.as_ref()?.to_secret_string())));
        Ok((serde_json::to_value(&self.facts)?, keys.collect()))
    }

    fn read(Stored { body, mut secrets }: Stored) -> Result<Self, Failure> {
        let mut key = |name| -> Result<Option<ApiKeySecret>, Failure> {
            let secret = secrets.remove(name);
            Ok(secret.map(|text| ApiKeySecret::new(text.expose_secret())).transpose()?)
        };
        let (old, new) = (key(Self::OLD)?, key(Self::NEW)?);
        Ok(Self { facts: typed(body)?, old, new })
    }
}
