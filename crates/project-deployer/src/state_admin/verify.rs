//! Checks that everything in a state can be read, and that it fits together.

mod facts;
mod journals;
mod references;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use futures::{StreamExt as _, stream};
use project_deployer_core::BundleDigest;
use project_deployer_store::{
    Damaged, DocumentKey, Maintenance, SealError, StoreDamage, StoreError,
};
use serde::Serialize;

use self::facts::Facts;
use self::references::{Present, dangling};
use super::archives::{self, stored};
use super::{Progress, State, StateError};
use crate::audit::verify_chain;
use crate::causes::with_causes;
use crate::state::{BundleRecord, Repository, Stored, VersionedRecord};

/// How many keys are read at once.
const PAGE: usize = 500;

/// How many documents are read at the same time.
const AT_ONCE: usize = 8;

/// How many archives are read at the same time.
const ARCHIVES_AT_ONCE: usize = 2;

/// What was checked, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Verification {
    /// The number of documents.
    pub documents: u64,
    /// The number of journals.
    pub journals: u64,
    /// The number of entries in journals.
    pub entries: u64,
    /// The number of secrets that open.
    pub secrets: u64,
    /// The number of archives.
    pub archives: u64,
    /// The number of archives that no bundle needs. This is no fault.
    pub unused_archives: u64,
    /// What is wrong, by kind and object.
    pub faults: Vec<Fault>,
}

/// Something wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Fault {
    /// What kind of fault.
    pub kind: FaultKind,
    /// What it is on: a document, a journal, an archive.
    pub object: String,
    /// What is wrong.
    pub what: String,
}

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FaultKind {
    /// The store found its own files damaged.
    Storage,
    /// A document cannot be read.
    Document,
    /// A secret cannot be opened.
    Secret,
    /// An entry of a journal cannot be read, or is missing.
    Journal,
    /// A document names something that does not exist.
    Reference,
    /// An audit record was changed, removed or inserted, or the chain of records does not fit.
    Audit,
    /// A bundle has no archive.
    ArchiveMissing,
    /// An archive has other bytes than its name says.
    ArchiveDamaged,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Storage => "storage",
            Self::Document => "document",
            Self::Secret => "secret",
            Self::Journal => "journal",
            Self::Reference => "reference",
            Self::Audit => "audit",
            Self::ArchiveMissing => "missing archive",
            Self::ArchiveDamaged => "damaged archive",
        })
    }
}

impl Fault {
    pub(super) fn new(kind: FaultKind, object: impl fmt::Display, what: impl Into<String>) -> Self {
        Self { kind, object: object.to_string(), what: what.into() }
    }

    fn of_damage(StoreDamage { object, what, .. }: StoreDamage) -> Self {
        let kind = match object {
            Damaged::Document(_) => FaultKind::Document,
            Damaged::Entry(..) => FaultKind::Journal,
            _ => FaultKind::Storage,
        };
        Self::new(kind, object, what)
    }
}

impl Verification {
    pub(super) fn refuse_faults(self, url: String) -> Result<(), StateError> {
        let Some(first) = self.faults.first() else { return Ok(()) };
        let first = format!("{}: {}", first.object, first.what);
        Err(StateError::Faulty { url, faults: self.faults.len(), first })
    }
}

/// Reads every document, secret, journal and archive of a state, and follows every reference. A Deployer may
/// run meanwhile.
///
/// # Errors
///
/// The state cannot be read at all. What is wrong in it is no error.
pub async fn verify(state: &State, progress: Progress<'_>) -> Result<Verification, StateError> {
    verify_documents(state, true, progress).await
}

/// The same; archives are left out where they are not expected.
pub(super) async fn verify_documents(
    state: &State,
    with_archives: bool,
    progress: Progress<'_>,
) -> Result<Verification, StateError> {
    let view = state.view().await?;
    let mut check = Check { view: &*view, facts: Facts::default(), faults: BTreeSet::new() };
    progress.report("checking the storage");
    let damage = view.damage().await?.into_iter().map(Fault::of_damage);
    check.faults.extend(damage);
    check.documents(progress).await;
    check.journals(progress).await;
    let counts = (check.facts.documents, check.facts.entries, check.facts.secrets);
    let present = check.facts.present();
    let mut faults = check.faults;
    faults.extend(dangling(check.facts.references(), &present));
    progress.report("checking the audit");
    faults.extend(of_audit(Arc::clone(&view)).await?);
    drop(view);
    let mut found = Verification {
        documents: counts.0,
        journals: present.journals.len() as u64,
        entries: counts.1,
        secrets: counts.2,
        archives: 0,
        unused_archives: 0,
        faults: Vec::new(),
    };
    if with_archives {
        of_archives(state, &present, (&mut found, &mut faults), progress).await?;
    }
    found.faults = faults.into_iter().collect();
    Ok(found)
}

