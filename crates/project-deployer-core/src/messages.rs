//! Message lists: the product's vocabulary for findings (wire-facts 1.8).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::lenient::null_as_default;

/// The severity of a message, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE", from = "String")]
#[non_exhaustive]
pub enum Severity {
    /// A success.
    Success,
    /// Information.
    Info,
    /// A warning.
    Warning,
    /// No severity was reported, or a word that the product added later. It needs attention and is not known
    /// to be an error.
    Other,
    /// An error.
    Error,
}

impl From<String> for Severity {
    fn from(word: String) -> Self {
        match word.as_str() {
            "SUCCESS" => Self::Success,
            "INFO" => Self::Info,
            "WARNING" => Self::Warning,
            "ERROR" => Self::Error,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Success => "success",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Other => "other",
            Self::Error => "error",
        })
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InfoMessage {
    /// The severity.
    #[serde(default = "missing_severity", deserialize_with = "severity_or_other")]
    pub severity: Severity,
    /// Whether it stopped the operation.
    #[serde(default, deserialize_with = "null_as_default")]
    pub is_fatal: bool,
    /// A documented code, such as `ERR_BUNDLE_ACTIVATE_MISSING_CONNECTION`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub code: String,
    /// The title.
    #[serde(default, deserialize_with = "null_as_default")]
    pub title: String,
    /// The text.
    #[serde(default, deserialize_with = "null_as_default")]
    pub message: String,
    /// Details.
    #[serde(
        default,
        deserialize_with = "null_as_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub details: String,
}

fn missing_severity() -> Severity {
    Severity::Other
}

fn severity_or_other<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Severity, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_else(missing_severity))
}

impl InfoMessage {
    /// A message; one of severity error is fatal.
    #[must_use]
    pub fn new(
        severity: Severity,
        code: impl Into<String>,
        title: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            is_fatal: severity == Severity::Error,
            code: code.into(),
            title: title.into(),
            message: message.into(),
            details: String::new(),
        }
    }
}

impl fmt::Display for InfoMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.title.as_str(), self.message.as_str()) {
            ("", text) | (text, "") => write!(f, "{}: {text}", self.severity)?,
            (title, text) => write!(f, "{}: {title}: {text}", self.severity)?,
        }
        if self.code.is_empty() { Ok(()) } else { write!(f, " [{}]", self.code) }
    }
}

/// A list of messages. The flags on the wire (`error`, `fatal`, `maxSeverity`…) are derived from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InfoMessages(pub Vec<InfoMessage>);

impl InfoMessages {
    /// The worst severity; none for an empty list.
    #[must_use]
    pub fn max_severity(&self) -> Option<Severity> {
        self.0.iter().map(|message| message.severity).max()
    }

    /// Whether a message stopped the operation.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.0.iter().any(|message| message.is_fatal)
    }

    /// Whether a message has this severity.
    #[must_use]
    pub fn any(&self, severity: Severity) -> bool {
        self.0.iter().any(|message| message.severity == severity)
    }

    /// Adds a message.
    pub fn push(&mut self, message: InfoMessage) {
        self.0.push(message);
    }
}

impl FromIterator<InfoMessage> for InfoMessages {
    fn from_iter<I: IntoIterator<Item = InfoMessage>>(messages: I) -> Self {
        Self(messages.into_iter().collect())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireMessages<'a> {
    any_message: bool,
    success: bool,
    warning: bool,
    error: bool,
    fatal: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_severity: Option<Severity>,
    messages: &'a [InfoMessage],
}

impl Serialize for InfoMessages {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WireMessages {
            any_message: !self.0.is_empty(),
            success: self.any(Severity::Success),
            warning: self.any(Severity::Warning),
            error: self.any(Severity::Error),
            fatal: self.is_fatal(),
            max_severity: self.max_severity(),
            messages: &self.0,
        }
        .serialize(serializer)
    }
}

/// A message list as it is read: the list, and the flags in case the list is missing or does not match
/// them.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ReadMessages {
    messages: Nested,
    #[serde(deserialize_with = "null_as_default")]
    error: bool,
    #[serde(deserialize_with = "null_as_default")]
    fatal: bool,
}

/// The list itself, or the whole object again (wire-facts 1.8, last paragraph).
#[derive(Deserialize)]
#[serde(untagged)]
enum Nested {
    List(Vec<InfoMessage>),
    Whole(Box<ReadMessages>),
    Absent(()),
}

impl Default for Nested {
    fn default() -> Self {
        Self::Absent(())
    }
}

impl From<ReadMessages> for InfoMessages {
    fn from(read: ReadMessages) -> Self {
        let mut messages = match read.messages {
            Nested::List(list) => Self(list),
            Nested::Whole(whole) => Self::from(*whole),
            Nested::Absent(()) => Self::default(),
        };
        let said_by_flag_only =
            (read.error || read.fatal) && !messages.is_fatal() && !messages.any(Severity::Error);
        if said_by_flag_only {
            let text = "the response reports an error without details";
            let message = InfoMessage::new(Severity::Error, "", "Unnamed error", text);
            messages.push(InfoMessage { is_fatal: read.fatal, ..message });
        }
        messages
    }
}

impl<'de> Deserialize<'de> for InfoMessages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Option::<ReadMessages>::deserialize(deserializer)?;
        Ok(read.map(Self::from).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> InfoMessages {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn flags_are_derived_from_the_list() {
        let warning =
            InfoMessage::new(Severity::Warning, "WARN_SAMPLE", "Plugin", "geo is missing");
        let written = serde_json::to_value(InfoMessages(vec![warning])).unwrap();
        assert_eq!(written["warning"], true);
        assert_eq!(written["fatal"], false);
        assert_eq!(written["maxSeverity"], "WARNING");
    }

    #[test]
    fn a_nested_list_is_found() {
        let messages = read(
            r#"{"messages": {"messages": [{"severity": "ERROR", "isFatal": true, "details": null}]}}"#,
        );
        assert!(messages.is_fatal());
    }

    #[test]
    fn an_error_flag_without_a_message_still_is_an_error() {
        // docs/product.md#quirks: the status is 200 while the body says otherwise.
        assert!(read(r#"{"error": true, "fatal": true, "messages": []}"#).is_fatal());
        assert!(read(r#"{"success": true}"#).0.is_empty());
        assert!(read("null").0.is_empty());
    }

    #[test]
    fn a_severity_of_a_later_release_hides_no_message_and_is_worth_a_look() {
        // wire-facts 0.2
        let messages = read(
            r#"{"error": null, "messages": [{"severity": "LUNAR", "isFatal": null, "message": "a"},
            {"message": "b"}, {"severity": null, "message": "c"}, {"severity": "INFO"}]}"#,
        );
        let severities: Vec<_> = messages.0.iter().map(|message| message.severity).collect();
        assert_eq!(severities[..3], [Severity::Other; 3]);
        assert_eq!(severities[3], Severity::Info);
        assert!(messages.max_severity() > Some(Severity::Warning));
        assert!(!messages.any(Severity::Error) && !messages.is_fatal());
    }
}
