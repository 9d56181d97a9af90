//! How much one caller may ask for.

mod failed_logins;
mod places;
mod rate;

use std::num::NonZeroU32;
use std::time::Duration;

use tokio::time::Instant;

pub(crate) use self::failed_logins::FailedLogins;
pub(crate) use self::places::{BoundedPlace, Full, Place, Places};
use self::rate::Rate;

/// The limits of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many requests a second one key, or one login of a host, may send on the average; ten times as many at once.
    /// `None` is any number.
    pub requests: Option<NonZeroU32>,
    /// How many failed logins are free: with the password of one login from one address, and with the id of one key; and
    /// five times as many from one address. Those beyond have to wait, longer each time, and are answered with 429. A
    /// request with a good key never waits.
    pub failed_logins: NonZeroU32,
    /// How many bytes of JSON all requests together may hold while they arrive.
    pub json_memory: usize,
    /// How many bytes of lists of deployments are kept: for the next request of the same caller, as long as nothing changed,
    /// and the last list with its items, of which the next one copies what did not change, in half of them at most. The memory
    /// of the items is an estimate. 0 keeps none.
    pub list_memory: usize,
    /// How many streams of events there are at once.
    pub event_streams: AtOnce,
    /// How many requests wait at once for nodes on a thread of their own: the board, and readiness.
    pub node_requests: AtOnce,
}

/// How many of something there are at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AtOnce {
    /// Of one login. Those beyond are answered with 429.
    pub of_one: usize,
    /// Of all logins. Those beyond are answered with 503.
    pub all: usize,
}

impl AtOnce {
    /// So many of one login, and of all.
    #[must_use]
    pub const fn new(of_one: usize, all: usize) -> Self {
        Self { of_one, all }
    }
}

impl Default for Limits {
    /// 1,000 requests a second, 10 failed logins, 16 MiB of JSON, 64 MiB of lists, 32 of 512 streams, 4 of 16 requests for nodes.
    fn default() -> Self {
        const TEN: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
        const THOUSAND: NonZeroU32 = NonZeroU32::MIN.saturating_add(999);
        Self {
            requests: Some(THOUSAND),
            failed_logins: TEN,
            json_memory: 16 * 1024 * 1024,
            list_memory: 64 * 1024 * 1024,
            event_streams: AtOnce::new(32, 512),
            node_requests: AtOnce::new(4, 16),
        }
    }
}

impl Limits {
    /// The limits with this rate of requests for each key.
    #[must_use]
    pub fn with_requests(self, requests: Option<NonZeroU32>) -> Self {
        Self { requests, ..self }
    }

    /// The limits with this number of failed logins.
    #[must_use]
    pub fn with_failed_logins(self, failed_logins: NonZeroU32) -> Self {
        Self { failed_logins, ..self }
    }

    /// The limits with this memory for JSON.
    #[must_use]
    pub fn with_json_memory(self, json_memory: usize) -> Self {
        Self { json_memory, ..self }
    }

    /// The limits with this memory for lists that are kept.
    #[must_use]
    pub fn with_list_memory(self, list_memory: usize) -> Self {
        Self { list_memory, ..self }
    }

    /// The limits with this number of streams of events.
    #[must_use]
    pub fn with_event_streams(self, event_streams: AtOnce) -> Self {
        Self { event_streams, ..self }
    }

    /// The limits with this number of requests that wait for nodes.
    #[must_use]
    pub fn with_node_requests(self, node_requests: AtOnce) -> Self {
        Self { node_requests, ..self }
    }
}

/// Requests, by key or login.
#[derive(Debug)]
pub(super) struct Rates(Option<Rate<String>>);

impl Rates {
    pub(super) fn new(limits: &Limits) -> Self {
        Self(limits.requests.map(|requests| {
            let each = Duration::from_secs(1) / requests.get();
            Rate::new(requests.get().saturating_mul(10), each)
        }))
    }

    /// Counts a request, or returns when to try again.
    pub(super) fn take(&self, key: &str) -> Result<(), Duration> {
        match &self.0 {
            Some(rate) => rate.take(&key.to_owned(), Instant::now()),
            None => Ok(()),
        }
    }
}
