//! What was asked of a node, in order.

use std::fmt;

use serde_json::Value;

/// One call to a node.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Call {
    /// The id of the key; none when the node did not recognise the caller.
    pub key_id: Option<String>,
    /// The login that the request asked to act as.
    pub acting_as: Option<String>,
    /// The method.
    pub method: String,
    /// The path after the API prefix as it was sent, without a slash at its end.
    pub path: String,
    /// The query as it was sent.
    pub query: Option<String>,
    /// The JSON that was sent. It may hold secrets: `Debug` leaves it out.
    pub body: Option<Value>,
    /// The status that was answered, to a caller who may be gone; none while the node works on it, or
    /// when a fault took the answer away.
    pub status: Option<u16>,
    /// Whether the node did, or refused, what was asked; a fault may have come before that.
    pub reached: bool,
    /// The place of its start in the order of all starts and ends.
    pub started: u64,
    /// The place of its end; none while the node works on it.
    pub ended: Option<u64>,
}

impl Call {
    /// A call that has only begun.
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), ..Self::default() }
    }

    /// Whether it is one of a method to paths that fit a pattern.
    fn fits(&self, method: &str, path: &str) -> bool {
        let fits_method = method == "*" || self.method.eq_ignore_ascii_case(method);
        fits_method && crate::pattern::fits(path, &self.path)
    }

    /// Whether it was answered with a status below 400.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status < 400)
    }

    /// Whether two calls were under way at the same time.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let begins_in = |a: &Self, b: &Self| {
            a.started <= b.started && a.ended.is_none_or(|ended| ended > b.started)
        };
        begins_in(self, other) || begins_in(other, self)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if let Some(query) = &self.query {
            write!(f, "?{query}")?;
        }
        if let Some(login) = &self.acting_as {
            write!(f, " as {login}")?;
        }
        match self.status {
            Some(status) => write!(f, " -> {status}"),
            None => f.write_str(" -> no answer"),
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({self})")
    }
}

/// All calls, and the order of their starts and ends.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    calls: Vec<Call>,
    moments: u64,
}

/// The place of a call in the journal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallNumber(usize);

impl Journal {
    pub(crate) fn start(&mut self, mut call: Call) -> CallNumber {
        call.started = self.next_moment();
        self.calls.push(call);
        CallNumber(self.calls.len() - 1)
    }

    pub(crate) fn update(&mut self, number: CallNumber, change: impl FnOnce(&mut Call)) {
        if let Some(call) = self.calls.get_mut(number.0) {
            change(call);
        }
    }

    pub(crate) fn end(&mut self, number: CallNumber, status: Option<u16>) {
        let moment = self.next_moment();
        self.update(number, |call| {
            call.status = status;
            call.ended = Some(moment);
        });
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.clone()
    }

    pub(crate) fn calls_to(&self, method: &str, path: &str) -> Vec<Call> {
        self.calls.iter().filter(|call| call.fits(method, path)).cloned().collect()
    }

    fn next_moment(&mut self) -> u64 {
        self.moments += 1;
        self.moments
    }
}
