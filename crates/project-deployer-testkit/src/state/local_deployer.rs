use bytes::Bytes;
use serde_json::Value;

use super::NodeState;
use super::deployer::PublishedBundle;
use crate::answer::Answer;
use crate::bundle::BundleContents;
use crate::caller::Caller;
use crate::seed::NodeKind;

/// A node that is its own Deployer (wire-facts 9.2).
impl NodeState {
    /// Whether the Deployer of this node is the node itself. A node of type Deployer always is;
    /// a Design node is where its `deployerClientSettings` say so.
    pub(crate) fn is_its_own_deployer(&self) -> bool {
        let mode =
            self.general_settings.get("deployerClientSettings").and_then(|it| it.get("mode"));
        match self.kind {
            NodeKind::Deployer => true,
            NodeKind::Design => mode.and_then(Value::as_str) == Some("LOCAL"),
            NodeKind::Automation => false,
        }
    }

    /// Publishes a bundle on this node, by the rights that the caller has there.
    ///
    /// # Errors
    ///
    /// The caller may not, or a bundle of that id was published before.
    pub(super) fn publish_here(
        &mut self,
        caller: &Caller,
        key: &str,
        contents: BundleContents,
        archive: Bytes,
        published_on: i64,
    ) -> Answer<()> {
        let published_by = caller.name().to_owned();
        let bundle =
            PublishedBundle { contents, archive, published_on, published_by, report: None };
        self.deployer.publish(caller, Some(key.to_owned()), bundle)
    }
}
