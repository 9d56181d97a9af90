//! Work in the background: in rounds, and by one process at a time.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use project_deployer_client::DeployerError;
use project_deployer_store::Lease;

use crate::deployer::Deployer;
use crate::life::{Life, Phase, caught};

/// The pause between two rounds of a cleaning.
const PAUSE: Duration = Duration::from_secs(6 * 3600);

/// Work in rounds. A round handles its errors itself.
pub(crate) trait Rounds: Send + 'static {
    fn round(&mut self, deployer: &Deployer) -> impl Future<Output = ()> + Send;

    /// Waits for the next round. Returns whether there is one.
    fn pause(&mut self, life: &Life) -> impl Future<Output = bool> + Send;
}

/// Looks again and again at what is due. A failure is logged once as long as it stays the same.
pub(crate) trait Looking: Send + 'static {
    /// The pause between two looks.
    const PAUSE: Duration;
    /// The name under which failures are known.
    const OBJECT: &str;
    /// What a failure is, as a sentence.
    const FAILED: &str;

    fn look(
        &mut self,
        deployer: &Deployer,
    ) -> impl Future<Output = Result<(), DeployerError>> + Send;
}

/// Removes what nobody needs any more. One process at a time does so.
pub(crate) trait Cleaning: Send + 'static {
    /// The lease of whoever does so.
    const LEASE: &str;
    /// What is cleaned, as the object of errors.
    const OBJECT: &str;
    /// What goes on meanwhile, as a sentence.
    const GOES_ON: &str;

    /// What was found and removed.
    type Found: Debug + Send + 'static;

    fn clean(
        deployer: &Deployer,
        lease: &Lease,
    ) -> impl Future<Output = Result<Self::Found, DeployerError>> + Send;
}

/// What became of a cleaning.
enum Cleaned<T> {
    Here(T),
    /// Another process does so now.
    By(String),
}

/// The rounds of a cleaning.
struct Always<C>(PhantomData<fn() -> C>);

impl Deployer {
    /// Begins work in the background, until the last clone of this Deployer is gone or it is shut down.
    pub(crate) fn in_rounds(&self, mut rounds: impl Rounds) {
        let life = Arc::clone(&self.inner.life);
        let Ok(member) = life.begin() else { return };
        let weak = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            let _member = member;
            while let Some(inner) = weak.upgrade() {
                let deployer = Self { inner };
                rounds.round(&deployer).await;
                drop(deployer);
                if !rounds.pause(&life).await {
                    return;
                }
            }
        });
    }

    /// Cleans from now on and every six hours. A failure is logged, and the next round continues.
    pub(crate) fn clean_always<C: Cleaning>(&self) {
        self.in_rounds(Always::<C>(PhantomData));
    }

    /// Cleans now. It continues if the caller is gone.
    ///
    /// # Errors
    ///
    /// Another process does so, this Deployer is shut down, or the work fails.
    pub(crate) async fn clean<C: Cleaning>(&self) -> Result<C::Found, DeployerError> {
        match self.clean_unless_held::<C>().await? {
            Cleaned::Here(found) => Ok(found),
            Cleaned::By(holder) => Err(DeployerError::not_possible(
                format!("{} by {holder}", C::GOES_ON),
                "wait for the end",
            )),
        }
    }

    async fn clean_unless_held<C: Cleaning>(&self) -> Result<Cleaned<C::Found>, DeployerError> {
        let member = self.inner.life.begin()?;
        let this = self.clone();
        let cleaned = tokio::spawn(async move {
            let _member = member;
            let life = Arc::clone(&this.inner.life);
            tokio::select! {
                biased;
                () = life.reached(Phase::Draining) => Err(DeployerError::ShuttingDown),
                cleaned = caught(this.clean_alone::<C>()) => cleaned.unwrap_or_else(failed::<C, _>),
            }
        });
        cleaned.await.unwrap_or_else(failed::<C, _>)
    }

    async fn clean_alone<C: Cleaning>(&self) -> Result<Cleaned<C::Found>, DeployerError> {
        let keeper = match self.take_unless_held(C::LEASE, "the Deployer").await? {
            Ok(keeper) => keeper,
            Err(holder) => return Ok(Cleaned::By(holder)),
        };
        let lease = keeper.lease().clone();
        keeper.until_done(C::OBJECT, C::clean(self, &lease)).await.map(Cleaned::Here)
    }
}

fn failed<C: Cleaning, T>(
    error: impl std::error::Error + Send + Sync + 'static,
) -> Result<T, DeployerError> {
    Err(DeployerError::state(C::OBJECT, error))
}

impl<L: Looking> Rounds for L {
    async fn round(&mut self, deployer: &Deployer) {
        let life = &deployer.inner.life;
        let error = match caught(self.look(deployer)).await {
            Ok(Ok(())) => return life.is_well(L::OBJECT),
            Ok(Err(error)) => error.to_string(),
            Err(panicked) => panicked.to_string(),
        };
        if life.is_news(L::OBJECT, &error) {
            tracing::error!(%error, "{}; the next round tries again", L::FAILED);
        }
    }

    async fn pause(&mut self, life: &Life) -> bool {
        life.next_round(L::PAUSE).await
    }
}

impl<C: Cleaning> Rounds for Always<C> {
    async fn round(&mut self, deployer: &Deployer) {
        let object = C::OBJECT;
        match deployer.clean_unless_held::<C>().await {
            Ok(Cleaned::Here(found)) => {
                tracing::debug!(object, ?found, "unneeded data was removed")
            }
            Ok(Cleaned::By(holder)) => {
                tracing::debug!(object, holder, "another process removes unneeded data");
            }
            Err(DeployerError::ShuttingDown) => {}
            Err(error) => tracing::error!(object, %error, "unneeded data could not be removed"),
        }
    }

    async fn pause(&mut self, life: &Life) -> bool {
        life.next_round(PAUSE).await
    }
}
