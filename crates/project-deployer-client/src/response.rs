//! Responses as values: what a status, a content type and a body mean.

use std::fmt;
use std::time::Duration;

use project_deployer_core::messages::InfoMessages;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::NodeErrorKind;

/// An answer of a node, read to its end. `Debug` shows neither body nor location: they may hold
/// secrets.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct NodeResponse {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type`.
    pub content_type: Option<String>,
    /// The `Location` of a redirect.
    pub location: Option<String>,
    /// The seconds of `Retry-After`.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

/// The product's error envelope (wire-facts 1.7).
#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Envelope {
    error_type: Option<String>,
    message: Option<String>,
    detailed_message: Option<String>,
    /// The kind of a problem (RFC 9457), as the service of this project writes it below `/api/v1`.
    #[serde(rename = "type")]
    problem_type: Option<Value>,
    /// What happened, in such a problem.
    detail: Option<Value>,
    /// What to do, in such a problem.
    fix: Option<Value>,
    /// Whether the body was JSON at all.
    #[serde(skip, default = "yes")]
    parsed: bool,
}

fn yes() -> bool {
    true
}

impl Envelope {
    fn text(&self) -> String {
        let detail = self.detail.as_ref().filter(|_| self.is_a_problem()).and_then(Value::as_str);
        let text = self.detailed_message.as_deref().or(self.message.as_deref()).or(detail);
        excerpt(text.unwrap_or("the node gives no reason"))
    }

    /// The same with what a problem of our service says to do.
    fn text_with_fix(&self) -> String {
        let fix = self.fix.as_ref().filter(|_| self.is_a_problem()).and_then(Value::as_str);
        // Without a text of its own a problem has one that says nothing more.
        match fix.filter(|fix| !fix.is_empty() && *fix != "follow the message") {
            Some(fix) => format!("{}; {}", self.text(), excerpt(fix)),
            None => self.text(),
        }
    }

    /// Whether it has one of the fields that the product writes, or is a problem of our service.
    fn is_the_products(&self) -> bool {
        let named = self.error_type.is_some() || self.message.is_some();
        self.parsed && (named || self.is_a_problem())
    }

    fn is_a_problem(&self) -> bool {
        let kind = self.problem_type.as_ref().and_then(Value::as_str);
        kind.is_some_and(|kind| kind.starts_with("urn:project-deployer:problem:"))
    }

    fn says_not_found(&self) -> bool {
        self.error_type.as_deref().is_some_and(|name| name.ends_with("NotFoundException"))
    }
}

impl NodeResponse {
    /// The answer of a call whose body means nothing.
    ///
    /// # Errors
    ///
    /// The status or the body says that the call did not succeed.
    pub fn into_nothing(self) -> Result<(), NodeErrorKind> {
        self.tolerated().map(|_| ())
    }

    /// The answer of a call that may say how it went, and may say nothing.
    ///
    /// # Errors
    ///
    /// The status or the body says that the call did not succeed, or a message is fatal.
    pub fn into_report(self) -> Result<InfoMessages, NodeErrorKind> {
        match self.tolerated()? {
            Some(value) if value.get("messages").is_some() => report(value),
            Some(_) | None => Ok(InfoMessages::default()),
        }
    }

    /// JSON where there is some. A page instead of an answer is no success, whatever its status says,
    /// and half an answer is none either: what is missing may be the error.
    fn tolerated(&self) -> Result<Option<Value>, NodeErrorKind> {
        self.check_status()?;
        match self.parse() {
            Ok(value) => error_inside(&value).map(|()| Some(value)),
            Err(page @ NodeErrorKind::UnexpectedServer(_)) => Err(page),
            Err(cut_off) if self.begins_as_json() => Err(cut_off),
            Err(_) => Ok(None),
        }
    }

    /// The answer of a call that promises JSON.
    ///
    /// # Errors
    ///
    /// The status or the body says that the call did not succeed, or the body is not that JSON.
    pub fn into_json<T: DeserializeOwned>(self) -> Result<T, NodeErrorKind> {
        self.check_status()?;
        let value = self.parse()?;
        error_inside(&value)?;
        decode(value)
    }

    #[cfg(feature = "http")]
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn check_status(&self) -> Result<(), NodeErrorKind> {
        match self.status {
            200..=299 => Ok(()),
            300..=399 => {
                let to = self.location.as_deref().unwrap_or("an unnamed place");
                // A query may carry a ticket.
                Err(NodeErrorKind::Redirected(excerpt(to.split('?').next().unwrap_or_default())))
            }
            _ => Err(self.refusal()),
        }
    }

