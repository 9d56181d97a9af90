use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::error::NodeErrorKind;
use crate::fleet::{Discovery, FleetConnector, FleetError, FleetNode, FleetService, FleetSource};

/// What the service of a fleet answers next, in memory. Clones share it, and every service that is asked for is this
/// one.
#[derive(Debug, Clone, Default)]
pub struct FakeFleetService(Arc<Service>);

#[derive(Debug, Default)]
struct Service {
    answer: Mutex<Option<Discovery>>,
    hangs: AtomicBool,
    asked: AtomicUsize,
    connected: Mutex<Vec<FleetService>>,
}

impl FakeFleetService {
    /// A service that does not answer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// It answers with these nodes from now on.
    pub fn lists(&self, nodes: Vec<FleetNode>) {
        self.answers(Discovery::new("fleet.example", nodes, Vec::new()));
    }

    /// It answers with this from now on.
    pub fn answers(&self, discovery: Discovery) {
        *self.0.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(discovery);
    }

    /// It does not answer from now on.
    pub fn is_silent(&self) {
        *self.0.answer.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether it takes calls from now on, and never answers them.
    pub fn hangs(&self, hangs: bool) {
        self.0.hangs.store(hangs, Ordering::SeqCst);
    }

    /// How often its nodes were read.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// The services that were asked for.
    #[must_use]
    pub fn connected(&self) -> Vec<FleetService> {
        self.0.connected.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl FleetConnector for FakeFleetService {
    fn fleet(&self, service: &FleetService) -> Result<Arc<dyn FleetSource>, FleetError> {
        self.0.connected.lock().unwrap_or_else(PoisonError::into_inner).push(service.clone());
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl FleetSource for FakeFleetService {
    async fn discover(&self) -> Result<Discovery, FleetError> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        if self.0.hangs.load(Ordering::SeqCst) {
            return pending().await;
        }
        let answer = self.0.answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        answer.ok_or_else(|| {
            FleetError::new("fleet.example", "list nodes", NodeErrorKind::Unreachable)
        })
    }
}
