//! Failed logins. They slow down whoever guesses, and lock nobody else out: an address that fails for a login waits,
//! and so does an address that fails for many logins.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderValue, header};
use project_deployer::core::Timestamp;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::problem::Problem;
use super::request::Answer;

/// Failures before an address waits: for one login, and for all logins.
const FOR_ONE: u32 = 5;
const FOR_ALL: u32 = 50;

/// The pause after these, in milliseconds. It doubles with each further failure, up to the longest.
const PAUSE: i64 = 1_000;
const LONGEST: i64 = 300_000;

/// When failures are forgotten, in milliseconds.
const FORGOTTEN: u64 = 900_000;

/// How many are remembered; then the oldest are forgotten.
const MOST: usize = 10_000;

/// Passwords that are compared at the same time: each takes 19 MiB.
const AT_ONCE: usize = 2;

/// The failed logins of this process.
#[derive(Debug)]
pub(crate) struct Attempts {
    failures: Mutex<HashMap<Of, Failures>>,
    turns: Semaphore,
}

/// What failures are counted of. Without an address, all clients are one.
type Of = (Option<IpAddr>, Option<String>);

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { failures: Mutex::default(), turns: Semaphore::new(AT_ONCE) }
    }
}

impl Attempts {
    /// Refuses a login that is tried too soon after others that failed.
    pub(crate) fn may_try(&self, from: Option<IpAddr>, login: &str, now: Timestamp) -> Answer<()> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = counted(from, login)
            .into_iter()
            .filter_map(|(of, free)| Some(failures.get(&of)?.wait(free, now)))
            .max();
        match wait {
            Some(wait) if wait > 0 => {
                let seconds = wait.div_euclid(1000) + 1;
                Err(Problem::new(
                    "too-many-failed-logins",
                    "there were too many failed logins from here",
                )
                .with_fix(format!("try again in {seconds} s"))
                .with_header(header::RETRY_AFTER, HeaderValue::from(seconds)))
            }
            _ => Ok(()),
        }
    }

    /// Remembers how a login ended.
    pub(crate) fn tried(&self, from: Option<IpAddr>, login: &str, succeeded: bool, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for (of, _) in counted(from, login) {
            if succeeded {
                // Other logins that failed from there still count.
                if of.1.is_some() {
                    failures.remove(&of);
                }
                continue;
            }
            let entry = failures.entry(of).or_insert(Failures { count: 0, last: now });
            if entry.is_forgotten(now) {
                entry.count = 0;
            }
            (entry.count, entry.last) = (entry.count.saturating_add(1), now);
        }
        if failures.len() > MOST {
            failures.retain(|_, entry| !entry.is_forgotten(now));
            if failures.len() > MOST {
                failures.clear();
            }
        }
    }

    /// A turn to compare a password.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }
}

fn counted(from: Option<IpAddr>, login: &str) -> [(Of, u32); 2] {
    [((from, Some(login.to_lowercase())), FOR_ONE), ((from, None), FOR_ALL)]
}

impl Failures {
    /// How long to wait, in milliseconds.
    fn wait(&self, free: u32, now: Timestamp) -> i64 {
        if self.count < free || self.is_forgotten(now) {
            return 0;
        }
        let doublings = (self.count - free).min(16);
        let pause = (PAUSE << doublings).min(LONGEST);
        self.last.as_millis() + pause - now.as_millis()
    }

    fn is_forgotten(&self, now: Timestamp) -> bool {
        now.millis_since(self.last) > FORGOTTEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn whoever_guesses_waits_longer_each_time_and_nobody_else_does() {
        let attempts = Attempts::default();
        for number in 0..i64::from(FOR_ONE) {
            assert!(attempts.may_try(address(1), "dana", at(number)).is_ok(), "{number}");
            attempts.tried(address(1), "dana", false, at(number));
        }
        assert!(attempts.may_try(address(1), "dana", at(500)).is_err());
        assert!(attempts.may_try(address(1), "DANA", at(500)).is_err());
        assert!(attempts.may_try(address(2), "dana", at(500)).is_ok());
        assert!(attempts.may_try(address(1), "zoe", at(500)).is_ok());
        assert!(attempts.may_try(address(1), "dana", at(1500)).is_ok());
        attempts.tried(address(1), "dana", false, at(1500));
        assert!(attempts.may_try(address(1), "dana", at(3000)).is_err());
        assert!(attempts.may_try(address(1), "dana", at(3600)).is_ok());
        attempts.tried(address(1), "dana", true, at(3600));
        assert!(attempts.may_try(address(1), "dana", at(3601)).is_ok());
    }

    #[test]
    fn an_address_that_tries_many_logins_waits() {
        let attempts = Attempts::default();
        for number in 0..FOR_ALL {
            attempts.tried(address(1), &format!("login-{number}"), false, at(0));
        }
        assert!(attempts.may_try(address(1), "another", at(1)).is_err());
        assert!(attempts.may_try(address(2), "another", at(1)).is_ok());
    }
}
