use serde::{Deserialize, Serialize};

/// The longest message that is kept, in characters.
const MOST_CHARACTERS: usize = 2000;

/// What came of a hook, as the product has it: success, warning or error, with a message (R-H5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HookOutcome {
    /// The result.
    pub status: HookResult,
    /// The message of the hook, or why it failed.
    #[serde(default)]
    pub message: String,
}

/// The result of a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum HookResult {
    /// The update goes on.
    Success,
    /// The update goes on, and has a warning.
    Warning,
    /// An error of a hook before the update stops the update.
    Error,
}

impl HookOutcome {
    /// A success.
    #[must_use]
    pub fn success(message: impl Into<String>) -> Self {
        Self::of(HookResult::Success, message)
    }

    /// A warning.
    #[must_use]
    pub fn warning(message: impl Into<String>) -> Self {
        Self::of(HookResult::Warning, message)
    }

    /// An error.
    #[must_use]
    pub fn error(message: impl Into<String>) -> Self {
        Self::of(HookResult::Error, message)
    }

    fn of(status: HookResult, message: impl Into<String>) -> Self {
        Self { status, message: readable(&message.into()) }
    }

    /// Reads the answer of a hook: nothing is a success, and an object has `status` and `message`. `None` for
    /// anything else.
    pub(crate) fn read(answer: &[u8]) -> Option<Self> {
        if answer.trim_ascii().is_empty() {
            return Some(Self::success(""));
        }
        let read: Self = serde_json::from_slice(answer).ok()?;
        Some(Self::of(read.status, read.message))
    }
}

impl HookResult {
    /// The word of the product: `SUCCESS`, `WARNING` or `ERROR`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

/// A text of a program of others: short, and without control characters, which could forge lines of a log.
pub(super) fn readable(text: &str) -> String {
    let text = text.trim();
    let mut short: String =
        text.chars().take(MOST_CHARACTERS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MOST_CHARACTERS).is_some() {
        short.push('…');
    }
    short
}
