use project_deployer_client::DeployerError;
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_store::{Secrets, Write};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};

use super::Action;
use super::redact::{differences, redacted};
use crate::fleets::FleetRecord;
use crate::session::LEFT_OUT;
use crate::state::{ApiKeyRecord, BundleRecord, DeploymentRecord, Record, Stages};

/// A change of one object, as its record shows it.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(super) action: Action,
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

impl Change {
    /// Something that changes no document of its own.
    pub(crate) fn of(action: Action, kind: &str, id: &impl ToString) -> Self {
        Self { action, kind: kind.to_owned(), id: id.to_string(), before: None, after: None }
    }

    /// An object that did not exist.
    pub(crate) fn created<T: Record>(new: &T) -> Result<Self, DeployerError> {
        Self::between::<T>(Action::Create, None, Some(new))
    }

    /// An object that exists. Only what differs is in the record.
    pub(crate) fn edited<T: Record>(old: &T, new: &T) -> Result<Self, DeployerError> {
        Self::between(Action::Edit, Some(old), Some(new))
    }

    /// An object that exists no more.
    pub(crate) fn deleted<T: Record>(old: &T) -> Result<Self, DeployerError> {
        Self::between::<T>(Action::Delete, Some(old), None)
    }

    /// The same with another action.
    pub(crate) fn by(self, action: Action) -> Self {
        Self { action, ..self }
    }

    /// The same with what was before.
    pub(crate) fn with_before(self, before: Value) -> Self {
        Self { before: Some(before), ..self }
    }

    /// The same with what is afterwards.
    pub(crate) fn with_after(self, after: Value) -> Self {
        Self { after: Some(after), ..self }
    }

    /// An object before and after.
    pub(crate) fn between<T: Record>(
        action: Action,
        old: Option<&T>,
        new: Option<&T>,
    ) -> Result<Self, DeployerError> {
        let id = old.or(new).map(Record::id).unwrap_or_default();
        let written = |record: &T| {
            record
                .write()
                .map_err(|error| DeployerError::state(T::KIND.key(&id).to_string(), error))
        };
        let (before, after) = sides(old.map(written).transpose()?, new.map(written).transpose()?);
        Ok(Self { action, kind: T::KIND.name().to_owned(), id, before, after })
    }

    /// The other objects that a commit writes.
    pub(super) fn also(&self, writes: &[Write]) -> Vec<String> {
        let own = format!("{}/{}", self.kind, self.id);
        let written = writes.iter().filter_map(|write| match write {
            Write::Put { key, .. } | Write::Delete { key, .. } => Some(key),
            Write::Check { .. } => None,
        });
        let objects = written.filter(|key| is_object(key.collection.name()));
        objects.map(ToString::to_string).filter(|key| *key != own).collect()
    }
}

/// Whether documents of a kind are objects of their own for people.
fn is_object(kind: &str) -> bool {
    let kinds = [
        Stages::KIND,
        InfraSettings::KIND,
        PublishedProjectSettings::KIND,
        BundleRecord::KIND,
        DeploymentRecord::KIND,
        User::KIND,
        Group::KIND,
        ApiKeyRecord::KIND,
        FleetRecord::KIND,
    ];
    kinds.iter().any(|known| known.name() == kind)
}

type Written = (Value, Secrets);

fn sides(old: Option<Written>, new: Option<Written>) -> (Option<Value>, Option<Value>) {
    let (old, new) = (old.map(whole), new.map(whole));
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => {
            let (old, new) = differences(old, new);
            (Some(old), Some(new))
        }
        one => one,
    };
    (old.map(shown), new.map(shown))
}

/// The field for secrets of a document, until they are left out.
const SECRETS: &str = "(secrets)";

/// The document with its secrets, to compare it.
fn whole((body, secrets): Written) -> Value {
    let mut fields = match body {
        Value::Object(fields) => fields,
        // The catalogue of stages is a list.
        other => Map::from_iter([("stages".to_owned(), other)]),
    };
    let secrets = secrets.iter().map(|(path, secret)| {
        let secret = Value::from(secret.expose_secret());
        (path.clone(), secret)
    });
    fields.insert(SECRETS.to_owned(), Value::Object(secrets.collect()));
    Value::Object(fields)
}

/// The document without what may be secret. Where a secret is set or changed stays visible.
fn shown(document: Value) -> Value {
    let Value::Object(mut fields) = document else { return document };
    let secrets = fields.remove(SECRETS).and_then(|secrets| match secrets {
        Value::Object(secrets) if !secrets.is_empty() => Some(secrets),
        _ => None,
    });
    // Of an API key: nobody needs it, and it is not to be compared with other ones.
    fields.remove("digest");
    let mut shown = redacted(Value::Object(fields));
    if let (Some(secrets), Value::Object(fields)) = (secrets, &mut shown) {
        let paths = secrets.into_iter().map(|(path, _)| (path, Value::from(LEFT_OUT)));
        fields.insert(SECRETS.to_owned(), Value::Object(paths.collect()));
    }
    shown
}
