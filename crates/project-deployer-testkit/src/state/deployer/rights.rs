use serde_json::Value;

use super::Document;
use crate::answer::{Answer, Refusal};
use crate::caller::Caller;

/// What gives rights to callers.
pub(crate) trait Guarded {
    fn grants(&self, caller: &Caller, right: Right) -> bool;
}

/// What a caller may do with an infrastructure or a published project (R-P1 to R-P8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    Read,
    Write,
    Deploy,
    Admin,
}

impl Right {
    fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Deploy => "deploy",
            Self::Admin => "admin",
        }
    }

    /// The flags that bring the right along; no source says so, projects of the product are the model
    /// (R-P14).
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Read => &["read", "write", "deploy", "admin"],
            Self::Write => &["write", "admin"],
            Self::Deploy => &["deploy", "admin"],
            Self::Admin => &["admin"],
        }
    }

    /// Whether settings give it to a caller: rights add up over groups, and global administrators have
    /// all of them (R-P12).
    pub(super) fn is_granted(self, settings: &Document, caller: &Caller) -> bool {
        let entries = settings.get("permissions").and_then(Value::as_array).into_iter().flatten();
        let grants = |entry: &Value| {
            let group = entry.get("group").and_then(Value::as_str).unwrap_or_default();
            let is_set = |flag: &&str| entry.get(*flag) == Some(&Value::Bool(true));
            caller.groups.contains(group) && self.flags().iter().any(is_set)
        };
        caller.admin || entries.into_iter().any(grants)
    }

    /// The object, for a caller with this right. One that the caller may not see is not there (R-P2).
    ///
    /// # Errors
    ///
    /// It is not there, or the caller lacks the right.
    pub(super) fn on<'a, T: Guarded>(
        self,
        known: Option<&'a T>,
        caller: &Caller,
        what: &str,
        id: &str,
    ) -> Answer<&'a T> {
        let found = known.filter(|known| known.grants(caller, Self::Read));
        let found = found.ok_or_else(|| Refusal::not_found(what, id))?;
        if found.grants(caller, self) {
            return Ok(found);
        }
        let (name, right) = (caller.name(), self.as_str());
        let refused = format!("{name} has not got the permission {right} on: {what} {id}");
        Err(Refusal::forbidden(refused))
    }
}
