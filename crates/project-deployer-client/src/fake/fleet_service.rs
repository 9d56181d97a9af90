use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::error::NodeErrorKind;
use crate::fleet::{Discovery, FleetConnector, FleetError, FleetNode, FleetService, FleetSource};

/// What the service of a fleet answers next, in memory. Clones share it, and every service that is asked for is this
/// one.
#[derive(Debug, Clone, Default)]
pub struct FakeFleetService(Arc<Mutex<Service>>);

#[derive(Debug, Default)]
struct Service {
    answer: Option<Discovery>,
    hangs: bool,
    asked: usize,
    connected: Vec<FleetService>,
}

impl FakeFleetService {
    /// A service that does not answer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Service> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It answers with these nodes from now on.
    pub fn lists(&self, nodes: Vec<FleetNode>) {
        self.answers(Discovery::new("fleet.example", nodes, Vec::new()));
    }

    /// It answers with this from now on.
    pub fn answers(&self, discovery: Discovery) {
        self.lock().answer = Some(discovery);
    }

    /// It does not answer from now on.
    pub fn is_silent(&self) {
        self.lock().answer = None;
    }

    /// Whether it takes calls from now on, and never answers them.
    pub fn hangs(&self, hangs: bool) {
        self.lock().hangs = hangs;
    }

    /// How often its nodes were read.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.lock().asked
    }

    /// The services that were asked for.
    #[must_use]
    pub fn connected(&self) -> Vec<FleetService> {
        self.lock().connected.clone()
    }
}

impl FleetConnector for FakeFleetService {
    fn fleet(&self, service: &FleetService) -> Result<Arc<dyn FleetSource>, FleetError> {
        self.lock().connected.push(service.clone());
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl FleetSource for FakeFleetService {
    async fn discover(&self) -> Result<Discovery, FleetError> {
        let (hangs, answer) = {
            let mut service = self.lock();
            service.asked += 1;
            (service.hangs, service.answer.clone())
        };
        if hangs {
            return pending().await;
        }
        answer.ok_or_else(|| {
            FleetError::new("fleet.example", "list nodes", NodeErrorKind::Unreachable)
        })
    }
}
