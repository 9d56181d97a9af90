//! Failed logins. They slow down whoever guesses, and lock nobody else out: an address that fails for a login waits,
//! and so does an address that fails for many logins.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderValue, header};
use project_deployer::core::Timestamp;

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

/// The failed logins of this process.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    failures: Mutex<HashMap<Of, Failures>>,
}

/// What failures are counted of. Without an address, all clients are one.
type Of = (Option<IpAddr>, Option<String>);

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl Attempts {
    /// Counts a login that is tried, as one that fails, unless it is tried too soon after others: of many at the same time,
    /// none is free. [`succeeded`](Self::succeeded) takes it back.
    pub(crate) fn begin(&self, from: Option<IpAddr>, login: &str, now: Timestamp) -> Answer<()> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = counted(from, login);
        let waits =
            counted.iter().filter_map(|(of, free)| Some(failures.get(of)?.wait(*free, now)));
        if let Some(wait) = waits.max().filter(|wait| *wait > 0) {
            return Err(too_soon(wait));
        }
        for (of, _) in counted {
            let entry = failures.entry(of).or_insert(Failures { count: 0, last: now });
            if entry.is_forgotten(now) {
                entry.count = 0;
            }
            (entry.count, entry.last) = (entry.count.saturating_add(1), now);
        }
        if failures.len() > MOST {
            forget_oldest(&mut failures);
        }
        Ok(())
    }

    /// Takes a login back that did not fail. Other logins that failed from there still count.
    pub(crate) fn succeeded(&self, from: Option<IpAddr>, login: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let [(one, _), (all, _)] = counted(from, login);
        failures.remove(&one);
        if let Some(entry) = failures.get_mut(&all) {
            entry.count = entry.count.saturating_sub(1);
        }
    }
}

/// Forgets the older half.
fn forget_oldest(failures: &mut HashMap<Of, Failures>) {
    let mut times: Vec<i64> = failures.values().map(|entry| entry.last.as_millis()).collect();
    let half = times.len() / 2;
    let (_, middle, _) = times.select_nth_unstable(half);
    let middle = *middle;
    failures.retain(|_, entry| entry.last.as_millis() > middle);
}

fn too_soon(wait: i64) -> Problem {
    let seconds = wait.div_euclid(1000) + 1;
    Problem::new("too-many-failed-logins", "there were too many failed logins from here")
        .with_fix(format!("try again in {seconds} s"))
        .with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
}

/// Whoever has an address of version 6 has a network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
    }
}

fn counted(from: Option<IpAddr>, login: &str) -> [(Of, u32); 2] {
    let from = from.map(network);
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
        let begin = |last, login, now| attempts.begin(address(last), login, at(now));
        // All at the same time: none of them is free.
        for number in 0..FOR_ONE {
            assert!(begin(1, "dana", 4).is_ok(), "{number}");
        }
        assert!(begin(1, "dana", 500).is_err());
        assert!(begin(1, "DANA", 500).is_err());
        assert!(begin(2, "dana", 500).is_ok());
        assert!(begin(1, "zoe", 500).is_ok());
        assert!(begin(1, "dana", 1500).is_ok());
        assert!(begin(1, "dana", 3000).is_err());
        assert!(begin(1, "dana", 3600).is_ok());
        attempts.succeeded(address(1), "dana");
        assert!(begin(1, "dana", 3601).is_ok());
    }

    #[test]
    fn an_address_that_tries_many_logins_waits() {
        let attempts = Attempts::default();
        for number in 0..FOR_ALL {
            assert!(attempts.begin(address(1), &format!("login-{number}"), at(0)).is_ok());
        }
        assert!(attempts.begin(address(1), "another", at(1)).is_err());
        assert!(attempts.begin(address(2), "another", at(1)).is_ok());
    }

    #[test]
    fn logins_that_succeed_do_not_count() {
        let attempts = Attempts::default();
        for number in 0..2 * FOR_ALL {
            let login = format!("login-{number}");
            assert!(attempts.begin(address(1), &login, at(0)).is_ok(), "{login}");
            attempts.succeeded(address(1), &login);
        }
    }

    #[test]
    fn a_network_is_one_client_and_many_of_them_fill_no_memory() {
        let attempts = Attempts::default();
        let host = |network: u64, host: u64| {
            Some(IpAddr::from(Ipv6Addr::from_bits(u128::from(network) << 64 | u128::from(host))))
        };
        for number in 0..u64::from(FOR_ONE) {
            assert!(attempts.begin(host(1, number), "dana", at(0)).is_ok());
        }
        assert!(attempts.begin(host(1, 99), "dana", at(1)).is_err());
        for number in 2..20_000 {
            let _ = attempts.begin(host(number, 1), "dana", at(i64::try_from(number).unwrap()));
        }
        assert!(attempts.failures.lock().unwrap().len() <= MOST + 2);
    }
}
