//! Checks the messages of a directory and sorts them (RFC 4511, 4.1 to 4.5): results go to the LDAP
//! library, entries and references do not.
//!
//! The library relies on answers that follow the standard and panics otherwise. So everything that it
//! relies on is checked here first.

use super::ber::{Element, Elements, Malformed, tag};

/// Which messages are accepted next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The answer to the bind.
    Binding,
    /// The answers to searches.
    Searching,
}

/// The expected message. Each request is answered before the next one is sent, and ids count up from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) phase: Phase,
    pub(super) id: usize,
}

impl Expected {
    /// On a new connection.
    pub(super) const BIND: Self = Self { phase: Phase::Binding, id: 1 };

    fn next(self) -> Self {
        Self { phase: Phase::Searching, id: self.id + 1 }
    }
}

/// The kind of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    /// A result, with the message that is expected after it.
    Result(Expected),
    /// A part of an answer before its result.
    Part,
    /// The directory closes the connection.
    Farewell(String),
}

/// The code and the diagnostic text of a result.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) code: usize,
    pub(super) diagnostic: String,
}

/// Checks the content of one message.
pub(super) fn read(content: &[u8], expected: Expected) -> Result<Message, Malformed> {
    Elements(content).well_formed()?;
    let (id, operation, rest) = envelope(content)?;
    if id == 0 {
        return farewell(operation.tag, operation.content);
    }
    if id != expected.id {
        // The library would skip it, and its content would be missing.
        return Err(Malformed("an answer to another request"));
    }
    trailer(rest)?;
    match (expected.phase, operation.tag) {
        (Phase::Binding, tag::BIND_RESPONSE) | (Phase::Searching, tag::SEARCH_DONE) => {
            outcome(operation.content)?;
            Ok(Message::Result(expected.next()))
        }
        (Phase::Searching, tag::SEARCH_ENTRY | tag::SEARCH_REFERENCE | tag::INTERMEDIATE) => {
            Ok(Message::Part)
        }
        _ => Err(Malformed("an answer of a kind that was not requested")),
    }
}

/// A message of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A part before the result.
    Part,
    /// The result.
    Done {
        /// Its code.
        code: usize,
    },
}

/// Checks the content of one message where several searches are open. Returns the id of its search.
pub(super) fn of_search(content: &[u8]) -> Result<(usize, Kind), Malformed> {
    Elements(content).well_formed()?;
    let (id, operation, rest) = envelope(content)?;
    trailer(rest)?;
    match operation.tag {
        tag::SEARCH_DONE => {
            outcome(operation.content).map(|outcome| (id, Kind::Done { code: outcome.code }))
        }
        tag::SEARCH_ENTRY | tag::SEARCH_REFERENCE | tag::INTERMEDIATE => Ok((id, Kind::Part)),
        _ => Err(Malformed("an answer of a kind that was not requested")),
    }
}

/// Whether a bind succeeded, from the content of the first message.
pub(super) fn has_bound(content: &[u8]) -> Result<bool, Malformed> {
    match read(content, Expected::BIND)? {
        Message::Result(_) => Ok(outcome(operation(content)?.content)?.code == 0),
        Message::Part | Message::Farewell(_) => Ok(false),
    }
}

/// The operation of a message that was checked.
pub(super) fn operation(content: &[u8]) -> Result<Element<'_>, Malformed> {
    envelope(content).map(|(_, operation, _)| operation)
}

/// The result of the StartTLS request, which is the first message on its connection.
pub(super) fn read_start_tls(content: &[u8]) -> Result<Outcome, Malformed> {
    Elements(content).well_formed()?;
    let (id, operation, _) = envelope(content)?;
    if id > 1 || operation.tag != tag::EXTENDED_RESPONSE {
        return Err(Malformed("no answer to StartTLS"));
    }
    let outcome = outcome(operation.content)?;
    // A notice of disconnection is never a success, whatever its code.
    if id == 0 { Ok(Outcome { code: outcome.code.max(1), ..outcome }) } else { Ok(outcome) }
}

fn envelope(content: &[u8]) -> Result<(usize, Element<'_>, Elements<'_>), Malformed> {
    let mut elements = Elements(content);
    let id = elements.expect(tag::INTEGER, "a message without an id")?;
    if id.is_empty() || id.len() > 4 || id.first().is_some_and(|first| first & 0x80 != 0) {
        return Err(Malformed("a message with an invalid id"));
    }
    let operation = elements.take()?.ok_or(Malformed("a message without content"))?;
    Ok((super::ber::unsigned(id), operation, elements))
}

fn farewell(operation: u8, content: &[u8]) -> Result<Message, Malformed> {
    if operation != tag::EXTENDED_RESPONSE {
        return Err(Malformed("a message that answers no request"));
    }
    outcome(content).map(|outcome| {
        let Outcome { code, diagnostic } = outcome;
        Message::Farewell(format!("the directory ended the connection: {code}, {diagnostic:?}"))
    })
}

/// Optional controls at the end of a message.
fn trailer(mut rest: Elements<'_>) -> Result<(), Malformed> {
    match rest.take()? {
        None => Ok(()),
        Some(element) if element.tag == tag::CONTROLS && rest.is_empty() => {
            controls(Elements(element.content))
        }
        Some(_) => Err(Malformed("a message with data after its content")),
    }
}

fn controls(mut controls: Elements<'_>) -> Result<(), Malformed> {
    const WHAT: &str = "a malformed control";
    while !controls.is_empty() {
        let mut control = Elements(controls.expect(tag::SEQUENCE, WHAT)?);
        control.text(WHAT)?;
        let mut next = control.take()?;
        if let Some(element) = next.filter(|element| element.tag == tag::BOOLEAN) {
            if element.content.len() != 1 {
                return Err(Malformed(WHAT));
            }
            next = control.take()?;
        }
        if next.is_some_and(|element| element.tag != tag::OCTETS) || !control.is_empty() {
            return Err(Malformed(WHAT));
        }
    }
    Ok(())
}

/// `LDAPResult`. An empty code would read as success.
fn outcome(content: &[u8]) -> Result<Outcome, Malformed> {
    let mut elements = Elements(content);
    let code = elements.expect(tag::ENUMERATED, "a result without a code")?;
    if code.is_empty() || code.len() > 4 {
        return Err(Malformed("a result with an invalid code"));
    }
    elements.text("a result whose name is not text")?;
    let diagnostic = elements.text("a result whose diagnostic is not text")?.to_owned();
    while let Some(element) = elements.take()? {
        match element.tag {
            tag::REFERRALS => texts(Elements(element.content))?,
            // SASL credentials, and the name and value of an extended response.
            0x87 | 0x8b => {}
            tag::STRAY_NAME if std::str::from_utf8(element.content).is_ok() => {}
            _ => return Err(Malformed("a result with data after it")),
        }
    }
    Ok(Outcome { code: super::ber::unsigned(code), diagnostic })
}

fn texts(mut texts: Elements<'_>) -> Result<(), Malformed> {
    while !texts.is_empty() {
        texts.text("a referral that is not text")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
