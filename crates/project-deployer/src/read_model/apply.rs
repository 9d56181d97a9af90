use std::sync::Arc;

use project_deployer_core::accounts::{Group, User};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_store::{
    Collection, DocumentKey, HeldBody, HeldDocument, ListedDocument, Revision, Secrets,
};
use serde_json::Value;

use super::held::Held;
use super::kept::{Damage, Kept, Unreadable};
use super::snapshot::Snapshot;
use crate::fleets::ManagedInfra;
use crate::maintenance::Maintenance;
use crate::state::{
    BundleRecord, DeployedKey, DeploymentRecord, GUARDS, LatestUpdate, Stages, Stored, as_written,
    decoded,
};
use crate::windows::WindowSet;

/// How documents of a kind are put into a snapshot.
pub(super) struct Kind {
    pub(super) collection: Collection,
    /// None if it was deleted.
    apply: fn(&mut Snapshot, &DocumentKey, Option<(Revision, Stored)>) -> Applied,
    /// From a text in just the form in which this program writes it. Returns false for any other text.
    apply_text: fn(&mut Snapshot, &DocumentKey, Revision, &[u8]) -> bool,
}

type Applied = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// The kinds of documents that are kept, in the order in which they are listed.
pub(super) static KINDS: [Kind; 13] = [
    values::<Stages>(),
    values::<InfraSettings>(),
    values::<PublishedProjectSettings>(),
    texts::<BundleRecord>(),
    texts::<DeploymentRecord>(),
    texts::<DeployedKey>(),
    texts::<LatestUpdate>(),
    texts::<User>(),
    texts::<Group>(),
    values::<Maintenance>(),
    values::<WindowSet>(),
    values::<ManagedInfra>(),
    Kind { collection: GUARDS, apply: guard, apply_text: |_, _, _, _| false },
];

impl Snapshot {
    /// Takes over the last change of a document. It returns whether documents of this kind are kept.
    pub(super) fn apply(
        &mut self,
        key: DocumentKey,
        revision: Revision,
        body: Option<Value>,
        damage: Option<String>,
    ) -> bool {
        let Some(Kind { apply, .. }) = KINDS.iter().find(|kind| kind.collection == key.collection)
        else {
            return false;
        };
        let stored = body.map(|body| (revision, Stored { body, secrets: Secrets::new() }));
        let applied = match damage {
            None => apply(self, &key, stored),
            Some(damage) => apply(self, &key, None).and(Err(Damage(damage).into())),
        };
        match applied {
            Ok(()) => self.unreadable.remove(&key),
            Err(reason) => {
                tracing::error!(%key, error = %reason, "a record cannot be read; only operations on it fail");
                let unreadable = Unreadable { key: key.clone(), reason: reason.into() };
                self.unreadable.insert(key, Arc::new(unreadable));
            }
        }
        true
    }

    /// Takes over a document that is listed, as the store holds it.
    pub(super) fn apply_held(&mut self, kind: &Kind, document: HeldDocument) {
        let key = kind.collection.clone().key(&document.id);
        if let HeldBody::Text(text) = &document.body
            && (kind.apply_text)(self, &key, document.revision, text)
        {
            return self.unreadable.remove(&key);
        }
        let document = ListedDocument::from(document);
        self.apply(key, document.revision, Some(document.body), document.damage);
    }
}

const fn values<T: Held>() -> Kind {
    Kind { collection: T::KIND, apply: record::<T>, apply_text: |_, _, _, _| false }
}

const fn texts<T: Held + Written>() -> Kind {
    Kind { collection: T::KIND, apply: record::<T>, apply_text: text::<T> }
}

/// A record that is read from the text of its document.
trait Written: Held {
    fn as_written(text: &[u8]) -> Option<Self>;
}

/// Most of them are their own documents.
macro_rules! written {
    ($($record:ident, $read:expr;)*) => {$(
        impl Written for $record {
            fn as_written(text: &[u8]) -> Option<Self> {
                $read(text)
            }
        }
    )*};
}

written! {
    BundleRecord, as_written;
    DeploymentRecord, DeploymentRecord::as_written;
    DeployedKey, as_written;
    LatestUpdate, as_written;
    User, as_written;
    Group, as_written;
}

fn text<T: Written>(
    model: &mut Snapshot,
    key: &DocumentKey,
    revision: Revision,
    text: &[u8],
) -> bool {
    let Some(record) = T::as_written(text).filter(|record| record.id() == key.id) else {
        return false;
    };
    T::forget(model, &key.id);
    T::keep(model, Kept { value: Arc::new(record), revision });
    true
}

fn record<T: Held>(
    model: &mut Snapshot,
    key: &DocumentKey,
    stored: Option<(Revision, Stored)>,
) -> Applied {
    T::forget(model, &key.id);
    if let Some((revision, stored)) = stored {
        let value = Arc::new(decoded::<T>(key, stored)?);
        T::keep(model, Kept { value, revision });
    }
    Ok(())
}

/// Guards have no body.
fn guard(model: &mut Snapshot, key: &DocumentKey, stored: Option<(Revision, Stored)>) -> Applied {
    match stored.map(|(revision, _)| revision) {
        Some(revision) => model.guards.insert(key.id.clone(), revision),
        None => model.guards.remove(key.id.as_str()),
    }
    Ok(())
}
