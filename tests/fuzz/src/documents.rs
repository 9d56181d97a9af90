//! The product's JSON documents.

pub(crate) mod messages;
pub(crate) mod settings;
