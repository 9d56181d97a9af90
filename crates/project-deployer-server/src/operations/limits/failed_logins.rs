//! Failed logins, with keys and with passwords. They slow down whoever guesses, and lock nobody else out.
//!
//! Good keys are never refused: they are checked first, and only bad ones count. A password costs much to check, so that
//! tries of it count before; who waits is an address, for one login, and an address that fails for many logins. Keys and
//! passwords of an address count apart: a program with an old key keeps nobody beside it from signing in.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

/// How many times as many failures are free for all logins of an address, and for all its keys.
const ADDRESS: u32 = 5;

/// The pause after those that are free. It doubles with each further failure, up to the longest.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);

/// When failures are forgotten.
const FORGOTTEN: Duration = Duration::from_secs(900);

/// How many are remembered; then the oldest are forgotten.
const MOST: usize = 10_000;

/// How long an answer to a bad key waits when there were too many.
const DELAY: Duration = Duration::from_secs(1);

/// How many such answers wait at once. Others are answered at once: what waits takes memory.
const WAITING: usize = 1_000;

/// The failed logins of this process.
#[derive(Debug)]
pub(crate) struct FailedLogins {
    /// How many failures of one login or key are free.
    free: u32,
    failures: Mutex<HashMap<Of, Failures>>,
    waiting: Semaphore,
}