struct Check<'a> {
    view: &'a dyn Maintenance,
    facts: Facts,
    faults: BTreeSet<Fault>,
}

impl Check<'_> {
    async fn documents(&mut self, progress: Progress<'_>) {
        let mut after: Option<DocumentKey> = None;
        loop {
            let page = match self.view.keys(after.as_ref(), PAGE).await {
                Ok(page) => page,
                Err(error) => return self.cannot_list("documents", &error),
            };
            let is_last = page.len() < PAGE;
            after = page.last().cloned();
            let view = self.view;
            let read = |key: DocumentKey| async move {
                let found = view.read(&key).await;
                (key, found)
            };
            let mut reading = stream::iter(page.into_iter().map(read)).buffered(AT_ONCE);
            while let Some((key, found)) = reading.next().await {
                self.facts.exists(&key);
                match found {
                    Ok(Some(found)) => {
                        let stored = Stored { body: found.body, secrets: found.secrets };
                        if let Err(why) = self.facts.learn(&key, stored) {
                            self.unreadable(FaultKind::Document, &key, why);
                        }
                    }
                    Ok(None) => {}
                    Err(error) => {
                        self.facts.unreadable(&key);
                        self.unreadable(kind_of(&error), &key, with_causes(&error));
                    }
                }
            }
            progress.report(format_args!("documents: {}", self.facts.documents));
            if is_last {
                return;
            }
        }
    }

    /// A document with a checksum that does not fit is one fault, not two.
    fn unreadable(&mut self, kind: FaultKind, key: &DocumentKey, what: String) {
        let object = key.to_string();
        let is_known = self.faults.iter().any(|fault| fault.kind == kind && fault.object == object);
        if !is_known {
            self.faults.insert(Fault::new(kind, object, what));
        }
    }

    fn cannot_list(&mut self, what: &str, error: &StoreError) {
        self.faults.insert(Fault::new(FaultKind::Storage, what, with_causes(error)));
    }
}

/// Whether a document cannot be read because of a secret.
fn kind_of(error: &StoreError) -> FaultKind {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(found) = cause {
        if found.is::<SealError>() {
            return FaultKind::Secret;
        }
        cause = found.source();
    }
    FaultKind::Document
}

/// What is wrong with the chain of audit records. An entry that the store cannot read is a fault of the journal already.
async fn of_audit(view: Arc<dyn Maintenance>) -> Result<Vec<Fault>, StateError> {
    match verify_chain(&Repository { store: view }, None).await {
        Ok(found) => {
            let faults = found.faults.into_iter();
            Ok(faults.map(|fault| Fault::new(FaultKind::Audit, fault.object, fault.what)).collect())
        }
        Err(StoreError::Damaged { .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

async fn of_archives(
    state: &State,
    present: &Present,
    (found, faults): (&mut Verification, &mut BTreeSet<Fault>),
    progress: Progress<'_>,
) -> Result<(), StateError> {
    let all = stored(&*state.archive).await?;
    found.archives = all.len() as u64;
    found.unused_archives =
        all.keys().filter(|digest| !present.needed.contains(digest)).count() as u64;
    for (bundle, (digest, size)) in &present.archives {
        match all.get(digest) {
            Some(length) if length == size => {}
            Some(length) => {
                let what = format!("it has {length} bytes, and {bundle} has {size}");
                faults.insert(Fault::new(FaultKind::ArchiveDamaged, digest, what));
            }
            None if is_published(state, bundle).await => {
                let what = format!("its archive {digest} is missing");
                faults.insert(Fault::new(FaultKind::ArchiveMissing, bundle, what));
            }
            None => {}
        }
    }
    let archive = &*state.archive;
    let check = |digest: BundleDigest| async move {
        let fault = archives::fault_of(archive, &digest).await;
        fault.map(|what| Fault::new(FaultKind::ArchiveDamaged, &digest, what))
    };
    let needed = all.into_keys().filter(|digest| present.needed.contains(digest));
    let mut checking = stream::iter(needed.map(check)).buffer_unordered(ARCHIVES_AT_ONCE);
    let mut number = 0;
    while let Some(fault) = checking.next().await {
        number += 1;
        progress.report(format_args!("archives: {number} of {}", found.archives));
        faults.extend(fault);
    }
    Ok(())
}

/// Whether a bundle is still published: it may have been deleted since the documents were read.
async fn is_published(state: &State, bundle: &DocumentKey) -> bool {
    match state.store.read(bundle).await {
        Ok(Some(found)) => {
            let record = VersionedRecord::<BundleRecord>::of(bundle, found).ok();
            record.is_none_or(|record| record.value.published.is_some())
        }
        Ok(None) => false,
        Err(_) => true,
    }
}
