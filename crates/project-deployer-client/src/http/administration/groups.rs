use project_deployer_core::GroupName;
use project_deployer_core::accounts::Group;
use serde::Deserialize;
use serde_json::Value;

use crate::documents::{set, written};
use crate::error::{NodeError, NodeErrorKind};
use crate::http::HttpNode;
use crate::request::groups;

impl HttpNode {
    /// One group.
    pub async fn group(&self, name: &GroupName) -> Result<Group, NodeError> {
        self.json(&groups::get(name)).await
    }

    /// The names of the groups as every caller may see them.
    pub async fn visible_groups(&self) -> Result<Vec<GroupName>, NodeError> {
        #[derive(Deserialize)]
        struct Visible {
            name: GroupName,
        }
        let visible: Vec<Visible> = self.json(&groups::visible()).await?;
        Ok(visible.into_iter().map(|group| group.name).collect())
    }

    /// Creates a group with its permissions. The node ignores them in the first call
    /// (wire-facts 5.3), so they are written afterwards; when that fails, the group is there
    /// without them.
    ///
    /// # Errors
    ///
    /// As for every call to a node; a name that exists is refused.
    pub async fn create_group(&self, group: &Group) -> Result<(), NodeError> {
        self.nothing(&groups::create(group)).await?;
        let request = groups::get(&group.name);
        let created: Value = self.json(&request).await?;
        let document = overlaid(created, written(group))
            .map_err(|kind| self.transport.error(&request, kind))?;
        self.nothing(&groups::save(&group.name, document)).await
    }

    /// Replaces the document of a group: change what [`Self::group`] gave.
    pub async fn save_group(&self, group: &Group) -> Result<(), NodeError> {
        self.nothing(&groups::save(&group.name, written(group))).await
    }

    /// Deletes a group.
    pub async fn delete_group(&self, name: &GroupName) -> Result<(), NodeError> {
        self.nothing(&groups::delete(name)).await
    }
}

/// A document with the fields of another one over it; what the other one does not name stays.
fn overlaid(mut document: Value, fields: Value) -> Result<Value, NodeErrorKind> {
    let Value::Object(fields) = fields else {
        let reason = "the document is not an object".to_owned();
        return Err(NodeErrorKind::Malformed(reason));
    };
    for (name, value) in fields {
        set(&mut document, &name, value)?;
    }
    Ok(document)
}
