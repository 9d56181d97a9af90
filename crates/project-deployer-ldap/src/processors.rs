//! Distributes work on many texts over the processors.

use std::num::NonZero;
use std::sync::OnceLock;
use std::thread::available_parallelism;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// The number of texts from which on several threads are used.
pub(crate) const MANY: usize = 20_000;

/// The largest number of threads. An application that embeds this crate needs processors for other work.
const MOST_THREADS: usize = 8;

/// The threads for work on this many texts; none if one thread is enough or no more can be started.
///
/// The pool is private to this crate. A task in the pool that rayon shares within a process could wait for
/// a caller that waits for this work, and the use of that pool fails if its threads cannot be started.
pub(crate) fn threads_for(texts: usize) -> Option<&'static ThreadPool> {
    static THREADS: OnceLock<Option<ThreadPool>> = OnceLock::new();
    if texts < MANY {
        return None;
    }
    let start = || {
        let threads = available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
        let pool = ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.thread_name(|number| format!("many-logins-{number}"));
        if threads > 1 { pool.build().ok() } else { None }
    };
    THREADS.get_or_init(start).as_ref()
}

/// Runs the first closure on this thread, and the second on another thread if there are many texts.
pub(crate) fn join<A, B>(
    texts: usize,
    here: impl FnOnce() -> A,
    there: impl FnOnce() -> B + Send,
) -> (A, B)
where
    B: Default + Send,
{
    let Some(threads) = threads_for(texts) else { return (here(), there()) };
    let mut found = B::default();
    let done = threads.in_place_scope(|scope| {
        scope.spawn(|_| found = there());
        here()
    });
    (done, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_texts_start_no_thread_and_both_things_are_done() {
        assert!(threads_for(MANY - 1).is_none());
        for texts in [0, MANY] {
            assert_eq!(join(texts, || "here", || vec![1]), ("here", vec![1]));
        }
    }
}
