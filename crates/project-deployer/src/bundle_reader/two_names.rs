//! Fields that have two names: the one of a design node (wire-facts 9.1), and the one of the layout
//! that this project used before that layout was known.

use project_deployer_core::problem::ProblemCode;

use super::document::Part;
use super::noted::Noted;

/// A field of a part, with what was read from it.
pub(super) struct Named<'a, T> {
    pub(super) part: &'a Part<'a>,
    pub(super) name: &'static str,
    pub(super) value: Option<T>,
}

impl<'a, T> Named<'a, T> {
    /// Reads a field with a function such as [`Part::name`].
    pub(super) fn read(
        part: &'a Part<'a>,
        name: &'static str,
        read: impl FnOnce(&Part<'a>, &str, &mut Noted) -> Option<T>,
        noted: &mut Noted,
    ) -> Self {
        Self { part, name, value: read(part, name, noted) }
    }

    /// Notes a problem unless the values under both names agree.
    pub(super) fn compare(
        &self,
        other: &Self,
        agree: impl FnOnce(&T, &T) -> bool,
        noted: &mut Noted,
    ) {
        if let (Some(first), Some(second)) = (&self.value, &other.value)
            && !agree(first, second)
        {
            let name = other.part.path_of(other.name);
            let what = format!("this contradicts `{name}`, another name of the same field");
            self.part.field(self.name).note(noted, ProblemCode::Conflict, &what);
        }
    }

    /// The value under either name. Two values must be equal.
    pub(super) fn or_equal(self, other: Self, noted: &mut Noted) -> Option<T>
    where
        T: PartialEq,
    {
        self.compare(&other, T::eq, noted);
        self.value.or(other.value)
    }
}
