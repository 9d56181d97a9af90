//! How much one caller may ask for.

mod rate;

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use self::rate::Rate;

/// How long an answer to a failed login waits when there were too many.
const DELAY: Duration = Duration::from_secs(1);

/// How many such answers wait at once. Others are answered at once: what waits takes memory.
const WAITING: usize = 1_000;

/// The limits of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many requests a second one key, or one login of a host, may send on the average; ten times as many at once.
    /// `None` is any number.
    pub requests: Option<NonZeroU32>,
    /// How many failed logins are answered at once from one address, and for the id of one key. One more is each two
    /// seconds; those beyond wait and are answered with 429. A login with good credentials never waits.
    pub failed_logins: NonZeroU32,
    /// How many bytes of JSON all requests together may hold while they arrive.
    pub json_memory: usize,
}

impl Default for Limits {
    /// 1,000 requests a second, 10 failed logins, 16 MiB of JSON.
    fn default() -> Self {
        const TEN: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
        const THOUSAND: NonZeroU32 = NonZeroU32::MIN.saturating_add(999);
        Self { requests: Some(THOUSAND), failed_logins: TEN, json_memory: 16 * 1024 * 1024 }
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
}

/// Failed logins, by address and by id of a key.
///
/// Nobody is locked out: credentials are checked before any limit, and good ones are never refused. What is limited is how
/// fast bad ones are answered.
#[derive(Debug)]
pub(super) struct Logins {
    by_address: Rate<IpAddr>,
    by_key: Rate<String>,
    waiting: Semaphore,
}

impl Logins {
    pub(super) fn new(limits: &Limits) -> Self {
        let each = Duration::from_secs(2);
        Self {
            by_address: Rate::new(limits.failed_logins.get(), each),
            by_key: Rate::new(limits.failed_logins.get(), each),
            waiting: Semaphore::new(WAITING),
        }
    }

    /// Counts a failed login. If there were too many, it waits, and returns when to try again.
    pub(super) async fn failed(
        &self,
        address: Option<IpAddr>,
        key: Option<&str>,
    ) -> Option<Duration> {
        let now = Instant::now();
        let by_address = address.and_then(|address| self.by_address.take(&address, now).err());
        let by_key = key.and_then(|key| self.by_key.take(&key.to_owned(), now).err());
        let after = by_address.max(by_key)?;
        if let Ok(_place) = self.waiting.try_acquire() {
            sleep(DELAY).await;
        }
        Some(after)
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
