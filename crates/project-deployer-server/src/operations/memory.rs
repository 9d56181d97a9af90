use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The unit of reservations, in bytes.
const UNIT: usize = 1024;

/// How long a request waits for memory that others use.
const PATIENCE: Duration = Duration::from_secs(10);

/// The memory for JSON that arrives. It is reserved as it arrives, so that a client that announces much and sends little
/// takes little.
#[derive(Debug, Clone)]
pub(crate) struct BodyMemory(Arc<Semaphore>);

/// Memory that a request uses until this is dropped.
#[derive(Debug, Default)]
pub(crate) struct Reserved(Option<OwnedSemaphorePermit>);

/// All memory is in use.
#[derive(Debug)]
pub(crate) struct Busy;

impl BodyMemory {
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new((bytes / UNIT).clamp(1, Semaphore::MAX_PERMITS))))
    }

    /// Reserves memory for some more bytes, when others have given it back.
    pub(crate) async fn reserve(&self, reserved: &mut Reserved, bytes: usize) -> Result<(), Busy> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
        let taken = timeout(PATIENCE, Arc::clone(&self.0).acquire_many_owned(units)).await;
        let Ok(Ok(permit)) = taken else { return Err(Busy) };
        match &mut reserved.0 {
            Some(known) => known.merge(permit),
            none => *none = Some(permit),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_one_request_holds_another_one_waits_for() {
        let memory = BodyMemory::new(4 * UNIT);
        let (mut one, mut other) = (Reserved::default(), Reserved::default());
        memory.reserve(&mut one, UNIT).await.unwrap();
        memory.reserve(&mut one, 2 * UNIT + 1).await.unwrap();
        assert!(memory.reserve(&mut other, 1).await.is_err());
        drop(one);
        memory.reserve(&mut other, 4 * UNIT).await.unwrap();
    }
}
