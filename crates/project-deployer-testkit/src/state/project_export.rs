use bytes::Bytes;
use serde_json::{Value, json};

use super::NodeState;
use super::exported::build;
use super::project::Project;
use crate::answer::Answer;
use crate::bundle::Exported;
use crate::caller::Caller;
use crate::moment;

/// What public scripts ask of a project beside its bundles (wire-facts 9.2).
impl Project {
    /// The datasets of its design, or of its active bundle.
    pub(crate) fn datasets_json(&self) -> Value {
        let listed = |dataset: &serde_json::Map<String, Value>| {
            let mut dataset = dataset.clone();
            dataset.insert("projectKey".to_owned(), json!(self.key));
            dataset
        };
        self.datasets.iter().map(listed).collect()
    }

    /// A clean repository with one commit per bundle, the newest first.
    pub(crate) fn git_log_json(&self, count: usize) -> Value {
        let imported = self.bundles.iter().map(|bundle| {
            (bundle.imported_on, &bundle.imported_by, "Imported", &bundle.contents.bundle_id)
        });
        let exported = self
            .exported
            .iter()
            .map(|bundle| (bundle.exported_on, &bundle.exported_by, "Exported", &bundle.bundle_id));
        let mut commits: Vec<_> = imported.chain(exported).collect();
        commits.sort_by_key(|(on, ..)| std::cmp::Reverse(*on));
        let entry = |(on, by, what, id): &(i64, &String, &str, &String)| {
            json!({
                "commitId": commit_id(&self.key, *on),
                "timestamp": moment::text(*on),
                "author": by,
                "message": format!("{what} bundle {id}"),
            })
        };
        let mut log = json!({"entries": commits.iter().take(count).map(entry).collect::<Vec<_>>()});
        if let Some((next, ..)) = commits.get(count) {
            log["nextCommit"] = json!(commit_id(&self.key, *next));
        }
        log
    }
}

/// As long as a real one, and the same in every run.
fn commit_id(key: &str, on: i64) -> String {
    let hash = crate::fnv::hash(format!("{key} {on}").into_bytes());
    format!("{hash:040x}")
}

impl NodeState {
    /// The archive of a project that is no bundle.
    ///
    /// # Errors
    ///
    /// The caller may not read the project, or the archive cannot be written.
    pub(crate) fn export_project(&mut self, caller: &Caller, key: &str) -> Answer<Bytes> {
        let now = self.clock.now();
        let project = self.project(caller, key, "readProjectContent")?;
        build(&project.design().exported_as(Exported {
            bundle_id: None,
            by: caller.name(),
            on: now,
            release_notes: None,
            node_id: &self.node_id,
            release: &self.version,
        }))
    }
}
