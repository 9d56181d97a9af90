//! What the node says to what it does not do, as the HTTP client would tell it.

use std::fmt;

use crate::error::NodeErrorKind;

/// What a function over the node's state answers.
pub(super) type Answer<T> = Result<T, NodeErrorKind>;

pub(super) fn forbidden(reason: impl Into<String>) -> NodeErrorKind {
    NodeErrorKind::Forbidden(reason.into())
}

pub(super) fn refused(reason: impl Into<String>) -> NodeErrorKind {
    NodeErrorKind::Refused { status: 400, message: reason.into() }
}

pub(super) fn not_found(kind: &str, id: impl fmt::Display) -> NodeErrorKind {
    NodeErrorKind::NotFound(format!("{kind} not found: {id}"))
}
