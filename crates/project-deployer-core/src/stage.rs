//! Lifecycle stages: an ordered catalogue that an administrator changes freely (R-I2).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::{Fields, FromFields, list_entries, read_entry};
use crate::identifier::{InfraId, StageId};
use crate::lenient::null_as_default;
use crate::problem::{ProblemCode, Problems};
use crate::unknown_fields::UnknownFields;

/// A lifecycle stage (wire-facts 2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stage {
    /// The name, which infrastructures refer to.
    pub id: StageId,
    /// The description.
    #[serde(default, deserialize_with = "null_as_default")]
    pub desc: String,
    /// All other fields, unchanged.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

impl Stage {
    /// A stage with a description.
    #[must_use]
    pub fn new(id: StageId, desc: impl Into<String>) -> Self {
        Self { id, desc: desc.into(), extra: UnknownFields::default() }
    }
}

impl FromFields for Stage {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let id = fields.required("id", "the name of the stage");
        let desc = fields.text("desc").unwrap_or_default();
        Some(Self { id: id?, desc, extra: fields.rest() })
    }
}

/// All stages in the order in which a deployment passes through them.
///
/// - There is at least one stage;
/// - no two ids differ only in upper and lower case, since users would confuse them on a board.
///
/// Every change returns a new catalogue and leaves the old one as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct StageCatalogue(Vec<Stage>);

/// Why a change of the catalogue was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StageError {
    /// A stage with that name exists, ignoring case.
    #[error("stage `{0}` exists already; choose another name")]
    Exists(StageId),
    /// There is no stage of that name.
    #[error("there is no stage `{stage}`; the stages are {known}")]
    Unknown {
        /// The unknown name.
        stage: StageId,
        /// The known names.
        known: StageList,
    },
    /// Infrastructures belong to the stage.
    #[error(
        "stage `{stage}` is used by the infrastructures {infras}; move them to another stage first"
    )]
    InUse {
        /// The stage.
        stage: StageId,
        /// The infrastructures that use it.
        infras: InfraList,
    },
    /// A catalogue without stages.
    #[error(
        "stage `{0}` is the last one; an infrastructure always belongs to a stage, so add another first"
    )]
    Last(StageId),
    /// The new order lacks stages, or names some twice.
    #[error("the new order must name each stage once; the stages are {known}")]
    NotAPermutation {
        /// The known names.
        known: StageList,
    },
}

/// Names of stages, for an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageList(pub Vec<StageId>);

/// Ids of infrastructures, for an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InfraList(pub Vec<InfraId>);

fn write_list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(f, "{separator}`{item}`")?;
    }
    Ok(())
}

impl fmt::Display for StageList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(f, &self.0)
    }
}

impl fmt::Display for InfraList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(f, &self.0)
    }
}

impl StageCatalogue {
    /// The stages as shipped: Development, Test, Production (R-I2).
    #[must_use]
    pub fn shipped() -> Self {
        let shipped = [
            ("Development", "Projects in development"),
            ("Test", "Acceptance of releases"),
            ("Production", "Projects in production use"),
        ];
        let stage = |(id, desc)| StageId::parse(id).ok().map(|id| Stage::new(id, desc));
        Self(shipped.into_iter().filter_map(stage).collect())
    }

    /// Reads the product's list of stages.
    ///
    /// # Errors
    ///
    /// It is not such a list, is empty, or has a name twice; every field that has another type or
    /// breaks its rule.
    pub fn from_document(document: Value) -> Result<Self, Problems> {
        let entries = list_entries(document, "a list of stages")?;
        let mut problems = Problems::none();
        if entries.is_empty() {
            problems.note("", ProblemCode::Count, "there is no stage", "keep at least one");
        }
        let mut names = BTreeSet::new();
        let mut stages = Vec::with_capacity(entries.len());
        for (index, entry) in entries.into_iter().enumerate() {
            let Some(stage) = read_entry::<Stage>(index, entry, &mut problems) else {
                continue;
            };
            if !names.insert(folded(&stage.id)) {
                problems.note(
                    format!("[{index}].id"),
                    ProblemCode::Duplicate,
                    format!("stage `{}` is listed twice", stage.id),
                    "name each stage once",
                );
            }
            stages.push(stage);
        }
        problems.or_value(Self(stages))
    }

