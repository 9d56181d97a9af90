//! What is read from a directory and from the settings of one.

pub(crate) mod dn;
pub(crate) mod filter;
pub(crate) mod ldif;
pub(crate) mod remapping;
pub(crate) mod template;
