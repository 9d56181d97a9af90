use std::collections::BTreeMap;

use project_deployer_store::Sealing;
use serde::{Deserialize, Serialize};

use super::archives::stored;
use super::{State, StateError};
use crate::state::StateMark;

/// What a state holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StateStatus {
    /// The version of the tables.
    pub schema: Option<u64>,
    /// The last commit.
    pub revision: u64,
    /// Deletions and ids of commits up to this revision are forgotten.
    pub compacted: u64,
    /// The number of documents of each kind.
    pub documents: BTreeMap<String, u64>,
    /// The number of journals.
    pub journals: u64,
    /// The number of entries in all journals.
    pub entries: u64,
    /// About how many bytes the store takes, without archives.
    pub bytes: Option<u64>,
    /// The secrets, and which keys seal them.
    pub secrets: KeyUse,
    /// The bundle archives.
    pub archives: ArchiveCount,
    /// What is copied into this state; none if no copy was begun, or it has ended.
    pub incoming: Option<String>,
    /// Where the state was moved to; none if it is here.
    pub moved_to: Option<String>,
}

/// Which keys seal how many secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KeyUse {
    /// The id of the key that seals; none if secrets are not sealed.
    pub current_key: Option<String>,
    /// The number of secrets by the id of their key.
    pub by_key: BTreeMap<String, u64>,
    /// The number of secrets that are not sealed.
    pub unsealed: u64,
}

/// Bundle archives, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ArchiveCount {
    /// Where they are.
    pub place: String,
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl From<Sealing> for KeyUse {
    fn from(sealing: Sealing) -> Self {
        Self { current_key: sealing.current, by_key: sealing.by_key, unsealed: sealing.unsealed }
    }
}

/// Counts what a state holds.
///
/// # Errors
///
/// The store or the archives cannot be read.
pub async fn status(state: &State) -> Result<StateStatus, StateError> {
    let view = state.view().await?;
    let inventory = view.inventory().await?;
    let status = view.status().await?;
    drop(view);
    let archives = stored(&*state.archive).await?;
    let documents = inventory.documents.into_iter();
    Ok(StateStatus {
        schema: inventory.schema,
        revision: status.revision.0,
        compacted: status.compacted.0,
        documents: documents.map(|(kind, count)| (kind.name().to_owned(), count)).collect(),
        journals: inventory.journals,
        entries: status.entries,
        bytes: status.bytes,
        secrets: inventory.sealing.into(),
        archives: ArchiveCount {
            place: state.archives.clone(),
            count: archives.len() as u64,
            bytes: archives.values().sum(),
        },
        incoming: state.mark(StateMark::INCOMING).await?,
        moved_to: state.mark(StateMark::MOVED).await?,
    })
}