    /// The stages in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Stage> {
        self.0.iter()
    }

    /// The stage of that name, spelled exactly so.
    #[must_use]
    pub fn get(&self, id: &StageId) -> Option<&Stage> {
        self.0.iter().find(|stage| stage.id == *id)
    }

    /// The position of a stage, counted from 0.
    #[must_use]
    pub fn position(&self, id: &StageId) -> Option<usize> {
        self.0.iter().position(|stage| stage.id == *id)
    }

    /// The names in order.
    #[must_use]
    pub fn names(&self) -> StageList {
        StageList(self.0.iter().map(|stage| stage.id.clone()).collect())
    }

    /// The catalogue with one more stage at the end.
    ///
    /// # Errors
    ///
    /// A stage of that name exists.
    pub fn add(&self, stage: Stage) -> Result<Self, StageError> {
        if self.0.iter().any(|known| same_name(&known.id, &stage.id)) {
            return Err(StageError::Exists(stage.id));
        }
        let mut stages = self.0.clone();
        stages.push(stage);
        Ok(Self(stages))
    }

    /// The catalogue with another description of a stage.
    ///
    /// # Errors
    ///
    /// There is no such stage.
    pub fn describe(&self, id: &StageId, desc: impl Into<String>) -> Result<Self, StageError> {
        let mut changed = self.clone();
        changed.stage_mut(id)?.desc = desc.into();
        Ok(changed)
    }

    /// The catalogue with a stage under a new name, in its old place. The caller who stores it also has to
    /// move the infrastructures of the stage.
    ///
    /// # Errors
    ///
    /// There is no such stage, or another one has the new name.
    pub fn rename(&self, id: &StageId, new: StageId) -> Result<Self, StageError> {
        if self.0.iter().any(|stage| stage.id != *id && same_name(&stage.id, &new)) {
            return Err(StageError::Exists(new));
        }
        let mut changed = self.clone();
        changed.stage_mut(id)?.id = new;
        Ok(changed)
    }

    /// The catalogue in another order.
    ///
    /// # Errors
    ///
    /// The order does not name each stage exactly once.
    pub fn reorder(&self, order: &[StageId]) -> Result<Self, StageError> {
        let refuse = || StageError::NotAPermutation { known: self.names() };
        if order.len() != self.0.len() {
            return Err(refuse());
        }
        let mut rest = self.0.clone();
        let mut stages = Vec::with_capacity(rest.len());
        for id in order {
            let position = rest.iter().position(|stage| stage.id == *id).ok_or_else(refuse)?;
            stages.push(rest.swap_remove(position));
        }
        Ok(Self(stages))
    }

    /// The catalogue without a stage.
    ///
    /// # Errors
    ///
    /// There is no such stage, it is the last one, or `users` (the infrastructures that belong to
    /// it) is not empty.
    pub fn remove(&self, id: &StageId, users: Vec<InfraId>) -> Result<Self, StageError> {
        if self.get(id).is_none() {
            return Err(self.unknown(id));
        }
        if !users.is_empty() {
            return Err(StageError::InUse { stage: id.clone(), infras: InfraList(users) });
        }
        if self.0.len() == 1 {
            return Err(StageError::Last(id.clone()));
        }
        Ok(Self(self.0.iter().filter(|stage| stage.id != *id).cloned().collect()))
    }

    fn stage_mut(&mut self, id: &StageId) -> Result<&mut Stage, StageError> {
        let unknown = self.unknown(id);
        self.0.iter_mut().find(|stage| stage.id == *id).ok_or(unknown)
    }

    fn unknown(&self, id: &StageId) -> StageError {
        StageError::Unknown { stage: id.clone(), known: self.names() }
    }
}

impl<'a> IntoIterator for &'a StageCatalogue {
    type Item = &'a Stage;
    type IntoIter = std::slice::Iter<'a, Stage>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn same_name(one: &StageId, other: &StageId) -> bool {
    folded(one) == folded(other)
}

fn folded(id: &StageId) -> String {
    id.as_str().to_lowercase()
}

#[cfg(test)]
mod tests;