/// What failures are counted of. Without an address, all clients are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Of {
    Passwords(Option<IpAddr>),
    Login(Option<IpAddr>, String),
    Keys(IpAddr),
    /// The id of a key, from wherever.
    Key(String),
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl FailedLogins {
    pub(in crate::operations) fn new(free: u32) -> Self {
        Self { free, failures: Mutex::default(), waiting: Semaphore::new(WAITING) }
    }

    /// Counts a password that is tried, as one that fails, unless it is tried too soon after others: of many at the same
    /// time, none is free. The error is when to try again. [`succeeded`](Self::succeeded) takes it back.
    pub(crate) fn begin(&self, from: Option<IpAddr>, login: &str) -> Result<(), Duration> {
        let from = from.map(network);
        self.count([Some(Of::Passwords(from)), Some(Of::Login(from, login.to_lowercase()))])
    }

    /// Takes a try back that did not fail. Other logins that failed from there still count.
    pub(crate) fn succeeded(&self, from: Option<IpAddr>, login: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let from = from.map(network);
        failures.remove(&Of::Login(from, login.to_lowercase()));
        take_back(&mut failures, &Of::Passwords(from));
    }

    /// Takes a try back of which nobody knows whether it fails. Earlier failures still count.
    pub(crate) fn undecided(&self, from: Option<IpAddr>, login: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let from = from.map(network);
        take_back(&mut failures, &Of::Login(from, login.to_lowercase()));
        take_back(&mut failures, &Of::Passwords(from));
    }

    /// Counts a bad key. If there were too many, it waits, and returns when to try again.
    pub(in crate::operations) async fn bad_key(
        &self,
        from: Option<IpAddr>,
        id: Option<String>,
    ) -> Option<Duration> {
        let address = from.map(|address| Of::Keys(network(address)));
        let after = self.count([address, id.map(Of::Key)]).err()?;
        if let Ok(_place) = self.waiting.try_acquire() {
            sleep(DELAY).await;
        }
        Some(after)
    }

    fn count(&self, counted: [Option<Of>; 2]) -> Result<(), Duration> {
        let (mut failures, now) =
            (self.failures.lock().unwrap_or_else(PoisonError::into_inner), Instant::now());
        let counted = counted.into_iter().flatten();
        let waits =
            counted.clone().filter_map(|of| Some(failures.get(&of)?.wait(self.free_of(&of), now)));
        if let Some(wait) = waits.max().filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        for of in counted {
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

    fn free_of(&self, of: &Of) -> u32 {
        match of {
            Of::Passwords(_) | Of::Keys(_) => self.free.saturating_mul(ADDRESS),
            Of::Login(..) | Of::Key(_) => self.free,
        }
    }
}

fn take_back(failures: &mut HashMap<Of, Failures>, of: &Of) {
    if let Some(entry) = failures.get_mut(of) {
        entry.count = entry.count.saturating_sub(1);
    }
}

/// Forgets the older half.
fn forget_oldest(failures: &mut HashMap<Of, Failures>) {
    let mut times: Vec<Instant> = failures.values().map(|entry| entry.last).collect();
    let half = times.len() / 2;
    let (_, middle, _) = times.select_nth_unstable(half);
    let middle = *middle;
    failures.retain(|_, entry| entry.last > middle);
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

impl Failures {
    fn wait(&self, free: u32, now: Instant) -> Duration {
        if self.count < free || self.is_forgotten(now) {
            return Duration::ZERO;
        }
        let doublings = (self.count - free).min(16);
        let pause = (PAUSE * (1 << doublings)).min(LONGEST);
        (self.last + pause).saturating_duration_since(now)
    }

    fn is_forgotten(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) > FORGOTTEN
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const FREE: u32 = 5;

    fn limiter() -> FailedLogins {
        FailedLogins::new(FREE)
    }

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    async fn millis(count: u64) {
        advance(Duration::from_millis(count)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_guesses_waits_longer_each_time_and_nobody_else_does() {
        let logins = limiter();
        let begin = |last, login| logins.begin(address(last), login);
        // All at the same time: none of them is free.
        for number in 0..FREE {
            assert!(begin(1, "dana").is_ok(), "{number}");
        }
        millis(500).await;
        assert_eq!(begin(1, "dana"), Err(Duration::from_millis(500)));
        assert!(begin(1, "DANA").is_err());
        assert!(begin(2, "dana").is_ok());
        assert!(begin(1, "zoe").is_ok());
        millis(500).await;
        assert!(begin(1, "dana").is_ok());
        millis(1_500).await;
        assert!(begin(1, "dana").is_err());
        millis(500).await;
        assert!(begin(1, "dana").is_ok());
        logins.succeeded(address(1), "dana");
        assert!(begin(1, "dana").is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_tries_many_logins_waits() {
        let logins = limiter();
        for number in 0..FREE * ADDRESS {
            assert!(logins.begin(address(1), &format!("login-{number}")).is_ok());
        }
        assert!(logins.begin(address(1), "another").is_err());
        assert!(logins.begin(address(2), "another").is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_tries_many_keys_waits_and_passwords_from_there_do_not() {
        let logins = limiter();
        for number in 0..FREE * ADDRESS {
            assert_eq!(logins.bad_key(address(1), Some(format!("key-{number}"))).await, None);
        }
        assert!(logins.bad_key(address(1), Some("another".to_owned())).await.is_some());
        assert!(logins.begin(address(1), "dana").is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_try_without_an_outcome_forgets_no_earlier_failure() {
        let logins = limiter();
        for _ in 1..FREE {
            assert!(logins.begin(address(1), "dana").is_ok());
        }
        assert!(logins.begin(address(1), "dana").is_ok());
        logins.undecided(address(1), "dana");
        assert!(logins.begin(address(1), "dana").is_ok());
        assert!(logins.begin(address(1), "dana").is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn the_id_of_a_key_is_slowed_from_wherever() {
        let logins = limiter();
        for last in 0..5 {
            assert_eq!(logins.bad_key(address(last), Some("key-1".to_owned())).await, None);
        }
        let began = Instant::now();
        let refused = logins.bad_key(address(9), Some("key-1".to_owned())).await;
        assert_eq!((refused, began.elapsed()), (Some(PAUSE), DELAY));
    }

    #[tokio::test(start_paused = true)]
    async fn logins_that_succeed_do_not_count() {
        let logins = limiter();
        for number in 0..2 * FREE * ADDRESS {
            let login = format!("login-{number}");
            assert!(logins.begin(address(1), &login).is_ok(), "{login}");
            logins.succeeded(address(1), &login);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_is_one_client_and_many_of_them_fill_no_memory() {
        let logins = limiter();
        let host = |network: u64, host: u64| {
            Some(IpAddr::from(Ipv6Addr::from_bits(u128::from(network) << 64 | u128::from(host))))
        };
        for number in 0..u64::from(FREE) {
            assert!(logins.begin(host(1, number), "dana").is_ok());
        }
        assert!(logins.begin(host(1, 99), "dana").is_err());
        for number in 2..20_000 {
            let _ = logins.begin(host(number, 1), "dana");
        }
        assert!(logins.failures.lock().unwrap().len() <= MOST + 2);
    }
}
