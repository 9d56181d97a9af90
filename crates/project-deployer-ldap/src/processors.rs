//! Work on many texts, spread over the processors.

use std::num::NonZero;
use std::sync::OnceLock;
use std::thread::available_parallelism;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// From so many texts on other threads help.
pub(crate) const MANY: usize = 20_000;

/// However many processors there are: whoever embeds us has other work for them.
const MOST_THREADS: usize = 8;

/// The threads for work on so many texts. None where one is enough, or where there are no more.
///
/// They are our own: those that rayon shares within a process may wait for somebody who waits for us, and
/// asking for them fails where they cannot be started.
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

/// Does one thing on this thread, and the other join on another where there are many texts.
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
