use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::sleep;

/// So many at once: of one login, and in all.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    of_one: usize,
    all: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_login: HashMap<String, usize>,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Places,
    login: String,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// The login has all that one login may have.
    OfOne,
    /// All of them are taken.
    All,
}

impl Places {
    pub(in crate::operations) fn new(of_one: usize, all: usize) -> Self {
        Self { of_one, all, taken: Arc::default() }
    }

    pub(crate) fn take(&self, login: &str) -> Result<Place, Full> {
        let mut taken = self.lock();
        let own = taken.by_login.get(login).copied().unwrap_or_default();
        if own >= self.of_one {
            return Err(Full::OfOne);
        }
        if taken.all >= self.all {
            return Err(Full::All);
        }
        taken.all += 1;
        taken.by_login.insert(login.to_owned(), own + 1);
        Ok(Place { places: self.clone(), login: login.to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place that is free when this is dropped, and at the latest after some time.
#[derive(Debug)]
pub(crate) struct BoundedPlace {
    place: Arc<Mutex<Option<Place>>>,
    timer: AbortHandle,
}

impl Place {
    pub(crate) fn at_most(self, longest: Duration) -> BoundedPlace {
        let place = Arc::new(Mutex::new(Some(self)));
        let later = Arc::clone(&place);
        let timer = tokio::spawn(async move {
            sleep(longest).await;
            free(&later);
        });
        BoundedPlace { place, timer: timer.abort_handle() }
    }
}

impl Drop for BoundedPlace {
    fn drop(&mut self) {
        free(&self.place);
        self.timer.abort();
    }
}

fn free(place: &Mutex<Option<Place>>) {
    drop(place.lock().unwrap_or_else(PoisonError::into_inner).take());
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all = taken.all.saturating_sub(1);
        let own = taken.by_login.get(&self.login).copied().unwrap_or_default();
        if own > 1 {
            taken.by_login.insert(self.login.clone(), own - 1);
        } else {
            taken.by_login.remove(&self.login);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_and_all_logins_have_so_many_and_get_them_back() {
        let places = Places::new(2, 3);
        let first = places.take("dana").unwrap();
        let second = places.take("dana").unwrap();
        assert_eq!(places.take("dana").unwrap_err(), Full::OfOne);
        let third = places.take("zoe").unwrap();
        assert_eq!(places.take("lee").unwrap_err(), Full::All);
        drop(first);
        let again = places.take("lee").unwrap();
        drop((second, third, again));
        let taken = places.lock();
        assert_eq!((taken.all, taken.by_login.len()), (0, 0));
    }
}
