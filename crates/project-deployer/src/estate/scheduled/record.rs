use std::collections::BTreeSet;

use project_deployer_core::{Login, Timestamp};
use project_deployer_store::{Collection, Secrets};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::EstateScheduleOutcome;
use crate::estate::document::Estate;
use crate::estate::plan::{EstatePlan, PlanBasis, PlanOptions, PlannedChange};
use crate::estate::secrets::EstateSecrets;
use crate::schedule::KEPT;
use crate::state::{Below, Record, Stored, typed};

/// How fields of changes are written. Raise it when one of a [`PlannedField`](crate::estate::plan::PlannedField) is written
/// otherwise: what an earlier version scheduled would differ by its texts alone.
pub(crate) const TEXTS: u32 = 1;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A file of the estate that is applied at a given time, or was. Its secrets are sealed beside it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EstateScheduleRecord {
    pub(crate) id: String,
    pub(crate) requester: Login,
    pub(crate) requested: Timestamp,
    pub(crate) at: Timestamp,
    /// None once it has ended: neither the file nor its secrets are kept longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) wanted: Option<WantedEstate>,
    /// The changes as they were planned when it was requested.
    pub(crate) changes: Vec<Value>,
    /// Which texts its changes have, and its digest with them: [`TEXTS`], or those of an earlier version.
    #[serde(default)]
    pub(crate) texts: u32,
    /// Since when it is applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) begun: Option<Timestamp>,
    /// None while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<EstateScheduleOutcome>,
}

/// What is applied.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WantedEstate {
    pub(crate) estate: Estate,
    pub(crate) options: PlanOptions,
    /// What the plan relied on when it was requested.
    pub(crate) basis: PlanBasis,
    /// Of the plan when it was requested.
    pub(crate) digest: String,
    #[serde(skip)]
    pub(crate) secrets: EstateSecrets,
}

impl EstateScheduleRecord {
    /// The changes of a plan as they are kept and compared.
    pub(crate) fn changes_of(plan: &EstatePlan) -> Vec<Value> {
        let written = |change: &PlannedChange| serde_json::to_value(change).unwrap_or_default();
        plan.changes().map(written).collect()
    }

    /// The same, settled: the file and its secrets are gone, and of the changes there are only their objects.
    pub(crate) fn settled(&self, outcome: EstateScheduleOutcome) -> Self {
        let mut settled = Self { wanted: None, outcome: Some(outcome), ..self.clone() };
        for change in settled.changes.iter_mut().filter_map(Value::as_object_mut) {
            change.remove("fields");
        }
        settled
    }

    /// The number in its id: each one has a higher one than all before it.
    pub(crate) fn number(&self) -> Option<u64> {
        self.id.parse().ok()
    }

    /// Whether what became of it is said no more.
    pub(crate) fn is_forgotten(&self, now: Timestamp) -> bool {
        let settled = self.outcome.as_ref().map(EstateScheduleOutcome::at);
        settled.is_some_and(|settled| now > settled && now.millis_since(settled) > KEPT)
    }

    pub(crate) fn change_names(&self) -> Vec<String> {
        let named = |change: &Value| {
            let (action, object) = (text(change, "action"), object_of(change));
            format!("{action} {object}")
        };
        self.changes.iter().map(named).collect()
    }

    /// Whether it would still do the same. Of an earlier version only the objects of the changes are compared: what they rely
    /// on and the file are the same anyway, and the texts are not.
    fn is_same(&self, wanted: &WantedEstate, now: &EstatePlan) -> bool {
        if self.texts == TEXTS {
            return now.digest() == wanted.digest;
        }
        let changes = Self::changes_of(now);
        changes.iter().map(without_fields).eq(self.changes.iter().map(without_fields))
    }

    /// Whether a change is one of those that were planned.
    fn has_planned(&self, change: &Value) -> bool {
        let mut planned = self.changes.iter();
        match self.texts == TEXTS {
            true => planned.any(|planned| planned == change),
            false => planned.any(|planned| without_fields(planned) == without_fields(change)),
        }
    }

    /// Why a plan that was made again is not carried out; none if it may be. One that was begun by a process that ended
    /// goes on: what is left has to be a part of what was planned, and nothing else may have changed.
    pub(crate) fn refuses(&self, wanted: &WantedEstate, now: &EstatePlan) -> Option<String> {
        let moved = wanted.basis.moved(now.basis());
        if self.begun.is_none() {
            if !moved.is_empty() {
                return Some(format!(
                    "these have changed since it was requested: {}; look at the changes, and schedule it again",
                    moved.join(", ")
                ));
            }
            return (!self.is_same(wanted, now)).then(|| {
                "it would not do what it would have done when it was requested; plan and schedule it again".to_owned()
            });
        }
        let own = self.objects();
        let foreign: Vec<_> = moved.into_iter().filter(|object| !own.contains(object)).collect();
        if !foreign.is_empty() {
            return Some(format!(
                "it was interrupted, and these have changed meanwhile: {}; plan and apply the file again",
                foreign.join(", ")
            ));
        }
        let is_left = Self::changes_of(now).iter().all(|change| self.has_planned(change));
        (!is_left)
            .then(|| "it was interrupted within a change; plan and apply the file again".to_owned())
    }

    /// What its changes move, by the names that a basis has for it.
    fn objects(&self) -> BTreeSet<String> {
        let objects = self.changes.iter().flat_map(|change| {
            let object = object_of(change);
            let bundles = format!("bundles of {object}");
            let members = format!("infrastructures of {object}");
            [object, bundles, members]
        });
        objects.collect()
    }
}

/// The highest number of all files, also of those that cannot be read.
pub(crate) fn last_number(all: &Below<EstateScheduleRecord>) -> Option<u64> {
    let unreadable = all.unreadable.iter().filter_map(|(id, _)| id.parse().ok());
    all.readable.iter().filter_map(EstateScheduleRecord::number).chain(unreadable).max()
}

/// The object of a change, as a basis names it.
fn object_of(change: &Value) -> String {
    let kind = change.get("kind").cloned().unwrap_or_default();
    let kind = serde_json::from_value::<crate::estate::EstateKind>(kind).ok();
    match (text(change, "id"), kind) {
        ("", Some(kind)) => kind.as_str().to_owned(),
        (id, Some(kind)) => format!("{} {id}", kind.noun()),
        (id, None) => id.to_owned(),
    }
}

/// The object of a change and what is done to it, without the texts of its fields.
fn without_fields(change: &Value) -> [&str; 3] {
    ["kind", "id", "action"].map(|field| text(change, field))
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

impl Record for EstateScheduleRecord {
    const KIND: Collection = Collection::new("estate-schedule");
    const NOUN: &'static str = "estate schedule";

    fn id(&self) -> String {
        self.id.clone()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        let secrets = self.wanted.as_ref().map(|wanted| wanted.secrets.sealed());
        Ok((serde_json::to_value(self)?, secrets.transpose()?.unwrap_or_default()))
    }

    fn read(Stored { body, secrets }: Stored) -> Result<Self, Failure> {
        let mut record: Self = typed(body)?;
        if let Some(wanted) = &mut record.wanted {
            wanted.secrets = EstateSecrets::unsealed(&secrets)?;
        }
        Ok(record)
    }
}
