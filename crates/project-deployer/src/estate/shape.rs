//! The shape of an estate as data: files are checked by it, and the JSON Schema is written from it.

mod check;
mod schema;
mod table;
mod tables;
mod windows;

pub(crate) use self::check::is_similar;
pub(super) use self::check::problems_of;
pub(super) use self::table::{DEPLOYMENT, ESTATE, INFRA, PROJECT, STAGE};
pub(super) use self::tables::{FLEET, GROUP, USER};
pub(super) use self::windows::WINDOW;

/// Whether a text is accepted; otherwise what is wrong with it, and what to write.
pub(super) type TextCheck = fn(&str) -> Result<(), (String, String)>;

/// The shape of a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// The version of the document.
    Version,
    /// Any text.
    Text,
    /// A text that is not blank.
    Filled,
    /// A text with a rule.
    Parsed(TextCheck),
    /// The same, or an empty text for none.
    ParsedOrNone(TextCheck),
    /// A word of a list.
    Word(&'static [&'static str]),
    /// True or false.
    Flag,
    /// A whole number from the first to the second one.
    Number(u64, u64),
    /// Anything.
    Any,
    /// Where a secret is.
    Secret,
    /// A list, with at least so many entries.
    List(&'static Self, usize),
    /// Values by name; names have a rule.
    Named(TextCheck, &'static Self),
    /// An object.
    Object(&'static Object),
    /// One of these objects: the one whose name is in its field `kind`.
    OneOf(&'static [Object]),
}

impl Shape {
    /// The field that says which of several objects it is.
    const KIND: &str = "kind";
}

/// An object with fixed fields.
#[derive(Debug)]
pub(super) struct Object {
    /// Its name in the schema.
    pub(super) name: &'static str,
    /// What it is.
    pub(super) about: &'static str,
    pub(super) fields: &'static [Field],
    /// Whether fields that are not listed are kept: hooks have fields of their own.
    pub(super) is_open: bool,
}

/// A field of an object.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) shape: Shape,
    pub(super) is_required: bool,
}
