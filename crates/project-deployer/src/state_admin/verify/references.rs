use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::{BundleDigest, StageId};
use project_deployer_store::{DocumentKey, JournalStream};

use super::{Fault, FaultKind};

/// What exists.
#[derive(Debug, Default)]
pub(super) struct Present {
    pub(super) documents: BTreeSet<DocumentKey>,
    /// Bundles that can be deployed, with their archives.
    pub(super) archives: BTreeMap<DocumentKey, (BundleDigest, u64)>,
    /// The digests of these archives.
    pub(super) needed: BTreeSet<BundleDigest>,
    /// Bundles that were deleted.
    pub(super) deleted: BTreeSet<DocumentKey>,
    pub(super) journals: BTreeSet<JournalStream>,
    /// The stages; none if they cannot be read.
    pub(super) stages: Option<BTreeSet<StageId>>,
    /// Whether every update can be read, so that a journal of none of them is known to belong to none.
    pub(super) knows_all_updates: bool,
}

/// What a document names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Document(DocumentKey),
    /// A bundle that must not be deleted.
    Bundle(DocumentKey),
    Journal(JournalStream),
    Stage(StageId),
}

/// That a document names something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) from: DocumentKey,
    pub(super) to: Target,
}

impl Present {
    fn why_absent(&self, target: &Target) -> Option<String> {
        match target {
            Target::Document(key) if !self.documents.contains(key) => {
                Some(format!("it names {key}, which does not exist"))
            }
            Target::Bundle(key) if self.deleted.contains(key) => {
                Some(format!("it names {key}, which was deleted"))
            }
            Target::Bundle(key) if !self.documents.contains(key) => {
                Some(format!("it names {key}, which does not exist"))
            }
            Target::Journal(stream) if !self.journals.contains(stream) => {
                Some(format!("its journal {stream} has no entry"))
            }
            Target::Stage(stage)
                if self.stages.as_ref().is_some_and(|stages| !stages.contains(stage)) =>
            {
                Some(format!("it names the stage {stage}, which does not exist"))
            }
            Target::Document(_) | Target::Bundle(_) | Target::Journal(_) | Target::Stage(_) => None,
        }
    }
}

/// The references to what does not exist, and the journals to which nothing refers.
pub(super) fn dangling(references: &[Reference], present: &Present) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut unnamed: BTreeSet<_> = present.journals.iter().collect();
    for Reference { from, to } in references {
        if let Target::Journal(stream) = to {
            unnamed.remove(stream);
        }
        if let Some(what) = present.why_absent(to) {
            faults.push(Fault::new(FaultKind::Reference, from, what));
        }
    }
    if present.knows_all_updates {
        let of_none = |stream: &JournalStream| {
            let object = format!("journal {stream}");
            Fault::new(FaultKind::Reference, object, "it belongs to no update")
        };
        faults.extend(unnamed.into_iter().map(of_none));
    }
    faults
}
