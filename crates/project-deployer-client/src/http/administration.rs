//! What a node offers beyond what a Deployer asks of it, and takes more than one call. Feature
//! `administration`; the single calls are in [`request`](crate::request).

use std::collections::{BTreeSet, VecDeque};

use project_deployer_core::accounts::{Group, User};
use serde_json::Value;

use super::HttpNode;
use crate::documents::{set, written};
use crate::error::{NodeError, NodeErrorKind};
use crate::request::folders::Folder;
use crate::request::{accounts, groups, instance};

impl HttpNode {
    /// All users with all that an administrator may see, read while the list arrives.
    pub async fn whole_users(&self) -> Result<Vec<User>, NodeError> {
        self.transport.users(&accounts::users()).await
    }

    /// The folders that the caller may see, the root folder first, each before those in it. A folder
    /// that the caller may not see is left out with all in it.
    pub async fn folder_tree(&self) -> Result<Vec<Folder>, NodeError> {
        let root: Folder = self.json(&instance::project_folder(None)).await?;
        let mut seen = BTreeSet::from([root.id.clone()]);
        let mut waiting: VecDeque<String> = root.children_ids.iter().cloned().collect();
        let mut tree = vec![root];
        while let Some(id) = waiting.pop_front() {
            if !seen.insert(id.clone()) {
                continue;
            }
            match self.json::<Folder>(&instance::project_folder(Some(&id))).await {
                Ok(folder) => {
                    waiting.extend(folder.children_ids.iter().cloned());
                    tree.push(folder);
                }
                Err(error) if error.is_forbidden() || error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(tree)
    }

    /// Creates a group with its permissions. The node ignores them in the first call
    /// (wire-facts 5.3), so they are written afterwards; when that fails, the group is there
    /// without them.
    ///
    /// # Errors
    ///
    /// As for every call to a node; a name that exists is refused.
    pub async fn create_group(&self, group: &Group) -> Result<(), NodeError> {
        self.call(&groups::create(group)).await?;
        let request = groups::get(&group.name);
        let created: Value = self.json(&request).await?;
        let document = self.decoded(&request, overlaid(created, written(group)))?;
        self.call(&groups::save(&group.name, &document)).await
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
