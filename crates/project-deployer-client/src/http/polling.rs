use std::time::Duration;

use tokio::time::{sleep, timeout_at};

use super::times::{HttpTimeouts, later};
use crate::error::NodeErrorKind;

/// How often and how long the end of a task or of a run is asked for: the one place for interval, back-off and
/// deadline. To cancel, drop the future: nothing continues in the background.
#[derive(Debug, Clone, Copy)]
pub(super) struct Polling {
    pause: Duration,
    longest: Duration,
    limit: Duration,
}

impl Polling {
    /// Polls until the deadline for tasks.
    pub(super) fn of(timeouts: &HttpTimeouts) -> Self {
        let HttpTimeouts { task, first_poll, longest_poll, .. } = *timeouts;
        Self { pause: first_poll, longest: longest_poll, limit: task }
    }

    /// With another deadline.
    pub(super) fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Pauses and asks until there is an end. After the deadline, the error is what `late` makes of it.
    pub(super) async fn until<T, E, F>(
        self,
        mut ask: impl FnMut() -> F + Send,
        late: impl FnOnce(NodeErrorKind) -> E + Send,
    ) -> Result<T, E>
    where
        F: Future<Output = Result<Option<T>, E>> + Send,
    {
        let mut pause = self.pause;
        let asking = async {
            loop {
                sleep(pause).await;
                // As in the official client: a tenth longer each time.
                pause = pause.saturating_add(pause / 10).min(self.longest);
                if let Some(end) = ask().await? {
                    return Ok(end);
                }
            }
        };
        match timeout_at(later(self.limit), asking).await {
            Ok(ended) => ended,
            Err(_) => Err(late(NodeErrorKind::TimedOut(self.limit))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::time::Instant;

    use super::*;

    fn polling() -> Polling {
        let [pause, longest, limit] = [100, 115, 1000].map(Duration::from_millis);
        Polling { pause, longest, limit }
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_by_a_tenth_up_to_the_longest() {
        let (start, asked) = (Instant::now(), Mutex::new(Vec::new()));
        let ask = || async {
            let mut asked = asked.lock().unwrap();
            asked.push(start.elapsed().as_millis());
            Ok((asked.len() == 4).then_some("end"))
        };
        assert_eq!(polling().until(ask, |kind| kind).await, Ok("end"));
        assert_eq!(*asked.lock().unwrap(), [100, 210, 325, 440]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_ends_a_pause_and_an_answer_that_does_not_come() {
        for answers in [true, false] {
            let start = Instant::now();
            let ask = || async move {
                if !answers {
                    std::future::pending::<()>().await;
                }
                Ok(None::<()>)
            };
            let limit = Duration::from_millis(150);
            let ended = polling().within(limit).until(ask, |kind| kind).await;
            assert_eq!(ended, Err(NodeErrorKind::TimedOut(limit)));
            assert_eq!(start.elapsed(), limit);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_ends_the_wait() {
        let ask = || async { Err::<Option<()>, _>(NodeErrorKind::Lost) };
        assert_eq!(polling().until(ask, |kind| kind).await, Err(NodeErrorKind::Lost));
    }
}
