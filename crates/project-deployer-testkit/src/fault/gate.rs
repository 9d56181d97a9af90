use tokio::sync::watch;

/// Holds calls until the test lets them go. Clones are the same gate.
///
/// ```
/// # async fn example(node: project_deployer_testkit::MockNode) {
/// use project_deployer_testkit::{Fault, Gate};
/// let gate = Gate::new();
/// node.fault(Fault::held_by(&gate).on("POST", "/projects/**"));
/// // Start something, then:
/// gate.reached_by(1).await;
/// // Look at it while the node works, then:
/// gate.open();
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Gate(watch::Sender<Place>);

#[derive(Debug, Default)]
struct Place {
    is_open: bool,
    arrived: usize,
}

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets go all calls, those of the future too.
    pub fn open(&self) {
        self.0.send_modify(|place| place.is_open = true);
    }

    /// Waits until so many calls have arrived in all.
    pub async fn reached_by(&self, calls: usize) {
        self.wait_for(|place| place.arrived >= calls).await;
    }

    pub(crate) async fn pass(&self) {
        self.0.send_modify(|place| place.arrived += 1);
        self.wait_for(|place| place.is_open).await;
    }

    async fn wait_for(&self, is_so: impl FnMut(&Place) -> bool) {
        // It ends early only without a sender, and this gate is one.
        let _ = self.0.subscribe().wait_for(is_so).await;
    }
}
