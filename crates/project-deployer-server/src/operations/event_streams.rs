use std::sync::Arc;

use tokio::sync::watch;

/// The streams of events of a service. They last as long as their clients, so a host that stops ends them first.
#[derive(Debug, Clone)]
pub struct EventStreams(Arc<watch::Sender<bool>>);

impl Default for EventStreams {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl EventStreams {
    /// Ends all of them, and each new one at its begin. Their clients reconnect, to whoever serves then, with the id of
    /// their last event.
    pub fn end(&self) {
        self.0.send_replace(true);
    }

    /// Waits until they have to end.
    pub(crate) async fn ended(self) {
        // The sender lives as long as `self`.
        let _ = self.0.subscribe().wait_for(|ended| *ended).await;
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn streams_end_when_they_are_asked_to_and_new_ones_at_once() {
        let streams = EventStreams::default();
        let mut open = Box::pin(streams.clone().ended());
        assert!(open.as_mut().now_or_never().is_none());
        streams.end();
        assert!(open.now_or_never().is_some());
        assert!(streams.ended().now_or_never().is_some());
    }
}
