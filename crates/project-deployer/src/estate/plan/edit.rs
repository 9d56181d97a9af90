use std::borrow::Cow;

use super::PlannedField;

/// How a field is read and written.
pub(super) type Place<T, V> = (fn(&T) -> &V, fn(&mut T) -> &mut V);

/// A document that is changed field by field. One without a difference is not copied.
pub(in crate::estate) struct Edit<'a, T: Clone> {
    pub(in crate::estate) document: Cow<'a, T>,
    pub(in crate::estate) fields: Vec<PlannedField>,
}

impl<'a, T: Clone> Edit<'a, T> {
    pub(super) fn of(document: &'a T) -> Self {
        Self { document: Cow::Borrowed(document), fields: Vec::new() }
    }

    /// Sets a field that is mentioned and differs. `show` writes a value; none is an absent one.
    pub(super) fn set<V: PartialEq + Clone>(
        &mut self,
        name: &str,
        wanted: Option<&V>,
        field: Place<T, V>,
        show: fn(&V) -> Option<String>,
    ) {
        let (read, place) = field;
        let Some(wanted) = wanted else { return };
        let is = read(&self.document);
        if is != wanted {
            self.fields.push(PlannedField::new(name, show(is), show(wanted)));
            *place(self.document.to_mut()) = wanted.clone();
        }
    }

    /// Notes that a field differs.
    pub(super) fn differs(&mut self, name: String, from: Option<String>, to: Option<String>) {
        self.fields.push(PlannedField::new(name, from, to));
    }
}

/// Shows a value by its text.
pub(super) fn text<V: ToString>(value: &V) -> Option<String> {
    Some(value.to_string())
}

/// Shows a value that may be absent.
pub(super) fn maybe<V: ToString>(value: &Option<V>) -> Option<String> {
    value.as_ref().map(ToString::to_string)
}

/// Shows a word of the wire, such as `READ_ONLY`.
pub(super) fn word<V: serde::Serialize>(value: &V) -> Option<String> {
    let word = serde_json::to_value(value).ok()?;
    word.as_str().map(str::to_owned)
}

/// Shows a list of texts.
#[expect(clippy::ptr_arg, reason = "it shows a field of this type")]
pub(super) fn listed(values: &Vec<String>) -> Option<String> {
    Some(values.join(", ")).filter(|text| !text.is_empty())
}
