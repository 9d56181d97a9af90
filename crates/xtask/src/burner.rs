//! Work beside the tests, so that they run on a machine that is busy.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// Threads that each keep a processor busy. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Burners {
    wanted: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Burners {
    /// One for each processor.
    pub(crate) fn start() -> Self {
        Self::of(processors())
    }

    fn of(count: usize) -> Self {
        let wanted = Arc::new(AtomicBool::new(true));
        let burner = |_| {
            let wanted = Arc::clone(&wanted);
            thread::spawn(move || burn(&wanted))
        };
        let threads = (0..count).map(burner).collect();
        Self { wanted, threads }
    }
}

/// How many processors there are for us.
pub(crate) fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn burn(wanted: &AtomicBool) {
    let mut number = 1_u64;
    while wanted.load(Ordering::Relaxed) {
        number = black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    }
}

impl Drop for Burners {
    fn drop(&mut self) {
        self.wanted.store(false, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A burner cannot panic, and there is nothing to do if it did.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burners_end_with_their_owner() {
        let burners = Burners::of(2);
        let wanted = Arc::downgrade(&burners.wanted);
        assert_eq!(burners.threads.len(), 2);
        drop(burners);
        assert!(wanted.upgrade().is_none(), "a thread still holds it");
    }
}
