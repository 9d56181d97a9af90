use std::fmt;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{Shared, pending};

/// An order to stop the tasks of nodes that calls wait for. Clones are the same order.
///
/// [`NodeConnector::stopped_by`](crate::NodeConnector::stopped_by) makes a connector whose calls obey it.
#[derive(Clone)]
pub struct StopOrder(Shared<oneshot::Receiver<()>>);

/// Gives a [`StopOrder`], once.
#[derive(Debug)]
#[must_use = "nothing is stopped until the order is given"]
pub struct TaskStopper(oneshot::Sender<()>);

impl StopOrder {
    /// An order that was not given yet, and what gives it.
    pub fn new() -> (TaskStopper, Self) {
        let (sender, receiver) = oneshot::channel();
        (TaskStopper(sender), Self(receiver.shared()))
    }

    /// Waits until the order is given. It never returns if nobody can give it any more.
    pub async fn given(&self) {
        if self.0.clone().await.is_err() {
            pending::<()>().await;
        }
    }
}

impl TaskStopper {
    /// Gives the order.
    pub fn stop(self) {
        // There may be no call that waits for it.
        let _ = self.0.send(());
    }
}

impl fmt::Debug for StopOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopOrder").finish_non_exhaustive()
    }
}
