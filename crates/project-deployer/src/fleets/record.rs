//! The documents of fleets in the store.

use project_deployer_store::{Collection, Secrets};
use serde_json::Value;

use super::{FleetSettings, FleetState, ManagedInfra};
use crate::state::{Record, Stored, typed};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The settings of a fleet. Its secrets are sealed beside them.
#[derive(Debug, Clone)]
pub(crate) struct FleetRecord(pub(crate) FleetSettings);

impl Record for FleetRecord {
    const KIND: Collection = Collection::new("fleet");
    const NOUN: &'static str = "fleet";

    fn id(&self) -> String {
        self.0.id.to_string()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        Ok((serde_json::to_value(&self.0)?, self.0.source.sealed()))
    }

    fn read(Stored { body, secrets }: Stored) -> Result<Self, Failure> {
        let mut settings: FleetSettings = typed(body)?;
        settings.source.unsealed(&secrets)?;
        Ok(Self(settings))
    }
}

/// What the last synchronization of a fleet found.
#[derive(Debug, Clone)]
pub(crate) struct FleetStateRecord(pub(crate) FleetState);

impl Record for FleetStateRecord {
    const KIND: Collection = Collection::new("fleet-state");
    const NOUN: &'static str = "state of a fleet";

    fn id(&self) -> String {
        self.0.fleet.to_string()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        Ok((serde_json::to_value(&self.0)?, Secrets::new()))
    }

    fn read(stored: Stored) -> Result<Self, Failure> {
        Ok(Self(typed(stored.body)?))
    }
}

impl Record for ManagedInfra {
    const KIND: Collection = Collection::new("managed-infrastructure");
    const NOUN: &'static str = "infrastructure of a fleet";

    fn id(&self) -> String {
        self.infra.to_string()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        Ok((serde_json::to_value(self)?, Secrets::new()))
    }

    fn read(stored: Stored) -> Result<Self, Failure> {
        Ok(typed(stored.body)?)
    }
}