    fn refusal(&self) -> NodeErrorKind {
        let envelope: Envelope = serde_json::from_slice(&self.body).unwrap_or_else(|_| Envelope {
            message: Some(excerpt(&String::from_utf8_lossy(&self.body)))
                .filter(|text| !text.is_empty()),
            ..Envelope::default()
        });
        let text = envelope.text();
        match self.status {
            _ if envelope.says_not_found() => NodeErrorKind::NotFound(text),
            // A page of a proxy says nothing about the node: an object that it does not find may exist.
            401 | 403 | 404 if self.is_html() => NodeErrorKind::UnexpectedServer(text),
            404 if !envelope.is_the_products() => NodeErrorKind::UnexpectedServer(text),
            401 => NodeErrorKind::Unauthorized(text),
            403 => NodeErrorKind::Forbidden(text),
            404 => NodeErrorKind::NotFound(text),
            429 => NodeErrorKind::Busy(self.retry_after),
            503 if self.retry_after.is_some() => NodeErrorKind::Busy(self.retry_after),
            500.. => NodeErrorKind::Failed { status: self.status, message: text },
            status => NodeErrorKind::Refused { status, message: envelope.text_with_fix() },
        }
    }

    fn parse(&self) -> Result<Value, NodeErrorKind> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Err(NodeErrorKind::Empty);
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            if self.is_html() {
                let text = String::from_utf8_lossy(&self.body);
                NodeErrorKind::UnexpectedServer(excerpt(&text))
            } else if error.is_eof() {
                NodeErrorKind::Malformed(format!(
                    "it ends after {} bytes in the middle",
                    self.body.len()
                ))
            } else {
                NodeErrorKind::Malformed(format!(
                    "it is not JSON (line {}, column {})",
                    error.line(),
                    error.column()
                ))
            }
        })
    }

    fn begins_as_json(&self) -> bool {
        let first = self.body.iter().find(|byte| !byte.is_ascii_whitespace());
        matches!(first, Some(b'{' | b'['))
    }

    /// Whether its head says that it is a page.
    pub(crate) fn is_named_html(&self) -> bool {
        self.content_type.as_deref().is_some_and(|name| name.contains("html"))
    }

    fn is_html(&self) -> bool {
        self.is_named_html()
            || self.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
    }
}

/// Reads JSON into a type; the error names the field but never its value.
///
/// # Errors
///
/// The JSON has another shape.
pub fn decode<T: DeserializeOwned>(value: Value) -> Result<T, NodeErrorKind> {
    serde_json::from_value(value)
        .map_err(|error| NodeErrorKind::Malformed(without_values(&error.to_string())))
}

/// What serde says of a value that does not fit, without the value: it may be secret. What stands
/// behind the last "expected" is ours, and so is the name of a field that is missing.
fn without_values(text: &str) -> String {
    if text.starts_with("missing field `") {
        return excerpt(text);
    }
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("a value does not fit: expected {}", excerpt(expected)),
        None => "a value breaks the rule of its field".to_owned(),
    }
}

/// Some calls answer a success whose body is the error envelope (docs/product.md#quirks).
fn error_inside(value: &Value) -> Result<(), NodeErrorKind> {
    let says_error = value.get("errorType").is_some_and(Value::is_string);
    if !says_error {
        return Ok(());
    }
    let envelope: Envelope = serde_json::from_value(value.clone()).unwrap_or_default();
    Err(NodeErrorKind::ErrorInSuccessResponse(envelope.text()))
}

/// The messages of a report, wherever they are in it: a list, under `messages`, or nothing.
///
/// # Errors
///
/// A message is fatal. `success: false` alone is no error: successful reports have it, too
/// (wire-facts 1.8).
pub fn report(value: Value) -> Result<InfoMessages, NodeErrorKind> {
    if value.is_null() {
        return Ok(InfoMessages::default());
    }
    let messages: InfoMessages = decode(value)?;
    if messages.is_fatal() { Err(NodeErrorKind::Reported(messages)) } else { Ok(messages) }
}

/// Reads null as if the field were absent: every field of an answer may be either (wire-facts 0.2).
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// At most 300 characters of a text, without control characters.
#[must_use]
pub fn excerpt(text: &str) -> String {
    const SHOWN: usize = 300;
    let clean = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: String = clean.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    if clean.chars().count() > SHOWN {
        shown.push('…');
    }
    shown
}

impl fmt::Debug for NodeResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeResponse")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
