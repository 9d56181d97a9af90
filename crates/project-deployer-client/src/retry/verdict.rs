use std::time::Duration;

use crate::error::NodeErrorKind;

/// An attempt that failed, as far as it matters for the next one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailedAttempt<'a> {
    /// What went wrong.
    pub(crate) kind: &'a NodeErrorKind,
    /// Whether the request does no harm when it is sent again while its effect is unknown
    /// ([`NodeRequest::may_be_sent_again`](crate::request::NodeRequest::may_be_sent_again)).
    pub(crate) harmless: bool,
    /// Whether the archive of the request, if any, can be sent from its beginning once more.
    pub(crate) can_be_sent: bool,
    /// Which attempt it was, from 1 on.
    pub(crate) number: u32,
    /// What is left of the time of the call.
    pub(crate) left: Duration,
}

/// What follows from a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The same request once more, after this pause.
    RepeatAfter(Duration),
    /// The caller gets the error.
    GiveUp(GiveUp),
}

/// Why there is no further attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GiveUp {
    /// The same call would fail in the same way.
    Hopeless,
    /// It may have had its effect, and a second one would do harm: the caller reads the state first.
    Ambiguous,
    /// Its archive was read and cannot be opened again.
    ArchiveSpent,
    /// There were as many attempts as the policy allows.
    Attempts,
    /// The time of the call would be over.
    Deadline,
    /// The nodes together had as many repetitions as their traffic earns.
    Budget,
}
